"""Street letters: photographs of lettering, rendered."""
