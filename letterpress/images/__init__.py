"""Decode, convert to grayscale and resize one image."""
