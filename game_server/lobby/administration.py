"""Administration of a running server: messages to everybody, kicks, bans, closing matches, stopping."""

from __future__ import annotations

import math
import secrets
from collections.abc import Callable, Iterator
from hmac import compare_digest
from typing import Final

import attrs
import trio

from game_server.errors import ConfigError, ProtocolError, RequestRefused
from game_server.lobby.lobby import Lobby
from game_server.lobby.match.hosted_match import HostedMatch
from game_server.lobby.match.roster import Member
from game_server.lobby.person import Person
from game_server.lobby.text.chat import Voice
from game_server.lobby.text.nicknames import clean_chat, folded
from game_server.protocol import (
    MAX_TOKEN,
    Admin,
    AdminDeed,
    Answer,
    CloseCode,
    HomeCode,
    LeaveReason,
    LineKind,
    MatchRow,
    RefusalCode,
)
from game_server.throttling import AttemptLimit

WARNINGS: Final = (3600, 1800, 600, 300, 120, 60, 30, 10, 5, 4, 3, 2, 1)
"""Seconds before the server stops at which everybody is warned."""
SHORTEST_TOKEN: Final = 16
"""Characters of a chosen token: the right one is accepted at any time, so only its length keeps guessers out."""
REMOVED: Final = "the host of the server has removed you"


@attrs.frozen
class _Found:
    """The person that the host of the process has named."""

    person: Person | None
    voice: Voice | None
    nickname: str
    match: HostedMatch | None = None
    member: Member | None = None

    @property
    def address(self) -> str:
        """The key of the address that they connect, or connected, from."""
        return self.person.address if self.person else self.member.address if self.member else ""


