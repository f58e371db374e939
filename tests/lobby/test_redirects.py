"""Where people are sent who ask for what another machine has."""

from __future__ import annotations

from pathlib import Path

import attrs
import trio
from trio.testing import MockClock

from game_server.cluster import MemoryDirectory, Neighbours, Node, NodeRow, NodeSummary, PublishedMatch, Tickets
from game_server.lobby.other_nodes import OtherNodes
from game_server.protocol import Elsewhere, MatchRow
from tests.lobby.people import FakePerson

CODE = "K7RW2P"
HERE = Node("berlin-0", 0, 1, b"k" * 32, (), Path(), "berlin", "http://berlin")
PARIS = NodeSummary(
    "paris-0", "paris", "paris", "http://paris", "1", 0.0,
    draining=False, is_full=False, people=3, matches=1, best=3, serial=7,
)  # fmt: skip
MATCH = PublishedMatch(
    MatchRow(CODE, "Friday", "arena", "free-for-all", "playing", 3, 0, 16, 0, 0),
    is_open=True, is_watchable=True, has_seat=True, opened_from="",
)  # fmt: skip


class Others(OtherNodes):
    """What a node knows of paris."""

    def __init__(self) -> None:
        self.directory = MemoryDirectory()
        neighbours = Neighbours(self.directory, HERE.name, HERE.machine)
        super().__init__(neighbours, Tickets(HERE.key, trio.current_time), HERE)

    async def see(self, serial: int) -> None:
        """Look when paris has published something with this ``serial``."""
        await self.directory.publish(NodeRow(attrs.evolve(PARIS, serial=serial), (MATCH,)))
        await self.neighbours.look()


def ada(key: str = "ada") -> FakePerson:
    return FakePerson("Ada", trio.current_time, key=key)


async def test_who_is_sent_to_another_machine_gets_its_address(autojump_clock: MockClock) -> None:  # noqa: ARG001
    others, person = Others(), ada()
    await others.see(1)
    assert others.redirects.can_be_reached(person, CODE)
    others.redirects.send(person, CODE)
    assert person.socket.one(Elsewhere).url == f"ws://paris/ws?match={CODE}"


async def test_who_is_back_from_a_machine_that_publishes_nothing_is_not_sent_there_again(
    autojump_clock: MockClock,  # noqa: ARG001
) -> None:
    others = Others()
    await others.see(1)
    others.redirects.send(ada(), CODE)
    await trio.sleep(0.6)
    await others.see(2)  # which it had published before it stood still
    await trio.sleep(1.5)
    assert not others.redirects.can_be_reached(ada(), CODE)
    assert others.redirects.fuller(ada(), -1) is None
    assert others.redirects.can_be_reached(ada("somebody else"), CODE)
    assert others.redirects.fuller(ada("somebody else"), -1)


async def test_who_asks_again_at_once_is_sent_there_again(autojump_clock: MockClock) -> None:  # noqa: ARG001
    others = Others()
    await others.see(1)
    others.redirects.send(ada(), CODE)
    await trio.sleep(1)
    assert others.redirects.can_be_reached(ada(), CODE)


async def test_who_is_back_from_a_machine_that_goes_on_is_sent_there_again(
    autojump_clock: MockClock,  # noqa: ARG001
) -> None:
    others = Others()
    await others.see(1)
    others.redirects.send(ada(), CODE)
    await trio.sleep(1.5)
    await others.see(2)
    await trio.sleep(0.7)
    assert others.redirects.can_be_reached(ada(), CODE)


async def test_who_was_sent_where_is_forgotten_after_some_seconds(autojump_clock: MockClock) -> None:  # noqa: ARG001
    others = Others()
    await others.see(1)
    for number in range(3):
        others.redirects.send(ada(f"person {number}"), CODE)
        await trio.sleep(6)
    assert len(others.redirects._sent) == 1
