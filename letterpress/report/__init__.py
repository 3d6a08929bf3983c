"""The report: charts, examples and the page."""
