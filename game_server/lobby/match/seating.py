"""Seats of a match: people who join, leave, are lost and come back, bots in their place, the queue, the next host."""

from __future__ import annotations

import logging
from typing import Any

from game_server.errors import RequestRefused
from game_server.lobby.match.bot_seats import BotSeats
from game_server.lobby.match.entry_checks import EntryChecks
from game_server.lobby.match.match_state import MatchState, voice_of
from game_server.lobby.match.roster import Member
from game_server.lobby.person import LOBBY_INTERVAL, JoinedMatch, Person
from game_server.lobby.refusal_messages import refusal
from game_server.lobby.sessions import Session
from game_server.lobby.text.chat import Voice
from game_server.protocol import BOT, NO_PLAYER, PERSON, EventCode, Join, LeaveReason, RefusalCode
from game_server.simulation import Newcomer

logger = logging.getLogger("game_server.lobby")


class Seating:
    """Gives seats and takes them back. Errors of the rules pass through: call it inside `HostedMatch.barrier`.

    Args:
        state: of the match.
        place: the match, as the place that a person enters or waits for.
        bots: hold the seats that people do not need.
        entry_checks: asked again about those who have waited.
        has_host: whether one of the people is the host of the match.
    """

    def __init__(
        self, state: MatchState, place: JoinedMatch, bots: BotSeats, entry_checks: EntryChecks, *, has_host: bool
    ) -> None:
        self._state = state
        self._place = place
        self._bots = bots
        self._entry_checks = entry_checks
        self._has_host = has_host
        self._places_sent_at = float("-inf")

    # Joining and coming back

    def join(self, person: Person, *, wait: bool) -> None:
        """Give ``person`` a seat and send `welcome`; if people have all seats, with ``wait`` a place in the queue.

        Raises:
            RequestRefused: `MATCH_FULL`; nothing has changed.
        """
        state = self._state
        if state.roster.has_room:
            self._sit_down(person)
        elif wait:
            if person.waits_for and person not in state.queue:
                person.waits_for.dequeue(person)
            older = next(filter(person.is_client_of, state.queue), None)
            if older:
                state.queue.replace(older, person)
                older.replaced()
            person.queued(self._place, *state.queue.join(person))
        else:
            seats = state.options.max_players
            raise RequestRefused(RefusalCode.MATCH_FULL, f"all {seats} seats are taken by people")

    def resume(self, person: Person, session: Session) -> None:
        """Give ``person`` the seat of ``session`` again, and close an older connection that still has it.

        Raises:
            RequestRefused: `NO_SUCH_SESSION`.
        """
        state = self._state
        member = state.roster.resuming(session, state.context.now())
        was_held = member.held
        if member.person:
            member.person.part()  # the newer voice takes the place of the older in the conversation: it has its name
            member.person.replaced()
        _leave_others(person)
        state.match.detach(member.player)
        state.match.attach(member.player, person.link)
        self._enter(member, person)
        if was_held:
            events: list[tuple[Any, ...]] = [(EventCode.BACK, member.player)]
            if member.taken_over:
                events.append((EventCode.KIND, member.player, PERSON))
            member.taken_over = False
            state.match.announce(*events, but=member.player)
            logger.info("%s is back as player %d", member.nickname, member.player)
        person.send(state.welcome(member.player, member.nickname, member.token))
        state.introduce(voice_of(person))

    def sits(self, person: Person) -> bool:
        """Whether ``person`` has a seat here."""
        member = self._state.roster.get(person.player)
        return member is not None and member.person is person

    # LeaveReason

    def lose(self, person: Person) -> None:
        """Keep the seat of ``person``, whose connection is lost, for `StayOptions.seat_hold` seconds."""
        state = self._state
        voice = voice_of(person)
        member = state.roster.lose(person.player, state.context.now())
        state.chat.leave(voice)
        member.taken_over = state.options.takeover
        brain_for = self._bots.brain_for(state.setup) if member.taken_over else None
        state.match.detach(member.player, brain_for)
        events: list[tuple[Any, ...]] = [(EventCode.LOST, member.player, round(state.roster.hold))]
        if member.taken_over:
            events.append((EventCode.KIND, member.player, BOT))
        state.match.announce(*events)
        logger.info("%s was lost as player %d", member.nickname, member.player)

    def vacate(self, player: int, reason: LeaveReason) -> None:
        """Take the seat ``player`` from its member, announce why, and let those who wait have it."""
        state = self._state
        member = state.roster.remove(player)
        state.match.unseat(player)
        if member.person:
            state.chat.leave(voice_of(member.person))
        for watcher in state.watchers.values():
            if watcher.spectator.follow == player:
                watcher.spectator.follow = NO_PLAYER
        logger.info("%s left", member.nickname)
        state.match.announce((EventCode.LEFT, player, int(reason)))
        if state.votes.withdraw(player):
            state.announce_votes()
        if state.moderation.host == player:
            # The person who came first of those who are connected; of those whose seat is held, if none is.
            heirs = sorted(state.roster.people(), key=_held)
            state.appoint(heirs[0].player if heirs else NO_PLAYER)
        if not member.bot:
            self.refill()

    def refill(self) -> None:
        """Give the seats that have become free to those who wait, and then to bots."""
        self.serve_queue()
        self.fill()

    def fill(self) -> None:
        """Give bots the seats that are theirs."""
        while self._bots.wants_more and not self._state.roster.is_full:
            self._enter_bot()

    # The queue

    def dequeue(self, person: Person) -> None:
        """Take ``person`` out of the queue and notify the client."""
        if self._state.queue.leave(person):
            person.queued(self._place, 0, len(self._state.queue))

    def pass_over(self, person: Person) -> None:
        """Take ``person``, who has got a seat, out of the queue: the `welcome` to it says so."""
        person.waits_for = None
        self._state.queue.leave(person)

    def serve_queue(self) -> None:
        """Give seats to those who have waited longest for one."""
        state = self._state
        while len(state.queue) and state.roster.has_room and not state.moderation.locked:
            person = state.queue.next()
            try:
                self._entry_checks.check(person, "", known=True)
                self._sit_down(person)
            except RequestRefused as refused:
                person.queued(self._place, 0, 0)
                person.send(refusal(Join(state.id), refused))
            except Exception:
                person.queued(self._place, 0, 0)
                raise

    def send_places(self) -> None:
        """Send those who wait their places, at most once in `LOBBY_INTERVAL` seconds and only if they have changed.

        Not at each change: a client that leaves and joins over and over would cause as many messages to all others.
        """
        now = self._state.context.now()
        if len(self._state.queue) and now - self._places_sent_at >= LOBBY_INTERVAL:
            self._places_sent_at = now
            for person, place, length in self._state.queue.moved():
                person.queued(self._place, place, length)

    def rename(self, name: str) -> None:
        """Name the match ``name``, and notify those who play, watch or wait."""
        self._state.name = name
        self._state.match.announce((EventCode.RENAMED, name))
        self._state.queue.forget()

    def _sit_down(self, person: Person) -> None:
        state = self._state
        if state.roster.is_full:
            self.vacate(state.roster.bots()[-1].player, LeaveReason.LEFT)
        # One who has watched this match keeps the nickname.
        nickname = voice_of(person).nickname if person in state.watchers else state.roster.name(person.name)
        player = state.match.seat(Newcomer(nickname), outlet=person.link).number
        session = state.context.sessions.open(state.id, player)
        _leave_others(person)  # before the nickname is given: a spectator gives it back
        member = state.roster.add(
            Member(
                player, nickname, session, person, wish=person.name, address=person.address,
                token=state.context.sessions.issue(session),
            )
        )  # fmt: skip
        self._enter(member, person)
        events: list[tuple[Any, ...]] = [(EventCode.JOINED, player, member.nickname, PERSON)]
        if self._has_host and state.moderation.host == NO_PLAYER:
            state.moderation.host = player
            events.append((EventCode.HOST, player))
        state.match.announce(*events, but=player)
        person.send(state.welcome(player, member.nickname, member.token))
        state.introduce(voice_of(person))
        logger.info("%s joined as player %d (%s)", member.nickname, player, person.client or "client unnamed")

    def _enter(self, member: Member, person: Person) -> None:
        """Let ``person`` play ``member`` from now on."""
        state = self._state
        member.person = person
        member.back_as = person.name, person.address
        state.roster.know_client(member, person.key)
        state.idleness.did(member.player)
        muted = state.moderation.is_muted(member.wish, member.address)
        voice = Voice(member.nickname, person.link.try_send, person.rate, player=member.player, muted=muted)
        person.enter(self._place, voice)

    def _enter_bot(self) -> None:
        state = self._state
        newcomer = Newcomer(state.roster.name(self._bots.next_name()), bot=True)
        player = state.match.seat(newcomer, brain_for=self._bots.brain_for(state.setup)).number
        member = state.roster.add(Member(player, newcomer.nickname))
        state.match.announce((EventCode.JOINED, player, member.nickname, BOT))


def _leave_others(person: Person) -> None:
    """Take ``person``, who is about to have a seat, out of a queue and from watching, in this match or another."""
    if person.waits_for:
        person.waits_for.pass_over(person)
    if person.stays_in:
        person.stays_in.leave(person)


def _held(member: Member) -> bool:
    return member.held
