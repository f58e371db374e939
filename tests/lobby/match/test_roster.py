from __future__ import annotations

from typing import cast

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from game_server.errors import RequestRefused
from game_server.lobby.match.roster import Member, Roster, SeatError
from game_server.lobby.person import Person
from game_server.lobby.sessions import Session
from game_server.protocol import BOT, PERSON, RefusalCode, RosterEntry

HOLD = 30.0
SOMEBODY = cast(Person, object())


def session(player: int, serial: str = "a") -> Session:
    return Session("K7RW2P", player, serial)


def member(player: int, serial: str = "a") -> Member:
    return Member(player, f"Ada {player}", session(player, serial), SOMEBODY)


def seats(*taken: int, count: int = 4) -> Roster:
    roster = Roster(count, HOLD)
    for player in taken:
        roster.add(member(player))
    return roster


def resume(roster: Roster, session: Session, now: float) -> bool:
    """Take the seat of ``session`` again; whether it was held."""
    found = roster.resuming(session, now)
    was_held, found.person = found.held, SOMEBODY
    return was_held


def is_held(roster: Roster, player: int) -> bool:
    found = roster.get(player)
    assert found
    return found.held


def test_a_seat_is_held_while_the_connection_is_lost_and_taken_again_by_its_session() -> None:
    some = seats(2)
    some.lose(2, 10.0)
    assert is_held(some, 2)
    assert resume(some, session(2), 39.9)
    assert not is_held(some, 2)


def test_a_newer_connection_has_a_seat_that_is_taken() -> None:
    some = seats(2)
    assert not resume(some, session(2), 0.0)


def test_a_held_seat_is_due_when_its_time_is_over_and_cannot_be_resumed_from_then_on() -> None:
    some = seats(1, 2)
    some.lose(2, 10.0)
    assert some.due(39.9) == []
    assert some.due(40.0) == [2]
    with pytest.raises(RequestRefused) as caught:
        some.resuming(session(2), 40.0)
    assert caught.value.code == RefusalCode.NO_SUCH_SESSION


@pytest.mark.parametrize("other", [session(2, "b"), session(3), session(99), Session("OTHER2", 2, "a")])
def test_another_session_has_no_seat(other: Session) -> None:
    some = seats(2)
    with pytest.raises(RequestRefused):
        some.resuming(other, 0.0)


def test_a_bot_has_no_session_and_its_seat_is_room_for_a_person() -> None:
    some = seats(0, 1, count=3)
    some.add(Member(2, "Argon"))
    assert (some.bot_count, some.people_count, some.has_room, some.is_full) == (1, 2, True, True)
    with pytest.raises(RequestRefused):
        some.resuming(session(2), 0.0)
    assert some.due(1e9) == []


def test_the_list_of_members_says_at_once_who_is_connected_and_who_is_a_bot() -> None:
    some = seats(2, 1)
    assert some.entries() == (RosterEntry(1, "Ada 1", PERSON, 1), RosterEntry(2, "Ada 2", PERSON, 1))
    lost = some.lose(2, 0.0)
    assert some.entries()[1] == RosterEntry(2, "Ada 2", PERSON, 0)
    lost.taken_over = True
    assert some.entries()[1] == RosterEntry(2, "Ada 2", BOT, 0)
    found = some.resuming(session(2), 1.0)
    found.person, found.taken_over = SOMEBODY, False
    assert some.entries()[1] == RosterEntry(2, "Ada 2", PERSON, 1)


def test_people_are_in_the_order_in_which_they_came_however_often_they_were_lost() -> None:
    some = seats(3, 1, 2)
    some.lose(3, 0.0)
    resume(some, session(3), 1.0)
    assert [found.player for found in some.people()] == [3, 1, 2]


@pytest.mark.parametrize("player", [-1, 1, 4])
def test_a_seat_that_is_not_free_cannot_be_taken(player: int) -> None:
    some = seats(1)
    with pytest.raises(SeatError, match=f"seat {player}"):
        some.add(member(player, "b"))


def test_a_free_seat_cannot_be_lost_or_given_up() -> None:
    some = seats()
    with pytest.raises(SeatError, match="no connected person"):
        some.lose(0, 0.0)
    with pytest.raises(SeatError, match="free"):
        some.remove(0)


