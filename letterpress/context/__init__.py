"""Context: what other crops of the same photograph tell of a letter's kind."""
