"""The nicknames of all lobbies, of which no two can be confused: the directory holds who has which."""

from __future__ import annotations

import hashlib
import logging
import secrets
from contextlib import suppress
from secrets import randbelow
from typing import Final

import trio

from game_server.cluster import HOLD_FOR, Directory, Neighbours
from game_server.errors import DirectoryUnavailable
from game_server.lobby.person import Person
from game_server.lobby.text.nicknames import likenesses, numbered, wished_name

logger = logging.getLogger("game_server.lobby")

RENEW_EVERY: Final = HOLD_FOR / 3
"""Seconds, so that two lost calls cost nobody a name."""
NUMBERS: Final = (9, 99, 9_999, 999_999)
"""The most of the numbers that are tried behind a name that somebody else has: whether many are called so, or few."""
_QUEUE: Final = 4096
"""Names to be given back; beyond that they lapse by themselves."""


class SharedNames:
    """Gives each person a nickname for the lobby that nobody else has, as long as they are connected. `run` it once.

    While the directory is gone, names are unique in each lobby alone.

    Args:
        key: of the cluster.
        directory: holds the names.
        neighbours: know whether it is there.
    """

    def __init__(self, key: bytes, directory: Directory, neighbours: Neighbours) -> None:
        self._neighbours = neighbours
        self._key = key[:64]
        self._directory = directory
        self._held: dict[Person, tuple[str, str]] = {}
        """Holder and nickname of each person here."""
        self._gone, self._to_give_back = trio.open_memory_channel[tuple[str, str]](_QUEUE)

    async def run(self) -> None:
        """Hold the names until cancelled."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._give_back)
            while True:
                await trio.sleep(RENEW_EVERY)
                with suppress(DirectoryUnavailable):
                    await self._renew()

    async def _renew(self) -> None:
        """Hold all names for another while.

        Raises:
            DirectoryUnavailable: no answer in time.
        """
        for person, held in list(self._held.items()):
            if self._held.get(person) != held:
                continue  # they have left, and what was given back would be taken again
            holder, nickname = held
            if not await self._directory.hold(holder, _forms(nickname)):
                logger.info("somebody else has the nickname %r, too: the directory had lost it", nickname)

    async def give(self, person: Person) -> None:
        """Choose the nickname of ``person``, who is about to enter: the one asked for, or with a number behind it."""
        if self._neighbours.directory_is_gone:
            return
        # The same client keeps its name over a newer connection, while the older one still stands.
        client = person.key or secrets.token_hex(16)
        holder = hashlib.blake2b(client.encode(), digest_size=16, key=self._key, person=b"nickname").hexdigest()
        name = wished_name(person.name)
        with suppress(DirectoryUnavailable):  # it logs its outages
            for nickname in (name, numbered(name, 2), *(numbered(name, 2 + randbelow(most)) for most in NUMBERS)):
                if await self._directory.hold(holder, _forms(nickname)):
                    person.nickname = nickname
                    self._held[person] = holder, nickname
                    return

    def give_back(self, person: Person) -> None:
        """Let others have the nickname of ``person``, whose connection has ended."""
        held = self._held.pop(person, None)
        if held is None or held in self._held.values():  # a newer connection of the same client has it
            return
        with suppress(trio.WouldBlock):
            self._gone.send_nowait(held)

    async def _give_back(self) -> None:
        async for holder, nickname in self._to_give_back:
            with suppress(DirectoryUnavailable):
                await self._directory.free(holder, _forms(nickname))


def _forms(nickname: str) -> tuple[str, ...]:
    return tuple(sorted(likenesses(nickname)))
