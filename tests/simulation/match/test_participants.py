"""The players of a match on their wire, and the wire that a match has of its own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from game_server.protocol import Snapshots
from game_server.simulation import DirectWire, Match, tick_alone
from game_server.simulation.match.participants import Player
from tests.simulation.fake_outlet import FakeOutlet
from tests.simulation.toy_game import ToyBrain, toy


class Noting(DirectWire):
    """A wire that notes whom it serves."""

    def __init__(self) -> None:
        super().__init__()
        self.notes: list[tuple[str, int]] = []

    def admit(self, player: int, outlet: Any, /) -> None:
        super().admit(player, outlet)
        self.notes.append(("admit", player))

    def dismiss(self, player: int, /) -> None:
        super().dismiss(player)
        self.notes.append(("dismiss", player))


@pytest.fixture
def match() -> Match:
    """Two people and a bot."""
    match = Match(toy(), on_message=lambda _number, _message: None)
    match.seat(outlet=FakeOutlet())
    match.seat(brain_for=ToyBrain)
    match.seat(outlet=FakeOutlet())
    return match


def test_people_who_change_to_another_wire_are_served_by_that_alone(match: Match) -> None:
    first, second = Noting(), Noting()
    match.connect(first, 16)
    match.connect(second, 32)
    assert first.notes == [("admit", 16), ("admit", 18), ("dismiss", 16), ("dismiss", 18)]
    assert second.notes == [("admit", 32), ("admit", 34)]
    match.disconnect()
    assert second.notes[2:] == [("dismiss", 32), ("dismiss", 34)]
    assert (match.players.first, match.players.wire.receive().mail) == (0, [0, 2])


def test_one_who_goes_or_gets_another_connection_is_dismissed_first(match: Match) -> None:
    wire = Noting()
    match.connect(wire, 16)
    wire.notes.clear()
    match.attach(2, FakeOutlet())
    match.detach(0)
    match.unseat(0)
    match.unseat(1)
    match.unseat(2)
    assert wire.notes == [("dismiss", 18), ("admit", 18), ("dismiss", 16), ("dismiss", 18)]
    assert (match.players.people, match.players.bots, match.players.seats.tolist()) == ([], [], [])


def test_people_are_in_the_order_of_their_seats_however_they_come(match: Match) -> None:
    assert match.players.seats.tolist() == [0, 2]
    match.attach(1, FakeOutlet())
    match.unseat(0)
    match.seat(outlet=FakeOutlet())
    assert match.players.seats.tolist() == match.players.people == [0, 1, 2]


def test_a_person_or_a_bot_plays_a_seat_and_inputs_are_waited_for_from_people_alone(match: Match) -> None:
    assert ([bot.number for bot in match.players.bots], match.players.people) == ([1], [0, 2])
    match.detach(0, ToyBrain)
    match.attach(1, FakeOutlet())
    match.detach(2)
    assert ([bot.number for bot in match.players.bots], match.players.people) == ([0], [1])
    for _ in range(3):
        tick_alone(match)
    assert [match.inputs.counts(player).repeated for player in range(3)] == [0, 3, 0]


def test_a_seat_that_was_just_taken_has_missed_nothing() -> None:
    player = Player(3)
    assert (player.outlet, player.brain, player.skipped, player.commands) == (None, None, 0, (0, 0))


def test_a_wire_of_a_match_s_own_serves_each_by_their_outlet_and_charges_for_nothing() -> None:
    wire, outlets = DirectWire(), [FakeOutlet(), FakeOutlet(), FakeOutlet()]
    for player in (2, 0, 1):
        wire.admit(player, outlets[player])
    wire.dismiss(1)
    wire.dismiss(1)
    assert wire.receive().mail == [0, 2]
    assert wire.receive().batches == []
    assert wire.charge(0, 10**9)
    outlets[2].full = True
    wire.write(np.array([0, 2]), [b"", b"events"], Snapshots([b"a", b"b"], [b"1", b"2"]))
    assert [outlet.sent for outlet in outlets] == [[b"a1"], [], [b"events"]]
    assert (wire.skipped(), wire.skipped()) == ([2], [])
