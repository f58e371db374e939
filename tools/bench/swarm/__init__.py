"""The load: thousands of WebSocket clients in one process, read and written in batches."""

from __future__ import annotations
