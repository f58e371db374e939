"""The limits of docs/PROTOCOL.md section 9, and the names that every peer must agree on."""

from __future__ import annotations

from typing import Final

PROTOCOL_VERSION: Final = 1
SUBPROTOCOL_PREFIX: Final = "game-server.v"
SUBPROTOCOL: Final = f"{SUBPROTOCOL_PREFIX}{PROTOCOL_VERSION}"
WEBSOCKET_PATH: Final = "/ws"

MAX_HEAD_BYTES: Final = 16 * 1024
HEAD_TIMEOUT: Final = 10.0
"""Seconds for a whole HTTP request head."""
HELLO_TIMEOUT: Final = 10.0
"""Seconds from the upgrade to `hello`."""
SLOW_TIMEOUT: Final = 10.0
"""Seconds without progress after which a client that does not read is closed."""

MAX_CLIENT_MESSAGE_BYTES: Final = 16 * 1024
MAX_SERVER_MESSAGE_BYTES: Final = 1024 * 1024
MAX_QUEUED_BYTES: Final = 256 * 1024
"""Bytes that may wait for a slow client beside the snapshot being sent."""
MAX_QUEUED_CHAT_BYTES: Final = 64 * 1024
"""Bytes of chat that may wait for a slow client beside that: further lines are left out."""
MAX_UNUSED_BYTES: Final = 256 * 1024
"""Bytes of a client's messages that may wait for the tick."""
MAX_CONNECTIONS: Final = 4096

MAX_NICKNAME: Final = 20
MAX_NICKNAME_WISH: Final = 64
MAX_MATCH_ID: Final = 32
MAX_CLIENT_NAME: Final = 64
MAX_KEY: Final = 64
MAX_CHAT: Final = 200
MAX_CHAT_BYTES: Final = 600
"""Of a line: 200 characters of any script, or 150 emoji."""
MAX_GAME: Final = 32
MAX_SERVER_TEXT: Final = 1024
"""Characters of what the server says for a person to read."""

MAX_TICK: Final = 2**32 - 1
MAX_CLIENT_TIME: Final = 2.0**53
"""Up to here a double tells every integer from the next."""
MAX_BUTTONS: Final = 2**16 - 1
AIM_STEPS: Final = 4096
"""Directions in a turn: 0 is +x, a quarter is +y."""
BEHIND_STEPS: Final = 16
"""Steps in a tick in which an input tells how far the screen lies behind."""
MAX_BEHIND: Final = 4095
MAX_PLAYERS: Final = 65535
INPUT_WINDOW: Final = 32
"""Ticks ahead of the match for which an input is kept."""

MAX_MATCH_NAME: Final = 40
MAX_MATCH_NAME_WISH: Final = 64
MAX_SHOWN_MATCH_NAME: Final = 200
"""Of a match that the host of the process named."""
MAX_PASSWORD: Final = 64
MAX_TOKEN: Final = 128
MAX_MODE: Final = 32
MAX_PHASE: Final = 32
MAX_CREATED_PLAYERS: Final = 64
"""Seats of a match that somebody in the lobby may open."""
MAX_ROUNDS: Final = 100
MAX_SPECTATOR_DELAY: Final = 60
"""Seconds."""
MAX_STOP_SECONDS: Final = 3600
CHAT_HISTORY: Final = 50
"""Lines for whoever arrives."""
CHAT_HISTORY_BYTES: Final = 16 * 1024
CHAT_INTERVAL: Final = 0.5
"""Seconds between two messages with lines of one place, at least: what is said meanwhile goes into one."""
CHAT_ROOM_BYTES: Final = 8 * 1024
"""Of lines in one place in that time: more than a hundred people write at once, a page of what nobody could read."""
PASSWORD_TRIES: Final = 5
PASSWORD_WAIT: Final = 30.0
"""Seconds to wait after that many wrong passwords, from one address for one match, or wrong admin tokens."""
MATCHES_IN_A_ROW: Final = 5
MATCHES_WAIT: Final = 30.0
"""Seconds to wait after that many new matches from one address, and after which one more is no longer in a row."""
MATCHES_PER_ADDRESS: Final = 4
"""Matches opened from one address, unless the host chooses otherwise."""
BOTS_PER_MATCH: Final = 16
BOTS_PER_ADDRESS: Final = 16
MAX_BOTS: Final = 64
"""Bots in matches that people opened: in one, from one address, and in all, unless the host chooses otherwise. One bot
of the arena takes 0.2 % of a core."""
BOTS_REST_AFTER: Final = 60.0
"""Seconds without anything done by a person, after which the bots of a match that people opened rest."""
BOTS_REST_WHEN_LATE: Final = 5.0
"""The same while ticks are late: somebody who plays does something more often than that."""
IDLE_TO_WATCHING: Final = 60.0
"""Seconds of match time without anything done, after which a person watches, unless the host chooses otherwise."""
LOBBY_INTERVAL: Final = 0.5
"""Seconds between two updates of the list of matches, at least."""
SEAT_HOLD: Final = 30.0
"""Seconds for which the seat of a lost connection is kept, unless the host chooses otherwise."""

CHAT_BURST: Final = 5
CHAT_PER_SECOND: Final = 1.0
REQUESTS_BURST: Final = 30
REQUESTS_PER_SECOND: Final = 3.0
"""Of what is granted or refused, from one connection: nobody clicks as often for long."""
WHISPERS_BURST: Final = 10
WHISPERS_PER_SECOND: Final = 2.0
"""To one person, from all others together."""


def message_budget(tick_rate: int) -> tuple[int, int]:
    """The token bucket of a client's messages: (capacity, messages refilled a second)."""
    refill = 3 * tick_rate + 30
    return 2 * refill, refill
