"""A client with a brain that watches, and the server's side of its connection."""

from __future__ import annotations

from typing import Any

import attrs

from game_server.client import Client, Purpose, TickEpochs
from game_server.protocol import (
    DELTA,
    NO_PLAYER,
    Command,
    MatchInfo,
    MatchSettings,
    RosterEntry,
    Snapshot,
    View,
    Welcome,
    decode_client,
    encode,
)

SCHEMA: list[Any] = [[[1, "ship", [["x", 1, 0, 1], ["y", 1, 0, 1]]]], [], []]
WELCOME = Welcome(
    player=3,
    nickname="Ada",
    match=MatchInfo("K7RW2P", "Friday", "toy", 4, 0, 0),
    tick_rate=30,
    tick=99,
    timeout=15,
    schema=SCHEMA,
    setup={},
    roster=(RosterEntry(3, "Ada", 0),),
    token="the token of seat 3",
    host=3,
    settings=MatchSettings("", {}, 0, 1, 2, 0, 0, 0),
)
WATCHED = attrs.evolve(WELCOME, player=NO_PLAYER, token="", settings=WELCOME.settings._replace(delay=20))
SHIP = b"\x03\x00\x03"
"""The head of a whole row of ship 3."""


@attrs.define
class Scribe:
    """A brain that writes down what it was shown."""

    seen: list[tuple[int, dict[int, dict[str, float]]]] = attrs.Factory(list)
    asks: list[tuple[int, tuple[int | str, ...]]] = attrs.Factory(list)

    def decide(self, view: View) -> Command:
        asks, self.asks = tuple(self.asks), []
        self.seen.append((view.tick, {n: dict(row) for n, row in view.tables["ship"].items()}))
        return Command(17, 512, asks=asks)


def snapshot(tick: int, kind: int = DELTA, *, ack: int = 0, depth: int = 1, digest: int | None = None) -> Snapshot:
    """A snapshot that shows ship 3 whole."""
    return Snapshot(tick, kind, ack, depth, digest, b"", ((1, SHIP + bytes([tick % 256, 7])),))


class Played:
    """A client, its brain, and a short way to feed it."""

    def __init__(
        self, *, welcomed: bool = True, purpose: Purpose = Purpose.PLAY, tick_zeros: TickEpochs | None = None
    ) -> None:
        self.brain = Scribe()
        self.client = Client("Ada", "", lambda _welcome: self.brain, purpose, tick_zeros)
        self.figures = self.client.figures
        self.greet()
        if welcomed:
            self.feed(WELCOME)

    def greet(self) -> list[Any]:
        return [decode_client(message) for message in self.client.greeting()]

    def feed(self, message: Any, now: float = 0.0) -> list[Any]:
        return [decode_client(answer) for answer in self.client.receive(encode(message), now)]
