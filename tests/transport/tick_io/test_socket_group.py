"""Sockets of several matches, read together."""

from __future__ import annotations

from collections.abc import AsyncIterator

import attrs
import pytest

from game_server.protocol.client_messages import Chat, ClientMessage, Input
from game_server.protocol.codec import encode
from game_server.protocol.inputs import InputRows
from game_server.transport.tick_io.socket_group import GroupSockets, MatchSockets
from game_server.transport.tick_io.socket_set import MANY
from tests.transport.clients import frame
from tests.transport.tick_io.test_tick_socket import CAPACITY, PATIENT, End

SEATS = MANY


@attrs.define
class Peopled:
    """A match of which every seat is taken."""

    wire: MatchSockets
    ends: list[End]

    @classmethod
    def of(cls, group: GroupSockets, seats: int = SEATS) -> Peopled:
        wire = group.share(seats)
        peopled = cls(wire, [End(PATIENT, group.sockets) for _ in range(seats)])
        for player, end in enumerate(peopled.ends):
            wire.admit(player, end.link)
        return peopled

    def say(self, tick: int) -> None:
        for player, end in enumerate(self.ends):
            end.theirs.send(frame(encode(Input(tick, player, 7))))

    def heard_in(self, rows: list[InputRows]) -> list[dict[int, tuple[int, int]]]:
        """Of each round of the group's inputs, tick and buttons by player."""
        return [
            {
                number - self.wire.first: (tick, buttons)
                for number, tick, buttons in zip(
                    inputs.players.tolist(), inputs.ticks.tolist(), inputs.commands[0].tolist(), strict=True
                )
                if 0 <= number - self.wire.first < len(self.ends)
            }
            for inputs in rows
        ]

    def close(self) -> None:
        for end in self.ends:
            end.close()


@pytest.fixture
async def group() -> GroupSockets:
    return GroupSockets()


@pytest.fixture
async def two(group: GroupSockets) -> AsyncIterator[tuple[Peopled, Peopled]]:
    first, second = Peopled.of(group), Peopled.of(group, 5)
    yield first, second
    first.close()
    second.close()


def all_said(seats: int, tick: int) -> dict[int, tuple[int, int]]:
    return {player: (tick, player) for player in range(seats)}


async def test_each_match_hears_its_own_players_by_its_own_numbers(
    group: GroupSockets, two: tuple[Peopled, Peopled]
) -> None:
    first, second = two
    first.say(3)
    second.say(4)
    rows = group.receive()
    assert first.heard_in(rows) == [all_said(SEATS, 3)]
    assert second.heard_in(rows) == [all_said(5, 4)]
    assert group.receive() == []


async def test_several_inputs_of_a_player_come_in_their_order(
    group: GroupSockets, two: tuple[Peopled, Peopled]
) -> None:
    for tick in (3, 4):
        two[0].say(tick)
        two[1].say(tick)
    assert two[1].heard_in(group.receive()) == [all_said(5, 3), all_said(5, 4)]


async def test_what_is_no_input_goes_to_the_match_of_whoever_said_it(
    group: GroupSockets, two: tuple[Peopled, Peopled]
) -> None:
    first, second = two
    first.say(3)
    second.ends[2].theirs.send(frame(encode(Chat("hi"))))
    group.receive()
    assert second.wire.receive().others == [(2, encode(Chat("hi")))]
    assert first.wire.receive().others == []


async def test_those_whose_bytes_go_the_longer_way_are_told_of_as_mail(group: GroupSockets) -> None:
    first, second = Peopled.of(group, 2), Peopled.of(group, 2)
    second.ends[1].theirs.send(frame(b"hello"))
    group.receive()
    assert (first.wire.receive().mail, second.wire.receive().mail) == ([], [1])
    assert second.ends[1].link.drain() == [b"hello"]
    first.close()
    second.close()


async def test_a_match_that_stands_still_keeps_its_mail_and_nothing_else(
    group: GroupSockets, two: tuple[Peopled, Peopled]
) -> None:
    first, second = two
    second.ends[0].theirs.send(frame(bytes(100)))
    for chat in ("dropped", "kept"):
        first.say(3)
        second.ends[1].theirs.send(frame(encode(Chat(chat))))
        group.receive()
    received = second.wire.receive()
    assert (received.mail, received.others) == ([0], [(1, encode(Chat("kept")))])


async def test_snapshots_reach_the_players_of_their_match(two: tuple[Peopled, Peopled]) -> None:
    first, second = two
    second.wire.write([0, 3], [b"", b"told"], [b"a", b"b"])
    second.wire.flush()
    assert second.wire.skipped() == []
    assert second.ends[0].theirs.recv(100) == b"\x82\x01a"
    assert second.ends[3].theirs.recv(100) == b"\x82\x04told\x82\x01b"
    for end in (first.ends[0], second.ends[1]):
        with pytest.raises(BlockingIOError):
            end.theirs.recv(1)


async def test_those_who_are_late_are_told_of_by_the_numbers_of_their_match(two: tuple[Peopled, Peopled]) -> None:
    wire = two[1].wire
    late: list[int] = []
    while not late:
        wire.write([1, 2], [b"", b""], [bytes(60_000), b"small"])
        wire.flush()
        late = wire.skipped()
        two[1].ends[2].theirs.recv(100)
    assert late == [1]
    assert wire.skipped() == []


async def test_the_numbers_of_a_match_that_has_left_are_given_out_again(group: GroupSockets) -> None:
    first, second, third = (group.share(4) for _ in range(3))
    second.leave()
    assert [group.share(3).first, group.share(4).first, first.first, third.first] == [4, 12, 0, 8]


async def test_players_of_a_match_that_has_left_are_not_heard_by_the_one_that_has_their_numbers(
    group: GroupSockets,
) -> None:
    first = Peopled.of(group, 2)
    first.wire.leave()
    second = Peopled.of(group, 2)
    assert second.wire.first == first.wire.first
    first.ends[1].theirs.send(frame(b"hello"))
    group.receive()
    assert second.wire.receive().mail == []
    first.close()
    second.close()


@pytest.mark.parametrize(("message", "free"), [(Input(1, 0, 0), True), (Chat("hi"), False)])
async def test_of_many_read_together_one_input_a_tick_is_free_and_no_other_message_is(
    group: GroupSockets, message: ClientMessage, free: bool
) -> None:
    match = Peopled.of(group, MANY)
    for tick in range(CAPACITY + 1):
        for player, end in enumerate(match.ends):
            end.theirs.send(frame(encode(message if player == 1 else Input(tick, 0, 0))))
        group.receive()
    assert [end.link.closed for end in match.ends[:3]] == [False, not free, False]
    match.close()
