"""Sources of archives, a folder each, with fetch(dataset, target) in its fetch.py."""
