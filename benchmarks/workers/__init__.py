"""Contestants, a process each: one builds and compiles once, then runs a round whenever it is told to."""
