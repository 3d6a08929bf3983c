"""Combine the members' predictions."""
