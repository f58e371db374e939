"""Seated links as players: inputs in batches, snapshots written for all at once."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from unittest.mock import patch

import numpy as np
import pytest
import trio.testing
from hypothesis import given
from hypothesis import strategies as st

from game_server.protocol import CloseCode, Snapshots
from game_server.throttling import Throttling
from game_server.transport import SeatedSockets, TransportOptions
from game_server.transport.tick_io import input_reader
from game_server.transport.tick_io.input_reader import MANY, ROUNDS, SHORT_READ_BYTES
from game_server.transport.websocket.frame_budget import FrameBudget
from tests.transport.clients import frame
from tests.transport.port import TICK, virtual_time
from tests.transport.tick_io.test_tick_socket import FULL, OPTIONS, PATIENT, End, messages


class Players:
    """Ends of sockets, all in one set, each that of the player of its number."""

    def __init__(self, count: int = MANY, options: TransportOptions = PATIENT, *, ring: bool = True) -> None:
        self.sockets = SeatedSockets(ring=ring)
        self.ends = [End(options, self.sockets) for _ in range(count)]
        for player, end in enumerate(self.ends):
            self.sockets.admit(player, end.link)

    def batches(self) -> list[dict[int, bytes]]:
        """What came in each batch of a tick, by player."""
        return [
            {int(player): batch.message(index) for index, player in enumerate(batch.players)}
            for batch in self.sockets.receive().batches
        ]

    def show(self, events: bytes, snapshot: bytes) -> list[int]:
        """One tick's writing: to everybody the same."""
        count = len(self.ends)
        self.sockets.write(
            np.arange(count), [events] * count, Snapshots([snapshot[:1]] * count, [snapshot[1:]] * count)
        )
        self.sockets.flush()
        return self.sockets.skipped()

    def close(self) -> None:
        for end in self.ends:
            end.close()


@pytest.fixture(params=[True, False], ids=["ring", "calls"])
async def players(request: pytest.FixtureRequest) -> AsyncIterator[Players]:
    players = Players(ring=request.param)
    yield players
    players.close()


async def test_inputs_of_many_players_come_in_one_batch(players: Players) -> None:
    for number, end in enumerate(players.ends):
        end.theirs.send(frame(bytes([number, 1])))
    assert players.batches() == [{number: bytes([number, 1]) for number in range(MANY)}]
    assert all(end.link.drain() == [] for end in players.ends)
    assert players.sockets.traffic.bytes_in == 8 * MANY


@pytest.mark.parametrize("size", [SHORT_READ_BYTES - 1, SHORT_READ_BYTES, SHORT_READ_BYTES + 1])
async def test_nothing_is_lost_when_a_read_is_just_filled(size: int) -> None:
    players = Players(1)
    first = frame(b"input")
    players.ends[0].theirs.send(first + frame(bytes(size - len(first) - len(frame(b"")))))
    players.sockets.receive()
    assert players.ends[0].link.drain() == [b"input", bytes(size - 17)]
    assert players.ends[0].link.messages_in == 2
    players.close()


async def test_messages_are_counted_whichever_way_they_go(players: Players) -> None:
    for end in players.ends:
        end.theirs.send(frame(b"input"))
    players.batches()
    players.show(b"events", b"snapshot")
    traffic = players.sockets.traffic
    assert (traffic.messages_in, traffic.messages_out) == (MANY, 2 * MANY)
    few = Players(1)
    few.ends[0].theirs.send(frame(b"input"))
    few.sockets.receive()
    few.ends[0].link.send(b"line")
    few.show(b"", b"snapshot")
    assert (few.ends[0].link.messages_in, few.ends[0].link.messages_out) == (1, 2)
    assert (few.sockets.traffic.messages_in, few.sockets.traffic.messages_out) == (0, 0)
    few.close()


async def test_messages_for_a_socket_that_is_full_are_counted_once(players: Players) -> None:
    full = players.ends[0]
    try:
        while full.ours.send(bytes(100)):
            pass
    except BlockingIOError:
        pass
    players.show(b"events", b"snapshot")
    assert (players.sockets.traffic.messages_out, full.link.messages_out) == (2 * (MANY - 1), 2)


async def test_inputs_of_a_few_come_to_their_inboxes_and_are_announced() -> None:
    players = Players(3)
    players.ends[2].theirs.send(frame(b"input"))
    received = players.sockets.receive()
    assert (received.mail, received.batches) == ([2], [])
    assert players.ends[2].link.drain() == [b"input"]
    assert players.sockets.receive().mail == []
    players.close()


async def test_what_is_no_input_goes_the_longer_way_beside_a_batch(players: Players) -> None:
    for end in players.ends:
        end.theirs.send(frame(b"input"))
    players.ends[3].theirs.send(frame(b"?", opcode=9))
    received = players.sockets.receive()
    assert [len(batch) for batch in received.batches] == [MANY - 1]
    assert received.mail == [3]
    assert players.ends[3].link.drain() == [b"input"]
    assert await players.ends[3].tick_socket.receive() == frame(b"?", opcode=9)


