"""Bytes to messages and back, sans-I/O: the wire of docs/PROTOCOL.md."""
