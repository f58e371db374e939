"""What a client says (docs/PROTOCOL.md), as immutable values."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

import attrs

from game_server.protocol.codes import NO_PLAYER


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
    """Says who is there; after it the client is in the lobby. Connections with one ``key`` are those of one client."""

    type: ClassVar[int] = 1
    nickname: str
    client: str
    key: str = attrs.field(default="", repr=False)


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
    password: str = attrs.field(default="", repr=False)
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
    password: str = attrs.field(repr=False)
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
    password: str = attrs.field(default="", repr=False)


@attrs.frozen
class Resume:
    """Asks for the seat that ``token`` was given for."""

    type: ClassVar[int] = 10
    token: str = attrs.field(repr=False)


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
    token: str = attrs.field(repr=False)
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
