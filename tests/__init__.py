"""The tests, a file a module."""
