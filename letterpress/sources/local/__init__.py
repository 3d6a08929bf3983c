"""An archive or a folder of the user's own."""
