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


ACK_LATENCY_PARTS: Final = "the wait for its tick, the lead that the client keeps, and the way there and back"
"""The parts of input to acknowledgement, named in reports: 90 ms on one machine does not mean a slow server."""

SPREADS: Final[dict[str, MetricDefinition]] = {
    "connect_ms": MetricDefinition("ms", "from when a client was to come to the end of its WebSocket handshake"),
    "join_ms": MetricDefinition("ms", "from asking for a seat to the welcome"),
    "input_ack_ms": MetricDefinition(
        "ms", f"from when an input was due to the snapshot that says it was used, or the end: {ACK_LATENCY_PARTS}"
    ),
    "snapshot_gap_ms": MetricDefinition("ms", "from one snapshot to the next, or to the end"),
    "snapshot_age_ms": MetricDefinition(
        "ms", "from a tick's time to the arrival of its snapshot; server on this machine only"
    ),
    "round_trip_ms": MetricDefinition("ms", "from a ping to its pong"),
    "jitter_ms": MetricDefinition("ms", "by how much a client's round trips differ, one from the next", shown=(50, 99)),
    "interpolation_delay_ms": MetricDefinition("ms", "how late a browser on that connection would show the others"),
    "outage_ms": MetricDefinition("ms", "from a lost connection to the next snapshot, or to the end"),
    "input_depth": MetricDefinition("inputs", "inputs that wait at the server for their tick", 1, (1, 50, 99)),
    "snapshots_per_second": MetricDefinition("/s", "snapshots a client got, while it was in", 0.01, (1, 50)),
    "bytes_in_per_second": MetricDefinition("B/s", "bytes to a client, while it was in", 1, (50, 99)),
    "bytes_out_per_second": MetricDefinition("B/s", "bytes from a client in that time", 1, (50, 99)),
    "door_wait_ms": MetricDefinition(
        "ms", "of connect_ms, for how long the swarm made a client wait for others", shown=(50, 99)
    ),
    "tester_lag_ms": MetricDefinition("ms", "by how much the tester itself was late"),
}
"""Metrics with many samples, reported as percentiles."""

COUNTS: Final[dict[str, str]] = {
    "clients": "that were to come",
    "connected": "that came to what they came for",
    "failed": "that never did",
    "never_came": "whose time did not come, because the run or their process of the tester had ended",
    "turned_away": "of those, that the server refused or had no room for",
    "tester_faults": "of those, for which the tester itself had no files or ports left",
    "disconnects": "that did, and were cut off, or out when they were to leave",
    "snapshots": "received",
    "inputs": "sent",
    "bytes_in": "to all clients",
    "bytes_out": "from all clients",
    "inputs_blocked": "not sent, because the server had not read those before",
    "late_turns": "of the swarm, so late that their inputs waited for the next",
    "late_inputs": "that came after their tick",
    "unanswered_inputs": "overdue, that no snapshot ever acknowledged",
    "missed_ticks": "ticks between two snapshots of a client",
    "desyncs": "snapshots that did not fit what the client had",
    "faults": "snapshots out of order, false acknowledgements, own rows that contradict the others'",
    "lost_links": "connections that broke, those included that the scenario broke",
    "resumed": "seats that were still there after that",
    "lost_seats": "seats that were not",
    "lobby_updates": "lists of matches, and changes to them",
    "lobby_bytes": "bytes of those",
}
"""Metrics that are counted; 0 if it did not happen."""

COUNTS_BY_KIND: Final[dict[str, str]] = {
    "networks": "clients, by the network that they are behind",
    "failures": "by what went wrong",
    "closes": "connections that ended before their time, by close code",
    "refused": "requests that were not granted, by the names of docs/PROTOCOL.md",
}
"""Metrics that are counted by kind."""


def refusal_name(code: int) -> str:
    """Return the name of a `RefusalCode` as docs/PROTOCOL.md has it; the number if the code is unknown."""
    return RefusalCode(code).name.lower() if code in RefusalCode.__members__.values() else str(code)
