"""Limits of the wire: the names and ranges on which client and server must agree.

A ``MAX_`` of a text counts characters. What a server merely chooses (rates, timeouts, how many) stands where it is
enforced.
"""

from __future__ import annotations

from typing import Final

PROTOCOL_VERSION: Final = 1
SUBPROTOCOL_PREFIX: Final = "game-server.v"
SUBPROTOCOL: Final = f"{SUBPROTOCOL_PREFIX}{PROTOCOL_VERSION}"
WEBSOCKET_PATH: Final = "/ws"

MAX_CLIENT_MESSAGE_BYTES: Final = 4 * 1024
MAX_SERVER_MESSAGE_BYTES: Final = 1024 * 1024

MAX_NICKNAME: Final = 20
MAX_NICKNAME_WISH: Final = 64
"""A nickname that a client asks for, before the server cleans and cuts it."""
MAX_MATCH_ID: Final = 32
MAX_CLIENT_NAME: Final = 64
MAX_KEY: Final = 64
MAX_CHAT: Final = 200
MAX_CHAT_BYTES: Final = 600
"""Bytes of a line in UTF-8: 200 characters of any script, or 150 emoji."""
MAX_GAME: Final = 32
MAX_SERVER_TEXT: Final = 1024
"""A text from the server for a person to read."""

MAX_TICK: Final = 2**32 - 1
MAX_CLIENT_TIME: Final = 2.0**53
"""Up to here a double holds every integer."""
MAX_BUTTONS: Final = 2**16 - 1
AIM_STEPS: Final = 4096
"""Directions in a turn: 0 is +x, a quarter is +y."""
MAX_AIM: Final = 2**16 - 1
"""Games that aim in directions take it modulo `AIM_STEPS`; others have more in it."""
BEHIND_STEPS: Final = 16
"""Steps to a tick in ``behind`` of an input."""
MAX_BEHIND: Final = 4095
MAX_PLAYERS: Final = 65535
MAX_PEOPLE: Final = 2**32 - 1
"""Of a cluster: more than a match, or a server, has."""
INPUT_WINDOW: Final = 32
"""Ticks ahead of the match for which an input is kept."""
KEEPALIVE_SECONDS: Final = 4
"""From one snapshot to the next while nothing is new, of match time: rare enough that it costs a few bytes a second,
often enough that a desync is noticed soon."""

MAX_MATCH_NAME: Final = 40
MAX_MATCH_NAME_WISH: Final = 64
MAX_SHOWN_MATCH_NAME: Final = 200
"""The name of a match that the host of the process opened."""
MAX_PASSWORD: Final = 64
MAX_TOKEN: Final = 128
MAX_NODE: Final = 64
"""The name of one of the processes of a server."""
MAX_URL: Final = 512
"""Where a client is sent that has to connect elsewhere."""
MAX_HOPS: Final = 4
"""Times in a row that a client follows such a message, before it gives up."""
MAX_MODE: Final = 32
MAX_OPTIONS: Final = 16
"""Options that a game declares for those who open a match."""
MAX_OPTION: Final = 32
"""Of the name of an option, and of what is chosen where it has choices."""
MIN_OPTION_VALUE: Final = -(2**31)
MAX_OPTION_VALUE: Final = 2**31 - 1
MAX_CHOICES: Final = 64
"""Of one option."""
MAX_TITLE: Final = 80
"""Of what people call a game, a mode, an option or a choice."""
MAX_COMMANDS: Final = 64
"""That a game declares."""
MAX_COMMAND_TEXT: Final = 200
MAX_PHASE: Final = 32
MAX_CREATED_PLAYERS: Final = 64
"""Seats of a match that somebody in the lobby may open."""
MAX_ROUNDS: Final = 100
MAX_SPECTATOR_DELAY: Final = 60
"""Seconds."""
MAX_STOP_SECONDS: Final = 3600
"""Seconds from the request to stop until the server stops."""
