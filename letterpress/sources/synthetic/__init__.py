"""Synthetic images of characters: typefaces, glyphs, degradations."""
