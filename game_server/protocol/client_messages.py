"""Messages from the client as immutable values, with the ranges of docs/PROTOCOL.md section 3."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, NamedTuple

import attrs

from game_server.protocol import limits
from game_server.protocol.codes import MAPS, MODES, NO_PLAYER, AdminDeed, ModerateDeed, Spectating, VoteChoice
from game_server.protocol.fields import ArrayOf, Flag, Integer, IntegerOrText, MapOf, Number, Player, Text, Tick

MatchId = Annotated[str, Text(limits.MAX_MATCH_ID)]
Password = Annotated[str, Text(limits.MAX_PASSWORD)]
Token = Annotated[str, Text(limits.MAX_TOKEN)]
NicknameWish = Annotated[str, Text(limits.MAX_NICKNAME_WISH)]
OptionValue = IntegerOrText(Integer(limits.MIN_OPTION_VALUE, limits.MAX_OPTION_VALUE), Text(limits.MAX_OPTION))
ChosenOptions = Annotated[
    Mapping[str, int | str], MapOf(limits.MAX_OPTIONS, Text(limits.MAX_OPTION), OptionValue, "an option")
]
"""What is chosen of the options that a game declares, by name."""
CommandValue = IntegerOrText(Integer(limits.MIN_OPTION_VALUE, limits.MAX_OPTION_VALUE), Text(limits.MAX_COMMAND_TEXT))
MatchNameWish = Annotated[str, Text(limits.MAX_MATCH_NAME_WISH)]


class Command(NamedTuple):
    """A player's input for one tick, and what a bot asks of the rules beside it.

    ``buttons`` (16 bits); ``aim`` (16 bits: by default 4096ths of a turn); ``behind`` (0 to 4095,
    16ths of a tick): how far the others, as the player saw them, lay behind that tick; ``asks``: number and values of
    each `Act`.
    """

    buttons: int
    aim: int
    behind: int = 0
    asks: tuple[tuple[int, tuple[int | str, ...]], ...] = ()


@attrs.frozen
class Hello:
    """Introduces the client, which is in the lobby from then on. Connections with one ``key`` are of one client."""

    type: ClassVar[int] = 1
    nickname: NicknameWish
    client: Annotated[str, Text(limits.MAX_CLIENT_NAME)]
    key: Annotated[str, Text(limits.MAX_KEY)] = attrs.field(default="", repr=False)


@attrs.define
class Input:
    """The player's input for tick ``tick``. Not frozen, which is cheaper: one is made per player and tick."""

    type: ClassVar[int] = 2
    tick: Tick
    buttons: Annotated[int, Integer(0, limits.MAX_BUTTONS)]
    aim: Annotated[int, Integer(0, limits.MAX_AIM)]
    behind: Annotated[int, Integer(0, limits.MAX_BEHIND)] = 0


@attrs.frozen
class Chat:
    """Says something to everybody who is where the sender is; or, with ``to``, to that nickname there."""

    type: ClassVar[int] = 3
    text: Annotated[str, Text(limits.MAX_CLIENT_MESSAGE_BYTES)]
    to: NicknameWish = ""


@attrs.frozen
class Ping:
    """Asks for a `Pong`."""

    type: ClassVar[int] = 4
    client_time: Annotated[float, Number(0, limits.MAX_CLIENT_TIME)]


@attrs.frozen
class Resync:
    """Reports that snapshot ``tick`` did not fit what the client has, and asks for a keyframe."""

    type: ClassVar[int] = 5
    tick: Tick


@attrs.frozen
class Join:
    """Asks for a seat in ``match``; empty for quick play. ``wait`` is 1 to queue when every seat is taken."""

    type: ClassVar[int] = 6
    match: MatchId
    password: Password = attrs.field(default="", repr=False)
    wait: Flag = 0


@attrs.frozen
class Browse:
    """Subscribes to the list of matches (1), or ends that (0)."""

    type: ClassVar[int] = 7
    wanted: Flag


@attrs.frozen
class Create:
    """Opens a match and takes a seat in it as its host. ``delay`` in seconds."""

    type: ClassVar[int] = 8
    name: MatchNameWish
    game: Annotated[str, Text(limits.MAX_GAME)]
    mode: Annotated[str, Text(limits.MAX_MODE)]
    max_players: Annotated[int, Integer(1, limits.MAX_CREATED_PLAYERS)]
    bots: Annotated[int, Integer(0, limits.MAX_CREATED_PLAYERS)]
    rounds: Annotated[int, Integer(0, limits.MAX_ROUNDS)]
    private: Flag
    password: Password = attrs.field(repr=False)
    options: ChosenOptions = attrs.field(hash=False)
    takeover: Flag
    spectating: Annotated[int, Integer(0, max(Spectating))]
    delay: Annotated[int, Integer(0, limits.MAX_SPECTATOR_DELAY)]
    rotation: Annotated[int, Integer(0, MAPS | MODES)]
    recorded: Flag


@attrs.frozen
class Watch:
    """Asks to watch ``match``, as `Join` asks for a seat."""

    type: ClassVar[int] = 9
    match: MatchId
    password: Password = attrs.field(default="", repr=False)


@attrs.frozen
class Resume:
    """Asks for the seat that ``token`` was given for."""

    type: ClassVar[int] = 10
    token: Token = attrs.field(repr=False)


@attrs.frozen
class Leave:
    """Gives up the seat or the place in the queue, or stops watching."""

    type: ClassVar[int] = 11


@attrs.frozen
class Moderate:
    """Asks, as the host of the match, for a `ModerateDeed`; ``player`` and ``text`` where the deed has them."""

    type: ClassVar[int] = 12
    deed: Annotated[int, Integer(0, max(ModerateDeed))]
    player: Player = NO_PLAYER
    text: MatchNameWish = ""


@attrs.frozen
class Vote:
    """Votes on what comes after the round; a `VoteChoice`."""

    type: ClassVar[int] = 13
    choice: Annotated[int, Integer(0, max(VoteChoice))]


@attrs.frozen
class Admin:
    """Asks, as the host of the process, for an `AdminDeed`."""

    type: ClassVar[int] = 14
    token: Token = attrs.field(repr=False)
    deed: Annotated[int, Integer(0, max(AdminDeed))]
    match: MatchId = ""
    subject: NicknameWish = ""
    text: Annotated[str, Text(limits.MAX_CHAT)] = ""
    seconds: Annotated[int, Integer(0, limits.MAX_STOP_SECONDS)] = 0


@attrs.frozen
class Follow:
    """Asks, as a spectator, to be shown what ``player`` sees; `NO_PLAYER` for everything."""

    type: ClassVar[int] = 15
    player: Player


@attrs.frozen
class Act:
    """Asks the rules, as a player, for something that the game declares under ``number``."""

    type: ClassVar[int] = 28
    number: Annotated[int, Integer(0, limits.MAX_COMMANDS - 1)]
    values: Annotated[tuple[int | str, ...], ArrayOf(CommandValue, "a value of a command")] = ()


Request = Join | Create | Watch | Resume | Moderate | Vote | Admin | Follow | Act
"""Messages that are granted or refused."""
ClientMessage = Hello | Input | Chat | Ping | Resync | Browse | Leave | Request