class Administration:
    """Grants requests that come with the right token, and keeps banned addresses out.

    Args:
        lobby: its people and matches.
        token: the secret; None draws one.
        stop: called when the server has to stop.

    Attributes:
        token: the secret.
        banned: addresses that are kept out.
        restart: has the processes of the server replaced, or raises RequestRefused; None if it is one process.
        pass_on: carries out what comes with the right token, for all nodes, and answers; None if this one is alone.

    Raises:
        ConfigError: ``token`` is too short, too long, or not printable ASCII.
    """

    def __init__(self, lobby: Lobby, token: str | None, stop: Callable[[], None]) -> None:
        self.token = secrets.token_urlsafe(18) if token is None else _checked(token)
        self._lobby = lobby
        self._stop = stop
        self._guesses = AttemptLimit("too many wrong tokens")
        self.banned: set[str] = set()
        self.restart: Callable[[], object] | None = None
        self.pass_on: Callable[[Person, Admin], object] | None = None
        self._stops_at = math.inf
        self._why = ""
        self._changed = trio.Event()

    def admit(self, address: str) -> None:
        """Check that connections from ``address`` are allowed.

        Raises:
            ProtocolError: 4009; the address is banned.
        """
        if address in self.banned:
            raise ProtocolError(CloseCode.REMOVED, "your address is banned from this server")

    def grant(self, person: Person, asked: Admin) -> None:
        """Do what ``person`` asks for, and answer: at once if this node is alone.

        The right token is accepted however many wrong ones came from their address.

        Raises:
            RequestRefused: the token is wrong, or the command cannot be done; nothing has changed. `WAIT` for a wrong
                token after too many from their address.
        """
        if not compare_digest(asked.token.encode("utf-8", "replace"), self.token.encode()):
            now, address = self._lobby.context.now(), person.address
            self._guesses.check(address, now)
            self._guesses.count(address, now)
            raise RequestRefused(RefusalCode.WRONG_TOKEN, "the admin token is wrong; the server printed it")
        if self.pass_on:
            self.pass_on(person, asked)
        else:
            person.send(self.do(person.address, asked))

    @property
    def people(self) -> int:
        """People who are connected to this node."""
        return len(self._lobby.people)

    def rows(self) -> list[MatchRow]:
        """The rows of its matches, private ones included."""
        return self._lobby.rows(private=True)

    def has(self, code: str) -> bool:
        """Whether the match with ``code`` is here."""
        return self._lobby.match_index.get(code.strip().upper()) is not None

    def count(self, subject: str, match: str) -> int:
        """How many people here are called ``subject``: in the match with this code, or anywhere.

        Raises:
            RequestRefused: `NO_SUCH_MATCH`.
        """
        return len(self._called(subject, match))

    def announce(self, text: str) -> None:
        """Say ``text`` to everybody on this node."""
        self._lobby.announce(text)

    def check_line(self, text: str) -> str:
        """The line that is to be said, cleaned.

        Raises:
            RequestRefused: `BAD_OPTION`; nothing is left of it.
        """
        if not (text := clean_chat(text)):
            raise RequestRefused(RefusalCode.BAD_OPTION, "the message is empty")
        return text

    def do(self, address: str, asked: Admin) -> Answer:
        """Do on this node what somebody with the right token asks for from ``address``.

        Raises:
            RequestRefused: it cannot be done; nothing has changed.
        """
        match asked.deed:
            case AdminDeed.MATCHES:
                rows = tuple(self.rows())
                others = self.people - 1
                return Answer(f"{counted(len(rows), 'match', 'matches')}, {counted(others, 'person', 'people')}", rows)
            case AdminDeed.SAY:
                return Answer(self._say(asked))
            case AdminDeed.KICK | AdminDeed.BAN:
                return Answer(self._remove(asked, address, ban=asked.deed == AdminDeed.BAN))
            case AdminDeed.CLOSE:
                match = self._lobby.match_index.find(asked.match)
                match.end(HomeCode.ENDED, clean_chat(asked.text) or "The host of the server has ended the match.")
                return Answer(f"{match.name} ({match.id}) is closed")
            case AdminDeed.STOP:
                return Answer(self._stop_in(asked.seconds, clean_chat(asked.text)))
            case AdminDeed.CANCEL:
                return Answer(self._cancel(clean_chat(asked.text)))
            case AdminDeed.MOVE | AdminDeed.DRAIN:
                raise RequestRefused(RefusalCode.NOT_ALLOWED, "this server is one process: there is no other node")
            case AdminDeed.RESTART:
                return Answer(self._restart())
        raise RequestRefused(RefusalCode.BAD_OPTION, f"there is no admin command {asked.deed}")

    @property
    def countdown(self) -> tuple[float, str] | None:
        """Seconds until the server stops, and why; None if nobody has asked for that."""
        return None if self._stops_at == math.inf else (self._stops_at - trio.current_time(), self._why)

    def count_down(self, seconds: float, why: str) -> None:
        """Stop in ``seconds``, of which everybody else has been warned already; unless a stop is counted down here."""
        if self.countdown is None:
            self._begin_countdown(seconds, why)

    async def run(self) -> None:
        """Warn everybody and stop the server when its time has come; until cancelled."""
        while (left := self._stops_at - trio.current_time()) > 0:
            self._changed = trio.Event()
            warning = next((seconds for seconds in WARNINGS if seconds < left - 0.5), 0)
            with trio.move_on_at(self._stops_at - warning):
                await self._changed.wait()
                continue
            if warning:
                self._warn(warning)
        self._stop()

    # The commands

    def _say(self, asked: Admin) -> str:
        text = self.check_line(asked.text)
        if asked.subject:
            found = self._find(asked)
            if found.voice is None:
                raise RequestRefused(RefusalCode.NO_SUCH_PLAYER, f"{asked.subject} is not connected just now")
            self._lobby.chat.announce(text, to=found.voice)
            return f"sent to {found.voice.nickname}"
        if asked.match:
            match = self._lobby.match_index.find(asked.match)
            match.state.chat.announce(text)
            return f"sent to {match.name} ({match.id})"
        self.announce(text)
        return "sent to everybody"

    def _remove(self, asked: Admin, by: str, *, ban: bool) -> str:
        found = self._find(asked)
        reason = LeaveReason.BANNED if ban else LeaveReason.KICKED
        if found.match and found.person:
            found.match.leave(found.person, reason)
        elif found.match and found.member:
            with found.match.barrier():
                found.match.seating.vacate(found.member.player, reason)
        if found.person:
            found.person.link.close(CloseCode.REMOVED, clean_chat(asked.text) or REMOVED)
        if not ban:
            return f"{found.nickname} was removed"
        if found.address == by:
            return f"{found.nickname} was removed, but not banned: {found.address} is your own address"
        self.banned.add(found.address)
        return f"{found.nickname} was removed, and {found.address} is banned until the server stops"

    def _stop_in(self, seconds: int, text: str) -> str:
        self._begin_countdown(seconds, text)
        if seconds:
            self._warn(seconds)
        return f"the server stops in {seconds} s"

    def _begin_countdown(self, seconds: float, why: str) -> None:
        self._stops_at = trio.current_time() + seconds
        self._why = why
        self._lobby.stopping = True
        self._changed.set()

    def _cancel(self, text: str) -> str:
        if self._stops_at == math.inf:
            raise RequestRefused(RefusalCode.BAD_OPTION, "there is nothing to cancel: the server is not about to stop")
        if self._stops_at <= trio.current_time():
            raise RequestRefused(RefusalCode.STOPPING, "it is too late: the server is stopping")
        self._stops_at = math.inf
        self._lobby.stopping = False
        self._changed.set()
        self._lobby.announce(f"The server does not stop after all. {text}".rstrip(), LineKind.GOES_ON)
        return "the server does not stop"

    def _restart(self) -> str:
        if self.restart is None:
            raise RequestRefused(
                RefusalCode.BAD_OPTION, "this server is one process; start it with --workers 2 or more"
            )
        self.restart()
        return "the workers are replaced, one after the other; the log says when"

    def _warn(self, seconds: int) -> None:
        self._lobby.announce(f"The server stops in {seconds} s. {self._why}".rstrip(), LineKind.STOPS)

    def _called(self, subject: str, match: str) -> list[_Found]:
        index = self._lobby.match_index
        everybody = [found for one in ([index.find(match)] if match else index) for found in _people_in(one)]
        if not match:
            everybody += [_Found(person, voice, voice.nickname) for person, voice in self._lobby.voices()]
        return [found for found in everybody if folded(found.nickname) == folded(subject)]

    def _find(self, asked: Admin) -> _Found:
        called = self._called(asked.subject, asked.match)
        if len(called) > 1:
            text = f"{len(called)} people are called {asked.subject!r}; say in which match"
            raise RequestRefused(RefusalCode.NO_SUCH_PLAYER, text)
        if not called:
            raise RequestRefused(RefusalCode.NO_SUCH_PLAYER, f"nobody is called {asked.subject!r}")
        return called[0]


def _checked(token: str) -> str:
    if SHORTEST_TOKEN <= len(token) <= MAX_TOKEN and token.isascii() and token.isprintable():
        return token
    text = f"{SHORTEST_TOKEN} to {MAX_TOKEN} printable ASCII characters"
    raise ConfigError(
        f"--admin-token must have {text}, and has {len(token)} characters; leave it out to have one generated"
    )


def counted(number: int, one: str, more: str) -> str:
    """Write ``number`` things: 1 match, 2 matches."""
    return f"{number} {one if number == 1 else more}"


def _people_in(match: HostedMatch) -> Iterator[_Found]:
    for member in match.state.roster:
        if not member.bot:
            yield _Found(member.person, member.voice, member.nickname, match, member)
    for person in match.state.watchers:
        if person.voice:
            yield _Found(person, person.voice, person.voice.nickname, match)
