"""Shares of clients that play over a bad network."""
