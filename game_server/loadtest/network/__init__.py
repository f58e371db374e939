"""Simulated networks: a model of delays, a relay that applies it, and the shares of clients behind each."""
