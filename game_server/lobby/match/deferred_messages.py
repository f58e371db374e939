"""Messages deferred until a tick is over, because what they ask for may change who is in the match."""

from __future__ import annotations

import trio

from game_server.lobby.match.roster import Roster
from game_server.lobby.person import Person
from game_server.protocol import ClientMessage


class DeferredMessages:
    """Messages in the order in which they came.

    Args:
        roster: knows who plays which player.
    """

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self._kept: list[tuple[int, Person, ClientMessage]] = []
        self._came = trio.Event()

    def defer(self, player: int, message: ClientMessage) -> None:
        """Keep ``message`` of the person who plays ``player``."""
        member = self._roster.get(player)
        if member and member.person:
            self._kept.append((player, member.person, message))
            self._came.set()

    @property
    def due(self) -> bool:
        """Whether `wait` would return at once."""
        return self._came.is_set()

    def rouse(self) -> None:
        """Let `wait` return, though there may be no messages."""
        self._came.set()

    async def wait(self) -> None:
        """Wait until there are messages, or `rouse` is called. Cancelled, it takes none."""
        await self._came.wait()
        self._came = trio.Event()

    def handle(self) -> set[int]:
        """Handle every message, and return the players who sent them."""
        kept, self._kept = self._kept, []
        for _, person, message in kept:
            person.handle(message)
        return {player for player, _, _ in kept}
