"""One WebSocket connection, from its handshake to its close."""
