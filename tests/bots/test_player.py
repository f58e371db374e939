"""Bots against a whole server, and against servers that are none."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import attrs
import pytest
import trio
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, BytesMessage, CloseConnection, Event, Request, TextMessage

from game_server.bots.client import Client
from game_server.bots.player import CONNECT_TIMEOUT, Outcome, play
from game_server.bots.swarm import Swarm
from game_server.bots.target import Target
from game_server.games import GAMES
from game_server.protocol.codec import encode
from game_server.protocol.messages import LEFT
from tests.bots.test_client import WELCOME, snapshot
from tests.live_server import OpenServer
from tests.simulation.toy_game import Toy, ToyBrain


def bot(match: str = "") -> Outcome:
    return Outcome(Client("Bot", match, lambda _welcome: ToyBrain(1)))


def target(url: str) -> Target:
    return Target.from_url(url)


async def played(url: str, seconds: float = 5.0, match: str = "") -> Outcome:
    outcome = bot(match)
    await play(target(url), outcome, trio.current_time() + seconds)
    return outcome


# A real server


async def test_a_bot_plays_to_the_end_and_leaves_of_its_own_accord(open_server: OpenServer) -> None:
    served = await open_server(hashed=True)
    outcome = await played(served.server.url)
    assert (outcome.connected, outcome.failure, outcome.code) == (True, None, None)
    figures = outcome.client.figures
    assert figures.snapshots == pytest.approx(150, abs=5)
    assert (figures.missed_ticks, figures.late_inputs, figures.desyncs) == (0, 0, 0)
    assert len(figures.acks) > 140
    assert served.match.people == 0


async def test_the_others_hear_that_it_left(open_server: OpenServer) -> None:
    served = await open_server()
    ada = await served.join()
    await played(served.server.url, 1.0)
    assert await ada.next_event(1) == (1, 1, LEFT)


async def test_a_bot_that_finds_no_seat_says_with_what_code_it_was_refused(open_server: OpenServer) -> None:
    served = await open_server(max_players=1)
    await served.join()
    outcome = await played(served.server.url)
    assert (outcome.connected, outcome.code) == (False, 4003)
    assert outcome.failure is not None
    assert outcome.failure.startswith("closed with 4003 every seat")


async def test_a_bot_whose_server_stops_says_so(open_server: OpenServer, nursery: trio.Nursery) -> None:
    served = await open_server()
    outcome = bot()
    nursery.start_soon(play, target(served.server.url), outcome, trio.current_time() + 60)
    await trio.sleep(2)
    served.stop.set()
    await served.stopped.wait()
    await trio.sleep(1)
    assert (outcome.connected, outcome.failure) == (True, "closed with 1001 the server is stopping")


async def test_a_swarm_joins_one_after_the_other_and_plays_until_its_time_is_over(
    open_server: OpenServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(GAMES, "toy", Toy)
    served = await open_server(max_players=20, hashed=True)
    swarm = Swarm(target(served.server.url), 12, 3.0)
    await swarm.run()
    assert trio.current_time() == pytest.approx(swarm.ends, abs=0.5)
    assert [outcome.failure for outcome in swarm.outcomes] == [None] * 12
    assert all(outcome.client.figures.snapshots > 60 for outcome in swarm.outcomes)
    assert sum(outcome.client.figures.desyncs for outcome in swarm.outcomes) == 0


async def test_a_swarm_that_is_cancelled_keeps_what_was_measured(
    open_server: OpenServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(GAMES, "toy", Toy)
    served = await open_server(max_players=20)
    swarm = Swarm(target(served.server.url), 5, 60.0)
    with trio.move_on_after(2):
        await swarm.run()
    assert [(outcome.connected, outcome.failure) for outcome in swarm.outcomes] == [(True, None)] * 5
    assert all(outcome.client.figures.snapshots > 30 for outcome in swarm.outcomes)


async def test_a_ping_that_crosses_the_close_frame_of_a_bot_does_no_harm(impostor: Pretend) -> None:
    async def ping_after_the_close(peer: Impostor) -> None:
        await peer.welcome()
        while not any(isinstance(event, CloseConnection) for event in await peer.read()):
            pass
        await peer.stream.send_all(b"\x89\x00")
        await trio.sleep(1)

    assert (await played(await impostor(ping_after_the_close), 1.0)).failure is None


# Servers that are none

Script = Callable[["Impostor"], Awaitable[None]]
Pretend = Callable[[Script], Awaitable[str]]


@attrs.define
class Impostor:
    """The server's end of one connection, under the test's control."""

    stream: trio.SocketStream
    _frames: WSConnection = attrs.Factory(lambda: WSConnection(ConnectionType.SERVER))

    async def read(self) -> list[Event]:
        self._frames.receive_data(bytes(await self.stream.receive_some()) or None)
        return list(self._frames.events())

    async def say(self, *events: Event) -> None:
        await self.stream.send_all(b"".join(self._frames.send(event) for event in events))

    async def accept(self) -> None:
        """Shake hands, and read the hello."""
        [request] = await self.read()
        assert isinstance(request, Request)
        await self.say(AcceptConnection(subprotocol=request.subprotocols[0]))
        await self.read()

    async def welcome(self) -> None:
        """Give a seat, and one snapshot."""
        await self.accept()
        await self.say(BytesMessage(encode(WELCOME)), BytesMessage(encode(snapshot(100, 1))))


@pytest.fixture
def impostor(nursery: trio.Nursery, jumping_clock: None) -> Pretend:  # noqa: ARG001
    """``url = await impostor(script)``: every connection is served by ``script``, then closed."""

    async def impostor(script: Script) -> str:
        async def serve_one(stream: trio.SocketStream) -> None:
            await script(Impostor(stream))

        listeners = await nursery.start(trio.serve_tcp, serve_one, 0)
        return f"http://127.0.0.1:{listeners[0].socket.getsockname()[1]}"

    return impostor


async def silence(_: Impostor) -> None:
    await trio.sleep_forever()


async def hang_up(peer: Impostor) -> None:
    await peer.stream.receive_some()


async def speak_http(peer: Impostor) -> None:
    await peer.stream.receive_some()
    await peer.stream.send_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")


async def speak_something_else(peer: Impostor) -> None:
    await peer.stream.send_all(b"220 mail.example ESMTP\r\n")
    await trio.sleep(1)


async def accept_and_say_nothing(peer: Impostor) -> None:
    await peer.accept()
    await trio.sleep_forever()


async def accept_and_hang_up(peer: Impostor) -> None:
    await peer.accept()


async def accept_and_refuse(peer: Impostor) -> None:
    await peer.accept()
    await peer.say(CloseConnection(code=4003, reason="full"))
    await peer.read()


@pytest.mark.parametrize(
    ("script", "failure"),
    [
        (silence, f"no answer within {CONNECT_TIMEOUT:g} s"),
        (hang_up, f"no answer within {CONNECT_TIMEOUT:g} s"),
        (speak_http, "could not connect: HTTP 404 instead of a WebSocket; is that a game server?"),
        (speak_something_else, f"no answer within {CONNECT_TIMEOUT:g} s"),
        (accept_and_say_nothing, f"no answer within {CONNECT_TIMEOUT:g} s"),
        (accept_and_hang_up, "connection lost"),
        (accept_and_refuse, "closed with 4003 full"),
    ],
)
async def test_a_bot_that_never_gets_to_play_says_why(impostor: Pretend, script: Script, failure: str) -> None:
    outcome = await played(await impostor(script))
    assert not outcome.connected
    assert outcome.failure is not None
    assert outcome.failure.startswith(failure)
    assert outcome.failure.rstrip(": ") == outcome.failure


async def test_a_bot_that_finds_nobody_listening_says_so() -> None:
    [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listener.socket.getsockname()[1]
    await listener.aclose()
    outcome = await played(f"http://127.0.0.1:{port}")
    assert outcome.failure is not None
    assert outcome.failure.startswith("could not connect: ")
    assert "refused" in outcome.failure


async def fall_silent(peer: Impostor) -> None:
    await peer.welcome()
    await trio.sleep_forever()


async def cut(peer: Impostor) -> None:
    await peer.welcome()
    await trio.sleep(1)


async def reset(peer: Impostor) -> None:
    await peer.welcome()
    await trio.sleep(1)
    peer.stream.setsockopt(trio.socket.SOL_SOCKET, trio.socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    await trio.aclose_forcefully(peer.stream)


async def kick(peer: Impostor) -> None:
    await peer.welcome()
    await peer.say(CloseConnection(code=4009, reason="removed"))
    await peer.read()


async def send_text(peer: Impostor) -> None:
    await peer.welcome()
    await peer.say(TextMessage("hello"))
    await trio.sleep(1)


async def send_nonsense(peer: Impostor) -> None:
    await peer.welcome()
    await peer.say(BytesMessage(b"\xc1"))
    await trio.sleep(1)


async def go_back_in_time(peer: Impostor) -> None:
    await peer.welcome()
    await peer.say(BytesMessage(encode(snapshot(99))))
    await trio.sleep(1)


async def send_too_much(peer: Impostor) -> None:
    await peer.welcome()
    await peer.say(BytesMessage(bytes(2**20 + 1)))
    await trio.sleep(1)


async def break_the_framing(peer: Impostor) -> None:
    await peer.welcome()
    await peer.stream.send_all(b"\xff\xff\xff\xff")
    await trio.sleep(1)


@pytest.mark.parametrize(
    ("script", "failure"),
    [
        (fall_silent, "the server fell silent"),
        (cut, "connection lost"),
        (reset, "connection lost"),
        (kick, "closed with 4009 removed"),
        (send_text, "the server broke the protocol: a text message"),
        (send_nonsense, "the server broke the protocol: not one msgpack value"),
        (go_back_in_time, "the server broke the protocol: "),
        (send_too_much, "closed with 1009 "),
        (break_the_framing, "closed with 1002 "),
    ],
)
async def test_a_bot_that_is_cut_off_says_why(impostor: Pretend, script: Script, failure: str) -> None:
    outcome = await played(await impostor(script), seconds=60)
    assert outcome.connected
    assert outcome.failure is not None
    assert outcome.failure.startswith(failure)
    assert outcome.client.figures.snapshots == 1
