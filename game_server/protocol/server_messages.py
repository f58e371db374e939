"""Messages from the server as immutable values, with the ranges of docs/PROTOCOL.md section 4."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, NamedTuple

import attrs

from game_server.protocol import limits
from game_server.protocol.client_messages import ChosenOptions, OptionValue
from game_server.protocol.codes import MAPS, MODES, Spectating
from game_server.protocol.fields import (
    ArrayOf,
    Byte,
    Count,
    EventRow,
    Flag,
    Integer,
    Nullable,
    Number,
    Plain,
    Player,
    Row,
    TableRecords,
    Text,
    Tick,
)

MatchId = Annotated[str, Text(limits.MAX_MATCH_ID)]
MatchName = Annotated[str, Text(limits.MAX_SHOWN_MATCH_NAME)]
Game = Annotated[str, Text(limits.MAX_GAME)]
Mode = Annotated[str, Text(limits.MAX_MODE)]
Nickname = Annotated[str, Text(limits.MAX_NICKNAME)]
ServerText = Annotated[str, Text(limits.MAX_SERVER_TEXT)]
Seats = Annotated[int, Integer(1, limits.MAX_PLAYERS)]


class MatchInfo(NamedTuple):
    """The identity of a match, and how its field is shown; ``camera`` is a `CameraKind`."""

    id: MatchId
    name: MatchName
    game: Game
    max_players: Seats
    camera: Byte
    minimap: Flag


class MatchSettings(NamedTuple):
    """The settings of a match; as in `Create`, with the flags of a `MatchRow`. ``delay`` in seconds."""

    mode: Mode
    options: ChosenOptions
    rounds: Annotated[int, Integer(0, limits.MAX_ROUNDS)]
    takeover: Flag
    spectating: Annotated[int, Integer(0, max(Spectating))]
    delay: Annotated[int, Integer(0, limits.MAX_SPECTATOR_DELAY)]
    rotation: Annotated[int, Integer(0, MAPS | MODES)]
    flags: Byte


Title = Annotated[str, Text(limits.MAX_TITLE)]


class ModeOffer(NamedTuple):
    """A mode of a game, and what people call it."""

    name: Mode
    title: Title


class ChoiceOffer(NamedTuple):
    """One of the values of an option that has choices, and what people call it."""

    value: Annotated[str, Text(limits.MAX_OPTION)]
    title: Title


class OptionOffer(NamedTuple):
    """An option that a game declares: an `OptionKind`, its value unless somebody sets it, and what it may be."""

    kind: Byte
    name: Annotated[str, Text(limits.MAX_OPTION)]
    label: Title
    default: Annotated[int | str, OptionValue]
    low: Annotated[int, OptionValue.integer]
    high: Annotated[int, OptionValue.integer]
    choices: Annotated[tuple[ChoiceOffer, ...], ArrayOf(Row(ChoiceOffer, "choice"), "row of a choice")]


class GameOffer(NamedTuple):
    """A game that the server has, and what there is to choose; the first mode is played when none is asked for.

    ``rotation`` has the bits of what can change from round to round.
    """

    game: Game
    title: Title
    least: Seats
    most: Seats
    modes: Annotated[tuple[ModeOffer, ...], ArrayOf(Row(ModeOffer, "games.mode"), "row of a mode")]
    options: Annotated[tuple[OptionOffer, ...], ArrayOf(Row(OptionOffer, "games.option"), "row of an option")]
    rotation: Annotated[int, Integer(0, MAPS | MODES)]


class MatchRow(NamedTuple):
    """A match in the list of the lobby."""

    id: MatchId
    name: MatchName
    game: Game
    mode: Mode
    phase: Annotated[str, Text(limits.MAX_PHASE)]
    people: Count
    bots: Count
    max_players: Seats
    spectators: Count
    flags: Byte


MatchRows = Annotated[tuple[MatchRow, ...], ArrayOf(Row(MatchRow, "row"), "row of a match")]


class RosterEntry(NamedTuple):
    """A seat that is taken; ``present`` is 0 while its player is disconnected."""

    player: Annotated[int, Integer(0, limits.MAX_PLAYERS - 1)]
    nickname: Nickname
    kind: Byte
    present: Flag = 1


class Line(NamedTuple):
    """A line of chat."""

    kind: Byte
    player: Player
    nickname: Nickname
    text: ServerText


@attrs.frozen
class Welcome:
    """Grants a seat, or a place to watch from (`NO_PLAYER`), with everything needed to read what follows.

    ``timeout`` in seconds.
    """

    type: ClassVar[int] = 16
    player: Player
    nickname: Nickname
    match: Annotated[MatchInfo, Row(MatchInfo, "match")]
    tick_rate: Annotated[int, Integer(1, 240)]
    tick: Tick
    timeout: Annotated[float, Number(0, 86400)]
    schema: Annotated[list[Any], Plain(list)]
    setup: Annotated[dict[str, Any], Plain(dict)]
    roster: Annotated[tuple[RosterEntry, ...], ArrayOf(Row(RosterEntry, "roster"), "roster entry")]
    token: Annotated[str, Text(limits.MAX_TOKEN)] = attrs.field(repr=False)
    host: Player
    settings: Annotated[MatchSettings, Row(MatchSettings, "settings")]


@attrs.frozen
class Snapshot:
    """The world after tick ``tick``; ``tables`` pairs a table's number with its records."""

    type: ClassVar[int] = 17
    tick: Tick
    kind: Flag
    ack: Tick
    depth: Annotated[int, Integer(0, limits.INPUT_WINDOW)]
    hash: Annotated[int | None, Nullable(Integer(0, 2**32 - 1))]
    own: Annotated[bytes, Plain(bytes)]
    tables: Annotated[tuple[tuple[int, bytes], ...], TableRecords(Integer(0, 255), Plain(bytes))]


