"""Train members on a Ray cluster."""
