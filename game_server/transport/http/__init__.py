"""HTTP/1.1: requests, responses, static files, and whom a request comes from."""
