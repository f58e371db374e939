"""Definitions of the metrics: names, types, help texts and labels.

docs/OPERATING.md lists the same, with what an operator should make of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

import attrs

from game_server.telemetry.histogram import Histogram


@attrs.frozen
class Metric:
    """One family of series. The ``name`` of a counter ends in ``_total``."""

    name: str
    type: Literal["counter", "gauge", "histogram"]
    help: str
    labels: tuple[str, ...] = ()


Reading: TypeAlias = Mapping[Metric, Mapping[tuple[str, ...], float | Histogram]]
"""The value of each series at one moment, by the values of its labels; that of a histogram is a `Histogram`."""


def _counter(name: str, help: str, *labels: str) -> Metric:
    return Metric(f"game_server_{name}_total", "counter", help, labels)


def _gauge(name: str, help: str, *labels: str) -> Metric:
    return Metric(f"game_server_{name}", "gauge", help, labels)


def _histogram(name: str, help: str, *labels: str) -> Metric:
    return Metric(f"game_server_{name}_seconds", "histogram", help, labels)


TICK_LATENESS: Final = _histogram("tick_lateness", "From when a tick was due to when it began.", "match")
TICK_DURATION: Final = _histogram("tick_duration", "How long a tick took.", "match")
TICK_PHASE: Final = _histogram("tick_phase", "How long a phase of a tick took, in all matches.", "phase")
TICK_ZERO: Final = _gauge("tick_zero_seconds", "When tick 0 was due, on the monotonic clock of the machine.", "match")
TICKS_DROPPED: Final = _counter("ticks_dropped", "Ticks' worth of time given up.")
GC_PAUSE: Final = _histogram("gc_pause", "How long a garbage collection took.", "kind")

MATCHES: Final = _gauge("matches", "Matches that are open.")
CONNECTIONS: Final = _gauge("connections", "WebSockets that are open, by where their people are.", "state")
BROWSING: Final = _gauge("browsing", "People who browse the list of matches.")
SEATS: Final = _gauge("seats", "Seats of all matches.", "state")

JOURNALS_FAILED: Final = _counter("journals_failed", "Times that the journal of a match could not be kept.")
RECORDINGS_FAILED: Final = _counter("recordings_failed", "Matches not recorded to their end, since the disk failed.")

MESSAGES: Final = _counter("messages", "WebSocket messages.", "direction")
BYTES: Final = _counter("bytes", "Bytes over WebSockets, framing included.", "direction")
SNAPSHOTS_SKIPPED: Final = _counter("snapshots_skipped", "Snapshots not sent because the connection was full.")
CLOSES: Final = _counter("closes", "WebSockets that have ended, by close code and who chose it.", "code", "by")
CONNECTIONS_REFUSED: Final = _counter("connections_refused", "Connections turned away because there were too many.")
THROTTLED: Final = _counter("throttled", "What was refused to an address that had used up a budget.", "budget")

INPUTS: Final = _counter("inputs", "What became of players' inputs.", "fate")
DESYNCS: Final = _counter("desyncs", "Snapshots that clients found wrong.")
REFUSALS: Final = _counter("refusals", "Requests refused, by the code that the client gets.", "code")
OVERLOADS: Final = _counter("overloads", "Times that ticks became so late that new matches are refused.")
LOBBY_UPDATES: Final = _counter("lobby_updates", "Lists of matches, and changes of them, sent.")
INFO: Final = _gauge("info", "Always 1: the version of the server, and of the wire.", "version", "protocol")
