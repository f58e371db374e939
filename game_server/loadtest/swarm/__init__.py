"""Thousands of light clients in one process: raw sockets, read and written in batches."""
