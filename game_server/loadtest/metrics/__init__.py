"""What a load test measures, and the conditions on it."""
