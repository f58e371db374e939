"""Into the seats of a match and out of them: people, bots in their stead, those who are lost, those who wait."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from game_server.errors import RequestRefused
from game_server.lobby.access.sessions import Session
from game_server.lobby.match.bot_seats import BotSeats
from game_server.lobby.match.entry_checks import Admission
from game_server.lobby.match.match_state import MatchState, voice_of
from game_server.lobby.match.roster import Member
from game_server.lobby.match.seats import SeatState
from game_server.lobby.person import LOBBY_INTERVAL, Person
from game_server.lobby.refusals import refusal
from game_server.lobby.text.chat import Voice
from game_server.protocol import BOT, NO_PLAYER, PERSON, EventCode, Join, Leaving, RefusalCode

logger = logging.getLogger("game_server.lobby")


class Seating:
    """Gives the seats of a match, and takes them. Whatever the rules raise comes out of here.

    Args:
        state: of the match.
        bots: who hold the seats that people do not need.
        admission: is asked again for those who have waited.
        entered: called with a person who plays here from now on, the seat, and the voice.
        queued: called with a person whose place in the queue has changed, the place and the length.
        peopled: called when somebody has come or gone.
        has_host: whether one of the people is the host of the match.
    """

    def __init__(
        self,
        state: MatchState,
        bots: BotSeats,
        admission: Admission,
        *,
        entered: Callable[[Person, int, Voice], None],
        queued: Callable[[Person, int, int], None],
        peopled: Callable[[], None],
        has_host: bool,
    ) -> None:
        self._state = state
        self._bots = bots
        self._admission = admission
        self._entered = entered
        self._queued = queued
        self._peopled = peopled
        self._has_host = has_host
        self._places_sent_at = float("-inf")

    def join(self, person: Person, *, wait: bool) -> None:
        """Give ``person`` a seat and say welcome; or, if all are taken and they want to ``wait``, a place in the queue.

        Raises:
            RequestRefused: `MATCH_FULL`; nothing has changed.
        """
        state = self._state
        if state.seats.has_room:
            self._sit_down(person)
        elif wait:
            if person.waits_for and person not in state.queue:
                person.waits_for.dequeue(person)
            older = next(filter(person.is_client_of, state.queue), None)
            if older:
                state.queue.replace(older, person)
                older.replaced()
            self._queued(person, *state.queue.join(person))
        else:
            seats = state.options.max_players
            raise RequestRefused(RefusalCode.MATCH_FULL, f"all {seats} seats are taken by people")

    def resume(self, person: Person, session: Session) -> None:
        """Give ``person`` the seat of ``session`` again, from whatever connection has it.

        Raises:
            RequestRefused: `NO_SUCH_SESSION`.
        """
        state = self._state
        was = state.seats.resume(session, state.terms.now())
        member = state.member(session.player)
        if member.person:
            member.person.part()  # the newer voice takes the place of the older in the conversation: it has its name
            member.person.replaced()
        if person.waits_for:
            person.waits_for.pass_over(person)
        if person.stays_in:
            person.stays_in.leave(person)  # watching, here or elsewhere
        state.match.detach(member.player)
        state.match.attach(member.player, person.link)
        self._enter(member, person)
        if was is SeatState.HELD:
            events: list[tuple[Any, ...]] = [(EventCode.BACK, member.player)]
            if member.taken_over:
                events.append((EventCode.KIND, member.player, PERSON))
            member.taken_over = False
            state.match.announce(*events, but=member.player)
            logger.info("%s is back as player %d", member.nickname, member.player)
        person.send(state.welcome(member.player, member.nickname, member.token))
        state.introduce(voice_of(person))

    def lose(self, person: Person) -> None:
        """The connection of ``person`` is lost: the seat is kept for a while."""
        state = self._state
        member = state.member(person.player)
        state.seats.lose(member.player, state.terms.now())
        state.conversation.leave(voice_of(person))
        member.taken_over = state.options.takeover
        brain_for = self._bots.brain_for(state.setup) if member.taken_over else None
        state.match.detach(member.player, brain_for)
        member.person = None
        events: list[tuple[Any, ...]] = [(EventCode.LOST, member.player, round(state.seats.hold))]
        if member.taken_over:
            events.append((EventCode.KIND, member.player, BOT))
        state.match.announce(*events)
        logger.info("%s was lost as player %d", member.nickname, member.player)

    def rename(self, name: str) -> None:
        """The match is called ``name`` from now on; those who play, watch or wait are told."""
        self._state.name = name
        self._state.match.announce((EventCode.RENAMED, name))
        self._state.queue.forget()

    def dequeue(self, person: Person) -> None:
        """``person`` waits no longer; the client is told."""
        if self._state.queue.leave(person):
            self._queued(person, 0, len(self._state.queue))
            self._peopled()

    def pass_over(self, person: Person) -> None:
        """``person`` waits no longer, because there is a seat: the `welcome` to it says so."""
        person.waits_for = None
        if self._state.queue.leave(person):
            self._peopled()

    def vacate(self, player: int, reason: Leaving) -> None:
        """Take the seat ``player`` from whoever has it, and tell the others why. The rules may raise."""
        state = self._state
        member = state.roster.remove(player)
        if not member.bot:
            state.seats.give_up(player)
        state.match.unseat(player)
        if member.person:
            state.conversation.leave(voice_of(member.person))
        for watcher in state.watchers.values():
            if watcher.spectator.follow == player:
                watcher.spectator.follow = NO_PLAYER
        logger.info("%s left", member.nickname)
        state.match.announce((EventCode.LEFT, player, int(reason)))
        if state.votes.withdraw(player):
            state.tell_votes()
        if state.moderation.host == player:
            present = (heir for heir in state.seats if state.seats.state(heir) is SeatState.TAKEN)
            state.appoint(next(present, next(iter(state.seats), NO_PLAYER)))
        if not member.bot:
            self.tidy()

    def fill(self) -> None:
        """Let bots have the seats that are theirs."""
        while self._bots.wants_more and len(self._state.roster) < self._state.options.max_players:
            self._enter_bot()

    def serve_queue(self) -> None:
        """Give seats to those who have waited longest for one."""
        state = self._state
        while len(state.queue) and state.seats.has_room and not state.moderation.locked:
            person = state.queue.next()
            try:
                self._admission.check(person, "", known=True)
                self._sit_down(person)
            except RequestRefused as refused:
                self._queued(person, 0, 0)
                person.send(refusal(Join(state.id), refused))
            except Exception:
                self._queued(person, 0, 0)
                raise

    def tidy(self) -> None:
        """Somebody has gone: seats may be free, for those who wait and then for bots."""
        self.serve_queue()
        self.fill()
        self._peopled()

    def sits(self, person: Person) -> bool:
        """Whether ``person`` has a seat here."""
        member = self._state.roster.get(person.player)
        return member is not None and member.person is person

    def _sit_down(self, person: Person) -> None:
        state = self._state
        if len(state.roster) >= state.options.max_players:
            self.vacate(state.roster.bots()[-1].player, Leaving.LEFT)
        player = state.match.seat(outlet=person.link).number
        session = state.terms.sessions.open(state.id, player)
        state.seats.take(player, session)
        if person.waits_for:
            person.waits_for.pass_over(person)
        if person.stays_in:
            person.stays_in.leave(person)  # watching, here or elsewhere
        member = state.roster.add(
            Member(
                player, state.roster.name(person.name), bot=False, wish=person.name, address=person.address,
                token=state.terms.sessions.issue(session),
            )
        )  # fmt: skip
        self._enter(member, person)
        self._peopled()
        events: list[tuple[Any, ...]] = [(EventCode.JOINED, player, member.nickname, PERSON)]
        if self._has_host and state.moderation.host == NO_PLAYER:
            state.moderation.host = player
            events.append((EventCode.HOST, player))
        state.match.announce(*events, but=player)
        person.send(state.welcome(player, member.nickname, member.token))
        state.introduce(voice_of(person))
        logger.info("%s joined as player %d (%s)", member.nickname, player, person.client or "client unnamed")

    def _enter(self, member: Member, person: Person) -> None:
        """``person`` is who plays ``member`` from now on."""
        member.back_as = person.name, person.address
        self._state.roster.know_client(member, person.key)
        muted = self._state.moderation.is_muted(member.wish, member.address)
        member.person = person
        voice = Voice(member.nickname, person.link.try_send, person.rate, player=member.player, muted=muted)
        self._entered(person, member.player, voice)

    def _enter_bot(self) -> None:
        state = self._state
        player = state.match.seat(brain_for=self._bots.brain_for(state.setup)).number
        member = state.roster.add(Member(player, state.roster.name(self._bots.next_name())))
        state.match.announce((EventCode.JOINED, player, member.nickname, BOT))

    def send_places(self) -> None:
        """Send their places to those who wait, if they have changed and it is time.

        Not at each change: one who leaves and joins over and over would have everybody written to as often.
        """
        now = self._state.terms.now()
        if len(self._state.queue) and now - self._places_sent_at >= LOBBY_INTERVAL:
            self._places_sent_at = now
            for person, place, length in self._state.queue.moved():
                self._queued(person, place, length)
