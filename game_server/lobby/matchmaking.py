"""Matchmaking: the match that a person gets who asks for a seat or a view, on this node or on another one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

import attrs

from game_server.errors import ProtocolError, RequestRefused
from game_server.lobby.lobby import Lobby
from game_server.lobby.match.hosted_match import HostedMatch
from game_server.lobby.opening_limits import too_often
from game_server.lobby.person import Person
from game_server.lobby.sessions import no_such_session
from game_server.protocol import CloseCode, Create, Join, RefusalCode

OUT_OF_REACH: Final = "the server that has this match cannot be reached now; try again"
NOT_KNOWN_NOW: Final = "this match is not here, and the other servers cannot be asked now; try again"


class Matchmaking:
    """Gives one person what they ask for, at once, or sends them to the node that has it.

    Args:
        lobby: in which they are.
        person: who asks.
    """

    def __init__(self, lobby: Lobby, person: Person) -> None:
        self._lobby = lobby
        self._person = person

    def join(self, code: str, password: str, *, wait: bool) -> None:
        """Give the person a seat or a place in the queue; if this client has a seat there already, that one.

        Raises:
            RequestRefused: nothing has changed.
        """
        lobby, person = self._lobby, self._person
        with self._guessing(code):
            if self._is_elsewhere(code):
                self._send_on(code)
                return
            named = self._named(code) if code.strip() else self._expected()
            if self._resumes([named] if named else lobby.match_index) or self._resumes_elsewhere():
                return
            self._check_going_on()
            match, others = named or lobby.hosting.quick_match(person), lobby.others
            if named is None and others and (there := others.redirects.fuller(person, match.people if match else -1)):
                others.redirects.send(person, there.row.id)
                return
            if match is None and self._opens_elsewhere():
                return
            if match is None:
                default = lobby.options.default
                bots = min(default.bots, lobby.hosting.limits.bot_room(person.address))
                chosen = attrs.evolve(default, password="", private=False, bots=bots)
                match = lobby.hosting.open_for(person, chosen)
            match.join(person, password, wait=wait)

    def watch(self, code: str, password: str) -> None:
        """Show a match to the person; without a code, the one with most people.

        Raises:
            RequestRefused: nothing has changed.
        """
        self._check_going_on()
        code = code if code.strip() else self._busiest_elsewhere()
        with self._guessing(code):
            if self._is_elsewhere(code):
                self._send_on(code)
                return
            match = self._named(code) if code.strip() else self._lobby.match_index.busiest()
            match.watch(self._person, password)

    def resume(self, token: str) -> None:
        """Give the person the seat again that ``token`` is for.

        Raises:
            RequestRefused: `NO_SUCH_SESSION`; nothing has changed.
            ProtocolError: `TRY_AGAIN`; the seat may be kept, but cannot be given now. A client that is refused forgets
                its token.
        """
        lobby = self._lobby
        session = lobby.context.sessions.check(token)
        try:
            if self._is_elsewhere(session.match):
                self._send_on(session.match)
                return
            try:
                match = lobby.match_index.find(session.match)
            except RequestRefused:
                if lobby.others and not lobby.others.are_all_known:
                    raise ProtocolError(CloseCode.TRY_AGAIN, OUT_OF_REACH) from None
                raise no_such_session() from None
            match.resume(self._person, session)
        except RequestRefused as refused:
            if refused.code == RefusalCode.BUSY:
                raise ProtocolError(CloseCode.TRY_AGAIN, refused.reason) from refused
            raise

    def create(self, wish: Create) -> None:
        """Open a match with the person as its host, or resume the one that this client was given for the same request.

        Raises:
            RequestRefused: nothing has changed.
        """
        lobby, person = self._lobby, self._person
        asked_for = [match for match in lobby.match_index if match.asked_for == (person.key, wish)]
        if self._resumes(asked_for) or self._resumes_elsewhere():
            return
        self._check_going_on()
        chosen = lobby.options.choose(wish, person.name, lobby.context.words)
        if self._opens_elsewhere():
            return
        room = lobby.hosting.limits.bot_room(person.address)
        if chosen.bots > room:
            raise RequestRefused(RefusalCode.BAD_OPTION, f"at most {room} bots can play in another match of yours")
        match = lobby.hosting.open_for(person, chosen, has_host=True)
        match.asked_for = person.key, wish
        match.join(person, wish.password)

    def opens(self, message: Create | Join) -> bool:
        """Whether ``message`` needs a new match, and comes from an address that budgets are charged to."""
        person = self._person
        if not person.link.charged_to:
            return False
        if isinstance(message, Create):
            return True
        index = self._lobby.match_index
        return not message.match.strip() and index.quick(lambda match: match.entry_checks.admits(person)) is None

    # Here

    def _has(self, code: str) -> bool:
        return self._lobby.match_index.get(code.strip().upper()) is not None

    def _named(self, code: str) -> HostedMatch:
        """The match with ``code``, which no other node is known to have.

        Raises:
            RequestRefused: `NO_SUCH_MATCH`; `BUSY` while nobody can say whether another node has it.
        """
        try:
            return self._lobby.match_index.find(code)
        except RequestRefused:
            if self._lobby.others and self._lobby.others.neighbours.directory_is_gone:
                raise RequestRefused(RefusalCode.BUSY, NOT_KNOWN_NOW, 1) from None
            raise

    def _expected(self) -> HostedMatch | None:
        """The match for which another node has sent the person here, by quick play, if it can still be entered."""
        person = self._person
        match = self._lobby.match_index.get(person.ticket.code) if person.ticket else None
        return match if match and match.is_open and match.has_seat and match.entry_checks.admits(person) else None

    def _resumes(self, matches: Iterable[HostedMatch]) -> bool:
        """Give the person the seat that this client has in one of ``matches``; whether there was one.

        A client whose connection broke before the answer asks once more: it has no token for that seat.
        """
        for match in matches:
            member = match.state.roster.of_client(self._person.key)
            with suppress(RequestRefused):  # it is no longer kept
                if member:
                    self.resume(member.token)
                    return True
        return False

    def _check_going_on(self) -> None:
        if self._lobby.stopping:
            raise RequestRefused(RefusalCode.STOPPING, "the server is about to stop")

    # On another node

    def _is_elsewhere(self, code: str) -> bool:
        """Whether another node has the match with ``code``."""
        others = self._lobby.others
        return others is not None and bool(code.strip()) and not self._has(code) and others.has(code)

    def _send_on(self, code: str) -> None:
        """Send the person to the node that has the match with ``code``.

        Raises:
            RequestRefused: `BUSY`; it cannot be reached.
        """
        assert self._lobby.others
        redirects = self._lobby.others.redirects
        if not redirects.can_be_reached(self._person, code):
            raise RequestRefused(RefusalCode.BUSY, OUT_OF_REACH, 1)
        redirects.send(self._person, code)

    def _opens_elsewhere(self) -> bool:
        """Send the person, who wants a new match, to another node if this one drains; whether that was done."""
        others = self._lobby.others
        return self._lobby.hosting.draining and others is not None and others.redirects.send_to_lobby(self._person)

    def _busiest_elsewhere(self) -> str:
        """The code of the match with most people that may be watched, if another node has it; else empty."""
        if self._lobby.others is None:
            return ""
        own = max((match.people for match in self._lobby.match_index if match.is_watchable), default=-1)
        there = self._lobby.others.busier(own)
        return there.row.id if there else ""

    def _resumes_elsewhere(self) -> bool:
        """Send the person to the seat at another node that they have got by the same request; whether there is one."""
        if self._person.seat_at:
            self._send_on(self._person.seat_at)
        return bool(self._person.seat_at)

    # Guesses

    @contextmanager
    def _guessing(self, code: str) -> Iterator[None]:
        """Count wrong codes and passwords as guesses while the person asks for the match with ``code``.

        A match that is listed and has no password cannot be guessed: a person who uses up the budget of an address
        keeps its neighbours out of secret matches alone.

        Raises:
            RequestRefused: `WAIT`, after too many from the address.
        """
        context = self._lobby.context
        guesses, keys, now = context.throttling.guesses, self._person.link.charged_to, context.now()
        if not code.strip() or self._is_shown(code):
            yield
            return
        if (wait := guesses.wait(keys, now)) > 0:
            guesses.refused += 1
            raise too_often("too many wrong codes and passwords", wait)
        try:
            yield
        except RequestRefused as refused:
            unknown = refused.code == RefusalCode.BUSY and not (self._has(code) or self._is_elsewhere(code))
            if unknown or refused.code in (RefusalCode.NO_SUCH_MATCH, RefusalCode.WRONG_PASSWORD):
                guesses.charge(keys, now)
            raise

    def _is_shown(self, code: str) -> bool:
        """Whether the match with ``code`` is listed and has no password."""
        lobby = self._lobby
        with suppress(RequestRefused):
            options = lobby.match_index.find(code).options
            return not (options.private or options.password)
        return lobby.others is not None and lobby.others.shows(code)
