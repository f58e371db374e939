"""Full clients, each of which plays and measures like a browser."""
