"""What a node knows of the others: when there are more than it can read, and what it remembers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import attrs
import pytest
import trio
import trio.testing

from game_server.cluster import MemoryDirectory, Neighbours, neighbours
from tests.cluster.directories import row_of


async def test_of_many_machines_those_with_the_fullest_open_matches_are_read() -> None:
    directory = MemoryDirectory()
    for number in range(20):
        row = row_of(f"n{number:02}", match=f"CODE{number:02}")
        summary = attrs.evolve(row.summary, machine=f"m{number}", best=number, matches=100)
        await directory.publish(attrs.evolve(row, summary=summary))
    known = Neighbours(directory, "here", "here")
    await known.look()
    assert len(known.summaries) == 20
    assert sorted(known.rows) == [f"n{number:02}" for number in range(20 - neighbours.MOST_MATCHES // 100, 20)]


class Asked:
    """A directory in which another node has every match."""

    def __init__(self) -> None:
        self.codes: list[str] = []

    async def owner(self, code: str) -> SimpleNamespace:
        self.codes.append(code)
        return SimpleNamespace(node="far")


async def test_the_directory_is_not_asked_again_who_has_a_match(
    autojump_clock: trio.testing.MockClock,  # noqa: ARG001
) -> None:
    directory: Any = Asked()
    known = Neighbours(directory, "here", "machine")
    for _ in range(3):
        assert await known.find("K7RW2P") == "far"
        await trio.sleep(neighbours.REMEMBERED / 4)
    assert await known.find("M4XQ8B") == "far"
    assert directory.codes == ["K7RW2P", "M4XQ8B"]


async def known_with_row(match: str = "CODE") -> tuple[Neighbours, MemoryDirectory]:
    """What ``here`` knows of the node ``there``, which has published a match."""
    directory = MemoryDirectory()
    await directory.publish(row_of("there", match=match))
    known = Neighbours(directory, "here", "machine")
    await known.look()
    return known, directory


async def test_where_nodes_were_reached_is_remembered_when_they_are_gone() -> None:
    known, directory = await known_with_row()
    there = row_of("there").summary
    await directory.withdraw(there.name, there.instance)
    await known.look()
    assert not known.summaries
    assert list(known.urls) == [there.url]


async def test_of_too_many_addresses_those_seen_last_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "MOST_URLS", 2)
    directory = MemoryDirectory()
    known = Neighbours(directory, "here", "machine")
    for name in ("a", "b", "a", "c"):
        row = row_of(name)
        await directory.publish(attrs.evolve(row, summary=attrs.evolve(row.summary, url=f"https://{name}.example")))
        await known.look()
        await directory.withdraw(name, row.summary.instance)
    assert list(known.urls) == ["https://a.example", "https://c.example"]


async def test_what_was_noted_of_a_match_stands_against_an_older_row(
    autojump_clock: trio.testing.MockClock,  # noqa: ARG001
) -> None:
    known, directory = await known_with_row()
    assert known.node_of("CODE") == "there"
    known.note("CODE", "third")
    await known.look()
    assert known.node_of("CODE") == "third"
    known.forget("CODE")
    await known.look()
    assert known.node_of("CODE") is None
    await trio.sleep(neighbours.NOTE_STANDS + 1)
    await directory.publish(row_of("there", match="CODE"))
    await known.look()
    assert known.node_of("CODE") == "there"


async def test_where_a_match_is_for_certain_the_directory_says_and_not_a_row() -> None:
    known, directory = await known_with_row()
    await directory.claim("CODE", "third")
    assert await known.find("CODE") == "there"
    assert await known.find("CODE", for_certain=True) == "third"
    await known.look()
    assert await known.find("CODE") == "third"


async def test_what_only_a_row_knows_stands_where_the_directory_has_lost_it() -> None:
    known, _ = await known_with_row()
    assert await known.find("CODE", for_certain=True) == "there"
