"""A whole match as a state machine: people join, wait, watch, vanish, come back and leave in any order."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from game_server.errors import RequestRefused
from game_server.lobby.match.hosted_match import HostedMatch
from game_server.lobby.sessions import Session
from game_server.protocol import NO_PLAYER
from game_server.simulation import tick_alone
from tests.lobby.people import Clock, FakePerson, hosted
from tests.simulation.toy_game import Toy

HOLD = 30.0
choice = st.integers(0, 1_000_000)


class ComingAndGoing(RuleBasedStateMachine):
    @initialize(seats=st.integers(1, 4), bots=st.integers(0, 4), takeover=st.booleans())
    def begin(self, seats: int, bots: int, takeover: bool) -> None:
        self.clock = Clock()
        self.match: HostedMatch = hosted(
            self.clock, has_host=True, max_players=seats, bots=min(bots, seats), takeover=takeover, delay=0
        )
        self.people: list[FakePerson] = []
        """Who is connected."""
        self.scores: dict[Session, int] = {}
        """Of every session that goes on: nobody here snatches, but a bot may, and one plays for a lost player."""
        self.lost: dict[Session, float] = {}
        """Until when each of them is kept whose connection is lost."""
        self.waiting: list[FakePerson] = []
        self.names = 0

    # Who is there

    def sessions(self) -> dict[FakePerson, Session]:
        check = self.match.state.context.sessions.check
        return {one: check(self.match.state.member(one.player).token) for one in self.people if one.player != NO_PLAYER}

    def account(self) -> None:
        """Note who has sat down since, in the order of the queue."""
        for one in list(self.waiting):
            if one.player == NO_PLAYER:
                break
            self.waiting.remove(one)
        assert all(one.player == NO_PLAYER for one in self.waiting)
        rows = self.taken()
        for session in self.sessions().values():
            if session not in self.scores:
                assert rows[session.player] == 0
                rows[session.player] = self.scores[session] = len(self.scores) + 1000

    def credit(self) -> None:
        """A bot that plays for somebody who is lost earns for them."""
        rows = self.taken()
        for session in self.lost:
            if self.match.match.players[session.player].brain:
                assert rows[session.player] >= self.scores[session]
                self.scores[session] = int(rows[session.player])

    def taken(self) -> Any:
        game = self.match.match.game
        assert isinstance(game, Toy)
        return game.runners.rows.taken

    def some(self, people: list[FakePerson], which: int) -> FakePerson:
        return people[which % len(people)]

    def seated(self) -> list[FakePerson]:
        return [one for one in self.people if one.player != NO_PLAYER]

    def roaming(self) -> list[FakePerson]:
        return [one for one in self.people if one.stays_in is None]

    # What may happen

    @precondition(lambda self: len(self.people) < 8)
    @rule()
    def connect(self) -> None:
        self.names += 1
        self.people.append(FakePerson(f"Player {self.names}", self.clock))

    @precondition(lambda self: any(one.player == NO_PLAYER for one in self.people))
    @rule(which=choice, wait=st.booleans())
    def join(self, which: int, wait: bool) -> None:
        one = self.some([one for one in self.people if one.player == NO_PLAYER], which)
        full = not self.match.has_seat
        try:
            self.match.join(one, wait=wait)
        except RequestRefused:
            assert full
            assert not wait
        else:
            assert (one.player == NO_PLAYER) == full
            if full and one not in self.waiting:
                self.waiting.append(one)
        self.account()

    @precondition(lambda self: self.roaming())
    @rule(which=choice)
    def watch(self, which: int) -> None:
        self.match.watch(self.some(self.roaming(), which))

    @precondition(lambda self: any(one.stays_in for one in self.people))
    @rule(which=choice)
    def leave(self, which: int) -> None:
        one = self.some([one for one in self.people if one.stays_in], which)
        session = self.sessions().get(one)
        self.match.leave(one)
        one.part()
        if session:
            del self.scores[session]
        self.account()

    @precondition(lambda self: self.waiting)
    @rule(which=choice)
    def give_up_waiting(self, which: int) -> None:
        one = self.some(self.waiting, which)
        self.match.seating.dequeue(one)
        self.waiting.remove(one)
        self.account()

    @precondition(lambda self: self.people)
    @rule(which=choice)
    def vanish(self, which: int) -> None:
        one = self.some(self.people, which)
        session = self.sessions().get(one)
        if one in self.waiting:
            self.match.seating.dequeue(one)
            self.waiting.remove(one)
        if one.stays_in:
            self.match.lose(one)
        self.people.remove(one)
        if session:
            self.lost[session] = self.clock.now + HOLD
        self.account()

    @precondition(lambda self: self.scores)
    @rule(which=choice, waits=st.booleans())
    def resume(self, which: int, waits: bool) -> None:
        """The owner of the token, on a new connection or one that waits, whether or not the old one is still open."""
        session = list(self.scores)[which % len(self.scores)]
        old = next((one for one, theirs in self.sessions().items() if theirs == session), None)
        lingering = [one for one in self.waiting if one.stays_in is None]
        new = self.some(lingering, which) if waits and lingering else FakePerson("Somebody else", self.clock)
        if self.lost.get(session, self.clock.now + 1) <= self.clock.now:
            with suppress(RequestRefused):
                self.match.resume(new, session)
                raise AssertionError("the seat was kept too long")
            return
        self.match.resume(new, session)
        assert new.player == session.player
        self.lost.pop(session, None)
        if new in self.waiting:
            self.waiting.remove(new)
        else:
            self.people.append(new)
        if old:
            assert old.socket.closed
            assert old.stays_in is None
            self.people.remove(old)

    @rule(seconds=st.sampled_from([0.0, 10.0, 29.0, 31.0]), ticks=st.integers(0, 2))
    def time_goes_by(self, seconds: float, ticks: int) -> None:
        self.clock.now += seconds
        for _ in range(ticks):
            tick_alone(self.match.match)
        self.credit()
        self.match.attend()
        for session, until in list(self.lost.items()):
            if until <= self.clock.now:
                del self.lost[session], self.scores[session]
        self.account()

    # What always holds

    @invariant()
    def everybody_has_one_seat_and_every_seat_one_owner(self) -> None:
        players = [session.player for session in self.sessions().values()]
        assert len(players) == len(set(players))
        owners = {session.player: session for session in [*self.sessions().values(), *self.lost]}
        assert sorted(owners) == sorted(member.player for member in self.match.state.roster.people())
        assert set(owners.values()) == set(self.scores)
        for one, session in self.sessions().items():
            assert self.match.state.member(session.player).person is one
            assert self.match.match.players[session.player].outlet is one.link

    @invariant()
    def no_seat_is_leaked(self) -> None:
        match = self.match
        assert sorted(match.match.players) == sorted(member.player for member in match.state.roster)
        assert len(match.state.roster) == match.state.roster.bot_count + match.people
        assert len(match.state.roster) <= match.options.max_players
        assert match.state.roster.bot_count >= min(match.options.bots, match.options.max_players - match.people)
        assert len(match.state.watchers) == sum(one.watches for one in self.people)

    @invariant()
    def every_score_is_where_its_session_is(self) -> None:
        rows = self.taken()
        assert {session: rows[session.player] for session in self.scores} == self.scores

    @invariant()
    def the_queue_is_in_order_and_nobody_waits_while_there_is_a_seat(self) -> None:
        assert list(self.match.state.queue) == self.waiting
        assert not (self.waiting and self.match.has_seat)
        assert [one for one in self.people if one.waits_for] == [one for one in self.people if one in self.waiting]

    @invariant()
    def there_is_a_host_as_long_as_there_are_people(self) -> None:
        players = [member.player for member in self.match.state.roster.people()]
        assert (self.match.state.moderation.host in players) == bool(self.match.people)


TestComingAndGoing = ComingAndGoing.TestCase
TestComingAndGoing.settings = settings(max_examples=60, stateful_step_count=40)
