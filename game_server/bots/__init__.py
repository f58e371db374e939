"""Clients that are not browsers: they play, and they measure."""
