"""What a node knows of the others: when there are more than it can read, and what it remembers."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import attrs
import pytest
import trio
import trio.testing

from game_server.cluster import Claim, MemoryDirectory, Neighbours, NodeSummary, neighbours
from game_server.errors import DirectoryUnavailable
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


class Listed(MemoryDirectory):
    """A directory that may be gone, and counts how often it is looked at."""

    def __init__(self) -> None:
        super().__init__()
        self.looks: list[float] = []
        self.is_gone = False

    async def nodes(self) -> tuple[NodeSummary, ...]:
        self.looks.append(trio.current_time())
        if self.is_gone:
            raise DirectoryUnavailable("no answer")
        return await super().nodes()

    async def owner(self, code: str) -> Claim | None:
        if self.is_gone:
            raise DirectoryUnavailable("no answer")
        return await super().owner(code)


async def publish(directory: MemoryDirectory, name: str, **changed: Any) -> None:
    """Publish a row of the node ``name`` with these values in its summary."""
    row = row_of(name, match=changed.pop("match", f"M-{name}"))
    await directory.publish(attrs.evolve(row, summary=attrs.evolve(row.summary, **changed)))


@pytest.mark.usefixtures("jumping_clock")
@pytest.mark.parametrize(("others", "every"), [(99, 0.5), (100, 0.9)])
async def test_each_of_many_nodes_looks_less_often(nursery: trio.Nursery, others: int, every: float) -> None:
    directory = Listed()
    for number in range(others):
        await publish(directory, f"n{number}")
    known = Neighbours(directory, "here", "machine")
    nursery.start_soon(known.run)
    await trio.sleep(1)
    assert directory.looks[1] - directory.looks[0] == pytest.approx(every)
    nursery.cancel_scope.cancel()


async def test_a_node_knows_who_is_on_its_machine_and_how_many_people_there_are_elsewhere() -> None:
    directory = Listed()
    await publish(directory, "here", people=100)
    await publish(directory, "near", people=5)
    await publish(directory, "far", people=7, machine="other")
    known = Neighbours(directory, "here", "machine")
    await known.look()
    assert (known.people, known.near()) == (12, ["near"])
    assert [known.is_near(name) for name in ("near", "far", "here", "nobody")] == [True, False, False, False]


@pytest.mark.usefixtures("jumping_clock")
async def test_a_node_is_fresh_until_two_and_a_half_seconds_after_it_was_seen_to_go_on() -> None:
    directory = Listed()
    known = Neighbours(directory, "here", "machine")
    await publish(directory, "there", serial=0)
    await known.look()
    began = trio.current_time()
    await trio.sleep(2.5)
    await known.look()  # which shows the same row
    assert (known.heard_at("there"), known.is_fresh("there")) == (began, True)
    await trio.sleep(0.01)
    assert not known.is_fresh("there")
    await publish(directory, "there", serial=1)
    await known.look()
    assert known.is_fresh("there")
    await directory.withdraw("there", "one")
    await known.look()
    assert (known.heard_at("there"), known.is_fresh("there")) == (-math.inf, False)
    assert not known.is_fresh("nobody")


async def test_while_the_directory_is_gone_what_was_known_stands_and_one_line_says_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    directory = Listed()
    await publish(directory, "there", match="CODE")
    known = Neighbours(directory, "here", "machine")
    await known.look()
    assert not known.directory_is_gone
    directory.is_gone = True
    for _ in range(2):
        await known.look()
    assert known.directory_is_gone
    assert list(known.summaries) == ["there"]
    assert [match.row.id for _, match in known.matches()] == ["CODE"]
    assert await known.find("CODE", for_certain=True) == "there"
    assert await known.find("OTHER") is None
    assert caplog.messages == ["the list of other nodes stays as it is: no answer"]
    directory.is_gone = False
    await known.look()
    assert not known.directory_is_gone
    directory.is_gone = True
    assert await known.find("OTHER") is None
    assert known.directory_is_gone


async def test_a_match_that_has_moved_is_not_listed_with_the_node_that_had_it() -> None:
    directory = Listed()
    await publish(directory, "a", match="MOVED")
    await publish(directory, "b", match="STAYS")
    known = Neighbours(directory, "here", "machine")
    await known.look()
    known.note("MOVED", "b")
    assert [(node.name, match.row.id) for node, match in known.matches()] == [("b", "STAYS")]


async def test_a_match_that_is_here_by_now_is_with_no_other_node() -> None:
    directory = Listed()
    await publish(directory, "there", match="CODE")
    known = Neighbours(directory, "here", "machine")
    await known.look()
    await directory.claim("CODE", "here")
    assert await known.find("CODE", for_certain=True) is None
    assert known.node_of("CODE") is None
    assert list(known.matches()) == []


@pytest.mark.usefixtures("jumping_clock")
async def test_who_had_a_match_that_is_not_listed_any_more_is_remembered_for_a_minute() -> None:
    directory = Listed()
    await publish(directory, "there", match="CODE")
    known = Neighbours(directory, "here", "machine")
    await known.look()
    await directory.withdraw("there", "one")
    await trio.sleep(59)
    await known.look()
    assert known.node_of("CODE") == "there"
    await trio.sleep(1.01)
    await known.look()
    assert known.node_of("CODE") is None
