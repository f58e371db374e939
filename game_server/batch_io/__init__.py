"""Batched I/O: many sockets read or written with one call."""

from __future__ import annotations

from game_server.batch_io.arrivals import SLACK, Arrivals
from game_server.batch_io.batch_io import BatchIO, RingOrCalls, batch_io_here, open_batch_io
from game_server.batch_io.ring import Ring
from game_server.batch_io.system_calls import SystemCalls

__all__ = [
    "SLACK",
    "Arrivals",
    "BatchIO",
    "Ring",
    "RingOrCalls",
    "SystemCalls",
    "batch_io_here",
    "open_batch_io",
]
