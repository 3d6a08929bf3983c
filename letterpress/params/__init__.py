"""params.yaml as frozen dataclasses, one module a section: a stage imports only what it uses."""