async def test_several_inputs_at_once_come_in_as_many_batches(players: Players) -> None:
    for end in players.ends:
        end.theirs.send(b"".join(frame(bytes([n])) for n in range(1, ROUNDS + 1)))
    assert players.batches() == [dict.fromkeys(range(MANY), bytes([n])) for n in range(1, ROUNDS + 1)]


@pytest.mark.parametrize("count", [MANY - 1, MANY], ids=["few", "many"])
@pytest.mark.parametrize("kind", ["input", "other"])
async def test_for_any_number_of_players_one_input_a_tick_is_free_and_all_else_is_charged(
    autojump_clock: trio.testing.MockClock, count: int, kind: str
) -> None:
    players, one = Players(count), frame(b"\x95\x02 begins an input")
    for end in players.ends:
        end.tick_socket.budget = FrameBudget((10, 30), autojump_clock.current_time(), Throttling(), ())
    more = one if kind == "input" else frame(b"?", opcode=9)
    for _ in range(30):
        for number, end in enumerate(players.ends):
            end.theirs.send(one + {4: more, 5: 2 * more}.get(number, b""))
        players.sockets.receive()
        for end in players.ends:
            end.link.drain()
        await trio.sleep(TICK)
    assert [number for number, end in enumerate(players.ends) if end.link.closed] == [5]
    assert players.ends[5].link.ended_with()[0] == CloseCode.FLOODING
    players.close()


async def test_inputs_in_batches_are_signs_of_life(autojump_clock: trio.testing.MockClock) -> None:
    players = Players(MANY, OPTIONS)
    for _ in range(10):
        await trio.sleep(OPTIONS.timeout - 1)
        for end in players.ends[1:]:
            end.theirs.send(frame(b"input"))
        players.sockets.receive()
        players.sockets.flush()
        for end in players.ends:
            end.read()
    assert [number for number, end in enumerate(players.ends) if end.link.closed] == [0]
    assert autojump_clock.current_time() > OPTIONS.timeout
    players.close()


async def test_when_an_input_came_in_a_batch_is_known_of_a_socket_that_is_given_back(
    autojump_clock: trio.testing.MockClock,
) -> None:
    players = Players(MANY)
    await trio.sleep(7)
    for end in players.ends:
        end.theirs.send(frame(b"input"))
    assert len(players.batches()) == 1
    heard_at = autojump_clock.current_time()
    await trio.sleep(1)
    players.sockets.remove(players.ends[0].tick_socket)
    players.ends[0].tick_socket.release()
    assert players.ends[0].peer.heard_at == heard_at
    players.close()


async def test_events_come_before_the_snapshot_in_one_write(players: Players) -> None:
    assert players.show(b"events", b"s" * 500) == []
    assert players.show(b"", b"t") == []
    for end in players.ends:
        end.read()
        assert messages(end.events()) == [b"events", b"s" * 500, b"t"]


async def test_a_full_socket_refuses_snapshots_but_loses_no_events(players: Players) -> None:
    assert players.show(b"1", FULL) == []
    assert players.show(b"2", b"newer") == list(range(MANY))
    end = players.ends[0]
    while end.read():
        players.sockets.flush()
    assert messages(end.events()) == [b"1", FULL, b"2"]
    assert players.show(b"", b"newest") == list(range(1, MANY))


async def test_a_player_without_a_socket_here_is_served_by_the_link(players: Players) -> None:
    players.sockets.remove(players.ends[1].tick_socket)
    assert players.show(b"events", b"snapshot") == []
    assert players.ends[1].read() == b""
    assert players.ends[1].tick_socket.release()[1] == b"\x82\x06events\x82\x08snapshot"
    assert players.sockets.receive().batches == []


async def test_a_player_whose_socket_is_in_another_set_is_served_by_the_link() -> None:
    sockets, end = SeatedSockets(), End()
    sockets.admit(0, end.link)
    sockets.write(np.array([0]), [b"events"], Snapshots([b"snap"], [b"shot"]))
    sockets.flush()
    assert end.read() == b""
    end.sockets.flush()
    end.read()
    assert messages(end.events()) == [b"events", b"snapshot"]
    end.close()


async def test_who_was_dismissed_is_neither_heard_nor_shown_anything(players: Players) -> None:
    players.sockets.dismiss(MANY - 1)
    for end in players.ends:
        end.theirs.send(frame(b"input"))
    assert players.sockets.receive().mail == list(range(MANY - 1))
    assert players.ends[-1].link.drain() == [b"input"]


async def test_mail_from_before_a_dismissal_is_not_announced(players: Players) -> None:
    players.ends[3].link.inbox.put(b"by a task of the link's own")
    players.sockets.dismiss(3)
    assert players.sockets.receive().mail == []


