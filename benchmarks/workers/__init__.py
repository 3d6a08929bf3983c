"""Contestants, a process each: they build and compile once, then run a round for each line of input."""
