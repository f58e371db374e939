"""Measurements of a load test, of the clients and of the server, and conditions on them."""
