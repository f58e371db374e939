"""Several matches in one group."""

from __future__ import annotations

import attrs
import numpy as np
import pytest
import trio
import trio.testing

from game_server.errors import RulesError
from game_server.protocol import KEYFRAME, Command, Snapshot, SnapshotDecoder, View, decode_server
from game_server.simulation import Inputs, Match, Newcomer, TickGroup, World, tick_alone
from game_server.simulation.replication.table_replicas import TableReplicas
from tests.simulation.fake_outlet import FakeOutlet
from tests.simulation.toy_game import Restless, Toy, ToyBrain
from tests.simulation.world.test_interest import Plain
from tests.transport.port import virtual_time

in_no_time = pytest.mark.trio(run=virtual_time)

RATE = 10
SOON = 1.05
"""Seconds in which a group has ticked 10 times."""


class Fragile(Restless):
    """Breaks when the test says so."""

    breaks = ""

    def step(self, inputs: Inputs) -> None:
        super().step(inputs)
        if self.breaks == "rules":
            raise ZeroDivisionError(self.world.tick)
        if self.breaks == "tables":
            object.__setattr__(self.runners.rows, "x", np.zeros(0))


@attrs.define
class Played:
    """A match that somebody plays, in a group."""

    match: Match
    outlet: FakeOutlet
    ended: list[Exception] = attrs.Factory(list)

    @classmethod
    def of(cls, seats: int = 2) -> Played:
        world = World(seed=1, max_players=seats, tick_rate=RATE)
        match = Match(Fragile(world), on_message=lambda _number, _message: None, hashed=True)
        outlet = FakeOutlet()
        match.seat(outlet=outlet)
        return cls(match, outlet)

    @property
    def game(self) -> Fragile:
        assert isinstance(self.match.game, Fragile)
        return self.match.game

    async def run(self, group: TickGroup) -> None:
        try:
            await group.drive(self.match)
        except Exception as error:
            self.ended.append(error)

    def check(self) -> list[int]:
        """Every snapshot follows on the one before, hash included; their ticks."""
        decoder = SnapshotDecoder(self.match.replication.schema, 0)
        snapshots = [message for message in map(decode_server, self.outlet.sent) if isinstance(message, Snapshot)]
        views = [decoder.apply(snapshot).tick for snapshot in snapshots]
        assert decoder.view.own["x"] == self.game.runners.rows.x[0]
        return views


@pytest.fixture
async def group(nursery: trio.Nursery) -> TickGroup:
    group = TickGroup(RATE)
    nursery.start_soon(group.run)
    return group


def start(nursery: trio.Nursery, group: TickGroup, *matches: Played) -> None:
    for played in matches:
        nursery.start_soon(played.run, group)


@in_no_time
async def test_each_match_of_a_group_is_shown_whole_and_in_order(group: TickGroup, nursery: trio.Nursery) -> None:
    matches = [Played.of(), Played.of(), Played.of(seats=5)]
    start(nursery, group, *matches)
    await trio.sleep(SOON)
    assert [played.check() for played in matches] == [list(range(1, 11))] * 3


@in_no_time
async def test_a_match_that_comes_later_ticks_with_the_others_from_its_own_first_tick_on(
    group: TickGroup, nursery: trio.Nursery
) -> None:
    early, late = Played.of(), Played.of()
    start(nursery, group, early)
    await trio.sleep(SOON)
    start(nursery, group, late)
    await trio.sleep(1)
    assert (early.match.world.tick, late.match.world.tick) == (20, 10)
    assert early.match.match_time() - late.match.match_time() == pytest.approx(10)
    assert late.check() == list(range(1, 11))
    assert early.check() == list(range(1, 21))


@in_no_time
async def test_a_match_that_comes_later_has_a_tick_zero_of_its_own(group: TickGroup, nursery: trio.Nursery) -> None:
    early, late = Played.of(), Played.of()
    start(nursery, group, early)
    await trio.sleep(SOON)
    start(nursery, group, late)
    await trio.sleep(1)
    assert early.match.tick_zero
    assert late.match.tick_zero
    assert late.match.tick_zero() - early.match.tick_zero() == pytest.approx(10 / RATE)


