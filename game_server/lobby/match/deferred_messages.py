"""What people ask for while a tick drains, kept until the tick is over: it may change who is there."""

from __future__ import annotations

import trio

from game_server.lobby.match.roster import Roster
from game_server.lobby.person import Person
from game_server.protocol import ClientMessage


class Letters:
    """Messages in the order in which they came.

    Args:
        roster: tells whose they are.
    """

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self._kept: list[tuple[int, Person, ClientMessage]] = []
        self._came = trio.Event()

    def came(self, player: int, message: ClientMessage) -> None:
        """Keep ``message`` of whoever plays ``player``."""
        member = self._roster.get(player)
        if member and member.person:
            self._kept.append((player, member.person, message))
            self._came.set()

    @property
    def due(self) -> bool:
        """Whether who waits goes on."""
        return self._came.is_set()

    def rouse(self) -> None:
        """Let who waits go on, though there may be none."""
        self._came.set()

    async def wait(self) -> None:
        """Wait until there are some, or `rouse` is called; cancelled, it takes none."""
        await self._came.wait()
        self._came = trio.Event()

    def hand_on(self) -> set[int]:
        """Let everybody do what their messages ask for, and return the players whose they were."""
        kept, self._kept = self._kept, []
        for _, person, message in kept:
            person.handle(message)
        return {player for player, _, _ in kept}
