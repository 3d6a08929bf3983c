"""From an archive to arrays: sources, readers, preprocessing, splits."""
