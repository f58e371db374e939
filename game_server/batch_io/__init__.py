"""Reading and writing many sockets in one go."""

from __future__ import annotations

from game_server.batch_io.batch_io import SLACK, Arrivals, BatchIO, open_batch_io
from game_server.batch_io.ring import Ring
from game_server.batch_io.system_calls import SystemCalls

__all__ = ["SLACK", "Arrivals", "BatchIO", "Ring", "SystemCalls", "open_batch_io"]
