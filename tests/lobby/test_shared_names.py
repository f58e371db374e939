"""The nicknames that a node holds for the people who are here."""

from __future__ import annotations

from collections.abc import Iterable

import trio
import trio.testing

from game_server.cluster import MemoryDirectory, Neighbours
from game_server.lobby.shared_names import SharedNames, _forms
from tests.lobby.people import FakePerson


class WatchedDirectory(MemoryDirectory):
    """A directory at which somebody leaves while their neighbour's name is renewed."""

    leaves: FakePerson | None = None
    names: SharedNames

    async def hold(self, holder: str, names: Iterable[str]) -> bool:
        if self.leaves:
            self.names.give_back(self.leaves)
            self.leaves = None
            await trio.testing.wait_all_tasks_blocked()  # it is given back at once
        return await super().hold(holder, names)


async def test_a_name_that_was_given_back_while_others_are_renewed_is_free(nursery: trio.Nursery) -> None:
    directory = WatchedDirectory()
    names = directory.names = SharedNames(b"k" * 32, directory, Neighbours(directory, "a", "a"))
    nursery.start_soon(names.run)
    ada, grace = (FakePerson(name, trio.current_time, key=name) for name in ("Ada", "Grace"))
    for person in (ada, grace):
        await names.give(person)
    directory.leaves = grace
    await names._renew()
    assert await directory.hold("somebody else", _forms("Grace"))
    assert not await directory.hold("somebody else", _forms("Ada"))
    nursery.cancel_scope.cancel()
