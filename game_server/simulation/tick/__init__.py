"""The fixed tick: its clock, its order, and the matches that share it."""
