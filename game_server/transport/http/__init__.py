"""HTTP/1.1: requests, responses, static files, and the addresses and pages that requests come from."""
