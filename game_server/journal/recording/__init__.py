"""Recordings: what a spectator of everything sees of a match, in a file that a browser plays."""
