"""Train one member."""
