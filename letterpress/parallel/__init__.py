"""Members side by side."""
