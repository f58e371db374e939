"""One bot against scripted peers, most of which are no servers at all."""

from __future__ import annotations

import random
from contextlib import suppress

import pytest
import trio
from wsproto.events import BytesMessage, CloseConnection, Event, TextMessage

from game_server.client import CONNECT_TIMEOUT, Client, Purpose, Target
from game_server.client.upgrade import accept_of, key_in
from game_server.loadtest.players.player import Outcome, play
from game_server.loadtest.scenario.spread import MatchesUnavailable, find_or_open_matches
from game_server.protocol import Browse, Elsewhere, Home, HomeCode, Join, Lobby, RefusalCode, Refused, Watch
from tests.loadtest.impostor import Impostor, Pretend, Script
from tests.loadtest.played import WATCHED, WELCOME, Scribe, snapshot


async def played(url: str, seconds: float = 5.0, purpose: Purpose = Purpose.PLAY) -> Outcome:
    outcome = Outcome(Client("Bot", "", lambda _welcome: Scribe(), purpose))
    await play(Target.from_url(url), outcome, trio.current_time() + seconds)
    return outcome


async def test_a_bot_asks_for_a_seat_without_waiting_and_plays_to_the_end(impostor: Pretend) -> None:
    heard = []

    async def serve(peer: Impostor) -> None:
        heard.extend(await peer.welcome())
        await trio.sleep_forever()

    outcome = await played(await impostor(serve))
    assert heard == [outcome.client.hello, Join("")]
    assert (outcome.connected, outcome.failure, outcome.code) == (True, None, None)


async def test_a_ping_that_crosses_the_close_frame_of_a_bot_does_no_harm(impostor: Pretend) -> None:
    async def ping_after_the_close(peer: Impostor) -> None:
        await peer.welcome()
        while not any(isinstance(event, CloseConnection) for event in await peer.read()):
            pass
        await peer.stream.send_all(b"\x89\x00")
        await trio.sleep(1)

    assert (await played(await impostor(ping_after_the_close), 1.0)).failure is None


async def test_a_bot_that_is_called_off_says_goodbye(impostor: Pretend) -> None:
    heard: list[Event] = []

    async def serve(peer: Impostor) -> None:
        await peer.welcome()
        await peer.read()  # it plays
        calling_off.cancel()
        while not any(isinstance(event, CloseConnection) for event in heard):
            heard.extend(await peer.read())

    url = await impostor(serve)
    with trio.CancelScope() as calling_off:
        await played(url)
    await trio.sleep(0.5)
    assert [event.code for event in heard if isinstance(event, CloseConnection)] == [1000]


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


