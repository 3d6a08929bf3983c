"""params.yaml as typed sections; no stage depends on this code, since DVC tracks the values themselves."""
