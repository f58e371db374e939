"""The messages of docs/PROTOCOL.md, as immutable values."""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

import attrs

PERSON, BOT = 0, 1
"""Kinds of players in a roster."""

LEFT, LOST, EXPELLED = 0, 1, 2
"""Why a player left."""

DELTA, KEYFRAME = 0, 1
"""Kinds of snapshots."""

WRITES_TOO_FAST = 1
"""Codes of notices."""

JOINED_EVENT, LEFT_EVENT, CHAT_EVENT = 0, 1, 2
"""Codes of the protocol's own events."""


class Command(NamedTuple):
    """What a player asks for in one tick.

    ``buttons`` (16 bits); ``aim`` (0 to 4095, 4096ths of a turn); ``behind`` (0 to 4095, 16ths of a tick): how far the
    others, as the player saw them, lay behind that tick.
    """

    buttons: int
    aim: int
    behind: int = 0


@attrs.frozen
class Hello:
    """Asks for a seat."""

    type: ClassVar[int] = 1
    nickname: str
    match: str
    client: str


@attrs.define
class Input:
    """What the player does in tick ``tick``. Not frozen: it is made for every player in every tick."""

    type: ClassVar[int] = 2
    tick: int
    buttons: int
    aim: int
    behind: int = 0


@attrs.frozen
class Chat:
    """Says something to everybody in the match."""

    type: ClassVar[int] = 3
    text: str


@attrs.frozen
class Ping:
    """Asks for a `Pong`."""

    type: ClassVar[int] = 4
    client_time: float


@attrs.frozen
class Resync:
    """Says that snapshot ``tick`` did not fit what the client has."""

    type: ClassVar[int] = 5
    tick: int


ClientMessage = Hello | Input | Chat | Ping | Resync


class MatchInfo(NamedTuple):
    """Which match this is."""

    id: str
    name: str
    game: str
    max_players: int


class RosterEntry(NamedTuple):
    """One seat that is taken."""

    player: int
    nickname: str
    kind: int


@attrs.frozen
class Welcome:
    """The answer to `Hello`: a seat, and all that it takes to read what follows."""

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
    """The answer to `Ping`; ``match_time`` in ticks with a fraction."""

    type: ClassVar[int] = 19
    client_time: float
    match_time: float


@attrs.frozen
class Notice:
    """Something for this client alone, to be read by a person."""

    type: ClassVar[int] = 20
    code: int
    text: str


ServerMessage = Welcome | Snapshot | Events | Pong | Notice