async def reset_at_once(peer: Impostor) -> None:
    await peer.stream.receive_some()
    peer.stream.setsockopt(trio.socket.SOL_SOCKET, trio.socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    await trio.aclose_forcefully(peer.stream)


async def speak_at_random(peer: Impostor) -> None:
    await peer.stream.receive_some()
    await peer.stream.send_all(random.Random(1).randbytes(300))
    await trio.sleep(1)


async def speak_without_end(peer: Impostor) -> None:
    with suppress(trio.BrokenResourceError):
        while True:
            await peer.stream.send_all(b"x" * 65536)


async def speak_http_without_end(peer: Impostor) -> None:
    with suppress(trio.BrokenResourceError):
        await peer.stream.send_all(b"HTTP/1.1 101 Switching Protocols\r\n")
        while True:
            await peer.stream.send_all(b"X: x\r\n" * 9999)


UPGRADED = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"


async def upgrade_to_something_else(peer: Impostor) -> None:
    key = key_in(bytes(await peer.stream.receive_some()))
    await peer.stream.send_all(UPGRADED + f"Sec-WebSocket-Accept: {accept_of(key)}\r\n\r\n".encode())
    await trio.sleep(1)


async def upgrade_somebody_else(peer: Impostor) -> None:
    await peer.stream.receive_some()
    await peer.stream.send_all(UPGRADED + b"Sec-WebSocket-Protocol: game-server.v1\r\n\r\n")
    await trio.sleep(1)


async def have_no_room(peer: Impostor) -> None:
    await peer.stream.receive_some()
    await peer.stream.send_all(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
    await trio.sleep(1)


async def accept_and_say_nothing(peer: Impostor) -> None:
    await peer.accept()
    await trio.sleep_forever()


async def accept_and_hang_up(peer: Impostor) -> None:
    await peer.accept()


async def accept_and_close(peer: Impostor) -> None:
    await peer.accept()
    await peer.close(4005, "too many messages")


async def accept_and_refuse(peer: Impostor) -> None:
    await peer.accept()
    await peer.send(Refused(Join.type, RefusalCode.MATCH_FULL, "every seat is taken"))
    await peer.read()


@pytest.mark.parametrize(
    ("script", "failure"),
    [
        (silence, f"no answer within {CONNECT_TIMEOUT:g} s"),
        (hang_up, "connection lost"),
        (reset_at_once, "connection lost"),
        (speak_at_random, "could not connect: the answer is not HTTP; is that a game server?"),
        (speak_without_end, "could not connect: the answer is not HTTP; is that a game server?"),
        (speak_http_without_end, "could not connect: the answer does not end; is that a game server?"),
        (upgrade_to_something_else, "could not connect: the server does not speak game-server.v1; is that a game"),
        (upgrade_somebody_else, "could not connect: the answer belongs to another request; is that a game"),
        (have_no_room, "turned away with 'HTTP/1.1 503 Service Unavailable' instead of a WebSocket"),
        (speak_http, "could not connect: 'HTTP/1.1 404 Not Found' instead of a WebSocket; is that a game server?"),
        (speak_something_else, "could not connect: the answer is not HTTP; is that a game server?"),
        (accept_and_say_nothing, f"no answer within {CONNECT_TIMEOUT:g} s"),
        (accept_and_hang_up, "connection lost"),
        (accept_and_close, "closed with 4005 too many messages"),
        (accept_and_refuse, "refused: every seat is taken"),
    ],
)
async def test_a_bot_that_never_gets_to_play_says_why(impostor: Pretend, script: Script, failure: str) -> None:
    outcome = await played(await impostor(script), seconds=60)
    assert not outcome.connected
    assert outcome.failure is not None
    assert outcome.failure.startswith(failure)
    assert outcome.failure.rstrip(": ") == outcome.failure


@pytest.mark.parametrize("script", [silence, accept_and_say_nothing])
async def test_a_bot_gives_up_when_it_is_to_leave(impostor: Pretend, script: Script) -> None:
    began = trio.current_time()
    outcome = await played(await impostor(script), seconds=4)
    assert (outcome.connected, outcome.failure) == (False, "did not get in before it was to leave")
    assert trio.current_time() - began == pytest.approx(4, abs=0.5)


@pytest.mark.parametrize(
    ("script", "failure"),
    [
        (silence, f"no answer within {CONNECT_TIMEOUT:g} s"),
        (accept_and_say_nothing, f"no answer within {CONNECT_TIMEOUT:g} s"),
        (hang_up, "connection lost"),
        (upgrade_to_something_else, "could not connect: the server does not speak game-server.v1"),
        (speak_at_random, "could not connect: the answer is not HTTP"),
        (accept_and_close, "closed with 4005 too many messages"),
    ],
)
async def test_matches_that_are_not_opened_are_reported_in_the_words_of_a_bot(
    impostor: Pretend, script: Script, failure: str
) -> None:
    with pytest.raises(MatchesUnavailable, match=failure):
        await find_or_open_matches(Target.from_url(await impostor(script)), 2, 4)


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
    await peer.close(4009, "removed")


async def send_home(peer: Impostor) -> None:
    await peer.welcome()
    await peer.send(Home(HomeCode.ENDED, "the match has ended", "Ada", ()))
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
    await peer.send(snapshot(99))
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
        (send_home, "sent to the lobby: the match has ended"),
        (send_text, "the server broke the protocol: a text message"),
        (send_nonsense, "the server broke the protocol: not one whole msgpack value"),
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


async def test_a_bot_that_is_refused_reports_the_code(impostor: Pretend) -> None:
    outcome = await played(await impostor(accept_and_refuse))
    assert (outcome.connected, outcome.refusal, outcome.code) == (False, RefusalCode.MATCH_FULL, None)


async def welcome_to_watch(peer: Impostor) -> None:
    assert (await peer.accept())[1] == Watch("")
    await peer.send(WATCHED)
    # The first that a spectator sees is late by more than the server may otherwise be silent.
    await trio.sleep(WATCHED.timeout + WATCHED.settings.delay - 1)
    await peer.send(snapshot(100, 1))
    await trio.sleep_forever()


async def test_a_spectator_waits_for_the_delay_and_stays_to_the_end(impostor: Pretend) -> None:
    outcome = await played(await impostor(welcome_to_watch), 40.0, Purpose.WATCH)
    assert (outcome.connected, outcome.failure, outcome.client.figures.snapshots) == (True, None, 1)


async def send_matches(peer: Impostor) -> None:
    assert (await peer.accept())[1] == Browse(1)
    await peer.send(Lobby(1, 1, (), ()))
    await trio.sleep(300)
    await peer.send(Lobby(0, 2, (), ()))
    await trio.sleep_forever()


async def test_one_who_browses_stays_to_the_end_however_little_happens(impostor: Pretend) -> None:
    outcome = await played(await impostor(send_matches), 900.0, Purpose.BROWSE)
    assert (outcome.connected, outcome.failure, outcome.client.figures.lobby_updates) == (True, None, 2)


async def answer_no_goodbye(peer: Impostor) -> None:
    await peer.welcome()
    await trio.sleep_forever()


async def test_a_server_that_answers_no_goodbye_is_left_after_three_seconds(impostor: Pretend) -> None:
    url = await impostor(answer_no_goodbye)
    began = trio.current_time()
    outcome = await played(url, 1.0)
    assert trio.current_time() - began == pytest.approx(1 + 3, abs=0.3)
    assert (outcome.connected, outcome.failure) == (True, None)


async def test_a_bot_that_is_called_off_waits_for_no_answer_to_its_goodbye(impostor: Pretend) -> None:
    url = await impostor(answer_no_goodbye)
    began = trio.current_time()
    with trio.move_on_after(1.0):
        await played(url, 60.0)
    assert trio.current_time() - began == pytest.approx(1 + 0.2, abs=0.1)


async def test_a_bot_that_is_sent_on_again_and_again_gives_up(impostor: Pretend) -> None:
    numbers: list[int] = []

    async def send_on(peer: Impostor) -> None:
        numbers.append(peer.number)
        await peer.accept()
        await peer.send(Elsewhere("/ws", "ticket"))
        await trio.sleep(1)

    outcome = await played(await impostor(send_on), 60.0)
    assert (outcome.connected, outcome.failure) == (False, "sent elsewhere more than 4 times")
    assert numbers == [0, 1, 2, 3, 4]


async def test_a_bot_goes_nowhere_that_is_no_websocket(impostor: Pretend) -> None:
    async def send_on(peer: Impostor) -> None:
        await peer.accept()
        await peer.send(Elsewhere("https://127.0.0.1", "ticket"))
        await trio.sleep(1)

    outcome = await played(await impostor(send_on), 60.0)
    assert (outcome.connected, outcome.code) == (False, 4001)
    assert "where they cannot go" in (outcome.failure or "")


async def test_how_long_it_took_to_connect_and_to_be_seated_is_noted_from_when_it_was_due(impostor: Pretend) -> None:
    async def serve(peer: Impostor) -> None:
        await trio.sleep(2)
        await peer.accept()
        await trio.sleep(3)
        await peer.send(WELCOME)
        await trio.sleep_forever()

    url = await impostor(serve)
    outcome = Outcome(Client("Bot", "", lambda _welcome: Scribe()), due=trio.current_time() - 10)
    await play(Target.from_url(url), outcome, trio.current_time() + 9)
    assert outcome.connects == pytest.approx([12], abs=0.2)
    assert outcome.joins == pytest.approx([3], abs=0.2)
    assert outcome.due is None


async def test_a_cut_breaks_the_connection_without_a_close_code_and_counts_as_no_close(impostor: Pretend) -> None:
    outcome = Outcome(Client("Bot", "", lambda _welcome: Scribe()))
    url, began = await impostor(answer_no_goodbye), trio.current_time()
    await play(Target.from_url(url), outcome, began + 60, cut_at=began + 2)
    assert trio.current_time() - began == pytest.approx(2, abs=0.1)
    assert (outcome.connected, outcome.failure, outcome.code) == (True, "connection cut by the scenario", 1006)
    assert outcome.closes == []
