"""The messages of docs/PROTOCOL.md, as immutable values."""

from __future__ import annotations

import enum
from typing import Any, ClassVar, NamedTuple

import attrs

PERSON, BOT = 0, 1
"""Kinds of players in a roster."""

NO_PLAYER = 65535
"""In place of a player's number: nobody, or somebody without a seat."""

NO_PLAYER = 65535
"""In place of a player's number: nobody, or somebody without a seat."""

DELTA, KEYFRAME = 0, 1
"""Kinds of snapshots."""


class Leaving(enum.IntEnum):
    """Why a player left."""

    LEFT = 0
    LOST = 1
    KICKED = 2
    BANNED = 3


class EventCode(enum.IntEnum):
    """The protocol's own events."""

    JOINED = 0
    LEFT = 1
    LOST = 2
    BACK = 3
    KIND = 4
    HOST = 5
    RENAMED = 6
    LOCKED = 7
    VOTES = 8


class NoticeCode(enum.IntEnum):
    """What a notice is about."""

    WRITES_TOO_FAST = 1
    MUTED = 2
    NOBODY_CALLED_SO = 3
    NOT_SHOWN_TO_PLAYERS = 4
    BANNED_IN_PART = 5


class HomeCode(enum.IntEnum):
    """Why one is in the lobby."""

    WELCOME = 0
    LEFT = 1
    KICKED = 2
    BANNED = 3
    ENDED = 4
    FAILED = 5


class RefusalCode(enum.IntEnum):
    """Why a request was not granted; the connection goes on."""

    NO_SUCH_MATCH = 1
    MATCH_FULL = 2
    WRONG_PASSWORD = 3
    WAIT = 4
    BANNED = 5
    LOCKED = 6
    NO_SUCH_SESSION = 7
    TOO_MANY_MATCHES = 8
    BAD_OPTION = 9
    NOT_ALLOWED = 10
    NO_SUCH_PLAYER = 11
    NO_SPECTATORS = 12
    STOPPING = 13
    WRONG_TOKEN = 14


class LineKind(enum.IntEnum):
    """Where a line of chat comes from."""

    MATCH = 0
    LOBBY = 1
    WHISPER = 2
    WHISPERED = 3
    SPECTATOR = 4
    SERVER = 5


class ModerateDeed(enum.IntEnum):
    """What the host of a match may do."""

    KICK = 0
    BAN = 1
    MUTE = 2
    UNMUTE = 3
    LOCK = 4
    UNLOCK = 5
    RENAME = 6
    ADD_BOT = 7
    REMOVE_BOT = 8
    START_ROUND = 9
    END_ROUND = 10
    HAND_OVER = 11


class AdminDeed(enum.IntEnum):
    """What the host of the process may do."""

    MATCHES = 0
    SAY = 1
    KICK = 2
    BAN = 3
    CLOSE = 4
    STOP = 5


class Choice(enum.IntEnum):
    """What a vote is for."""

    NONE = 0
    REMATCH = 1
    NEXT = 2


class Spectating(enum.IntEnum):
    """What spectators of a match may do."""

    FORBIDDEN = 0
    SILENT = 1
    ALLOWED = 2


PRIVATE, LOCKED, WITH_PASSWORD = 1, 2, 4
"""Bits of a match's flags."""

MAPS, MODES = 1, 2
"""Bits of a match's rotation: what the next round changes."""


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
    """Says who is there; whoever said it is in the lobby."""

    type: ClassVar[int] = 1
    nickname: str
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
    """Says something to everybody who is where the sender is; or, in ``to``, to one nickname there."""

    type: ClassVar[int] = 3
    text: str
    to: str = ""


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


@attrs.frozen
class Join:
    """Asks for a seat in ``match``; empty for quick play. ``wait`` is 1 to queue when every seat is taken."""

    type: ClassVar[int] = 6
    match: str
    password: str = ""
    wait: int = 0


@attrs.frozen
class Browse:
    """Asks to be told of the matches (1), or no longer (0)."""

    type: ClassVar[int] = 7
    wanted: int


@attrs.frozen
class Create:
    """Opens a match and takes a seat in it as its host; docs/PROTOCOL.md section 3 has the ranges."""

    type: ClassVar[int] = 8
    name: str
    game: str
    mode: str
    max_players: int
    bots: int
    rounds: int
    private: int
    password: str
    friendly_fire: int
    takeover: int
    spectating: int
    delay: int
    rotation: int


@attrs.frozen
class Watch:
    """Asks to watch ``match``, as `Join` asks for a seat."""

    type: ClassVar[int] = 9
    match: str
    password: str = ""


@attrs.frozen
class Resume:
    """Asks for the seat that ``token`` was given for."""

    type: ClassVar[int] = 10
    token: str


@attrs.frozen
class Leave:
    """Gives up the seat, the place in the queue, or watching."""

    type: ClassVar[int] = 11


@attrs.frozen
class Moderate:
    """Asks, as the host of the match, for a `ModerateDeed`; ``player`` and ``text`` where the deed has them."""

    type: ClassVar[int] = 12
    deed: int
    player: int = NO_PLAYER
    text: str = ""


@attrs.frozen
class Vote:
    """Chooses, while results are shown, what comes next; a `Choice`."""

    type: ClassVar[int] = 13
    choice: int


@attrs.frozen
class Admin:
    """Asks, as the host of the process, for an `AdminDeed`."""

    type: ClassVar[int] = 14
    token: str
    deed: int
    match: str = ""
    subject: str = ""
    text: str = ""
    seconds: int = 0


@attrs.frozen
class Follow:
    """Asks, as a spectator, to be shown what ``player`` sees; `NO_PLAYER` for everything."""

    type: ClassVar[int] = 15
    player: int


Request = Join | Create | Watch | Resume | Moderate | Vote | Admin | Follow
"""What is granted or refused."""
ClientMessage = Hello | Input | Chat | Ping | Resync | Browse | Leave | Request


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
    """You are in the lobby; `HomeCode` says why."""

    type: ClassVar[int] = 21
    code: int
    text: str


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
    """Your place in the queue for a seat in ``match``, from 1; 0 when you are not in it any more."""

    type: ClassVar[int] = 25
    match: str
    place: int
    length: int


@attrs.frozen
class Answer:
    """An `Admin` message was carried out."""

    type: ClassVar[int] = 26
    text: str
    matches: tuple[MatchRow, ...] = ()


ServerMessage = Welcome | Snapshot | Events | Pong | Notice | Home | Lobby | Said | Refused | Queued | Answer
