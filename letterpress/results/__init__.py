"""What becomes of the members: ensemble, scores, plots, report and submission."""
