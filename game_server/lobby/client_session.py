"""A client's session: one connection from `hello` to its end (docs/PROTOCOL.md section 2)."""

from __future__ import annotations

import logging
from contextlib import nullcontext
from typing import Final

import trio

from game_server.errors import LinkClosed, ProtocolError, RequestRefused
from game_server.lobby.administration import Administration
from game_server.lobby.lobby import Lobby
from game_server.lobby.match.host_commands import moderate
from game_server.lobby.match.hosted_match import HostedMatch
from game_server.lobby.matchmaking import Matchmaking
from game_server.lobby.person import Person, PersonLink
from game_server.lobby.refusal_messages import refusal
from game_server.lobby.text.chat import ChatRate
from game_server.lobby.text.nicknames import clean, wished_name
from game_server.protocol import (
    MAX_CLIENT_NAME,
    Act,
    Admin,
    Browse,
    Chat,
    ClientMessage,
    CloseCode,
    Create,
    Follow,
    Hello,
    HomeCode,
    Input,
    Join,
    Leave,
    LeaveReason,
    Moderate,
    Ping,
    Pong,
    RefusalCode,
    Request,
    Resume,
    Resync,
    Vote,
    VoteChoice,
    Watch,
    decode_client,
)

logger = logging.getLogger("game_server.lobby")

GIVES_UP_THE_SEAT: Final = frozenset(
    {
        CloseCode.NORMAL,
        CloseCode.PROTOCOL_ERROR,
        CloseCode.UNSUPPORTED_DATA,
        CloseCode.INVALID_DATA,
        CloseCode.MESSAGE_TOO_BIG,
        CloseCode.BAD_MESSAGE,
        CloseCode.FLOODING,
    }
)
"""Close codes after which the client does not come back: it has left, or is broken or hostile.

A page that is reloaded closes with 1001, so that code keeps the seat.
"""


_LIMITED: Final = (Join, Create, Watch, Resume, Moderate, Vote, Follow)
"""Requests that change something, which costs many times as much as a ping; `Admin` has its own limit."""


