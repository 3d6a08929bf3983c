"""Command-line tools; no stage imports them."""
