"""What the tests have tried, counted for the summary at their end."""

from collections import Counter

COUNTS: Counter[str] = Counter()
FAULTS, INPUTS, LOST = "faults injected", "bad inputs tried", "bytes lost"


def count(what: str, number: int = 1) -> None:
    """Add to what is shown at the end."""
    COUNTS[what] += number
