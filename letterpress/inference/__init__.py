"""A trained member and its predictions."""
