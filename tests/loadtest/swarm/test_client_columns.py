from __future__ import annotations

import numpy as np
import pytest

from game_server.client import EpochReport
from game_server.loadtest.network.model import Network
from game_server.loadtest.swarm.client_columns import LEAD, SLICES, ClientColumns, MatchColumns, SilenceDetector
from game_server.loadtest.swarm.protocol_adapter import SwarmSeat

SINCE = 100.0


@pytest.fixture
def clients() -> ClientColumns:
    """Of four clients the first heard something at 100, the second was seated then, the third may hear nothing."""
    clients = ClientColumns(8)
    clients.silence_timeout[:3] = 10.0, 10.0, np.inf
    clients.joined[:3] = 0.0, SINCE, SINCE
    clients.arrived[0] = SINCE
    return clients


def looked(clients: ClientColumns, *times: float) -> list[int]:
    """Who has fallen silent at the last of some looks."""
    silence = SilenceDetector(clients)
    return [silence.fallen(SINCE + time) for time in times][-1]


def test_who_has_heard_nothing_for_longer_than_its_patience_has_fallen_silent(clients: ClientColumns) -> None:
    assert looked(clients, 9.0, 9.9) == []
    assert looked(clients, 9.0, 10.1) == [0, 1]


def test_it_looks_twice_a_second(clients: ClientColumns) -> None:
    assert looked(clients, 10.1, 10.5) == []
    assert looked(clients, 10.1, 10.5, 10.7) == [0, 1]


def test_after_a_stall_of_the_tester_nobody_is_blamed_until_what_came_has_been_read(clients: ClientColumns) -> None:
    assert looked(clients, 9.0, 10.9) == [0, 1]
    assert looked(clients, 9.0, 11.1) == []
    assert looked(clients, 9.0, 11.1, 11.7) == [0, 1]


@pytest.mark.parametrize(("capacity", "slots"), [(0, 8), (1, 8), (8, 8), (9, 16), (16, 16)])
def test_there_are_as_many_slots_in_each_slice(capacity: int, slots: int) -> None:
    clients = ClientColumns(capacity)
    assert (len(clients.fds), clients.taken, SLICES) == (slots, 0, 8)
    assert [clients.take(7, 0, [0] * SLICES) for _ in range(slots)] == list(range(slots))
    assert clients.taken == slots
    clients.leave(3)
    assert (clients.taken, clients.fds[3]) == (slots - 1, -1)
    assert clients.take(7, 0, [0] * SLICES) == 3


def test_a_client_that_comes_has_nothing_of_the_one_that_had_its_slot() -> None:
    clients = ClientColumns(8)
    columns = [column for name, column in vars(clients).items() if name != "_free"]
    for column in columns:
        column[:] = 99
    assert clients.take(5, 2, list(range(40, 40 + SLICES))) == 0
    found = {name: float(column[0]) for name, column in vars(clients).items() if name != "_free"}
    assert {name: value for name, value in found.items() if value == value} == {
        "fds": 5, "match": 2, "tick": 0, "ack": 0, "snapshots": 0, "bytes_in": 0, "answered": 40, "joined": 0,
        "usual": 0, "silence_timeout": np.inf, "asked": 99, "world": 99,
    }  # fmt: skip
    assert {name for name, value in found.items() if value != value} == {"arrived", "first"}
    clients.silence_timeout[0] = 5.0
    clients.leave(0)
    assert clients.silence_timeout[0] == np.inf


@pytest.mark.parametrize(("round_trip", "ways"), [(None, 0), (0.05, 2), (0.1, 3), (0.101, 4)])
def test_inputs_from_behind_a_network_are_sent_a_round_trip_earlier(round_trip: float | None, ways: int) -> None:
    matches = MatchColumns()
    network = None if round_trip is None else Network(round_trip)
    assert matches.number(SwarmSeat("A", 30), network) == (0, True)
    assert matches.number(SwarmSeat("A", 30), network) == (0, False)
    assert matches.number(SwarmSeat("A", 30), Network(1.0)) == (1, True)
    assert matches.number(SwarmSeat("")) == (2, True)
    assert (matches.lead[0], LEAD) == (2 + ways, 2)
    assert matches.rate.tolist() == [30, 30, 1]
    assert matches.tick.tolist() == matches.world.tolist() == [0, 0, 0]


def test_when_tick_0_was_due_is_known_of_each_match_that_no_network_is_before() -> None:
    matches = MatchColumns()
    matches.learn(EpochReport({"A": 7.0, "B": 8.0}, 50.0))
    for match, network in (("A", None), ("A", Network(0.1)), ("C", None)):
        matches.number(SwarmSeat(match, 30), network)
    assert matches.zero.tolist() == pytest.approx([7.0, np.nan, np.nan], nan_ok=True)
    matches.learn(EpochReport({"A": 7.5, "C": 9.0}, 51.0))
    assert matches.zero.tolist() == pytest.approx([7.5, np.nan, 9.0], nan_ok=True)
    matches.tick[:] = 70
    matches.restart(0, 52.0)
    matches.learn(EpochReport({"A": 7.5, "C": 9.0}, 51.5))
    assert matches.zero.tolist() == pytest.approx([np.nan, np.nan, 9.0], nan_ok=True)
    assert (matches.tick.tolist(), matches.world.tolist()) == ([0, 70, 70], [1, 0, 0])
    matches.restart(1, 52.0)
    assert (matches.tick.tolist(), matches.world.tolist()) == ([0, 0, 70], [1, 1, 0])