@attrs.frozen
class Events:
    """The events of tick ``tick``: ``[code, field, ...]`` each."""

    type: ClassVar[int] = 18
    tick: Tick
    events: Annotated[tuple[tuple[Any, ...], ...], ArrayOf(EventRow(), "an event")]


@attrs.frozen
class Pong:
    """Answers `Ping`; ``match_time`` in ticks with a fraction, 0 outside a match."""

    type: ClassVar[int] = 19
    client_time: Annotated[float, Number(0, limits.MAX_CLIENT_TIME)]
    match_time: Annotated[float, Number(0, limits.MAX_CLIENT_TIME)]


@attrs.frozen
class Notice:
    """A text for this client alone, to be read by a person."""

    type: ClassVar[int] = 20
    code: Byte
    text: ServerText


@attrs.frozen
class Home:
    """Reports that the client is in the lobby, called ``nickname``; `HomeCode` says why."""

    type: ClassVar[int] = 21
    code: Byte
    text: ServerText
    nickname: Nickname
    games: Annotated[tuple[GameOffer, ...], ArrayOf(Row(GameOffer, "games"), "row of a game")]


@attrs.frozen
class Lobby:
    """The changes in the list of matches; ``whole`` is 1 when it is the whole list."""

    type: ClassVar[int] = 22
    whole: Flag
    people: Annotated[int, Integer(0, limits.MAX_PEOPLE)]
    matches: MatchRows
    gone: Annotated[tuple[str, ...], ArrayOf(Text(limits.MAX_MATCH_ID), "lobby.gone")]


@attrs.frozen
class Said:
    """Lines of chat, oldest first."""

    type: ClassVar[int] = 23
    lines: Annotated[tuple[Line, ...], ArrayOf(Row(Line, "line"), "line")]


@attrs.frozen
class Refused:
    """Refuses a request, named by its message's type; if ``wait`` is not 0, try again in that many seconds."""

    type: ClassVar[int] = 24
    request: Byte
    code: Byte
    text: ServerText
    wait: Annotated[int, Integer(0, 86400)] = 0


@attrs.frozen
class Queued:
    """The place in the queue for a seat in ``match``, called ``name``, from 1; 0 when no longer in it."""

    type: ClassVar[int] = 25
    match: MatchId
    place: Count
    length: Count
    name: MatchName


@attrs.frozen
class Answer:
    """Reports that an `Admin` message was carried out; ``nodes`` are those of ``matches``, if there are several."""

    type: ClassVar[int] = 26
    text: ServerText
    matches: MatchRows = ()
    nodes: Annotated[tuple[str, ...], ArrayOf(Text(limits.MAX_NODE), "answer.node")] = ()


@attrs.frozen
class Elsewhere:
    """Sends the client to another process for what it has asked for, or for its seat.

    ``url`` is one to connect to, or a path at the same server; ``ticket`` is sent along in its query.
    """

    type: ClassVar[int] = 27
    url: Annotated[str, Text(limits.MAX_URL)]
    ticket: Annotated[str, Text(limits.MAX_TOKEN)] = attrs.field(repr=False)


ServerMessage = (
    Welcome | Snapshot | Events | Pong | Notice | Home | Lobby | Said | Refused | Queued | Answer | Elsewhere
)