@in_no_time
async def test_a_match_that_stood_still_has_a_later_tick_zero_afterwards(
    group: TickGroup, nursery: trio.Nursery
) -> None:
    stays, pauses = Played.of(), Played.of()
    start(nursery, group, stays)
    with trio.move_on_after(SOON):
        await pauses.run(group)
    await trio.sleep(2)
    start(nursery, group, pauses)
    await trio.sleep(1)
    assert stays.match.tick_zero
    assert pauses.match.tick_zero
    stood_still = stays.match.world.tick - pauses.match.world.tick
    assert stood_still == pytest.approx(2 * RATE, abs=1)
    assert pauses.match.tick_zero() - stays.match.tick_zero() == pytest.approx(stood_still / RATE)


@pytest.mark.parametrize("breaks", ["rules", "tables"])
@in_no_time
async def test_a_match_that_breaks_ends_alone(group: TickGroup, nursery: trio.Nursery, breaks: str) -> None:
    healthy, broken, other = Played.of(), Played.of(), Played.of()
    start(nursery, group, healthy, broken, other)
    await trio.sleep(SOON)
    broken.game.breaks = breaks
    await trio.sleep(1)
    assert len(broken.ended) == 1
    assert broken.match.world.tick == 11
    for played in (healthy, other):
        assert played.ended == []
        assert played.check() == list(range(1, 21))


