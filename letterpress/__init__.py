"""Letterpress: from a pile of single-character images to an ensemble and a submission."""
