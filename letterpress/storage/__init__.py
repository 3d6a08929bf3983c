"""The arrays that stages hand on: read and written here, computed elsewhere. No stage depends on it."""
