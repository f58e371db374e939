"""What telemetry costs: ``tools/bench/run metrics``.

Matches of the arena are ticked in this process, in turns with all that records them and without: so whatever disturbs
the machine falls on both. Once in a second of ticks there is a scrape. There are no sockets: the ticks are shorter than
they would be, and the share of telemetry is larger.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Final

from game_server.games.arena import Arena
from game_server.lobby.lobby import Lobby
from game_server.lobby.lobby_options import LobbyOptions, MatchLimits
from game_server.lobby.match.hosted_match import HostedMatch
from game_server.lobby.match.match_options import MatchContext, MatchOptions
from game_server.metrics_collector import MetricsCollector
from game_server.simulation import tick_alone
from game_server.telemetry import Exposition, Garbage, TickProfile
from game_server.throttling import Throttling
from game_server.transport import SeatedSockets, Traffic

RATE: Final = 30
SECONDS: Final = 25
MOST: Final = 0.02
"""Of the ticks' time, scraped every 15 s."""
SIZES: Final = ((1, 16), (16, 16), (1, 300))
"""Matches, and the people in each."""


class Sink:
    """An outlet that takes everything, and from which nothing comes."""

    round_trip = 0.0

    def drain(self) -> list[bytes]:
        """Nothing is ever pressed."""
        return []

    def send(self, message: bytes, /) -> None:
        """Thrown away."""

    def try_send(self, _message: bytes, /) -> bool:
        """Thrown away."""
        return True

    def offer(self, _snapshot: bytes, /) -> bool:
        """Thrown away, too."""
        return True

    def close(self, code: int, reason: str) -> None:
        """Never happens."""
        raise AssertionError(f"closed with {code}: {reason}")


class NoProfile(TickProfile):
    """Records nothing."""

    def record(self, lateness: float, phases: Sequence[float]) -> None:
        """Nothing."""


def measure(matches: int, people: int) -> dict[str, float]:
    """Milliseconds of ticks a second, and what telemetry adds, as shares of that."""
    context = MatchContext(now=perf_counter)
    options = MatchOptions(name="Benchmark", game=Arena, max_players=people, seed=7)
    collector, traffic, garbage, throttling = MetricsCollector(), Traffic(), Garbage(), Throttling()
    lobby = Lobby(
        LobbyOptions(options, {}, limits=MatchLimits(max_matches=matches)), context, lambda: SeatedSockets(traffic)
    )
    for number in range(matches):
        hosted = HostedMatch(options, context, id=f"MATCH{number}")
        lobby.match_index.add(hosted)
        for _ in range(people):
            hosted.match.seat(outlet=Sink())
    profiles = [hosted.match.profile for hosted in lobby.match_index]
    nothing: list[TickProfile] = [NoProfile(RATE) for _ in profiles]
    exposition = Exposition(
        lambda: collector.read(lobby, traffic, garbage, throttling), iter(range(1_000_000)).__next__
    )

    def tick(used: list[TickProfile]) -> float:
        for hosted, profile in zip(lobby.match_index, used, strict=True):
            hosted.match.profile = profile
        began = perf_counter()
        for hosted in lobby.match_index:
            tick_alone(hosted.match)
            hosted.match.profile.record(0.0004, (0.001, 0.001, 0.001, 0.001))
        return perf_counter() - began

    without, added, scrapes = [], [], []
    for turn in range(SECONDS * RATE):
        order = (nothing, profiles) if turn % 2 else (profiles, nothing)
        spent = {id(used): tick(used) for used in order}
        without.append(spent[id(nothing)])
        added.append(spent[id(profiles)] - spent[id(nothing)])
        if turn % RATE == 0:
            began = perf_counter()
            exposition.text()
            scrapes.append(perf_counter() - began)
    ticks, scrape = RATE * median(without), median(scrapes)
    recording = RATE * median(added) / ticks
    return {
        "ticks_ms": round(1e3 * ticks, 2),
        "recording": round(recording, 4),
        "scrape_ms": round(1e3 * scrape, 2),
        "with_a_scrape_in_15_s": round(recording + scrape / ticks / 15, 4),
        "with_a_scrape_a_second": round(recording + scrape / ticks, 4),
    }


def main() -> None:
    """Print the figures, and write them where ``--json FILE`` says; fails when they fall short."""
    with Garbage().tamed():
        figures = {f"{matches} x {people}": measure(matches, people) for matches, people in SIZES}
    for size, found in figures.items():
        print(
            f"{size} people: {found['ticks_ms']} ms of ticks a second; recording adds {found['recording']:.2%}, "
            f"a scrape takes {found['scrape_ms']} ms; together {found['with_a_scrape_in_15_s']:.2%} with one in 15 s, "
            f"{found['with_a_scrape_a_second']:.2%} with one a second"
        )
    if len(sys.argv) > 2 and sys.argv[1] == "--json":
        Path(sys.argv[2]).write_text(json.dumps({"metrics": figures}) + "\n", "utf-8")
    if max(found["with_a_scrape_in_15_s"] for found in figures.values()) > MOST:
        raise SystemExit("tools/bench/run metrics: telemetry costs too much")


if __name__ == "__main__":
    main()
