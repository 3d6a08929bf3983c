"""From an archive to arrays: formats, preprocessing, splits."""