# Clients


def seated(roster: Roster, player: int, key: str = "") -> Member:
    found = roster.add(member(player))
    roster.know_client(found, key)
    return found


def test_a_member_is_found_by_the_key_of_the_client_that_came_last() -> None:
    roster = seats()
    ada, grace = seated(roster, 0, "one"), seated(roster, 1, "two")
    assert (roster.of_client("one"), roster.of_client("two")) == (ada, grace)
    roster.know_client(ada, "three")
    assert (roster.of_client("one"), roster.of_client("three")) == (None, ada)


def test_one_without_a_key_is_found_by_none() -> None:
    roster = seats()
    ada = seated(roster, 0)
    assert roster.of_client("") is None
    roster.know_client(ada, "one")
    roster.know_client(ada, "")
    assert roster.of_client("one") is None


def test_one_who_has_gone_is_found_no_more() -> None:
    roster = seats()
    seated(roster, 0, "one")
    roster.remove(0)
    assert roster.of_client("one") is None


def test_a_client_that_came_to_another_seat_is_not_forgotten_with_its_first() -> None:
    roster = seats()
    seated(roster, 0, "one")
    second = seated(roster, 1, "one")
    roster.remove(0)
    assert roster.of_client("one") is second


class SeatsOverTime(RuleBasedStateMachine):
    """Any course of events, beside a plain account of who has which seat until when."""

    @initialize(count=st.integers(1, 5))
    def begin(self, count: int) -> None:
        self.now = 0.0
        self.roster = Roster(count, HOLD)
        self.account: dict[int, tuple[Session, float | None]] = {}
        self.gone: list[Session] = []
        self.serial = 0

    @rule(player=st.integers(0, 4))
    def take(self, player: int) -> None:
        self.serial += 1
        new = member(player, str(self.serial))
        assert new.session
        if player in self.account or player >= self.roster.seats:
            with pytest.raises(SeatError):
                self.roster.add(new)
        else:
            self.roster.add(new)
            self.account[player] = new.session, None

    @precondition(lambda self: self.account)
    @rule(data=st.data())
    def lose(self, data: st.DataObject) -> None:
        player = data.draw(st.sampled_from(sorted(self.account)))
        owner, until = self.account[player]
        if until is None:
            self.roster.lose(player, self.now)
            self.account[player] = owner, self.now + HOLD
        else:
            with pytest.raises(SeatError):
                self.roster.lose(player, self.now)

    @precondition(lambda self: self.account)
    @rule(data=st.data())
    def resume(self, data: st.DataObject) -> None:
        player = data.draw(st.sampled_from(sorted(self.account)))
        owner, until = self.account[player]
        if until is not None and until <= self.now:
            with pytest.raises(RequestRefused):
                self.roster.resuming(owner, self.now)
        else:
            assert resume(self.roster, owner, self.now) is (until is not None)
            self.account[player] = owner, None

    @precondition(lambda self: self.gone)
    @rule(data=st.data())
    def an_old_session_never_comes_back(self, data: st.DataObject) -> None:
        with pytest.raises(RequestRefused):
            self.roster.resuming(data.draw(st.sampled_from(self.gone)), self.now)

    @precondition(lambda self: self.account)
    @rule(data=st.data())
    def give_up(self, data: st.DataObject) -> None:
        player = data.draw(st.sampled_from(sorted(self.account)))
        self.roster.remove(player)
        self.gone.append(self.account.pop(player)[0])

    @rule(seconds=st.floats(0, 20))
    def time_goes_by(self, seconds: float) -> None:
        self.now += seconds
        for player in self.roster.due(self.now):
            until = self.account[player][1]
            assert until is not None
            assert until <= self.now
            self.roster.remove(player)
            self.gone.append(self.account.pop(player)[0])

    @invariant()
    def every_seat_is_accounted_for(self) -> None:
        assert [found.player for found in self.roster] == list(self.account)
        assert self.roster.has_room == (len(self.account) < self.roster.seats)
        for player, (_, until) in self.account.items():
            assert is_held(self.roster, player) is (until is not None)
            assert until is None or until > self.now


TestSeatsOverTime = SeatsOverTime.TestCase
