"""The scraper of the server's ``GET /metrics`` during a run."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Final

import attrs
import trio

from game_server.client import HTTP_ERRORS, EpochReport, HttpError, Target, http_get, root_cause
from game_server.loadtest.metrics.recording import Recording
from game_server.loadtest.metrics.server_metrics import Buckets, Interval, Scrape
from game_server.telemetry import FRESH_FOR

_PREFIX: Final = "game_server_"
_TOO_SHORT: Final = "the run was too short for two scrapes"
_BEGAN: Final = "process_start_time_seconds"
_TICK_ZERO: Final = "game_server_tick_zero_seconds"

SERVER_SPREADS: Final[dict[str, tuple[str, dict[str, str], str]]] = {
    "tick_lateness_ms": ("tick_lateness_seconds", {}, "from when a tick was due to when it began"),
    "tick_duration_ms": ("tick_duration_seconds", {}, "how long a tick took"),
    "tick_drain_ms": ("tick_phase_seconds", {"phase": "drain"}, "the part of a tick that reads what clients sent"),
    "tick_rules_ms": ("tick_phase_seconds", {"phase": "rules"}, "the part that runs the rules of the game"),
    "tick_encode_ms": ("tick_phase_seconds", {"phase": "encode"}, "the part that encodes snapshots"),
    "tick_write_ms": ("tick_phase_seconds", {"phase": "write"}, "the part that writes to sockets"),
    "gc_pause_ms": ("gc_pause_seconds", {}, "how long garbage collections took"),
}
"""By name: the metric of the server, its labels, and the meaning."""
SERVER_COUNTS: Final[dict[str, tuple[str, str]]] = {
    "ticks_dropped": ("ticks_dropped_total", "ticks skipped because the server could not keep up"),
    "snapshots_skipped": ("snapshots_skipped_total", "snapshots not sent because a client read too slowly"),
}
SERVER_LEVELS: Final[dict[str, str]] = {
    "server_cpu": "average share of a core that the server used",
    "server_memory_mb": "memory of the server's process at the end, in MB",
}


@attrs.define
class ServerScraper:
    """Scrapes the server once a second.

    Attributes:
        since: seconds from the start after which figures count.
        on_epochs: called with each report of when ticks are due, if the server is on this machine.
        missing: why there are no figures; None if there are.
        began: start times of the processes that answered; more than one if the server was restarted.
        unanswered: the second of the run since which there was no answer; None if the last request was answered.
    """

    target: Target
    since: float = 0.0
    on_epochs: Callable[[EpochReport], None] | None = None
    missing: str | None = _TOO_SHORT
    began: set[float] = attrs.Factory(set)
    unanswered: float | None = None
    _before: tuple[float, Scrape] | None = None
    _first: tuple[float, Scrape] | None = None
    _last: tuple[float, Scrape] | None = None

    async def run(self, recording: Recording, started: float) -> None:
        """Scrape until cancelled; figures of each second go to ``recording``.

        Args:
            started: when the timeline begins, on trio's clock.
        """
        second = -1
        while True:
            second += 1
            await trio.sleep_until(started + second)
            asked = monotonic()
            if self.unanswered is None:
                self.unanswered = second
            scrape = await self._ask()
            if scrape is None:
                if self._last:
                    self.missing = None  # the figures until then count
                continue
            if self.on_epochs and self.target.is_here:
                self.on_epochs(EpochReport(scrape.by_label(_TICK_ZERO, "match"), asked - FRESH_FOR))
            if self._before is not None:
                recording.server[second - 1] = figures_between(self._before, (trio.current_time(), scrape))
            self.note(second, scrape, trio.current_time())

    def note(self, second: float, scrape: Scrape, now: float) -> None:
        """Take in the scrape of a second of the run; ``now`` is in seconds of any steady clock."""
        self.unanswered = None
        self.began.add(scrape.value(_BEGAN))
        self._before = (now, scrape)
        if self._first is None and second >= self.since:
            self._first, self.missing = self._before, _TOO_SHORT
        elif self._first is not None:
            self._last, self.missing = self._before, None

    def spread(self, name: str) -> Buckets:
        """Return a histogram over the whole run, in seconds."""
        metric, labels, _ = SERVER_SPREADS[name]
        interval = self._interval()
        return interval.histogram(_PREFIX + metric, **labels) if interval else Buckets((), (), 0.0)

    def number(self, name: str) -> float | None:
        """Return a count or a level over the whole run; None if it is unknown."""
        interval = self._interval()
        if interval is None or self._first is None or self._last is None:
            return None
        if name in SERVER_COUNTS:
            return interval.increase(_PREFIX + SERVER_COUNTS[name][0])
        return figures_between(self._first, self._last).get(name)

    @property
    def why_no_ages(self) -> str:
        """Why it was unknown when ticks were due, if it was."""
        if not self.target.is_here:
            return "the server is on another machine and has another clock"
        if not self.began:
            return self.missing or "GET /metrics was not answered"
        return "GET /metrics did not say when the ticks of the matches are due, or not in time"

    def _interval(self) -> Interval | None:
        return Interval(self._first[1], self._last[1]) if self._first and self._last else None

    async def _ask(self) -> Scrape | None:
        try:
            return await http_get(self.target, "/metrics", lambda body: Scrape.read(body.decode()))
        except HttpError as error:
            self.missing = str(error)
        except (*HTTP_ERRORS, ValueError) as error:
            self.missing = f"GET /metrics failed: {root_cause(error)}"
        return None


def figures_between(before: tuple[float, Scrape], now: tuple[float, Scrape]) -> dict[str, float]:
    """Return levels, counts and percentiles between two scrapes, as in a row of the recording."""
    interval = Interval(before[1], now[1])
    figures = {"server_memory_mb": now[1].value("process_resident_memory_bytes") / 1e6}
    if now[0] > before[0]:
        figures["server_cpu"] = interval.increase("process_cpu_seconds_total") / (now[0] - before[0])
    for name, (metric, _) in SERVER_COUNTS.items():
        figures[name] = interval.increase(_PREFIX + metric)
    for name, (metric, labels, _) in SERVER_SPREADS.items():
        buckets = interval.histogram(_PREFIX + metric, **labels)
        for percent in (50, 99):
            value = buckets.quantile(percent / 100)
            if value is not None:
                figures[f"{name}.p{percent}"] = 1000 * value
    return figures
