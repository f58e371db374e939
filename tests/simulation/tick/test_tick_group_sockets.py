"""Several matches in one group, on real sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from unittest.mock import patch

import attrs
import pytest
import trio
import trio.testing

from game_server.errors import RulesError
from game_server.protocol import MAX_SERVER_MESSAGE_BYTES, Input, encode
from game_server.simulation import Column, Event, Inputs, Match, TickGroup, World, whole
from game_server.transport import SeatedSockets
from game_server.transport.tick_io import input_reader
from tests.simulation.toy_game import RIGHT, Toy
from tests.transport.clients import frame
from tests.transport.port import virtual_time
from tests.transport.tick_io.test_tick_socket import PATIENT, End

in_no_time = pytest.mark.trio(run=virtual_time)

RATE = 10
SOON = 1.05
"""Seconds in which a group has ticked 10 times."""
ROWS = 65535


@attrs.frozen
class Said(Event):
    """Somebody says something."""

    code = 30
    name = "said"
    text: str


@attrs.define
class Grain:
    """One of very many: of 18 bytes, id included."""

    a: Column = whole(0, 2**32 - 1)
    b: Column = whole(0, 2**32 - 1)
    c: Column = whole(0, 2**32 - 1)
    d: Column = whole(0, 2**32 - 1)


assert 18 * ROWS > MAX_SERVER_MESSAGE_BYTES


class Loud(Toy):
    """Says, or shows, what the test sets."""

    event_types = (*Toy.event_types, Said)

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.grains = world.table(9, "grain", Grain, ROWS)
        self.does = ""

    def step(self, inputs: Inputs) -> None:
        super().step(inputs)
        if self.does == "break":
            raise ZeroDivisionError(self.world.tick)
        if self.does == "say too much":
            self.world.emit(Said("x" * MAX_SERVER_MESSAGE_BYTES))
        if self.does == "show too much":
            self.grains.add_many(ROWS)


@attrs.define
class Played:
    """A match of two, on sockets of its group; only seat 0 is taken at first."""

    match: Match
    end: End
    ended: list[Exception] = attrs.Factory(list)

    @classmethod
    def of(cls, sockets: SeatedSockets) -> Played:
        match = Match(Loud(World(seed=1, max_players=2, tick_rate=RATE)), on_message=lambda _number, _message: None)
        end = End(PATIENT, sockets)
        match.seat(outlet=end.link)
        return cls(match, end)

    @property
    def game(self) -> Loud:
        assert isinstance(self.match.game, Loud)
        return self.match.game

    async def run(self, group: TickGroup) -> None:
        try:
            await group.drive(self.match)
        except Exception as error:
            self.ended.append(error)


@attrs.define
class Two:
    """Two matches in one group."""

    group: TickGroup
    first: Played
    second: Played


@pytest.fixture
async def two(nursery: trio.Nursery) -> AsyncIterator[Two]:
    sockets = SeatedSockets()
    group = TickGroup(RATE, sockets)
    nursery.start_soon(group.run)
    made = Two(group, Played.of(sockets), Played.of(sockets))
    for played in (made.first, made.second):
        nursery.start_soon(played.run, group)
        await trio.testing.wait_all_tasks_blocked()
    try:
        yield made
    finally:
        made.first.end.close()
        made.second.end.close()


@in_no_time
async def test_inputs_for_a_match_that_has_failed_change_nothing_in_another(two: Two) -> None:
    first, second = two.first, two.second
    other = End(PATIENT, second.end.sockets)
    second.match.seat(outlet=other.link)
    with patch.object(input_reader, "MANY", 1):
        await trio.sleep(SOON)
        first.game.does = "break"
        await trio.sleep(0.1)
        assert len(first.ended) == 1
        other.theirs.send(frame(encode(Input(15, 0, 9))))
        await trio.sleep(0.1)
        for tick in (15, 16):
            first.end.theirs.send(frame(encode(Input(tick, RIGHT, 7))))
            await trio.sleep(0.1)
        await trio.sleep(1)
    counts = second.match.counts()
    assert (counts["used"], counts["late"], counts["early"], counts["duplicate"]) == (1, 0, 0, 0)
    assert second.match.inputs.depth.tolist() == [0, 0]
    assert second.match.inputs.used.buttons.tolist() == [0, 0]
    assert second.match.inputs.used.aim.tolist() == [0, 9]
    other.close()


@pytest.mark.parametrize("does", ["say too much", "show too much"])
@pytest.mark.parametrize("full", [False, True], ids=["free", "full"])
@in_no_time
async def test_a_match_that_says_or_shows_more_than_a_message_holds_ends_alone(two: Two, does: str, full: bool) -> None:
    first, second = two.first, two.second
    await trio.sleep(SOON)
    while first.end.read():
        pass
    if full:
        first.end.link.send(bytes(100_000))
    first.game.does = does
    await trio.sleep(1)
    assert [type(error) for error in first.ended] == [RulesError]
    assert (second.ended, second.match.world.tick) == ([], 20)
