"""params.yaml as typed sections; no stage's dependency, since DVC tracks the values themselves."""
