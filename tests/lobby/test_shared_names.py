"""The nicknames that a node holds for the people who are here."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
import trio
import trio.testing

from game_server.cluster import HOLD_FOR, MemoryDirectory, Neighbours
from game_server.errors import DirectoryUnavailable
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


class Renewed(MemoryDirectory):
    """A directory that notes when a name was held, and under which."""

    def __init__(self) -> None:
        super().__init__()
        self.held: list[tuple[float, str]] = []

    async def hold(self, holder: str, names: Iterable[str]) -> bool:
        self.held.append((trio.current_time(), min(names)))
        return await super().hold(holder, names)


async def test_names_are_renewed_three_times_while_they_would_lapse(
    nursery: trio.Nursery,
    autojump_clock: trio.testing.MockClock,  # noqa: ARG001
) -> None:
    directory = Renewed()
    names = SharedNames(b"k" * 32, directory, Neighbours(directory, "a", "a"))
    nursery.start_soon(names.run)
    began = trio.current_time()
    await names.give(FakePerson("Ada", trio.current_time, key="Ada"))
    await trio.sleep(HOLD_FOR + 0.1)
    assert [round(at - began, 3) for at, _ in directory.held] == [round(third * HOLD_FOR / 3, 3) for third in range(4)]
    nursery.cancel_scope.cancel()


async def test_a_name_that_somebody_has_gets_a_number_and_a_larger_one_where_many_have_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    directory = MemoryDirectory()
    names = SharedNames(b"k" * 32, directory, Neighbours(directory, "a", "a"))
    asked: list[int] = []

    def least(most: int) -> int:
        asked.append(most)
        return most - 1

    monkeypatch.setattr("game_server.lobby.shared_names.randbelow", least)
    people = [FakePerson("Ada", trio.current_time, key=f"{number}") for number in range(7)]
    for person in people:
        await names.give(person)
    assert [person.nickname for person in people] == [
        "Ada", "Ada 2", "Ada 10", "Ada 100", "Ada 10000", "Ada 1000000", "",
    ]  # fmt: skip
    assert max(asked) == 999_999


async def test_a_name_is_free_when_the_last_connection_of_its_client_has_ended(
    nursery: trio.Nursery,
) -> None:
    directory = MemoryDirectory()
    names = SharedNames(b"k" * 32, directory, Neighbours(directory, "a", "a"))
    nursery.start_soon(names.run)
    older, newer = (FakePerson("Ada", trio.current_time, key="Ada") for _ in range(2))
    for person in (older, newer):
        await names.give(person)
    for person, is_free in ((FakePerson("Eve", trio.current_time), False), (older, False), (newer, True)):
        names.give_back(person)
        await trio.testing.wait_all_tasks_blocked()
        assert await directory.hold("somebody else", _forms("Ada")) is is_free
    nursery.cancel_scope.cancel()


class Gone(MemoryDirectory):
    """A directory that does not answer for a while."""

    gone = False

    async def hold(self, holder: str, names: Iterable[str]) -> bool:
        if self.gone:
            raise DirectoryUnavailable("gone")
        return await super().hold(holder, names)


async def test_while_the_directory_is_gone_nobody_gets_a_name_and_those_there_stay(
    nursery: trio.Nursery,
    autojump_clock: trio.testing.MockClock,  # noqa: ARG001
) -> None:
    directory = Gone()
    neighbours = Neighbours(directory, "a", "a")
    names = SharedNames(b"k" * 32, directory, neighbours)
    nursery.start_soon(names.run)
    await names.give(FakePerson("Ada", trio.current_time, key="Ada"))
    directory.gone = True
    await names.give(eve := FakePerson("Eve", trio.current_time))
    assert eve.nickname == ""
    await trio.sleep(HOLD_FOR / 3 + 0.1)
    directory.gone, neighbours._gone = False, True
    await names.give(eve)
    assert eve.nickname == "", "it was not asked"
    await trio.sleep(HOLD_FOR)
    assert not await directory.hold("somebody else", _forms("Ada"))
    nursery.cancel_scope.cancel()


async def test_a_name_that_the_directory_has_given_to_somebody_else_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    directory = MemoryDirectory()
    names = SharedNames(b"k" * 32, directory, Neighbours(directory, "a", "a"))
    await names.give(FakePerson("Ada", trio.current_time, key="Ada"))
    await names._renew()
    assert caplog.records == []
    for holder in [holder for holder, _ in names._held.values()]:
        await directory.free(holder, _forms("Ada"))
    await directory.hold("somebody else", _forms("Ada"))
    await names._renew()
    assert [record.getMessage() for record in caplog.records] == [
        "somebody else has the nickname 'Ada', too: the directory had lost it"
    ]