@in_no_time
async def test_matches_whose_tables_can_be_read_only_alone_end_without_the_others(
    group: TickGroup, nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    works = TableReplicas.capture

    def capture(replicas: TableReplicas) -> None:
        if len(replicas) > 1:
            raise ZeroDivisionError
        works(replicas)

    healthy, broken = Played.of(seats=5), [Played.of(), Played.of()]
    start(nursery, group, healthy, *broken)
    await trio.sleep(SOON)
    monkeypatch.setattr(TableReplicas, "capture", capture)
    await trio.sleep(1)
    assert [len(played.ended) for played in broken] == [1, 1]
    assert healthy.ended == []
    assert healthy.check() == list(range(1, 21))


class Growing(Plain):
    """Has more rows in view than a message may hold, once it grows."""

    grows = False

    def join(self, player: int, newcomer: Newcomer) -> None:  # noqa: ARG002
        self.things.add_at(player, x=10, y=10)

    def step(self, inputs: Inputs) -> None:  # noqa: ARG002 - nobody steers
        if self.grows:
            for table in (self.things, self.bolts, self.marks):
                table.add_many(table.capacity)


@in_no_time
async def test_a_match_with_more_in_view_than_a_message_holds_ends_alone(
    group: TickGroup, nursery: trio.Nursery
) -> None:
    games = [Growing(World(seed=1, max_players=2, tick_rate=RATE), None, rows=2**16 - 1) for _ in range(3)]
    played = [Played(Match(game, on_message=lambda _number, _message: None), FakeOutlet()) for game in games]
    for each in played:
        each.match.seat(outlet=each.outlet)
    start(nursery, group, *played)
    await trio.sleep(SOON)
    games[1].grows = True
    await trio.sleep(1)
    assert [[type(error) for error in each.ended] for each in played] == [[], [RulesError], []]
    for each in (played[0], played[2]):
        snapshots = [message for message in map(decode_server, each.outlet.sent) if isinstance(message, Snapshot)]
        assert [snapshot.tick for snapshot in snapshots if snapshot.kind == KEYFRAME] == [1, 11, 12]


@in_no_time
async def test_a_group_without_matches_stands_still_and_starts_over(group: TickGroup) -> None:
    first, second = Played.of(), Played.of()
    with trio.move_on_after(SOON):
        await first.run(group)
    await trio.sleep(60)
    with trio.move_on_after(SOON):
        await second.run(group)
    assert (first.match.world.tick, second.match.world.tick) == (10, 10)
    assert second.match.profile.dropped == 0


@in_no_time
async def test_a_match_that_was_let_go_ticks_on_alone(group: TickGroup, nursery: trio.Nursery) -> None:
    played = Played.of()
    start(nursery, group, Played.of())
    with trio.move_on_after(SOON):
        await played.run(group)
    tick_alone(played.match)
    assert played.check() == list(range(1, 12))


class Looking(ToyBrain):
    """A brain that notes what it has seen."""

    def __init__(self, player: int) -> None:
        super().__init__(player)
        self.seen: list[dict[str, list[int]]] = []

    def decide(self, view: View) -> Command:
        self.seen.append({table: sorted(rows) for table, rows in view.tables.items()})
        return super().decide(view)


@in_no_time
async def test_bots_of_a_match_that_comes_as_others_get_keyframes_see_nothing_of_theirs(
    group: TickGroup, nursery: trio.Nursery
) -> None:
    early, late = Played.of(seats=4), Played.of(seats=4)
    start(nursery, group, early)
    await trio.sleep(0.95)
    early.match.seat(outlet=FakeOutlet())
    await trio.sleep(0.1)
    brain = Looking(1)
    late.match.seat(brain_for=lambda _player: brain)
    start(nursery, group, late)
    await trio.sleep(0.3)
    assert (early.ended, late.ended) == ([], [])
    assert brain.seen[0] == {"runner": [], "prize": []}
    assert brain.seen[1]["runner"] == [0, 1]


@in_no_time
async def test_bots_of_a_match_in_the_place_of_another_see_nothing_of_that(
    group: TickGroup, nursery: trio.Nursery
) -> None:
    former, other, late = Played.of(seats=4), Played.of(seats=4), Played.of(seats=4)
    start(nursery, group, other)
    with trio.move_on_after(SOON):
        await former.run(group)
    assert len(former.game.prizes)
    brain = Looking(1)
    late.match.seat(brain_for=lambda _player: brain)
    start(nursery, group, late)
    await trio.sleep(0.3)
    assert brain.seen[0] == {"runner": [], "prize": []}


@in_no_time
async def test_a_match_that_is_released_is_not_ticked_any_more(group: TickGroup, nursery: trio.Nursery) -> None:
    played, other = Played.of(), Played.of()
    start(nursery, group, played, other)
    await trio.sleep(SOON)
    group.release(played.match)
    await trio.sleep(1)
    assert (played.match.world.tick, other.match.world.tick) == (10, 20)


@in_no_time
@pytest.mark.parametrize("at", [0.51, 0.55, 0.59])
async def test_a_match_that_is_driven_again_ticks_no_earlier_than_its_clock_says(
    nursery: trio.Nursery, at: float
) -> None:
    group, played = TickGroup(RATE, phase=0.9), Played.of()
    nursery.start_soon(group.run)
    with trio.move_on_after(at):
        await played.run(group)
    ticked = played.match.world.tick
    start(nursery, group, played)
    await trio.sleep(0.185)
    assert played.match.world.tick == ticked
    await trio.sleep(0.01)
    assert played.match.world.tick == ticked + 1


class Slow(Toy):
    """Takes 30 ms for a step."""

    def step(self, inputs: Inputs) -> None:
        super().step(inputs)
        clock = trio.lowlevel.current_clock()
        assert isinstance(clock, trio.testing.MockClock)
        clock.jump(0.03)


@in_no_time
async def test_a_match_is_as_late_as_those_before_it_let_it_wait(group: TickGroup, nursery: trio.Nursery) -> None:
    games = [Slow(World(seed=1, max_players=2, tick_rate=RATE)) for _ in range(2)]
    matches = [Match(game, on_message=lambda _number, _message: None) for game in games]
    nursery.start_soon(group.drive, matches[0])
    await trio.testing.wait_all_tasks_blocked()
    nursery.start_soon(group.drive, matches[1])
    await trio.sleep(SOON)
    first, second = (match.profile for match in matches)
    assert first.lateness.max < 1
    assert second.lateness.max == pytest.approx(30, abs=1)
    assert first.duration.max == second.duration.max == pytest.approx(30, abs=1)


class Slower(Toy):
    """Takes one and a half ticks for a step."""

    def step(self, inputs: Inputs) -> None:
        super().step(inputs)
        clock = trio.lowlevel.current_clock()
        assert isinstance(clock, trio.testing.MockClock)
        clock.jump(1.5 / RATE)


async def test_how_late_a_group_is_is_a_mean_in_which_the_last_ticks_count_most(
    nursery: trio.Nursery, autojump_clock: trio.testing.MockClock
) -> None:
    group, means = TickGroup(RATE), list[float]()
    nursery.start_soon(group.drive, Played.of().match)
    await trio.testing.wait_all_tasks_blocked()
    for pause in (1.0, 1.5, 1.5):  # ticks: the second is late by a half, the third by a whole one
        autojump_clock.jump(pause / RATE)
        group.tick()
        means.append(group.lateness)
    assert means == pytest.approx([0, 0.5 / 15, 0.5 / 15 + (1 - 0.5 / 15) / 15])


@in_no_time
async def test_a_group_that_stands_still_is_not_late(group: TickGroup) -> None:
    assert group.lateness == 0
    match = Match(Slower(World(seed=1, max_players=2, tick_rate=RATE)), on_message=lambda _number, _message: None)
    with trio.move_on_after(SOON):
        await group.drive(match)
    assert group.lateness > 0
    await trio.sleep(1)
    assert group.lateness == 0
