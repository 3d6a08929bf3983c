"""Where archives come from: a folder a source, each with fetch(dataset, target)."""
