"""Scenarios: when each client comes and leaves, and in which match."""
