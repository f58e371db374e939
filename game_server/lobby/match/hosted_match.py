"""A hosted match: the operations of its people, its course, and the barrier around its rules."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

import trio

from game_server.errors import RequestRefused, as_fault
from game_server.lobby.match.after_round import AfterRound
from game_server.lobby.match.bot_seats import BotSeats
from game_server.lobby.match.entry_checks import EntryChecks
from game_server.lobby.match.idle_to_watching import IdleToWatching
from game_server.lobby.match.match_options import BY_NOBODY, MatchContext, MatchOptions, Opening
from game_server.lobby.match.match_recording import MatchRecording
from game_server.lobby.match.match_state import MatchState
from game_server.lobby.match.people_journal import PeopleJournal, StoredMatch
from game_server.lobby.match.rotation import Rotation
from game_server.lobby.match.seating import Seating
from game_server.lobby.match.spectating import SpectatorViews
from game_server.lobby.person import Person
from game_server.lobby.refusal_messages import refusal
from game_server.lobby.sessions import Session
from game_server.lobby.text.chat import Voice
from game_server.protocol import NO_PLAYER, Create, HomeCode, Join, LeaveReason, MatchRow, RefusalCode, VoteChoice
from game_server.simulation import WAITS_FOR_AUTHOR, Match, TickGroup

logger = logging.getLogger("game_server.lobby")

BOTS_REST_WHEN_LATE: Final = 5.0
"""Seconds without anything done by a person after which bots rest while ticks are late, in place of ``rests_after``: a
person who plays does something more often than that."""
ENDED: Final = "the match has ended"
FAILED: Final = "the match failed and was closed"
MOVED: Final = "This match goes on elsewhere."
CHANGING: Final = "the rules of the match are being changed; try again in a second"
MOVING: Final = "the match is on its way to another server; try again in a second"
OVER: Final = "over"
"""The phase of a match that has ended and is listed for one moment more."""


class HostedMatch:
    """A match with the people in it, as the lobby hosts it.

    Every operation happens between two ticks: messages that come while a tick drains wait for `attend`. An error that
    the rules raise ends this match alone.

    Args:
        options: chosen by the person or host who opened it.
        context: what holds for every match.
        id: its code.
        opening: how it was opened.
        rests_after: seconds of match time without anything done by a person, after which its bots rest until somebody
            does something; None for never.
        stored: the match to go on with; None for a fresh one.
        still: it stands still until `go_on`, since it may be another node's.

    Attributes:
        state: its world, its people and what they have decided.
        bot_seats: how many bots it wants.
        people_journal: keeps the people's side.
        entry_checks: who may enter.
        seating: who has a seat. Call inside `barrier` what of it may run the rules.
        spectating: what spectators are shown.
        bot_room: returns how many bots it may have beside those that it wants.
        asked_for: the key of the client for which it was opened, and the request.
        deserted_at: when the last person went; None while somebody plays, watches or waits.
        late: ticks of this process are late.
        failed: it is over because its rules raised.
        played_out: it is over because its last round has been played.
    """

    def __init__(
        self,
        options: MatchOptions,
        context: MatchContext,
        *,
        id: str,
        opening: Opening = BY_NOBODY,
        rests_after: float | None = None,
        stored: StoredMatch | None = None,
        still: bool = False,
    ) -> None:
        self.opening = opening
        self.state = state = MatchState(options, context, id, stored.world if stored else None)
        self.bot_seats = BotSeats(options, state.roster, state.seed, self._score_of)
        self.entry_checks = EntryChecks(options, state.moderation, context.now)
        self.seating = Seating(state, self, self.bot_seats, self.entry_checks, has_host=opening.has_host)
        self.spectating = SpectatorViews(state, self)
        self.bot_room: Callable[[], int] = lambda: options.max_players
        self.asked_for: tuple[str, Create] | None = None
        self.deserted_at: float | None = context.now()
        self.late = False
        self.failed = False
        self.played_out = False
        self._recording = MatchRecording(state)
        self._rotation = Rotation(state, self.bot_seats)
        self.people_journal = PeopleJournal(state, self.bot_seats, self._rotation, opening)
        state.chat.held_back = self._holds_back
        self._rests_after = rests_after
        self._idle_to_watching = IdleToWatching(state, self.seating, self.spectating)
        self._driving = trio.CancelScope()
        self._group: TickGroup | None = None
        self._peopled = trio.Event()
        self._moving = trio.Event()
        if not still:
            self._moving.set()
        self._put_off: list[Callable[[], None]] = []
        """What people did while it stood still."""
        self._operations = 0
        """Operations that have begun and not ended: one may call another."""
        if stored:
            afresh = stored.world.checkpoint is None
            stored.people.apply(state, self.bot_seats, self._rotation, afresh=afresh)
            self._look_who_is_there()
        with suppress(RequestRefused):  # rules that wait for their author seat nobody
            self.seating.fill()
        if not still:
            self._recording.begin()

    # As the lobby sees it

    @property
    def id(self) -> str:
        """Its code."""
        return self.state.id

    @property
    def name(self) -> str:
        """Its name, as the lobby lists it."""
        return self.state.name

    @property
    def options(self) -> MatchOptions:
        """What was chosen when it was opened."""
        return self.state.options

    @property
    def match(self) -> Match:
        """The ticking part; another one in each world."""
        return self.state.match

    @property
    def people(self) -> int:
        """People with a seat, those whose connection is lost included."""
        return self.state.people

    @property
    def is_empty_and_stays(self) -> bool:
        """Whether nobody is in it, and it would be closed if the host of the server had not opened it."""
        return self.opening.stays and self.deserted_at is not None

    @property
    def round_goes_on(self) -> bool:
        """Whether people are in the middle of a round, or see its results."""
        with suppress(RequestRefused), self.barrier():
            return self.people > 0 and self.match.game.round_goes_on
        return False

    @property
    def rounds(self) -> tuple[int, int]:
        """Rounds played: another value after each."""
        return self._rotation.progress

    @property
    def stands_still(self) -> bool:
        """Whether it is not known for the moment which node has it."""
        return not self._moving.is_set()

    @property
    def has_seat(self) -> bool:
        """Whether there is a seat for one more person, a free one or a bot's."""
        return not (self.state.over or self.stands_still) and self.state.roster.has_room

    @property
    def is_open(self) -> bool:
        """Whether quick play may choose it."""
        state, options = self.state, self.options
        return not (state.over or self.stands_still or options.private or options.password or state.moderation.locked)

    @property
    def is_watchable(self) -> bool:
        """Whether a spectator who names no match may be shown it."""
        return self.is_open and self.state.has_room_to_watch

    def row(self) -> MatchRow:
        """The match as the lobby lists it; over, when its rules cannot even report their phase."""
        with suppress(RequestRefused), self.barrier():
            return self.state.row()
        return self.state.row_in(OVER)

    def status(self) -> dict[str, Any]:
        """The match for ``/api/matches`` and the host's screen."""
        return self.state.status(self.row())

    # The course of the match

    async def run(self, group: TickGroup, first: int | None = None) -> None:
        """Tick in ``group`` until the match is over, or cancelled. It stands still while nobody is there.

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
        """Handle what people asked for during the last tick, and what is due; to be called a few times a second.

        Nothing announces that a seat is no longer kept, or that a round is over.
        """
        if self.stands_still:
            return
        # Protected like a tick, so that a Ctrl-C is not taken for an error of the rules.
        self._look_at_people(self.state.deferred.handle())
        self.state.chat.publish()
        self.seating.send_places()
        with suppress(RequestRefused), self.barrier():
            for player in self.state.roster.due(self.state.context.now()):
                self.seating.vacate(player, LeaveReason.LOST)
            self._idle_to_watching.look()
            self._recording.look()
            self._after_rounds()

    def end(self, code: HomeCode, text: str) -> None:
        """End the match, and send everybody in it to the lobby."""
        state = self.state
        if state.over:
            return
        state.over = True
        if self.people_journal.journal:
            self.people_journal.journal.end(failed=self.failed)
        state.chat.flush()
        self._moving.set()
        self._peopled.set()
        self._stand_still()
        state.match.conclude()
        self._recording.end()
        while len(state.queue):
            person = state.queue.next()
            person.queued(self, 0, 0)
            person.send(refusal(Join(self.id), RequestRefused(RefusalCode.NO_SUCH_MATCH, ENDED)))
        for person in [member.person for member in state.roster if member.person] + list(state.watchers):
            person.home(code, text)

    # From one node to another

    def stand_still(self) -> None:
        """Stop ticking, and refuse whatever people ask for, until `go_on` or the end."""
        self.attend()
        self._moving = trio.Event()
        self._stand_still()
        self.state.chat.flush()

    def go_on(self) -> None:
        """Tick again, after `stand_still` or from the beginning."""
        self._moving.set()
        put_off, self._put_off = self._put_off, []
        for late in put_off:
            late()
        self._look_who_is_there()

    def follow(self, send_on: Callable[[Person], None]) -> None:
        """End the match here, since it goes on at another node, and let ``send_on`` send everybody there."""
        state = self.state
        people = [member.person for member in state.roster if member.person] + list(state.watchers)
        while len(state.queue):
            people.append(person := state.queue.next())
            person.waits_for = None
        for person in people:
            send_on(person)
        self._moving.set()
        self.end(HomeCode.ENDED, MOVED)

    # Who comes and goes

    def join(self, person: Person, password: str = "", *, wait: bool = False) -> None:
        """Give ``person`` a seat and send `welcome`; if people have all seats, with ``wait`` a place in the queue.

        Raises:
            RequestRefused: as for `EntryChecks.check`, or `MATCH_FULL`; nothing has changed.
        """
        with self.barrier():
            self._admit(person, password)
            self.seating.join(person, wait=wait)

    def watch(self, person: Person, password: str = "") -> None:
        """Show the match to ``person``.

        Raises:
            RequestRefused: as for `EntryChecks.check`, `NO_SPECTATORS` or `MATCH_FULL`; nothing has changed.
        """
        with self.barrier():
            self.spectating.check()
            self._admit(person, password)
            self.spectating.begin(person)

    def resume(self, person: Person, session: Session) -> None:
        """Give ``person`` the seat of ``session`` again, and close an older connection that still has it.

        Raises:
            RequestRefused: `NO_SUCH_SESSION`.
        """
        with self.barrier():
            self.seating.resume(person, session)

    def seated(self, person: Person) -> None:
        """Have the inputs of ``person`` read in batches: the socket is served at the tick from now on."""
        if not self.state.over and self.seating.sits(person):
            self.match.players.admit(person.player)

    def leave(self, person: Person, reason: LeaveReason = LeaveReason.LEFT) -> None:
        """Take the seat or the view of ``person`` away; the caller decides where they go."""
        if self.stands_still:
            self._put_off.append(lambda: self.leave(person, reason))
            return
        with suppress(RequestRefused), self.barrier():
            if person in self.state.watchers:
                self.spectating.end(person)
            elif self.seating.sits(person):
                self.seating.vacate(person.player, reason)

    def lose(self, person: Person) -> None:
        """Note that the connection of ``person`` is lost: a seat is kept for a while, a spectator is removed."""
        if self.stands_still:
            self._put_off.append(lambda: self.lose(person))
            return
        if person in self.state.watchers or not self.state.roster.hold:
            self.leave(person, LeaveReason.LOST)
        elif self.seating.sits(person):
            with suppress(RequestRefused), self.barrier():
                self.seating.lose(person)

    def dequeue(self, person: Person) -> None:
        """Take ``person`` out of the queue and notify the client."""
        with self._operation():
            self.seating.dequeue(person)

    def pass_over(self, person: Person) -> None:
        """Take ``person``, who has got a seat, out of the queue: the `welcome` to it says so."""
        with self._operation():
            self.seating.pass_over(person)

    def vote(self, person: Person, choice: VoteChoice) -> None:
        """Count the vote of ``person`` on what follows this round."""
        if self.state.votes.cast(person.player, choice):
            self.state.announce_votes()

    @contextmanager
    def barrier(self) -> Iterator[None]:
        """Run an operation in which the rules may raise: that ends this match alone.

        Raises:
            RequestRefused: `NO_SUCH_MATCH`; the match is over, or the rules have raised. `BUSY`; it stands still, or
                waits for the author of rules that have raised.
        """
        if self.state.over:
            raise RequestRefused(RefusalCode.NO_SUCH_MATCH, ENDED)
        if self.stands_still:
            text = CHANGING if self.state.context.waits_for_author else MOVING
            raise RequestRefused(RefusalCode.BUSY, text, 1)
        with self._operation():
            try:
                yield
            except (RequestRefused, GeneratorExit):
                raise
            except BaseException as error:
                if self.match.wait_for_author(error):
                    raise RequestRefused(RefusalCode.BUSY, WAITS_FOR_AUTHOR, 1) from error
                self._fail(as_fault(error))
                raise RequestRefused(RefusalCode.NO_SUCH_MATCH, FAILED) from error

    @contextmanager
    def _operation(self) -> Iterator[None]:
        """Look at who is there once, at the end of the outermost operation."""
        self._operations += 1
        try:
            yield
        finally:
            self._operations -= 1
            if not self._operations:
                self.people_journal.look()
                self._look_who_is_there()

    def _fail(self, error: Exception) -> None:
        if self.state.over:
            return
        tick, again = self.match.world.tick, ""
        if self.people_journal.journal and (kept := self.people_journal.journal.end(failed=True)):
            again = f"; to see it fail again: game-server journal run {kept} --until {tick}"
        logger.error("match %s failed at tick %d and was closed%s", self.id, tick, again, exc_info=error)
        self.failed = True
        self.end(HomeCode.FAILED, FAILED)

    def _holds_back(self, voice: Voice, text: str) -> bool:
        """Whether the rules let nobody see ``text``. Those that raise cannot say: the line is held back."""
        if voice.player == NO_PLAYER or self.match.waits:
            return False
        with suppress(RequestRefused), self.barrier():
            return not self.match.game.allows_line(voice.player, text)
        return True

    def _admit(self, person: Person, password: str) -> None:
        self.entry_checks.check(person, password, known=person.stays_in is self or person.waits_for is self)

    # Who is there, and what they do

    async def _has_people(self) -> bool:
        """Wait until somebody is there; False when the match is over, also when it ended while it stood still."""
        while not (self.state.over or (self._peopled.is_set() and self._moving.is_set())):
            await self._moving.wait()
            await self._peopled.wait()
        return not self.state.over

    def _look_who_is_there(self) -> None:
        state = self.state
        if state.over or self.stands_still:
            return
        if state.people or state.watchers or len(state.queue):
            self.deserted_at = None
            self._recording.begin()
            self._peopled.set()
        elif self.deserted_at is None:
            self.deserted_at = state.context.now()
            self._peopled = trio.Event()
            self._stand_still()
            self._recording.end()

    def _look_at_people(self, asked: set[int]) -> None:
        """Note who does anything, and let the match idle when nobody has for long: bots and rules take most of a tick.

        Args:
            asked: the players who have asked for something since the last look.
        """
        idleness = self.state.idleness
        idleness.look(self.match.inputs.latest, self.match.world.tick, asked)
        if self._rests_after is not None:
            after = min(self._rests_after, BOTS_REST_WHEN_LATE) if self.late else self._rests_after
            self.match.idle = idleness.of_all >= max(after, self.options.game.may_idle or 0)

    async def _attend(self) -> None:
        while True:
            await self.state.deferred.wait()
            self.attend()

    def _stand_still(self) -> None:
        # Cancelled alone, it could tick once more before the task notices.
        self._driving.cancel()
        if self._group:
            self._group.release(self.match)

    def _after_rounds(self) -> None:
        after = self._rotation.after_round()
        if after is AfterRound.END:
            self.played_out = True
            self.end(HomeCode.ENDED, "The last round has been played.")
        elif after is AfterRound.NEW_WORLD:
            self._stand_still()
            self._rotation.new_world()
            self._recording.end()
            self._recording.begin()
            if self.people_journal.journal:
                self.people_journal.journal.begin(self.match)

    def _score_of(self, player: int) -> int:
        """Points of ``player`` in the current world."""
        return self.match.game.score_of(player)
