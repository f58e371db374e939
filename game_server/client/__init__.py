"""A protocol client: joins a match, plays it, and measures what it receives."""
