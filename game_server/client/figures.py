"""What one client measures, by the same rules as the browser's (web_client/src/instruments.js)."""

from __future__ import annotations

from array import array
from collections import deque
from typing import Final

import attrs

PING_INTERVAL: Final = 1.0
"""Seconds from one ping to the next, and from the first snapshot to the first."""

WINDOW: Final = 3.0
"""Seconds of arrivals that the interpolation delay follows from."""
USUAL: Final = 0.9
MARGIN: Final = 0.75
LEAST_DELAY: Final = 2.0
MOST_DELAY: Final = 8.0
"""Ticks. These five say the same as web_client/src/play/playback.js; tests hold the two together."""


def _doubles() -> array[float]:
    return array("d")


@attrs.define
class Figures:
    """What one client has measured. Times in seconds."""

    snapshots: int = 0
    keyframes: int = 0
    missed_ticks: int = 0
    """Ticks without a snapshot between the first and the last."""
    late_inputs: int = 0
    desyncs: int = 0
    bytes_in: int = 0
    """Of whole messages, after the first snapshot: over the time from the first snapshot to the last."""
    bytes_out: int = 0
    """The same of what is answered."""
    inputs: int = 0
    unanswered_inputs: int = 0
    """Overdue when they were given up, because too many were waiting, or the stay was over."""
    faults: int = 0
    """False acknowledgements, and rows that contradict the own row."""
    lost_links: int = 0
    """Connections that broke."""
    resumed: int = 0
    """Times when the seat was still there after that."""
    lost_seats: int = 0
    """Times when it was not."""
    lobby_updates: int = 0
    lobby_bytes: int = 0
    """Of lists of matches, and of what changed in them."""
    first_snapshot: float = 0.0
    last_snapshot: float = 0.0
    left: float = 0.0
    """When it left, or was given up, if snapshots were overdue then; 0 if they were not."""
    gaps: array[float] = attrs.Factory(_doubles)
    """From each snapshot of a stay to the next, or to its end if that is overdue."""
    outages: array[float] = attrs.Factory(_doubles)
    """From noticing that the connection is lost to the next snapshot, or to the end if there is none."""
    acks: array[float] = attrs.Factory(_doubles)
    """From when an input was due (see `intents`) to the snapshot that says it was used, or to when it was given up."""
    ages: array[float] = attrs.Factory(_doubles)
    """From when a tick was due to its snapshot, where that is known."""
    round_trips: array[float] = attrs.Factory(_doubles)
    """From each ping to its pong."""
    delays: array[float] = attrs.Factory(_doubles)
    """How late a browser would show the others, once a ping."""
    depths: array[int] = attrs.Factory(lambda: array("B"))
    """Inputs that waited at the server, as each snapshot tells."""

    @property
    def jitter(self) -> float | None:
        """By how much a round trip differs from the one before it, on average; None before the second."""
        trips = self.round_trips
        changes = [abs(trips[at] - trips[at - 1]) for at in range(1, len(trips))]
        return sum(changes) / len(changes) if changes else None


class SnapshotArrivals:
    """When the snapshots of the last seconds came, and the interpolation delay that a browser would make of it."""

    def __init__(self, tick_rate: int) -> None:
        self._tick_rate = tick_rate
        self._leads: deque[tuple[float, float]] = deque()

    def add(self, tick: int, now: float) -> None:
        """Snapshot ``tick`` has come."""
        self._leads.append((now, tick - now * self._tick_rate))
        while self._leads[0][0] < now - WINDOW:
            self._leads.popleft()

    def delay(self) -> float:
        """Seconds from the earliest snapshots to what is shown; there must be one at least.

        One interval, the lateness that nine of ten stay under, and a margin.
        """
        earliest = max(lead for _, lead in self._leads)
        late = sorted(by for _, lead in self._leads if (by := earliest - lead) <= MOST_DELAY)
        usual = late[int((len(late) - 1) * USUAL)]
        return min(MOST_DELAY, max(LEAST_DELAY, 1 + usual + MARGIN)) / self._tick_rate
