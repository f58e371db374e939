"""The fixed tick: its clock, and the groups of matches that share it."""
