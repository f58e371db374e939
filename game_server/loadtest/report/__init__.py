"""The results of a load test, for people, files, and comparison."""