class ClientSession:
    """Serves one connection. A request is granted or refused at once; only `run` waits.

    Args:
        link: the connection.
        lobby: what it connects to.
        administration: grants the requests of the host of the process.
    """

    def __init__(self, link: PersonLink, lobby: Lobby, administration: Administration) -> None:
        self._link = link
        self._lobby = lobby
        self._administration = administration
        self._waiting: trio.CancelScope | None = None
        self._person: Person
        self._matchmaking: Matchmaking

    async def run(self) -> None:
        """Serve the connection until it ends.

        Cancelled, it gives the seat up.

        Raises:
            LinkClosed: before hello.
            ProtocolError: the peer broke the protocol.
        """
        link, lobby = self._link, self._lobby
        try:
            person = self._person = self._met(decode_client(await link.receive()))
            self._matchmaking = Matchmaking(lobby, person)
        except LinkClosed as closed:
            logger.info("%s went before hello: %s", link.peer, closed)
            raise
        self._administration.admit(person.address)
        if lobby.shared_names:
            await lobby.shared_names.give(person)
        lobby.enter(person)
        try:
            while not link.closed:
                await self._stay(lobby.match_of(person))
        except LinkClosed:
            pass
        finally:
            self._end()

    async def _stay(self, place: HostedMatch | None) -> None:
        """Be in one place, a match or the lobby, as long as it is the same and served by the same sockets."""
        person, link = self._person, self._link
        sockets = self._lobby.sockets_of(person)
        async with sockets.seat(link) if sockets is not None else nullcontext():
            if place:
                place.seated(person)
            while person.stays_in is place and self._lobby.sockets_of(person) is sockets:
                if place and not person.watches:
                    await link.idle()  # what comes is drained at the tick
                    if link.closed:
                        return
                    continue
                data = None
                with trio.CancelScope() as self._waiting:
                    data = await link.receive()
                self._waiting = None
                if data is not None:
                    await self._handle_in_turn(data)

    async def _handle_in_turn(self, data: bytes) -> None:
        """Handle the message ``data`` when it is its turn; the messages after it wait."""
        lobby = self._lobby
        await lobby.turns.take()
        message = decode_client(data)
        if lobby.others:
            await lobby.others.locate(message, lobby.match_index, self._person.ticket)
        if not isinstance(message, Create | Join):
            self.handle(message)
            return
        self._person.seat_at = await lobby.answered.match_of(self._person, message) if lobby.answered else ""
        async with lobby.hosting.limits.pace.turn(lambda: self._matchmaking.opens(message)):
            self.handle(message)
        if lobby.answered:
            await lobby.answered.note(self._person, message)

    def _met(self, hello: ClientMessage) -> Person:
        if not isinstance(hello, Hello):
            raise ProtocolError(CloseCode.BAD_MESSAGE, "the first message must be hello")
        lobby, context = self._lobby, self._lobby.context
        return Person(
            link=self._link,
            name=wished_name(context.words(wished_name(hello.nickname))),
            client=clean(hello.client, MAX_CLIENT_NAME),
            key=hello.key,
            rate=ChatRate(context.now(), context.throttling.chat, self._link.charged_to),
            handle=self.handle,
            ticket=lobby.others.redirects.expects(self._link) if lobby.others else None,
            moved=self._moved,
            came_home=self._came_home,
        )

    def _moved(self) -> None:
        self._lobby.moved_out(self._person)
        self._notice_move()

    def _came_home(self, code: HomeCode, text: str) -> None:
        self._lobby.receive(self._person, code, text)
        self._notice_move()

    def _notice_move(self) -> None:
        """Let `run` notice that the person is in another place."""
        if self._waiting:
            self._waiting.cancel()
        self._link.rouse()

    def _end(self) -> None:
        """Give up or keep the seat of a connection that has ended; messages that came before its end still count."""
        person, link = self._person, self._link
        code = link.ended_with()[0] if link.closed else CloseCode.GOING_AWAY
        if person.stays_in and code not in GIVES_UP_THE_SEAT and any(map(_is_leave, link.drain())):
            code = CloseCode.NORMAL
        if person.stays_in and code in GIVES_UP_THE_SEAT:
            person.stays_in.leave(person)
        elif person.stays_in and code == CloseCode.REMOVED:
            # A client may choose that code, too, and gives up the seat by it; but nobody has kicked it.
            person.stays_in.leave(person, LeaveReason.LEFT if link.ended_by_peer else LeaveReason.KICKED)
        elif person.stays_in:
            person.stays_in.lose(person)
        self._lobby.part(person)

    # Requests

    @trio.lowlevel.enable_ki_protection
    def handle(self, message: ClientMessage) -> None:
        """Do what ``message`` asks for, between two ticks. Never raises.

        A Ctrl-C waits until that is done, and so is not taken for an error of a match's rules.
        """
        person = self._person
        if self._link.closed:
            return
        try:
            self._do(person, message)
        except RequestRefused as refused:
            self._lobby.refusals[refused.code] += 1
            assert isinstance(message, Request)
            person.send(refusal(message, refused))
        except ProtocolError as error:
            self._link.close(error.code, error.reason)
        except Exception:
            logger.exception("what %s asked for failed: %r", self._link.peer, message)
            self._link.close(CloseCode.INTERNAL_ERROR, "a fault of the server")

    def _do(self, person: Person, message: ClientMessage) -> None:
        lobby, match = self._lobby, self._lobby.match_of(person)
        seated = match is not None and not person.watches
        if isinstance(message, _LIMITED) and not person.asks.take(1, lobby.context.now()):
            raise RequestRefused(RefusalCode.WAIT, "you ask too often; try again in a second", 1)
        match message:
            case Hello():
                raise ProtocolError(CloseCode.BAD_MESSAGE, "hello is sent once, before anything else")
            case Chat(text, to):
                lobby.say(person, text, to)
            case Ping(client_time):
                person.send(Pong(client_time, match.match.match_time() if match else 0.0))
            case Browse(wanted):
                lobby.browse(person, bool(wanted))
            case Leave():
                self._leave(person)
            case Admin():
                self._administration.grant(person, message)
            case Join() if not seated:
                self._matchmaking.join(message.match, message.password, wait=bool(message.wait))
            case Watch() if match is None:
                self._matchmaking.watch(message.match, message.password)
            case Resume(token) if match is None:
                self._matchmaking.resume(token)
            case Create() if match is None:
                self._matchmaking.create(message)
            case Moderate() if match and seated:
                moderate(match, person, message)
            case Vote(choice) if match and seated:
                match.vote(person, VoteChoice(choice))
            case Act(number, values) if match and seated:
                match.match.command(person.player, number, values)
            case Follow(player) if match and person.watches:
                match.spectating.follow(person, player)
            case Resync(tick) if match and person.watches:
                match.spectating.resync(person, tick)
            case Resync(tick) if match:
                match.match.resync(person.player, tick)
            case Input() | Resync():
                pass  # sent before the client knew that its stay had ended
            case _:
                raise RequestRefused(RefusalCode.NOT_ALLOWED, "that is not possible where you are")

    def _leave(self, person: Person) -> None:
        lobby = self._lobby
        waited_for = person.waits_for
        if waited_for:
            waited_for.dequeue(person)
        if person.stays_in:
            person.stays_in.leave(person)
            person.home(HomeCode.LEFT, "You left the match.")
        elif not waited_for:
            lobby.receive(person, HomeCode.WELCOME, "You are in the lobby.")


def _is_leave(data: bytes) -> bool:
    try:
        return isinstance(decode_client(data), Leave)
    except ProtocolError:
        return False
