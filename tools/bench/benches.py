"""The benchmarks: which servers, at which sizes, and the numbers that ours has to reach."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs

from tools.bench import installing
from tools.bench.installing import NODE_MODULES, PEERS
from tools.bench.servers.fields import Field
from tools.bench.servers.transport import PAYLOAD
from tools.bench.trial import PORT, Launch

MATCH_SEATS: Final = 16
MATCH_BYTES: Final = 134
"""Bytes of a snapshot of such a match, on average: with frames, 30 of them are the 4.1 KB a second of our row."""
OURS: Final = "ours"
CALLS: Final = "ours_calls"
"""Ours without io_uring."""
FULL: Final = "ours_full_rules"

Results = Mapping[str, Mapping[int, Mapping[str, Any]]]
"""Figures by server and number of clients."""


@attrs.frozen
class Target:
    """A number to reach.

    Attributes:
        of: whose figure it is: the server and its number of clients.
        figure: which one.
        beside: a peer and its number of clients; the value is then the ratio to the peer's figure.
        whole: what the figure should be; the value is then what it lacks of that.
    """

    what: str
    most: float
    of: tuple[str, int]
    figure: str = "cpu_us_per_client_second"
    beside: tuple[str, int] | None = None
    whole: float | None = None

    def verdict(self, results: Results) -> tuple[float | None, bool | None]:
        """The value, None when it was not measured; and whether it is enough, None when a trial was not valid."""
        used = [self._trial(results, self.of)] + [self._trial(results, self.beside)] * (self.beside is not None)
        if not all(trial and trial.get(self.figure) is not None for trial in used):
            return None, None
        values = [float(trial[self.figure]) for trial in used]
        value = values[0] if self.whole is None else max(0.0, self.whole - values[0])
        if self.beside:
            value /= values[1]
        value = round(value, 3)
        return value, value <= self.most if all(trial["valid"] for trial in used) else None

    @staticmethod
    def _trial(results: Results, of: tuple[str, int] | None) -> Mapping[str, Any]:
        return results.get(of[0], {}).get(of[1], {}) if of else {}


@attrs.frozen
class Bench:
    """One benchmark.

    Attributes:
        servers: how to start each server for a number of clients.
        sizes: numbers of clients, by server; "" is for those not named.
        quick_sizes: those of `--quick`.
        headline: the number of clients whose figures stand for the server.
    """

    name: str
    title: str
    servers: Mapping[str, Callable[[int], Launch]]
    sizes: Mapping[str, tuple[int, ...]]
    quick_sizes: Mapping[str, tuple[int, ...]]
    headline: int
    targets: tuple[Target, ...]

    def sizes_of(self, server: str, *, quick: bool) -> tuple[int, ...]:
        """At which numbers of clients ``server`` is measured."""
        sizes = self.quick_sizes if quick else self.sizes
        return sizes.get(server, sizes[""])


def _python(module: str, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", module, PORT, *arguments)


def _node(script: str, *arguments: str) -> Launch:
    command = (installing.node(), str(PEERS / script), PORT, *arguments)
    adapter = "colyseus" if script.startswith("colyseus") else "raw"
    return Launch(command, adapter, {"BENCH_MODULES": f"{NODE_MODULES}/", "NODE_ENV": "production"})


def _ours(game: str, seats: int, matches: int = 1, *how: str, firing: bool = False, calls: bool = False) -> Launch:
    command = _python("tools.bench.servers.hosting", game, str(seats), str(matches), *["calls"] * calls, *how)
    return Launch(command, "game", firing=firing, profiled=True)


def _colyseus(field: Field, seats: int) -> Launch:
    return _node("colyseus_server.mjs", json.dumps(field.to_json()), str(seats))


def _floor(payload: int, *arguments: str) -> Launch:
    return Launch((installing.floor(), PORT, str(payload), *arguments), "raw")


def _matches(players: int) -> int:
    return -(-players // MATCH_SEATS)


TRANSPORT: Final = Bench(
    name="transport",
    title="20-byte inputs 30/s, 600-byte snapshots 30/s",
    servers={
        OURS: lambda _: Launch(_python("tools.bench.servers.transport"), "raw"),
        CALLS: lambda _: Launch(_python("tools.bench.servers.transport", "calls"), "raw"),
        "trio_websocket": lambda _: Launch((sys.executable, str(PEERS / "trio_websocket_server.py"), PORT), "raw"),
        "node_ws": lambda _: _node("ws_server.mjs"),
        "picows": lambda _: Launch((installing.picows(), str(PEERS / "picows_server.py"), PORT), "raw"),
        "floor": lambda _: _floor(PAYLOAD),
        "floor_ring": lambda _: _floor(PAYLOAD, "ring"),
    },
    sizes={"": (1000,), "trio_websocket": (200,)},
    quick_sizes={"": (1000,), "trio_websocket": (200,), CALLS: ()},
    headline=1000,
    targets=(
        Target("CPU, beside Node ws", 0.80, (OURS, 1000), beside=("node_ws", 1000)),
        Target("CPU, beside the C floor", 1.0, (OURS, 1000), beside=("floor", 1000)),
        Target("CPU, beside the C floor with io_uring", 1.6, (OURS, 1000), beside=("floor_ring", 1000)),
        Target("CPU, beside picows with uvloop", 1.0, (OURS, 1000), beside=("picows", 1000)),
    ),
)

ARENA: Final = Bench(
    name="arena",
    title="one match, a snapshot of the 3 x 3 cells around to everybody 30/s",
    servers={
        OURS: lambda players: _ours("movement", players),
        CALLS: lambda players: _ours("movement", players, calls=True),
        "colyseus": lambda players: _colyseus(Field.for_players(players), players),
        FULL: lambda players: _ours("arena", players, firing=True),
    },
    sizes={"": (100, 300, 1000, 2000)},
    quick_sizes={"": (1000,), CALLS: ()},
    headline=1000,
    targets=(
        Target("CPU at 1,000, movement only, beside Colyseus", 0.35, (OURS, 1000), beside=("colyseus", 1000)),
        Target(
            "1,000, full rules: snapshots a second that a client lacks of 30",
            0.5,
            (FULL, 1000),
            "snapshots_min",
            whole=30,
        ),
        Target("1,000, full rules: p99 of a tick's lateness, ms", 5, (FULL, 1000), "tick_lateness_ms_p99"),
        Target("1,000, full rules: bytes a client and second", 10_000, (FULL, 1000), "bytes_per_client_second"),
        Target("1,000, full rules: share of a core", 0.6, (FULL, 1000), "cpu_core"),
        Target(
            "2,000, full rules: snapshots a second that a client lacks of 30",
            0.5,
            (FULL, 2000),
            "snapshots_min",
            whole=30,
        ),
        Target("2,000, full rules: ticks dropped", 0, (FULL, 2000), "ticks_dropped"),
        Target("2,000, full rules: share of a core", 0.6, (FULL, 2000), "cpu_core"),
        Target(
            "3,000, full rules: snapshots a second that a client lacks of 30",
            0.5,
            (FULL, 3000),
            "snapshots_min",
            whole=30,
        ),
        Target("3,000, full rules: ticks dropped", 0, (FULL, 3000), "ticks_dropped"),
        Target("CPU a player, movement only, 2,000 beside 300", 1.3, (OURS, 2000), beside=(OURS, 300)),
        Target("CPU a player, full rules, 2,000 beside 300", 1.3, (FULL, 2000), beside=(FULL, 300)),
        Target("KB of memory a player at 2,000, full rules", 28, (FULL, 2000), "memory_kb_per_client"),
    ),
)

MATCHES: Final = Bench(
    name="matches",
    title="matches of 16 in one process, movement only, everybody sees everybody",
    servers={
        OURS: lambda players: _ours("skirmish", MATCH_SEATS, _matches(players)),
        CALLS: lambda players: _ours("skirmish", MATCH_SEATS, _matches(players), calls=True),
        "colyseus": lambda _: _colyseus(Field(columns=1, rows=1), MATCH_SEATS),
        "floor": lambda _: _floor(MATCH_BYTES),
        "floor_ring": lambda _: _floor(MATCH_BYTES, "ring"),
    },
    sizes={"": (960, 1920)},
    quick_sizes={"": (960,), CALLS: ()},
    headline=960,
    targets=(
        Target("CPU of 60 matches of 16, beside Colyseus", 0.70, (OURS, 960), beside=("colyseus", 960)),
        Target("CPU of 120 matches of 16, beside Colyseus", 0.60, (OURS, 1920), beside=("colyseus", 1920)),
        Target("CPU of 120 matches of 16, beside the C floor", 1.5, (OURS, 1920), beside=("floor", 1920)),
    ),
)

KEPT: Final = Bench(
    name="kept",
    title="without and with journals and recordings: 60 matches of 16; one arena of 1,000 with full rules",
    servers={
        "matches": lambda players: _ours("skirmish", MATCH_SEATS, _matches(players)),
        "matches_journal": lambda players: _ours("skirmish", MATCH_SEATS, _matches(players), "journal"),
        "matches_kept": lambda players: _ours("skirmish", MATCH_SEATS, _matches(players), "kept"),
        "arena": lambda players: _ours("arena", players, firing=True),
        "arena_journal": lambda players: _ours("arena", players, 1, "journal", firing=True),
        "arena_kept": lambda players: _ours("arena", players, 1, "kept", firing=True),
    },
    sizes={"": (960,), "arena": (1000,), "arena_journal": (1000,), "arena_kept": (1000,)},
    quick_sizes={"": (960,), "arena": (1000,), "arena_journal": (1000,), "arena_kept": (1000,)},
    headline=960,
    targets=(
        Target("CPU of 60 matches of 16, kept beside not", 1.03, ("matches_kept", 960), beside=("matches", 960)),
        Target("CPU of an arena of 1,000, kept beside not", 1.03, ("arena_kept", 1000), beside=("arena", 1000)),
    ),
)


def _nodes(game: str, players: int, *how: str, firing: bool = False) -> Launch:
    """One process, or with ``workers`` two, whose matches the clients join by their codes."""
    launch = _ours(game, MATCH_SEATS, _matches(players), *how, firing=firing)
    return attrs.evolve(launch, spread=True, profiled=False)


WORKERS: Final = Bench(
    name="workers",
    title="matches of 16 in one process, and in two workers on the same core; movement only, and full rules",
    servers={
        "one": lambda players: _nodes("skirmish", players),
        "two": lambda players: _nodes("skirmish", players, "workers"),
        "one_full_rules": lambda players: _nodes("arena", players, firing=True),
        "two_full_rules": lambda players: _nodes("arena", players, "workers", firing=True),
    },
    sizes={"": (960, 1920), "one_full_rules": (960,), "two_full_rules": (960,)},
    quick_sizes={"": (960,)},
    headline=1920,
    targets=tuple(
        Target(
            f"CPU of {_matches(players)} matches of 16{what}, two workers beside one process",
            1.08,
            (f"two{rules}", players),
            beside=(f"one{rules}", players),
        )
        for rules, what, players in (("", "", 1920), ("_full_rules", ", full rules", 960))
    ),
)

BENCHES: Final = {bench.name: bench for bench in (TRANSPORT, ARENA, MATCHES, KEPT, WORKERS)}
