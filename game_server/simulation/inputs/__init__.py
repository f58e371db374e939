"""Inputs of players: buffered until the ticks they are meant for."""
