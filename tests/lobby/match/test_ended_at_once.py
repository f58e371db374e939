"""A match that has ended, or continues in a new world, is not ticked again, however late its tick is."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from game_server.lobby.match.hosted_match import HostedMatch
from game_server.protocol import MAPS, Home, HomeCode, Snapshot, Welcome
from game_server.simulation import TickGroup
from tests.lobby.match.test_hosted_match import Rounded, come, watch
from tests.lobby.people import FakePerson, hosted
from tests.transport.port import virtual_time

TIMES = 10
"""Which of two tasks is first is a matter of luck."""


def end(match: HostedMatch) -> None:
    match.end(HomeCode.ENDED, "over")


def begin_anew(match: HostedMatch) -> None:
    assert isinstance(match.match.game, Rounded)
    match.match.game.rounds += 1
    match.attend()


async def shown_of_the_old_world(changes: str) -> list[int]:
    """Ticks of the world before the change that people are shown after they were notified of it."""
    match, group = hosted(game=Rounded, rotation=MAPS), TickGroup(30)
    people: list[FakePerson] = [come(match), watch(match)]
    clock = trio.lowlevel.current_clock()
    assert isinstance(clock, trio.testing.MockClock)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(group.run)
        nursery.start_soon(match.run, group)
        await trio.sleep(1.01)
        for person in people:
            person.socket.heard()
        clock.jump(0.05)
        {"end": end, "new world": begin_anew}[changes](match)
        await trio.sleep(0.1)
        nursery.cancel_scope.cancel()
    late = []
    for person in people:
        told = False
        for message in person.socket.heard():
            told = told or isinstance(message, Home | Welcome)
            if told and isinstance(message, Snapshot) and message.tick > 20:
                late.append(message.tick)
    return late


@pytest.mark.parametrize("changes", ["end", "new world"])
def test_nobody_is_shown_the_old_world_after_the_change(changes: str) -> None:
    assert [virtual_time(lambda: shown_of_the_old_world(changes)) for _ in range(TIMES)] == [[]] * TIMES
