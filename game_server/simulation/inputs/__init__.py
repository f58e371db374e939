"""Inputs on their way from the wire to the ticks they are meant for."""
