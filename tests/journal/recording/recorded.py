"""A recording of toys, as the bytes of a file."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from game_server.journal.recording.format import EVENT, OPEN, PHASE, SEATED, WINNERS, Header
from game_server.journal.recording.recorder import MatchRecorder, fold
from game_server.journal.recording.writer import RecordingWriter
from game_server.protocol import (
    BOT,
    NO_PLAYER,
    EventCode,
    Events,
    MatchInfo,
    MatchSettings,
    Schema,
    ServerMessage,
    Snapshot,
    SnapshotDecoder,
    View,
    Welcome,
    decode_server,
    encode,
)
from game_server.simulation import Match, tick_alone
from tests.simulation.toy_game import ToyBrain, toy

ID = "0123456789abcd"
INTRODUCTION = encode(Events(0, ((EventCode.JOINED, 0, "Argon", BOT),)))


def header_of(match: Match, **changed: object) -> Header:
    """The header of a recording of ``match``."""
    world, game = match.world, match.game
    welcome = Welcome(
        player=NO_PLAYER,
        nickname="",
        match=MatchInfo("K7RW2P", "Friday", game.name, world.max_players, 0, 0),
        tick_rate=world.tick_rate,
        tick=world.tick,
        timeout=15.0,
        schema=match.replication.schema.to_wire(),
        setup=game.setup(),
        roster=(),
        token="",
        host=NO_PLAYER,
        settings=MatchSettings("", {}, 0, 0, 2, 0, 0, 0),
    )
    header = Header(
        id=ID, match="K7RW2P", name="Friday", game=game.name, mode="", seats=world.max_players,
        tick_rate=world.tick_rate, tick=world.tick, started=1_700_000_000, access=OPEN, welcome=encode(welcome),
    )  # fmt: skip
    return attrs.evolve(header, **changed)  # type: ignore[arg-type]


def toys(*, seed: int = 1, max_players: int = 4) -> Match:
    """A match of bots that run about."""
    match = Match(toy(seed=seed, max_players=max_players), on_message=lambda *_: None)
    for number in range(max_players - 1):
        match.seat(brain_for=lambda player: ToyBrain(player + seed), outlet=None)
        assert number in match.players
    return match


def recorded(seconds: float, *, seed: int = 1, finished: bool = True, people: bool = True) -> bytes:
    """The file of a match that lasts ``seconds``, with a round that somebody wins after 3 s; it may lack its end."""
    match = toys(seed=seed)
    recorder = match.recorder = MatchRecorder(30, [16], lambda: INTRODUCTION)
    writer = RecordingWriter(header_of(match))
    data = writer.begin()
    for tick in range(1, round(seconds * 30) + 1):
        tick_alone(match)
        if tick == 1 and people:
            recorder.mark(SEATED, 3, "Ada", 0)
        if tick == 30:
            recorder.mark(PHASE, "playing")
        if tick == 90:
            recorder.mark(PHASE, "results")
            recorder.mark(WINNERS, ["Ada"])
        data += fold(recorder.take(), writer)
    assert any(mark[1] == EVENT for mark in [*writer.index.marks, *writer._marks])
    return data + (writer.finish() if finished else b"")


def seen(messages: Iterable[bytes], schema: Schema) -> dict[int, View]:
    """What a client that plays ``messages`` has seen by tick."""
    decoder, views = SnapshotDecoder(schema, NO_PLAYER), {}
    for message in map(decode_server, messages):
        if isinstance(message, Snapshot):
            view = decoder.apply(message)
            tables = {name: {id: dict(row) for id, row in rows.items()} for name, rows in view.tables.items()}
            views[message.tick] = View(view.player, view.tick, dict(view.own), tables)
    return views


def kinds(messages: Iterable[bytes]) -> list[type[ServerMessage]]:
    """The types of ``messages``."""
    return [type(decode_server(message)) for message in messages]
