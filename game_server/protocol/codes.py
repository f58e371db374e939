"""Codes, kinds and bits of docs/PROTOCOL.md: the numbers in messages that stand for something."""

from __future__ import annotations

import enum
from typing import Final

PERSON, BOT = 0, 1
"""Kinds of player in a roster."""

NO_PLAYER = 65535
"""Stands in place of a player's number for nobody, or for somebody without a seat."""

DELTA, KEYFRAME = 0, 1
"""Kinds of snapshot."""


class LeaveReason(enum.IntEnum):
    """The reason why a player left."""

    LEFT = 0
    LOST = 1
    KICKED = 2
    BANNED = 3
    IDLE = 4


class EventCode(enum.IntEnum):
    """The protocol's own events; the codes of a game's events begin at 16."""

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
    """The subject of a notice."""

    WRITES_TOO_FAST = 1
    MUTED = 2
    NOBODY_CALLED_SO = 3
    NOT_SHOWN_TO_PLAYERS = 4
    BANNED_IN_PART = 5
    NO_SUCH_COMMAND = 6
    TOO_MUCH_IS_SAID = 7
    SET_TO_WATCHING = 8
    HELD_BACK = 9


class HomeCode(enum.IntEnum):
    """The reason why a client is in the lobby."""

    WELCOME = 0
    LEFT = 1
    KICKED = 2
    BANNED = 3
    ENDED = 4
    FAILED = 5
    IDLE = 6


class RefusalCode(enum.IntEnum):
    """The reason why a request was refused; the connection stays open."""

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
    BUSY = 15


class LineKind(enum.IntEnum):
    """The origin of a line of chat."""

    MATCH = 0
    LOBBY = 1
    WHISPER = 2
    WHISPERED = 3
    SPECTATOR = 4
    SERVER = 5
    STOPS = 6
    GOES_ON = 7


class ModerateDeed(enum.IntEnum):
    """An action of the host of a match."""

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
    """An action of the host of the process."""

    MATCHES = 0
    SAY = 1
    KICK = 2
    BAN = 3
    CLOSE = 4
    STOP = 5
    CANCEL = 6
    MOVE = 7
    DRAIN = 8
    RESTART = 9


DRAIN_AFTER_ROUND: Final = "end-of-round"
"""The ``text`` of a drain that lets each match play its round to its end; empty for one that does not."""
DRAIN_OFF: Final = "off"
"""The ``text`` of a drain that is over: the node takes newcomers again."""


class VoteChoice(enum.IntEnum):
    """A vote on what comes after the round."""

    NONE = 0
    REMATCH = 1
    NEXT = 2


class Spectating(enum.IntEnum):
    """The permissions of the spectators of a match."""

    FORBIDDEN = 0
    SILENT = 1
    ALLOWED = 2


PRIVATE, LOCKED, WITH_PASSWORD = 1, 2, 4
"""Bits of a match's ``flags``."""

MAPS, MODES = 1, 2
"""Bits of a match's ``rotation``: what changes with the next round."""


class OptionKind(enum.IntEnum):
    """What an option of a game may be: off or on (0 or 1), a whole number, or one of its choices."""

    SWITCH = 0
    NUMBER = 1
    CHOICE = 2


class CameraKind(enum.IntEnum):
    """What the screen shows of a match: the part around one's own row, or all of it."""

    FOLLOW = 0
    WHOLE = 1
