"""Players of several matches by their numbers in a group, on real sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator

import attrs
import pytest
import trio
import trio.testing

from game_server.protocol import Chat, ClientMessage, Input, encode
from game_server.simulation import Match, TickGroup, World
from game_server.transport import SeatedSockets
from game_server.transport.tick_io.input_reader import MANY
from tests.simulation.toy_game import RIGHT, Toy
from tests.transport.clients import frame
from tests.transport.port import virtual_time
from tests.transport.tick_io.test_tick_socket import CAPACITY, PATIENT, End, messages

in_no_time = pytest.mark.trio(run=virtual_time)

RATE = 10
SEATS = MANY


@attrs.define
class Peopled:
    """A match of which every seat is taken."""

    match: Match
    ends: list[End]
    heard: list[tuple[int, ClientMessage]]

    @classmethod
    def of(cls, sockets: SeatedSockets, seats: int = SEATS) -> Peopled:
        heard: list[tuple[int, ClientMessage]] = []
        match = Match(
            Toy(World(seed=1, max_players=seats, tick_rate=RATE)),
            on_message=lambda player, message: heard.append((player, message)),
        )
        peopled = cls(match, [End(PATIENT, sockets) for _ in range(seats)], heard)
        for end in peopled.ends:
            match.seat(outlet=end.link)
        return peopled

    def say(self, *ticks: int) -> None:
        for player, end in enumerate(self.ends):
            end.theirs.send(b"".join(frame(encode(Input(tick, RIGHT, player))) for tick in ticks))

    @property
    def aims(self) -> list[int]:
        aims: list[int] = self.match.inputs.used.aim.tolist()
        return aims

    def close(self) -> None:
        for end in self.ends:
            end.close()


@attrs.define
class Stage:
    """A group, its sockets, and two matches in it: of `SEATS` seats and of five."""

    group: TickGroup
    sockets: SeatedSockets
    first: Peopled
    second: Peopled

    def tick(self) -> None:
        self.group.tick()


@pytest.fixture
async def stage(nursery: trio.Nursery) -> AsyncIterator[Stage]:
    sockets = SeatedSockets()
    made = Stage(TickGroup(RATE, sockets), sockets, Peopled.of(sockets), Peopled.of(sockets, 5))
    for peopled in (made.first, made.second):
        nursery.start_soon(made.group.drive, peopled.match)
        await trio.testing.wait_all_tasks_blocked()
    made.tick()
    for peopled in (made.first, made.second):
        peopled.say(2)
    made.tick()
    yield made
    made.first.close()
    made.second.close()
    nursery.cancel_scope.cancel()


@in_no_time
async def test_each_match_uses_the_inputs_of_its_own_players(stage: Stage) -> None:
    stage.first.say(3)
    stage.second.say(3)
    stage.tick()
    assert (stage.first.aims, stage.second.aims) == ([*range(SEATS)], [*range(5)])
    assert stage.second.match.inputs.ack.tolist() == [3] * 5


@in_no_time
async def test_several_inputs_of_a_player_are_used_in_their_order(stage: Stage) -> None:
    stage.first.say(3, 4)
    stage.second.say(3, 4)
    stage.tick()
    assert stage.second.match.inputs.depth.tolist() == [1] * 5
    stage.tick()
    assert stage.second.match.inputs.ack.tolist() == [4] * 5


@in_no_time
async def test_what_is_no_input_goes_to_the_match_of_its_player(stage: Stage) -> None:
    stage.first.say(3)
    stage.second.ends[2].theirs.send(frame(encode(Chat("hi"))))
    stage.tick()
    assert (stage.first.heard, stage.second.heard) == ([], [(2, Chat("hi"))])


@in_no_time
async def test_what_comes_the_longer_way_goes_to_the_match_of_its_player(stage: Stage) -> None:
    stage.second.ends[1].theirs.send(frame(encode(Chat("x" * 100))))
    stage.tick()
    assert (stage.first.heard, stage.second.heard) == ([], [(1, Chat("x" * 100))])


@in_no_time
async def test_a_match_that_stood_still_finds_what_came_meanwhile(stage: Stage, nursery: trio.Nursery) -> None:
    stage.group.release(stage.second.match)
    for number in range(2):
        stage.first.say(number + 3)
        stage.second.ends[1].theirs.send(frame(encode(Chat(f"no. {number}"))))
        stage.tick()
    assert stage.second.heard == []
    nursery.start_soon(stage.group.drive, stage.second.match)
    await trio.testing.wait_all_tasks_blocked()
    stage.tick()
    assert stage.second.heard == [(1, Chat("no. 0")), (1, Chat("no. 1"))]


def heard(ends: list[End]) -> list[int]:
    """How many messages came over each since the last call."""
    for end in ends:
        end.read()
    return [len(messages(end.events())) for end in ends]


@in_no_time
async def test_snapshots_reach_the_players_of_their_match(stage: Stage) -> None:
    ends = [*stage.first.ends, *stage.second.ends]
    heard(ends)
    stage.group.release(stage.first.match)
    stage.tick()
    assert heard(ends) == [0] * SEATS + [1] * 5


@in_no_time
async def test_a_full_socket_counts_for_its_own_player(stage: Stage) -> None:
    stage.second.ends[1].link.send(bytes(100_000))
    stage.tick()
    stage.tick()
    assert [player.skipped for player in stage.second.match.players.values()] == [0, 1, 0, 0, 0]
    assert not any(player.skipped for player in stage.first.match.players.values())


def test_freed_numbers_are_given_out_again() -> None:
    group = TickGroup(RATE)
    first, second, third = (group.reserve(4) for _ in range(3))
    group.free(second)
    assert [group.reserve(3), group.reserve(4), first, third] == [4, 12, 0, 8]
    group.free(4)
    assert group.reserve(4) == 4  # a gap of just that size


@in_no_time
async def test_players_of_a_match_that_left_are_not_heard_by_the_one_with_their_numbers(
    stage: Stage, nursery: trio.Nursery
) -> None:
    left = stage.second
    stage.group.release(left.match)
    follower = Peopled.of(stage.sockets, 5)
    nursery.start_soon(stage.group.drive, follower.match, SEATS)
    await trio.testing.wait_all_tasks_blocked()
    assert follower.match.players.first == SEATS
    stage.first.say(3)
    left.ends[1].theirs.send(frame(encode(Chat("hello"))))
    left.ends[2].theirs.send(frame(encode(Input(2, RIGHT, 9))))
    stage.tick()
    assert (follower.heard, follower.aims) == ([], [0] * 5)
    follower.close()


@pytest.mark.parametrize(("message", "free"), [(Input(1, 0, 0), True), (Chat("hi"), False)])
@in_no_time
async def test_of_many_read_together_one_input_a_tick_is_free_and_no_other_message_is(
    stage: Stage, message: ClientMessage, free: bool
) -> None:
    for tick in range(CAPACITY + 1):
        for player, end in enumerate(stage.first.ends):
            end.theirs.send(frame(encode(message if player == 1 else Input(tick, 0, 0))))
        stage.tick()
    assert [end.link.closed for end in stage.first.ends[:3]] == [False, not free, False]
