"""A match as people meet it: who comes and goes, and what follows a round; what its rules raise ends it alone."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

import trio

from game_server.errors import RequestRefused, as_fault
from game_server.lobby.access.sessions import Session
from game_server.lobby.match.bot_seats import BotSeats
from game_server.lobby.match.entry_checks import Admission
from game_server.lobby.match.fresh_world import begin_anew
from game_server.lobby.match.idle_to_watching import IdleToWatching
from game_server.lobby.match.idleness import Idleness
from game_server.lobby.match.match_options import MatchOptions, Terms
from game_server.lobby.match.match_state import MatchState
from game_server.lobby.match.rounds import Course, Rounds
from game_server.lobby.match.seating import Seating
from game_server.lobby.match.spectating import Watching
from game_server.lobby.person import Person
from game_server.lobby.refusals import refusal
from game_server.lobby.text.chat import Voice
from game_server.protocol import MAPS, NO_PLAYER, Choice, Create, HomeCode, Join, Leaving, MatchRow, RefusalCode
from game_server.simulation.tick.tick_group import TickGroup
from game_server.simulation.world.game import Rules

logger = logging.getLogger("game_server.lobby")

BOTS_REST_WHEN_LATE: Final = 5.0
"""Seconds without anything done by a person after which bots rest while ticks are late, in place of ``rests_after``: a
person who plays does something more often than that."""
ENDED: Final = "the match has ended"
FAILED: Final = "the match failed and was closed"
OVER: Final = "over"
"""The phase of a match that has ended and is listed for one moment more."""


class HostedMatch(MatchState):
    """A `Match` and those who are in it.

    Everything here happens between two ticks: what people say while a tick drains waits for `attend`. Whatever the
    rules raise ends this match alone.

    Args:
        options: what whoever opened it chose.
        terms: what holds for every match.
        id: its code.
        has_host: whether one of the people in it is its host.
        rests_after: seconds of match time without anything done by a person, after which its bots rest until somebody
            does something; None for never.

    Attributes:
        bot_seats: how many bots there shall be.
        admission: who may come in.
        seating: who has a seat. What of it may run the rules, call inside `barrier`.
        watching: who has none.
        bot_room: bots that there may be beside those that are wanted.
        asked_for: the key of the client for which it was opened, and what that asked for.
        deserted_at: when the last person went; None while somebody plays, watches or waits.
        late: ticks of this process are late.
        failed: it is over because its rules raised.
        played_out: it is over because its last round has been played.
    """

    _looked_at: int
    """The tick of the last look at what people do."""

    def __init__(
        self,
        options: MatchOptions,
        terms: Terms,
        *,
        id: str,
        has_host: bool = False,
        rests_after: float | None = None,
    ) -> None:
        super().__init__(options, terms, id)
        self.bot_seats = BotSeats(options, self.roster, self.seed, self._score_of)
        self.admission = Admission(options, self.moderation, terms.now)
        self.seating = Seating(
            self, self.bot_seats, self.admission,
            entered=self._entered, queued=self._queued, peopled=self._note_people, has_host=has_host,
        )  # fmt: skip
        self.watching = Watching(self, self._entered)
        self.bot_room: Callable[[], int] = lambda: options.max_players
        self.asked_for: tuple[str, Create] | None = None
        self.deserted_at: float | None = terms.now()
        self.late = False
        self.failed = False
        self.played_out = False
        self._rounds = Rounds(options.rounds, options.rotation, options.game.modes)
        self._rests_after = rests_after
        self._idleness = Idleness(options.max_players)
        self._idle_to_watching = IdleToWatching(self, self.seating, self.watching, self._idleness)
        self._driving = trio.CancelScope()
        self._group: TickGroup | None = None
        self._peopled = trio.Event()
        self.seating.fill()

    def row(self) -> MatchRow:
        """As the lobby lists it; a match whose rules cannot even tell their phase is over."""
        with suppress(RequestRefused), self.barrier():
            return super().row()
        return self.row_in(OVER)

    # The course of the match

    async def run(self, group: TickGroup, first: int | None = None) -> None:
        """Tick in ``group`` until the match is over, or cancelled; it stands still while nobody is there.

        Args:
            first: the base that was reserved for its players, as for `TickGroup.drive`.
        """
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._attend)
            self._group = group
            while await self._has_people():
                with trio.CancelScope() as self._driving:
                    try:
                        await group.drive(self.match, first)
                    except Exception as error:
                        self._fail(error)
            nursery.cancel_scope.cancel()

    @trio.lowlevel.enable_ki_protection
    def attend(self) -> None:
        """Do, between two ticks, what people asked for in the last one, and what is due.

        Whoever runs matches calls it now and then: nobody announces seats that are kept no longer, or rounds that are
        over.
        """
        # Protected, as a tick is, a Ctrl-C is not taken for something that the rules raise.
        self._look_at_people(self.letters.hand_on())
        self.conversation.publish()
        self.seating.send_places()
        with suppress(RequestRefused), self.barrier():
            for player in self.seats.due(self.terms.now()):
                self.seating.vacate(player, Leaving.LOST)
            self._idle_to_watching.look()
            self._after_rounds()

    def end(self, code: HomeCode, text: str) -> None:
        """The match is over; everybody in it goes to the lobby."""
        if self.over:
            return
        self.over = True
        self.conversation.flush()
        self._peopled.set()
        self._stand_still()
        self.match.conclude()
        while len(self.queue):
            person = self.queue.next()
            self._queued(person, 0, 0)
            person.send(refusal(Join(self.id), RequestRefused(RefusalCode.NO_SUCH_MATCH, ENDED)))
        for person in [member.person for member in self.roster if member.person] + list(self.watchers):
            person.home(code, text)

    # Who comes and goes

    def join(self, person: Person, password: str = "", *, wait: bool = False) -> None:
        """Give ``person`` a seat and say welcome; or, if all are taken and they want to ``wait``, a place in the queue.

        Raises:
            RequestRefused: whoever is banned, or does not know the password, ...; nothing has changed.
        """
        with self.barrier():
            self._admit(person, password)
            self.seating.join(person, wait=wait)

    def watch(self, person: Person, password: str = "") -> None:
        """Show the match to ``person``.

        Raises:
            RequestRefused: as for `join`; or nobody, or nobody more, may watch.
        """
        with self.barrier():
            self.watching.check()
            self._admit(person, password)
            self.watching.begin(person)
            self._note_people()

    def resume(self, person: Person, session: Session) -> None:
        """Give ``person`` the seat of ``session`` again, from whatever connection has it.

        Raises:
            RequestRefused: `NO_SUCH_SESSION`.
        """
        with self.barrier():
            self.seating.resume(person, session)

    def seated(self, person: Person) -> None:
        """Have the inputs of ``person`` read in batches: the socket is served at the tick from now on."""
        if not self.over and self.seating.sits(person):
            self.match.players.admit(person.player)

    def leave(self, person: Person, reason: Leaving = Leaving.LEFT) -> None:
        """``person`` has the seat, or watches, no longer; where they go is for the caller to say."""
        with suppress(RequestRefused), self.barrier():
            if person in self.watchers:
                self.watching.end(person)
                self.seating.tidy()
            elif self.seating.sits(person):
                self.seating.vacate(person.player, reason)

    def lose(self, person: Person) -> None:
        """The connection of ``person`` is lost: the seat is kept for a while; a spectator is gone."""
        if person in self.watchers or not self.seats.hold:
            self.leave(person, Leaving.LOST)
        elif self.seating.sits(person):
            with suppress(RequestRefused), self.barrier():
                self.seating.lose(person)

    def dequeue(self, person: Person) -> None:
        """Take ``person`` out of the queue and notify the client."""
        self.seating.dequeue(person)

    def pass_over(self, person: Person) -> None:
        """Take ``person``, who has got a seat, out of the queue: the `welcome` to it says so."""
        self.seating.pass_over(person)

    def vote(self, person: Person, choice: Choice) -> None:
        """``person`` wants ``choice`` after this round."""
        if self.votes.cast(person.player, choice):
            self.tell_votes()

    @contextmanager
    def barrier(self) -> Iterator[None]:
        """Whatever the rules raise in here ends this match alone, and is refused to whoever asked."""
        if self.over:
            raise RequestRefused(RefusalCode.NO_SUCH_MATCH, ENDED)
        try:
            yield
        except (RequestRefused, GeneratorExit):
            raise
        except BaseException as error:
            self._fail(as_fault(error))
            raise RequestRefused(RefusalCode.NO_SUCH_MATCH, FAILED) from error

    def _fail(self, error: Exception) -> None:
        if self.over:
            return
        tick = self.match.world.tick
        logger.error("match %s failed at tick %d and was closed", self.id, tick, exc_info=error)
        self.failed = True
        self.end(HomeCode.FAILED, FAILED)

    async def _has_people(self) -> bool:
        """Wait until somebody is there; False when the match is over, be it that it ended while it stood still."""
        while not (self.over or self._peopled.is_set()):
            await self._peopled.wait()
        return not self.over

    def _look_at_people(self, asked: set[int]) -> None:
        """See who does anything; let the bots rest when nobody has for long: what they think is 4/5 of a tick."""
        tick = self.match.world.tick
        self._idleness.look(self.match.inputs.latest, (tick - self._looked_at) / self.options.tick_rate, asked)
        self._looked_at = tick
        if self._rests_after is not None:
            after = min(self._rests_after, BOTS_REST_WHEN_LATE) if self.late else self._rests_after
            self.match.bots_rest = self._idleness.of_all >= after

    async def _attend(self) -> None:
        while True:
            await self.letters.wait()
            self.attend()

    def _admit(self, person: Person, password: str) -> None:
        self.admission.check(person, password, known=person.stays_in is self or person.waits_for is self)

    def _entered(self, person: Person, player: int, voice: Voice) -> None:
        if player != NO_PLAYER:
            self._idleness.did(player)
        person.enter(self, player, voice)

    def _queued(self, person: Person, place: int, length: int) -> None:
        person.queued(self, place, length)

    def _note_people(self) -> None:
        if len(self.seats) or self.watchers or len(self.queue):
            self.deserted_at = None
            self._peopled.set()
        elif self.deserted_at is None:
            self.deserted_at = self.terms.now()
            self._peopled = trio.Event()
            self._stand_still()

    def _stand_still(self) -> None:
        # Cancelled alone, it could tick once more before the task notices.
        self._driving.cancel()
        if self._group:
            self._group.release(self.match)

    def begin(self, rules: Rules) -> None:
        """As `MatchState.begin`; what the rules do after the last round of this world is shown to nobody."""
        super().begin(rules)
        self._rounds_seen = 0
        self._looked_at = 0
        self._course = Course.AS_IT_IS
        self.match.shown = self._is_shown

    def _is_shown(self) -> bool:
        """Whether the match goes on as it is: the rules begin a next round in the step that ends the last one."""
        finished = self.match.game.rounds_finished
        if finished != self._rounds_seen:
            self._course = self._rounds.finished(finished - self._rounds_seen, self.votes, len(self.seats))
            self._rounds_seen = finished
            self.rounds_left = self._rounds.left
            if any(self.votes.tally()):
                self.votes.clear()
                self.tell_votes()
            self.letters.rouse()
        return self._course is Course.AS_IT_IS

    def _after_rounds(self) -> None:
        self._is_shown()
        if self._course is Course.NO_FURTHER:
            self.played_out = True
            self.end(HomeCode.ENDED, "The last round has been played.")
        elif self._course is Course.ANEW:
            self._begin_anew()

    def _score_of(self, player: int) -> int:
        """Points in the world of now: another one begins with another map."""
        return self.match.game.score_of(player)

    def _begin_anew(self) -> None:
        seed = secrets.randbits(32) if self.options.rotation & MAPS else self.seed
        self._stand_still()
        begin_anew(self, self.bot_seats, mode=self._rounds.mode_after(self.match.game.rules.mode), seed=seed)
