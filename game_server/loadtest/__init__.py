"""The load test: scenarios, players, the swarm, metrics, and reports."""
