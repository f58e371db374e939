"""The load test: many clients at a server, by a scenario, measured and reported with a verdict."""
