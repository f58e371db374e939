"""What the server says (docs/PROTOCOL.md), as immutable values."""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

import attrs


class MatchInfo(NamedTuple):
    """Which match this is."""

    id: str
    name: str
    game: str
    max_players: int


class MatchSettings(NamedTuple):
    """How a match is played; as in `Create`, with the flags of a `MatchRow`."""

    mode: str
    friendly_fire: int
    rounds: int
    takeover: int
    spectating: int
    delay: int
    rotation: int
    flags: int


class GameModes(NamedTuple):
    """A game that the server has, and its modes, the first of which is played when none is asked for."""

    game: str
    modes: tuple[str, ...]


class MatchRow(NamedTuple):
    """A match as the lobby lists it."""

    id: str
    name: str
    game: str
    mode: str
    phase: str
    people: int
    bots: int
    max_players: int
    spectators: int
    flags: int


class RosterEntry(NamedTuple):
    """One seat that is taken; ``present`` is 0 while its player's connection is lost."""

    player: int
    nickname: str
    kind: int
    present: int = 1


class Line(NamedTuple):
    """Something said."""

    kind: int
    player: int
    nickname: str
    text: str


@attrs.frozen
class Welcome:
    """A seat, or a place to watch from (`NO_PLAYER`), and all that it takes to read what follows."""

    type: ClassVar[int] = 16
    player: int
    nickname: str
    match: MatchInfo
    tick_rate: int
    tick: int
    timeout: float
    schema: list[Any]
    setup: dict[str, Any]
    roster: tuple[RosterEntry, ...]
    token: str
    host: int
    settings: MatchSettings


@attrs.frozen
class Snapshot:
    """The world after tick ``tick``; ``tables`` pairs a table's number with its records."""

    type: ClassVar[int] = 17
    tick: int
    kind: int
    ack: int
    depth: int
    hash: int | None
    own: bytes
    tables: tuple[tuple[int, bytes], ...]


@attrs.frozen
class Events:
    """What happened in tick ``tick``: ``[code, field, ...]`` each."""

    type: ClassVar[int] = 18
    tick: int
    events: tuple[tuple[Any, ...], ...]


@attrs.frozen
class Pong:
    """The answer to `Ping`; ``match_time`` in ticks with a fraction, 0 outside a match."""

    type: ClassVar[int] = 19
    client_time: float
    match_time: float


@attrs.frozen
class Notice:
    """Something for this client alone, to be read by a person."""

    type: ClassVar[int] = 20
    code: int
    text: str


@attrs.frozen
class Home:
    """You are in the lobby, where you are called ``nickname``; `HomeCode` says why."""

    type: ClassVar[int] = 21
    code: int
    text: str
    nickname: str
    games: tuple[GameModes, ...]


@attrs.frozen
class Lobby:
    """What has changed in the list of matches; ``whole`` is 1 when it is all there is."""

    type: ClassVar[int] = 22
    whole: int
    people: int
    matches: tuple[MatchRow, ...]
    gone: tuple[str, ...]


@attrs.frozen
class Said:
    """Lines of chat, oldest first."""

    type: ClassVar[int] = 23
    lines: tuple[Line, ...]


@attrs.frozen
class Refused:
    """A request, by its message's type, was not granted; try again in ``wait`` seconds, if that is not 0."""

    type: ClassVar[int] = 24
    request: int
    code: int
    text: str
    wait: int = 0


@attrs.frozen
class Queued:
    """Your place in the queue for a seat in ``match``, called ``name``, from 1; 0 when you are not in it any more."""

    type: ClassVar[int] = 25
    match: str
    place: int
    length: int
    name: str


@attrs.frozen
class Answer:
    """An `Admin` message was carried out."""

    type: ClassVar[int] = 26
    text: str
    matches: tuple[MatchRow, ...] = ()


ServerMessage = Welcome | Snapshot | Events | Pong | Notice | Home | Lobby | Said | Refused | Queued | Answer
