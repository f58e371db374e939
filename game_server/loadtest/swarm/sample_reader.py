"""A client of the swarm that reads everything that it gets."""

from __future__ import annotations

from typing import Final

from game_server.client import PING_INTERVAL, OwnRowCheck
from game_server.loadtest.metrics.meter import Meter
from game_server.protocol import (
    OutOfSync,
    Ping,
    Pong,
    Resync,
    Schema,
    Snapshot,
    SnapshotDecoder,
    Welcome,
    decode_server,
    encode,
)

SAMPLE_EVERY: Final = 64
"""Clients, of which one reads everything; and so does the first of each match."""
SAMPLED: Final = 16
"""How many read everything, but for those first ones: what many see the same way, more would only see again."""


class SampleReader:
    """Decodes every snapshot, and measures the round trip once a second.

    Raises:
        ProtocolError: from here and from all methods: what the server sent is not what docs/PROTOCOL.md allows.
    """

    def __init__(self, welcome: Welcome, meter: Meter) -> None:
        self._meter = meter
        self._pinged = 0.0
        self._begin(welcome)

    @property
    def in_view(self) -> int:
        """Rows of the first table, which are players."""
        return len(self._decoder.view.tables[self._players])

    def _begin(self, welcome: Welcome) -> None:
        schema = Schema.from_wire(welcome.schema)
        self._decoder = SnapshotDecoder(schema, welcome.player)
        self._own_row = OwnRowCheck(schema)
        self._players = schema.tables[0].name

    def snapshot(self, payload: bytes, now: float) -> list[bytes]:
        """Read a snapshot, and return what to answer."""
        snapshot = decode_server(payload)
        if not isinstance(snapshot, Snapshot):
            return []
        answers = []
        try:
            if not self._own_row.agrees(self._decoder.apply(snapshot)):
                self._meter.count("faults")
        except OutOfSync:
            self._meter.count("desyncs")
            answers.append(encode(Resync(snapshot.tick)))
        if now >= self._pinged + PING_INTERVAL:
            self._pinged = now
            answers.append(encode(Ping(now)))
        return answers

    def message(self, payload: bytes, now: float) -> None:
        """Read anything else."""
        message = decode_server(payload)
        if isinstance(message, Welcome):
            self._begin(message)
        elif isinstance(message, Pong) and message.client_time == self._pinged:
            self._meter.record("round_trip_ms", 1000 * (now - self._pinged))


def is_sampled(slot: int, *, first: bool) -> bool:
    """Whether the client in ``slot`` reads everything; ``first`` in its match."""
    return first or (slot % SAMPLE_EVERY == 0 and slot < SAMPLED * SAMPLE_EVERY)
