"""A zip, a folder or a table of the user's own."""
