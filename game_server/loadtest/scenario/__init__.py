"""Scenarios: who is connected when, and in which match."""