async def test_a_player_who_is_admitted_again_after_the_end_is_not_read_again() -> None:
    players = Players(MANY + 1)
    gone, *others = players.ends

    def said(ends: list[End]) -> int:
        for end in ends:
            end.theirs.send(frame(b"\x01\x01"))
        return sum(map(len, players.batches()))

    # Nearly all have bytes twice: from now on all are read without asking which.
    assert [said(players.ends) for _ in range(2)] == [MANY + 1] * 2
    gone.theirs.close()
    for _ in range(3):
        assert said(others) == MANY
        players.sockets.dismiss(0)
        players.sockets.admit(0, gone.link)
    players.close()


def break_off(end: End) -> None:
    end.theirs.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    end.theirs.close()


@pytest.mark.parametrize("beginning", [frame(b"input"), b"\x82\xfe"], ids=["after an input", "amid a frame"])
async def test_a_connection_that_is_broken_off_is_noticed_by_the_next_read(players: Players, beginning: bytes) -> None:
    players.ends[2].theirs.send(beginning)
    players.sockets.receive()
    players.show(b"events", b"snapshot")  # which the peer does not read: so the connection is reset
    break_off(players.ends[2])
    players.sockets.receive()
    assert players.ends[2].peer.torn


async def test_a_peer_that_broke_the_connection_off_takes_nobody_along(players: Players) -> None:
    break_off(players.ends[2])
    players.show(b"events", b"snapshot")
    players.sockets.receive()
    assert players.ends[2].peer.torn
    assert players.show(b"", b"more") == [2]
    end = players.ends[3]
    end.read()
    assert messages(end.events()) == [b"events", b"snapshot", b"more"]


Step = tuple[str, int]


@given(st.lists(st.tuples(st.sampled_from(["show", "send", "read", "flush"]), st.integers(0, 3000)), max_size=60))
def test_frames_are_whole_and_in_order_however_little_is_read(steps: list[Step]) -> None:
    async def run() -> None:
        players = Players(2)
        end = players.ends[0]
        sent: list[bytes] = []
        for number, (step, size) in enumerate(steps):
            if step == "show":
                told, snapshot = b"e%d " % number, b"s%d " % number + bytes(4 * size)
                refused = players.show(told, snapshot)
                sent += [told] if 0 in refused else [told, snapshot]
            elif step == "send":
                end.link.send(b"m%d " % number)
                sent.append(b"m%d " % number)
            elif step == "read":
                end.read(1 + size)
            else:
                players.sockets.flush()
        players.sockets.flush()
        while end.read():
            players.sockets.flush()
        # A snapshot that was refused comes never; whatever was taken comes whole, in the order of the calls.
        assert messages(end.events()) == sent
        players.close()

    virtual_time(run)


async def test_a_batch_of_one_is_no_different() -> None:
    with patch.object(input_reader, "MANY", 1):
        players = Players(1)
        players.ends[0].theirs.send(frame(b"input"))
        assert players.batches() == [{0: b"input"}]
        players.close()


async def test_of_many_who_are_no_players_some_are_read_in_each_look_and_all_in_turn() -> None:
    sockets = SeatedSockets()
    ends = [End(PATIENT, sockets) for _ in range(5)]
    reads: list[list[int]] = []
    with patch.object(input_reader, "SLOW_READS", 2):
        for _ in range(3):
            for end in ends:  # a socket that sends more waits behind those that have waited
                end.theirs.send(frame(b"more"))
            sockets.receive()
            reads.append([number for number, end in enumerate(ends) if end.link.drain()])
            assert sockets.put_off
        assert [len(read) for read in reads] == [2, 2, 2]
        assert {number for read in reads for number in read} == set(range(5))
        while sockets.put_off:
            sockets.receive()
    for end in ends:
        end.close()


async def test_a_socket_that_was_put_off_and_is_gone_is_waited_for_no_longer() -> None:
    sockets = SeatedSockets()
    ends = [End(PATIENT, sockets) for _ in range(2)]
    with patch.object(input_reader, "SLOW_READS", 1):
        for end in ends:
            end.theirs.send(frame(b"said"))
        sockets.receive()
        assert sockets.put_off
        for end in ends:
            sockets.remove(end.tick_socket)
            end.close()
        assert not sockets.put_off


@pytest.mark.usefixtures("jumping_clock")
async def test_of_a_socket_that_is_gone_nothing_is_left_to_be_written_or_pinged() -> None:
    players = Players(2, OPTIONS)
    gone, stays = players.ends
    for _ in range(2):
        players.show(b"events", FULL)
    players.sockets.remove(gone.tick_socket)
    gone.close()
    await trio.sleep(OPTIONS.ping_interval)
    assert players.show(b"", b"more") == [0, 1]
    while stays.read():
        players.sockets.flush()
    assert messages(stays.events()) == [b"events", FULL, b"events"]
    players.close()


async def test_a_charged_message_counts_once_and_costs_nothing_without_a_socket_here() -> None:
    players, capacity = Players(1), OPTIONS.message_budget[0]
    sockets, end = players.sockets, players.ends[0]
    assert [sockets.charge(0, 9) for _ in range(capacity + 1)] == [True] * capacity + [False]
    assert end.link.ended_with()[0] == CloseCode.FLOODING
    sockets.remove(end.tick_socket)
    assert sockets.charge(0, 9)
    players.close()
