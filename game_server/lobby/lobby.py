"""The lobby of a process: everybody who is connected, the chat outside of matches, and the list of matches."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

import trio

from game_server.journal import Journals
from game_server.lobby.answered_requests import AnsweredRequests
from game_server.lobby.browsing import Browsing
from game_server.lobby.game_offers import offer_of
from game_server.lobby.hosting import Hosting
from game_server.lobby.lobby_options import LobbyOptions
from game_server.lobby.match.hosted_match import HostedMatch
from game_server.lobby.match.match_options import MatchContext
from game_server.lobby.other_nodes import OtherNodes
from game_server.lobby.person import LOBBY_INTERVAL, Person
from game_server.lobby.shared_names import SharedNames
from game_server.lobby.text.chat import ChatChannel, Voice
from game_server.lobby.text.nicknames import TakenNames, nickname_from
from game_server.lobby.tick_groups import LinkSockets
from game_server.protocol import Home, HomeCode, LineKind, MatchRow
from game_server.telemetry import Garbage
from game_server.throttling import Turns

logger = logging.getLogger("game_server.lobby")

WIRE_INTERVAL: Final = 0.05
"""Seconds between two reads of the sockets of those who browse: the most by which their messages are late."""
REST_INTERVAL: Final = 0.001
"""The same where the last read has left something: time for a tick to begin."""


class Lobby:
    """Who is connected, and what they are shown in the lobby. `run` it once.

    Args:
        options: what the host of the process chose.
        context: what holds for every match.
        make_sockets: makes the sockets of matches that tick together, and of those who browse.
        garbage: collected between ticks.
        ended: called with each match that has ended.

    Attributes:
        people: everybody who has said hello.
        hosting: opens and runs the matches.
        match_index: the matches.
        chat: what is said in the lobby.
        browsing: who is sent the list of matches.
        refusals: requests that were refused, by `RefusalCode`.
        sockets: of those who browse.
        stopping: the server is about to stop, and nobody may enter a match any more.
        turns: when a message of somebody without a seat may be dealt with.
        others: the other nodes; None if there is only this one.
        shared_names: the nicknames of all nodes; None if there is only this one.
        answered: which seats clients were given that may ask again; None if there is only this node.
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
        self.match_index = self.hosting.match_index
        self.chat = ChatChannel(LineKind.LOBBY, context.words, context.now)
        self.browsing = Browsing()
        self.refusals: Counter[int] = Counter()
        self.sockets = make_sockets()
        self.stopping = False
        self.turns = Turns()
        self.others: OtherNodes | None = None
        self.answered: AnsweredRequests | None = None
        self.shared_names: SharedNames | None = None
        self._garbage = garbage
        self._voices: dict[Person, Voice] = {}
        self._names = TakenNames()
        self._games = tuple(map(offer_of, options.games.values()))

    async def run(
        self, journals: Journals | None = None, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
    ) -> None:
        """Run the matches and serve those who browse, until cancelled. It has started when `Hosting.run` has.

        Args:
            journals: keep the matches, and have those of an earlier server; None to keep nothing.

        Raises:
            ConfigError: a match of the host's own cannot begin as it was chosen, or because its rules fail.
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
        if self.shared_names:
            self.shared_names.give_back(person)
        if person.waits_for:
            person.waits_for.dequeue(person)
        self._fall_silent(person)
        self.browsing.end(person)

    def receive(self, person: Person, code: HomeCode, text: str) -> None:
        """Take ``person`` into the lobby and send `Home` with ``text``, or with a greeting if it is empty."""
        voice = self._voices.get(person)
        if voice is None:
            nickname = nickname_from(person.nickname or person.name, self._names)
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
        person.ticket = None  # who is sent on from there has arrived first

    def match_of(self, person: Person) -> HostedMatch | None:
        """The match in which ``person`` stays; None in the lobby."""
        return self.match_index.get(person.stays_in.id) if person.stays_in else None

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

    # What the host of the process asks for

    def rows(self, *, private: bool = False) -> list[MatchRow]:
        """The rows of all matches of this node that are not private; with ``private``, of all."""
        return [match.row() for match in self.match_index if private or not match.options.private]

    def voices(self) -> list[tuple[Person, Voice]]:
        """People in the lobby, with their voices."""
        return list(self._voices.items())

    def announce(self, text: str, kind: LineKind = LineKind.SERVER) -> None:
        """Say ``text`` as the server, in every match and in the lobby."""
        self.chat.announce(text, kind=kind)
        for match in self.match_index:
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
        self.browsing.publish(self._listed(), self._connected(), self.context.now())

    def _show_list(self, person: Person) -> None:
        self.browsing.begin(person, self._listed(), self._connected(), self.context.now())

    def _listed(self) -> Iterator[MatchRow]:
        """The rows that everybody is shown, of all nodes; made as they are asked for, which most often nobody does."""
        yield from (match.row() for match in self.match_index if not match.options.private)
        if self.others:
            yield from self.others.rows()

    def _connected(self) -> int:
        """People who are connected, to whatever node."""
        return len(self.people) + (self.others.people if self.others else 0)

    def _fall_silent(self, person: Person) -> None:
        voice = self._voices.pop(person, None)
        if voice:
            self.chat.leave(voice)
            self._names.discard(voice.nickname)
