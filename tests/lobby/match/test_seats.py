from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from game_server.errors import RequestRefused
from game_server.lobby.access.sessions import Session
from game_server.lobby.match.seats import SeatError, Seats, SeatState
from game_server.protocol import RefusalCode

HOLD = 30.0


def session(player: int, serial: str = "a") -> Session:
    return Session("K7RW2P", player, serial)


def seats(*taken: int, count: int = 4) -> Seats:
    made = Seats(count, HOLD)
    for player in taken:
        made.take(player, session(player))
    return made


def test_a_seat_is_held_while_the_connection_is_lost_and_taken_again_by_its_session() -> None:
    some = seats(2)
    some.lose(2, 10.0)
    assert some.state(2) is SeatState.HELD
    assert some.resume(session(2), 39.9) is SeatState.HELD
    assert some.state(2) is SeatState.TAKEN


def test_a_newer_connection_has_a_seat_that_is_taken() -> None:
    some = seats(2)
    assert some.resume(session(2), 0.0) is SeatState.TAKEN


def test_a_held_seat_is_due_when_its_time_is_over_and_cannot_be_had_again_from_then_on() -> None:
    some = seats(1, 2)
    some.lose(2, 10.0)
    assert some.due(39.9) == []
    assert some.due(40.0) == [2]
    with pytest.raises(RequestRefused) as caught:
        some.resume(session(2), 40.0)
    assert caught.value.code == RefusalCode.NO_SUCH_SESSION


@pytest.mark.parametrize("other", [session(2, "b"), session(3), session(99), Session("OTHER2", 2, "a")])
def test_another_session_has_no_seat(other: Session) -> None:
    some = seats(2)
    with pytest.raises(RequestRefused):
        some.resume(other, 0.0)


def test_people_are_in_the_order_in_which_they_came_however_often_they_were_lost() -> None:
    some = seats(3, 1, 2)
    some.lose(3, 0.0)
    some.resume(session(3), 1.0)
    assert list(some) == [3, 1, 2]


@pytest.mark.parametrize("player", [-1, 1, 4])
def test_what_a_seat_does_not_allow_is_an_error(player: int) -> None:
    some = seats(1)
    with pytest.raises(SeatError, match=f"seat {player}"):
        some.take(player, session(player, "b"))


@pytest.mark.parametrize("deed", ["lose", "give_up"])
def test_a_free_seat_cannot_be_lost_or_given_up(deed: str) -> None:
    some = seats()
    with pytest.raises(SeatError, match="free"):
        some.lose(0, 0.0) if deed == "lose" else some.give_up(0)


class SeatsOverTime(RuleBasedStateMachine):
    """Any course of events, beside a plain account of who has which seat until when."""

    @initialize(count=st.integers(1, 5))
    def begin(self, count: int) -> None:
        self.now = 0.0
        self.seats = Seats(count, HOLD)
        self.account: dict[int, tuple[Session, float | None]] = {}
        self.gone: list[Session] = []
        self.serial = 0

    @rule(player=st.integers(0, 4))
    def take(self, player: int) -> None:
        self.serial += 1
        new = session(player, str(self.serial))
        if player in self.account or player >= self.seats.count:
            with pytest.raises(SeatError):
                self.seats.take(player, new)
        else:
            self.seats.take(player, new)
            self.account[player] = new, None

    @precondition(lambda self: self.account)
    @rule(data=st.data())
    def lose(self, data: st.DataObject) -> None:
        player = data.draw(st.sampled_from(sorted(self.account)))
        owner, until = self.account[player]
        if until is None:
            self.seats.lose(player, self.now)
            self.account[player] = owner, self.now + HOLD
        else:
            with pytest.raises(SeatError):
                self.seats.lose(player, self.now)

    @precondition(lambda self: self.account)
    @rule(data=st.data())
    def resume(self, data: st.DataObject) -> None:
        player = data.draw(st.sampled_from(sorted(self.account)))
        owner, until = self.account[player]
        if until is not None and until <= self.now:
            with pytest.raises(RequestRefused):
                self.seats.resume(owner, self.now)
        else:
            assert self.seats.resume(owner, self.now) is (SeatState.TAKEN if until is None else SeatState.HELD)
            self.account[player] = owner, None

    @precondition(lambda self: self.gone)
    @rule(data=st.data())
    def an_old_session_never_comes_back(self, data: st.DataObject) -> None:
        with pytest.raises(RequestRefused):
            self.seats.resume(data.draw(st.sampled_from(self.gone)), self.now)

    @precondition(lambda self: self.account)
    @rule(data=st.data())
    def give_up(self, data: st.DataObject) -> None:
        player = data.draw(st.sampled_from(sorted(self.account)))
        self.seats.give_up(player)
        self.gone.append(self.account.pop(player)[0])

    @rule(seconds=st.floats(0, 20))
    def time_goes_by(self, seconds: float) -> None:
        self.now += seconds
        for player in self.seats.due(self.now):
            until = self.account[player][1]
            assert until is not None
            assert until <= self.now
            self.seats.give_up(player)
            self.gone.append(self.account.pop(player)[0])

    @invariant()
    def every_seat_is_accounted_for(self) -> None:
        assert list(self.seats) == list(self.account)
        assert self.seats.has_room == (len(self.account) < self.seats.count)
        for player, (_, until) in self.account.items():
            assert self.seats.state(player) is (SeatState.TAKEN if until is None else SeatState.HELD)
            assert until is None or until > self.now


TestSeatsOverTime = SeatsOverTime.TestCase
