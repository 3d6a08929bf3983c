"""Files, processes, git, DVC's lock and hardware: nothing here changes a result, and no stage depends on it."""
