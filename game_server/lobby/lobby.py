"""The lobby of a process: everybody who is connected, and what they ask for outside of a match."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

import attrs
import trio

from game_server.errors import RequestRefused
from game_server.journal import Journals
from game_server.lobby.browsing import Browsing
from game_server.lobby.hosting import Hosting
from game_server.lobby.lobby_options import LobbyOptions
from game_server.lobby.match.hosted_match import HostedMatch
from game_server.lobby.match.match_options import MatchContext
from game_server.lobby.opening_limits import too_often
from game_server.lobby.person import LOBBY_INTERVAL, Person
from game_server.lobby.sessions import no_such_session
from game_server.lobby.text.chat import ChatChannel, Voice
from game_server.lobby.text.nicknames import TakenNames, nickname_from
from game_server.lobby.tick_groups import LinkSockets
from game_server.protocol import Create, GameModes, Home, HomeCode, Join, LineKind, MatchRow, RefusalCode
from game_server.telemetry import Garbage
from game_server.throttling import Turns

logger = logging.getLogger("game_server.lobby")

WIRE_INTERVAL: Final = 0.05
"""Seconds between two reads of the sockets of those who browse: the most by which their messages are late."""
REST_INTERVAL: Final = 0.001
"""The same where the last read has left something: time for a tick to begin."""


class Lobby:
    """Who is connected, and what is granted to whom. `run` it once.

    Args:
        options: what the host of the process chose.
        context: what holds for every match.
        make_sockets: makes the sockets of matches that tick together, and of those who browse.
        garbage: collected between ticks.
        ended: called with each match that has ended.

    Attributes:
        people: everybody who has said hello.
        hosting: opens and runs the matches.
        directory: the matches.
        conversation: what is said in the lobby.
        browsing: who is sent the list of matches.
        refusals: requests that were refused, by `RefusalCode`.
        sockets: of those who browse.
        stopping: the server is about to stop, and nobody may enter a match any more.
        turns: when a message of somebody without a seat may be dealt with.
    """

    def __init__(
        self,
        options: LobbyOptions,
        context: MatchContext,
        make_sockets: Callable[[], LinkSockets],
        garbage: Garbage | None = None,
        ended: Callable[[HostedMatch], object] = lambda _match: None,
    ) -> None:
        self.options = options
        self.context = context
        self.people: set[Person] = set()
        self.hosting = Hosting(options, context, make_sockets, garbage, ended)
        self.directory = self.hosting.directory
        self.chat = ChatChannel(LineKind.LOBBY, context.words, context.now)
        self.browsing = Browsing()
        self.refusals: Counter[int] = Counter()
        self.sockets = make_sockets()
        self.stopping = False
        self.turns = Turns()
        self._garbage = garbage
        self._voices: dict[Person, Voice] = {}
        self._names = TakenNames()
        self._games = tuple(GameModes(name, game.modes) for name, game in options.games.items())

    async def run(
        self, journals: Journals | None = None, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
    ) -> None:
        """Run the matches and serve those who browse, until cancelled. It has started when `Hosting.run` has.

        Args:
            journals: keep the matches, and have those of an earlier server; None to keep nothing.

        Raises:
            GameServerError: a match of the host's own cannot begin as it was chosen.
        """
        async with trio.open_nursery() as nursery:
            await nursery.start(self.hosting.run, journals)
            task_status.started()
            while True:
                await self._serve_browsing()

    # Everybody

    def enter(self, person: Person) -> None:
        """Take ``person``, who has said hello, into the lobby."""
        self.people.add(person)
        self.receive(person, HomeCode.WELCOME, "")

    def part(self, person: Person) -> None:
        """Forget ``person``, whose connection has ended."""
        self.people.discard(person)
        if person.waits_for:
            person.waits_for.dequeue(person)
        self._fall_silent(person)
        self.browsing.end(person)

    def receive(self, person: Person, code: HomeCode, text: str) -> None:
        """Take ``person`` into the lobby and send `Home` with ``text``, or with a greeting if it is empty."""
        voice = self._voices.get(person)
        if voice is None:
            nickname = nickname_from(person.name, self._names)
            self._names.add(nickname)
            voice = self._voices[person] = Voice(nickname, person.link.try_send, person.rate)
            self.chat.enter(voice)
        person.send(Home(code, text or f"Welcome, {voice.nickname}", voice.nickname, self._games))
        if person.browses:
            self._show_list(person)

    def moved_out(self, person: Person) -> None:
        """Take ``person``, who has entered a match, out of the lobby."""
        self._fall_silent(person)
        self.browsing.end(person)

    def match_of(self, person: Person) -> HostedMatch | None:
        """The match in which ``person`` stays; None in the lobby."""
        return self.directory.get(person.stays_in.id) if person.stays_in else None

    def sockets_of(self, person: Person) -> LinkSockets | None:
        """Return the sockets among which that of ``person`` belongs; None when its own tasks serve it."""
        if person.stays_in:
            return self.hosting.sockets_of(person.stays_in.id)
        return self.sockets if person.browses else None

    # What people in the lobby ask for

    def browse(self, person: Person, wanted: bool) -> None:
        """Send ``person`` the list of matches and the chat of the lobby; or stop sending the list."""
        person.browses = wanted
        if not wanted:
            self.browsing.end(person)
        elif person.stays_in is None:
            self._show_list(person)
            if not person.caught_up:
                person.caught_up = True
                self.chat.recall(self._voices[person])

    def say(self, person: Person, text: str, to: str) -> None:
        """Pass on a line of chat of ``person``, in the match or in the lobby, or to the nickname ``to`` alone."""
        match = self.match_of(person)
        if match and person.voice:
            match.state.chat.say(person.voice, text, to)
            if person.watches:  # the lines of players are handled after a tick, and sent then
                match.state.deferred.rouse()
        elif person in self._voices:
            self.chat.say(self._voices[person], text, to)

    def join(self, person: Person, code: str, password: str, wait: bool) -> None:
        """Give ``person`` a seat or a place in the queue; if this client has a seat there already, that one.

        Raises:
            RequestRefused: nothing has changed.
        """
        with self._guessing(person, code):
            named = self.directory.find(code) if code.strip() else None
            if self._resumes(person, [named] if named else self.directory):
                return
            self._check_going_on()
            match = named or self.hosting.quick_match(person)
            if match is None:
                bots = min(self.options.default.bots, self.hosting.limits.bot_room(person.address))
                chosen = attrs.evolve(self.options.default, password="", private=False, bots=bots)
                match = self.hosting.open_for(person, chosen)
            match.join(person, password, wait=wait)

    def watch(self, person: Person, code: str, password: str) -> None:
        """Show a match to ``person``.

        Raises:
            RequestRefused: nothing has changed.
        """
        self._check_going_on()
        with self._guessing(person, code):
            match = self.directory.find(code) if code.strip() else self.directory.busiest()
            match.watch(person, password)

    def resume(self, person: Person, token: str) -> None:
        """Give ``person`` the seat again that ``token`` is for.

        Raises:
            RequestRefused: `NO_SUCH_SESSION`; nothing has changed.
        """
        session = self.context.sessions.check(token)
        try:
            match = self.directory.find(session.match)
        except RequestRefused:
            raise no_such_session() from None
        match.resume(person, session)

    def create(self, person: Person, wish: Create) -> None:
        """Open a match with ``person`` as its host, or resume the one that this client was given for the same request.

        Raises:
            RequestRefused: nothing has changed.
        """
        if self._resumes(person, [match for match in self.directory if match.asked_for == (person.key, wish)]):
            return
        self._check_going_on()
        chosen = self.options.choose(wish, person.name, self.context.words)
        room = self.hosting.limits.bot_room(person.address)
        if chosen.bots > room:
            raise RequestRefused(RefusalCode.BAD_OPTION, f"at most {room} bots can play in another match of yours")
        match = self.hosting.open_for(person, chosen, has_host=True)
        match.asked_for = person.key, wish
        match.join(person, wish.password)

    def opens(self, person: Person, message: Create | Join) -> bool:
        """Whether ``message`` needs a new match, and comes from an address that budgets are charged to."""
        if not person.link.charged_to:
            return False
        if isinstance(message, Create):
            return True
        return (
            not message.match.strip() and self.directory.quick(lambda match: match.entry_checks.admits(person)) is None
        )

    # What the host of the process asks for

    def rows(self, *, private: bool = False) -> list[MatchRow]:
        """The rows of all matches that are not private; with ``private``, of all."""
        return [match.row() for match in self.directory if private or not match.options.private]

    def voices(self) -> list[tuple[Person, Voice]]:
        """People in the lobby, with their voices."""
        return list(self._voices.items())

    def announce(self, text: str, kind: LineKind = LineKind.SERVER) -> None:
        """Say ``text`` as the server, in every match and in the lobby."""
        self.chat.announce(text, kind=kind)
        for match in self.directory:
            match.state.chat.announce(text, kind=kind)

    # Within

    async def _serve_browsing(self) -> None:
        """Read and write those who browse for one `LOBBY_INTERVAL`; the next one sends them what has changed."""
        ends = trio.current_time() + LOBBY_INTERVAL
        while trio.current_time() < ends:
            await trio.sleep(REST_INTERVAL if self.sockets.put_off else WIRE_INTERVAL)
            self.sockets.receive()
            # Those whose messages came answer them now, or their answers would wait for the next read.
            await trio.lowlevel.checkpoint()
            self.chat.publish()
            self.sockets.flush()
            if self._garbage:  # nobody may be in a match
                self._garbage.collect(trio.current_time(), trio.current_time() + WIRE_INTERVAL)
        self.browsing.publish(self.rows(), len(self.people), self.context.now())

    def _show_list(self, person: Person) -> None:
        rows = (match.row() for match in self.directory if not match.options.private)  # most often nobody asks for them
        self.browsing.begin(person, rows, len(self.people), self.context.now())

    def _fall_silent(self, person: Person) -> None:
        voice = self._voices.pop(person, None)
        if voice:
            self.chat.leave(voice)
            self._names.discard(voice.nickname)

    def _resumes(self, person: Person, matches: Iterable[HostedMatch]) -> bool:
        """Give ``person`` the seat that this client has in one of ``matches``; whether there was one.

        A client whose connection broke before the answer asks once more: it has no token for that seat.
        """
        for match in matches:
            member = match.state.roster.of_client(person.key)
            with suppress(RequestRefused):  # it is no longer kept
                if member:
                    self.resume(person, member.token)
                    return True
        return False

    def _check_going_on(self) -> None:
        if self.stopping:
            raise RequestRefused(RefusalCode.STOPPING, "the server is about to stop")

    @contextmanager
    def _guessing(self, person: Person, code: str) -> Iterator[None]:
        """Count wrong codes and passwords as guesses while ``person`` asks for the match with ``code``.

        A match that is listed and has no password cannot be guessed: a person who uses up the budget of an address
        keeps its neighbours out of secret matches alone.

        Raises:
            RequestRefused: `WAIT`, after too many from the address.
        """
        guesses, keys, now = self.context.throttling.guesses, person.link.charged_to, self.context.now()
        if not code.strip() or self._is_shown(code):
            yield
            return
        if (wait := guesses.wait(keys, now)) > 0:
            guesses.refused += 1
            raise too_often("too many wrong codes and passwords", wait)
        try:
            yield
        except RequestRefused as refused:
            if refused.code in (RefusalCode.NO_SUCH_MATCH, RefusalCode.WRONG_PASSWORD):
                guesses.charge(keys, now)
            raise

    def _is_shown(self, code: str) -> bool:
        """Whether the match with ``code`` is listed and has no password."""
        with suppress(RequestRefused):
            options = self.directory.find(code).options
            return not (options.private or options.password)
        return False
