"""Re-rank predictions by the other crops of the same photo."""
