"""The measurements of one client, by the same rules as the browser's (web_client/src/debug/instruments.js)."""

from __future__ import annotations

from array import array
from collections import deque
from typing import Final

import attrs

PING_INTERVAL: Final = 1.0
"""Seconds from one ping to the next, and from the first snapshot to the first."""

WINDOW: Final = 3.0
"""Seconds of arrivals from which the interpolation delay is computed."""
LEAST_ARRIVALS: Final = 30
"""Snapshots that count, however long ago they came."""
USUAL: Final = 0.9
MARGIN: Final = 0.75
LEAST_DELAY: Final = 2.0
MOST_DELAY: Final = 8.0
"""Ticks. These six equal those of web_client/src/play/playback.js; tests hold the two together."""


def _doubles() -> array[float]:
    return array("d")


@attrs.define
class Figures:
    """Measurements of one client so far. Times are in seconds."""

    snapshots: int = 0
    keyframes: int = 0
    missed_ticks: int = 0
    """Ticks without a snapshot between the first and the last."""
    late_inputs: int = 0
    desyncs: int = 0
    bytes_in: int = 0
    """Bytes of messages received after the first snapshot."""
    bytes_out: int = 0
    """Bytes of the answers to those."""
    inputs: int = 0
    unanswered_inputs: int = 0
    """Inputs that were overdue when they were given up, because too many were waiting or the client left."""
    faults: int = 0
    """False acknowledgements, and rows that contradict the client's own row."""
    lost_links: int = 0
    """Connections lost."""
    resumed: int = 0
    """Returns to the same seat after a lost connection."""
    lost_seats: int = 0
    """Returns that found the seat gone."""
    lobby_updates: int = 0
    lobby_bytes: int = 0
    """Bytes of lists of matches and of changes to them."""
    first_snapshot: float = 0.0
    last_snapshot: float = 0.0
    left: float = 0.0
    """When the client left, if a snapshot was overdue then; otherwise 0."""
    gaps: array[float] = attrs.Factory(_doubles)
    """From each snapshot to the next, or to the end of the session if one was overdue then."""
    outages: array[float] = attrs.Factory(_doubles)
    """From noticing a lost connection to the next snapshot, or to the end if there was none."""
    acks: array[float] = attrs.Factory(_doubles)
    """From when an input was due (see `input_latency`) to the snapshot that acknowledged it, or to giving it up."""
    ages: array[float] = attrs.Factory(_doubles)
    """From when a tick was due to the arrival of its snapshot, where the first is known."""
    round_trips: array[float] = attrs.Factory(_doubles)
    """From each ping to its pong."""
    delays: array[float] = attrs.Factory(_doubles)
    """The interpolation delay that a browser would choose, sampled at each ping."""
    depths: array[int] = attrs.Factory(lambda: array("B"))
    """Inputs waiting at the server, as each snapshot reports."""

    @property
    def jitter(self) -> float | None:
        """The mean difference between one round trip and the next; None before the second."""
        trips = self.round_trips
        changes = [abs(trips[at] - trips[at - 1]) for at in range(1, len(trips))]
        return sum(changes) / len(changes) if changes else None


class SnapshotArrivals:
    """Arrival times of the snapshots of the last seconds, and the interpolation delay that a browser would choose."""

    def __init__(self, tick_rate: int) -> None:
        self._tick_rate = tick_rate
        self._leads: deque[tuple[float, float]] = deque()

    def add(self, tick: int, now: float) -> None:
        """Note that the snapshot of ``tick`` arrived."""
        self._leads.append((now, tick - now * self._tick_rate))
        while len(self._leads) > LEAST_ARRIVALS and self._leads[0][0] < now - WINDOW:
            self._leads.popleft()

    def delay(self) -> float:
        """Return the seconds by which a browser would show others late; at least one snapshot must have arrived.

        It is one interval, plus the lateness that nine of ten snapshots stay under, plus a margin. Lateness is relative
        to the snapshot with the least delay: for 30 ticks a second, tick 10 at 1.00 s and tick 11 at 1.05 s, tick 11
        is 0.05 s * 30 - 1 = 0.5 ticks late.
        """
        earliest = max(lead for _, lead in self._leads)
        late = sorted(by for _, lead in self._leads if (by := earliest - lead) <= MOST_DELAY)
        usual = late[int((len(late) - 1) * USUAL)]
        return min(MOST_DELAY, max(LEAST_DELAY, 1 + usual + MARGIN)) / self._tick_rate
