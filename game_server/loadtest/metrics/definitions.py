"""The metrics of a load test: names, units, meanings and resolutions; and the names of failures."""

from __future__ import annotations

from typing import Final

import attrs

from game_server.protocol import RefusalCode

FELL_SILENT: Final = "the server fell silent"
NOT_IN_TIME: Final = "did not get in before it was to leave"
NOT_BACK_IN_TIME: Final = "lost its connection, and was not back before it was to leave"


@attrs.frozen
class MetricDefinition:
    """One metric.

    Attributes:
        unit: as shown.
        meaning: half a sentence for the report.
        step: resolution of its histogram, in ``unit``.
        shown: percentiles in the report.
    """

    unit: str
    meaning: str
    step: float = 0.001
    shown: tuple[float, ...] = (50, 95, 99, 99.9)


ACK_LATENCY_PARTS: Final = (
    "the wait for the next tick, the ticks by which the client sends ahead, and the way there and back"
)
"""The parts of input to acknowledgement, named in reports: 90 ms on one machine does not mean a slow server."""

SPREADS: Final[dict[str, MetricDefinition]] = {
    "connect_ms": MetricDefinition("ms", "from when a client was due to join to the end of its WebSocket handshake"),
    "join_ms": MetricDefinition("ms", "from the request for a seat to the welcome"),
    "input_ack_ms": MetricDefinition(
        "ms", f"from when an input was due to the snapshot that acknowledges it, or the end: {ACK_LATENCY_PARTS}"
    ),
    "snapshot_gap_ms": MetricDefinition("ms", "from one snapshot to the next, or to the end"),
    "snapshot_age_ms": MetricDefinition(
        "ms", "from when a tick was due to the arrival of its snapshot; only if the server is on this machine"
    ),
    "round_trip_ms": MetricDefinition("ms", "from a ping to its pong"),
    "jitter_ms": MetricDefinition("ms", "difference between a client's successive round trips", shown=(50, 99)),
    "interpolation_delay_ms": MetricDefinition("ms", "how late a browser on that connection would show other players"),
    "outage_ms": MetricDefinition("ms", "from a lost connection to the next snapshot, or to the end"),
    "input_depth": MetricDefinition("inputs", "inputs that wait on the server for their tick", 1, (1, 50, 99)),
    "snapshots_per_second": MetricDefinition("/s", "snapshots to a client while it was in", 0.01, (1, 50)),
    "bytes_in_per_second": MetricDefinition("B/s", "bytes to a client while it was in", 1, (50, 99)),
    "bytes_out_per_second": MetricDefinition("B/s", "bytes from a client while it was in", 1, (50, 99)),
    "door_wait_ms": MetricDefinition(
        "ms", "the part of connect_ms in which a client waited for other clients of the swarm", shown=(50, 99)
    ),
    "tester_lag_ms": MetricDefinition("ms", "how late the tester itself was"),
}
"""Metrics with many samples, reported as percentiles."""

COUNTS: Final[dict[str, str]] = {
    "clients": "all clients of the run",
    "connected": "clients that got in",
    "failed": "clients that did not get in",
    "never_came": "clients that were not yet due when the run, or their process of the tester, ended",
    "turned_away": "failed clients that the server refused or had no room for",
    "tester_faults": "failed clients for which the tester itself had no files or ports left",
    "disconnects": "clients that got in, but were not connected when they were due to leave",
    "snapshots": "snapshots received",
    "inputs": "inputs sent",
    "bytes_in": "bytes to all clients",
    "bytes_out": "bytes from all clients",
    "inputs_blocked": "inputs not sent, because the server had not read the earlier ones",
    "late_turns": "turns of the swarm's loop so late that their inputs waited for the next turn",
    "late_inputs": "inputs that arrived after their tick",
    "unanswered_inputs": "overdue inputs that no snapshot acknowledged",
    "missed_ticks": "ticks whose snapshot a client did not get",
    "desyncs": "snapshots that contradict what the client had",
    "faults": "snapshots out of order, false acknowledgements, own rows that contradict the row everybody sees",
    "lost_links": "connections that broke, including those that the scenario broke",
    "resumed": "clients that returned to their seat",
    "lost_seats": "clients that found their seat gone when they returned",
    "lobby_updates": "lists of matches, and changes to them",
    "lobby_bytes": "bytes of these lists and changes",
}
"""Metrics that are counted; 0 if it did not happen."""

COUNTS_BY_KIND: Final[dict[str, str]] = {
    "networks": "clients, by the network that they are behind",
    "failures": "failures, by cause",
    "closes": "connections that ended early, by close code",
    "refused": "refused requests, by their names in docs/PROTOCOL.md",
}
"""Metrics that are counted by kind."""


def refusal_name(code: int) -> str:
    """Return the name of a `RefusalCode` as docs/PROTOCOL.md has it; the number if the code is unknown."""
    return RefusalCode(code).name.lower() if code in RefusalCode.__members__.values() else str(code)
