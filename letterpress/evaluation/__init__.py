"""Metrics of predictions, and the submission."""
