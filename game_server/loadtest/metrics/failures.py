"""Names of what goes wrong for a client, the same for players and for the swarm."""

from __future__ import annotations

from typing import Final

from game_server.protocol import RefusalCode

FELL_SILENT: Final = "the server fell silent"
NOT_IN_TIME: Final = "did not get in before it was to leave"
NOT_BACK_IN_TIME: Final = "lost its connection, and was not back before it was to leave"


def refusal_name(code: int) -> str:
    """Return the name of a `RefusalCode` as docs/PROTOCOL.md has it; the number if the code is unknown."""
    return RefusalCode(code).name.lower() if code in RefusalCode.__members__.values() else str(code)
