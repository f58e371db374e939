"""The full decoder for a sample of the swarm's clients: one in 64 decodes every message."""

from __future__ import annotations

from typing import Final

from game_server.client import PING_INTERVAL, RESYNC_INTERVAL, OwnRowCheck
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
"""Of this number of clients, one decodes every message; and so does the first of each match."""
SAMPLED: Final = 16
"""Clients that decode every message at most, besides those first ones: more would find the same faults again."""


class SampleReader:
    """Decodes every message to one client, and measures the round trip once a second.

    Raises:
        ProtocolError: the server broke the protocol; raised by all methods as well.
    """

    def __init__(self, welcome: Welcome, meter: Meter) -> None:
        self._meter = meter
        self._pinged = 0.0
        self._resynced = -RESYNC_INTERVAL
        self._begin(welcome)

    @property
    def in_view(self) -> int:
        """The number of players in view: rows of the first table."""
        return len(self._decoder.view.tables[self._players])

    def _begin(self, welcome: Welcome) -> None:
        schema = Schema.from_wire(welcome.schema)
        self._decoder = SnapshotDecoder(schema, welcome.player)
        self._own_row = OwnRowCheck(schema)
        self._players = schema.tables[0].name

    def snapshot(self, payload: bytes, now: float) -> list[bytes]:
        """Decode a snapshot and return the answers to send."""
        snapshot = decode_server(payload)
        if not isinstance(snapshot, Snapshot):
            return []
        answers = []
        try:
            if not self._own_row.agrees(self._decoder.apply(snapshot)):
                self._meter.count("faults")
        except OutOfSync:
            self._meter.count("desyncs")
            if now >= self._resynced + RESYNC_INTERVAL:
                self._resynced = now
                answers.append(encode(Resync(snapshot.tick)))
        if now >= self._pinged + PING_INTERVAL:
            self._pinged = now
            answers.append(encode(Ping(now)))
        return answers

    def message(self, payload: bytes, now: float) -> None:
        """Decode any other message."""
        message = decode_server(payload)
        if isinstance(message, Welcome):
            self._begin(message)
        elif isinstance(message, Pong) and message.client_time == self._pinged:
            self._meter.record("round_trip_ms", 1000 * (now - self._pinged))


def is_sampled(slot: int, *, first: bool) -> bool:
    """Return whether the client in ``slot`` decodes every message; ``first`` says that it is the first of its match."""
    return first or (slot % SAMPLE_EVERY == 0 and slot < SAMPLED * SAMPLE_EVERY)
