"""Links as a peer sees them, over memory streams and in virtual time."""

from __future__ import annotations

import gc

import pytest
import trio
from wsproto.events import CloseConnection, Ping, Pong
from wsproto.handshake import H11Handshake

from game_server.errors import ProtocolError
from game_server.protocol import MAX_CLIENT_MESSAGE_BYTES, CloseCode
from game_server.transport import Link, TransportOptions
from tests.transport.clients import WebSocketClient, frame
from tests.transport.port import TICK, Owner, Start
from tests.waiting import ended, happened

TIMEOUT = TransportOptions().timeout
CLOSE_TIMEOUT = TransportOptions().close_timeout
HOWEVER_SERVED = True


async def test_messages_cross_both_ways(start: Start) -> None:
    player = await WebSocketClient.open(await (await start())())
    for size in (0, 1, 125, 126, MAX_CLIENT_MESSAGE_BYTES):
        await player.send(bytes(size))
        assert await player.message() == bytes(size)


async def test_what_is_sent_and_offered_arrives_in_that_order(start: Start, owner: Owner) -> None:
    dial = await start(owner)
    player = await WebSocketClient.open(await dial())
    link = await owner.link()
    link.send(b"welcome")
    link.send(b"events")
    assert link.offer(b"snapshot")
    link.send(b"pong")
    assert [await player.message() for _ in range(4)] == [b"welcome", b"events", b"snapshot", b"pong"]


async def test_a_drain_gives_every_message_since_the_last(start: Start, owner: Owner) -> None:
    dial = await start(owner)
    player = await WebSocketClient.open(await dial())
    link = await owner.link()
    await player.send(b"hello")
    assert await link.receive() == b"hello"
    assert link.drain() == []
    await player.send(b"1")
    await player.send(b"2")
    await trio.sleep(0.1)
    assert link.drain() == [b"1", b"2"]
    assert link.drain() == []


async def test_of_the_handshake_of_a_connection_nothing_is_kept(start: Start) -> None:
    def kept() -> int:
        gc.collect()
        return sum(isinstance(one, H11Handshake) for one in gc.get_objects())

    dial = await start()
    before = kept()
    players = [await WebSocketClient.open(await dial()) for _ in range(3)]
    for player in players:
        await player.send(b"hello")
        assert await player.message() == b"hello"
    assert kept() == before


async def test_frames_sent_with_the_handshake_are_not_lost(start: Start) -> None:
    glued = frame(b"hello") + frame(b"input")[:4]
    player = await WebSocketClient.open(await (await start())(), glued=glued)
    assert await player.message() == b"hello"
    await player.send_raw(frame(b"input")[4:])
    assert await player.message() == b"input"


async def test_fragments_with_a_ping_between_them_make_one_message(start: Start) -> None:
    player = await WebSocketClient.open(await (await start())())
    await player.send_raw(frame(b"one ", fin=False) + frame(b"?", opcode=9) + frame(b"message", opcode=0))
    assert await player.event() == Pong(payload=b"?")
    assert await player.message() == b"one message"


async def test_a_second_snapshot_is_refused_until_the_first_has_gone(start_lockstep: Start, owner: Owner) -> None:
    dial = await start_lockstep(owner)
    player = await WebSocketClient.open(await dial())
    link = await owner.link()
    assert link.offer(b"1")
    await trio.sleep(1)
    assert not link.offer(b"2")
    assert not link.offer(b"3")
    assert await player.message() == b"1"
    await trio.sleep(1)
    assert link.offer(b"4")
    assert await player.message() == b"4"
    assert link.skipped == 2


async def test_traffic_is_counted_with_its_framing(start: Start, owner: Owner) -> None:
    dial = await start(owner)
    player = await WebSocketClient.open(await dial())
    link = await owner.link()
    before = link.bytes_out
    assert link.bytes_in == 0
    await player.send_raw(frame(b"x" * 20))
    link.send(b"y" * 600)
    await player.message()
    assert (link.bytes_in, link.bytes_out - before) == (26, 604)


# Silence


async def test_a_silent_peer_is_pinged_and_then_closed_with_4006(start: Start, owner: Owner) -> None:
    player = await WebSocketClient.open(await (await start(owner))())
    link = await owner.link()
    began = trio.current_time()
    assert isinstance(await player.event(within=TIMEOUT), Ping)
    assert trio.current_time() == pytest.approx(began + TransportOptions().ping_interval, abs=2 * TICK)
    while isinstance(event := await player.event(within=TIMEOUT), Ping):
        pass
    assert isinstance(event, CloseConnection)
    assert event.code == CloseCode.TIMED_OUT
    assert trio.current_time() == pytest.approx(began + TIMEOUT, abs=2 * TICK)
    assert (await ended(link)).code == CloseCode.TIMED_OUT


async def test_a_peer_that_answers_pings_is_kept(start: Start, owner: Owner) -> None:
    player = await WebSocketClient.open(await (await start(owner))())
    link, began = await owner.link(), trio.current_time()
    for _ in range(20):
        event = await player.event(within=TIMEOUT)
        assert isinstance(event, Ping)
        await player.send_event(event.response())
    assert trio.current_time() == pytest.approx(began + 20 * TransportOptions().ping_interval, abs=2 * TICK)
    assert not link.closed


async def test_the_round_trip_is_the_time_from_a_ping_to_its_pong(start: Start, owner: Owner) -> None:
    player = await WebSocketClient.open(await (await start(owner))())
    link = await owner.link()
    assert link.round_trip == 0
    for seconds, smoothed in ((0.2, 0.2), (0.6, 0.3)):
        event = await player.event(within=TIMEOUT)
        assert isinstance(event, Ping)
        await trio.sleep(seconds)
        await player.send_event(event.response())
        await trio.sleep(TICK)
        assert link.round_trip == pytest.approx(smoothed, abs=TICK)


async def test_any_bytes_are_a_sign_of_life(start: Start, owner: Owner) -> None:
    player = await WebSocketClient.open(await (await start(owner))())
    link = await owner.link()
    for byte in frame(b"slow"):
        await trio.sleep(TIMEOUT - 1)
        await player.send_raw(bytes([byte]))
    await trio.sleep(1)
    assert link.drain() == [b"slow"]


async def test_the_heartbeat_is_the_host_s_choice(start: Start, owner: Owner) -> None:
    dial = await start(owner, ping_interval=0.5, timeout=2.0)
    await WebSocketClient.open(await dial())
    link, began = await owner.link(), trio.current_time()
    assert (await ended(link, within=6)).code == CloseCode.TIMED_OUT
    assert trio.current_time() == pytest.approx(began + 2.0 + CLOSE_TIMEOUT, abs=2 * TICK)


async def test_a_player_who_says_no_hello_is_closed_with_4002(start: Start) -> None:
    player = await WebSocketClient.open(await (await start(hello_timeout=3.0))())
    began = trio.current_time()
    assert (await player.close_code())[0] == CloseCode.HELLO_TIMEOUT
    assert trio.current_time() == pytest.approx(began + 3.0, abs=2 * TICK)


async def test_the_hello_deadline_holds_for_the_first_message_alone(start: Start) -> None:
    player = await WebSocketClient.open(await (await start(hello_timeout=3.0))())
    await player.send(b"hello")
    await trio.sleep(4)
    assert await player.message() == b"hello"
    await player.send(b"later")
    assert await player.message() == b"later"


# The owner of a link


async def test_an_owner_that_returns_closes_the_link(start: Start) -> None:
    async def leave(link: Link) -> None:
        link.send(b"goodbye")

    player = await WebSocketClient.open(await (await start(leave))())
    assert await player.message() == b"goodbye"
    assert (await player.close_code())[0] == CloseCode.NORMAL


async def test_an_owner_that_refuses_closes_with_its_code_and_reason(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    async def refuse(link: Link) -> None:
        await link.receive()
        raise ProtocolError(CloseCode.REMOVED, "you were removed")

    player = await WebSocketClient.open(await (await start(refuse))())
    await player.send(b"hello")
    assert await player.close_code() == (4009, "you were removed")
    assert "Traceback" not in caplog.text


async def test_an_owner_that_fails_gives_1011_and_a_traceback_and_disturbs_nobody(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail_on_bad(link: Link) -> None:
        while True:
            if (message := await link.receive()) == b"bad":
                raise RuntimeError("a fault of ours")
            link.send(message)

    dial = await start(fail_on_bad)
    other, bad = await WebSocketClient.open(await dial()), await WebSocketClient.open(await dial())
    await bad.send(b"bad")
    assert (await bad.close_code())[0] == CloseCode.INTERNAL_ERROR
    assert "a fault of ours" in caplog.text
    await other.send(b"good")
    assert await other.message() == b"good"


async def test_an_owner_may_finish_its_work_after_the_peer_has_gone(start: Start) -> None:
    finished = trio.Event()

    async def tidy_up(link: Link) -> None:
        await ended(link)
        await trio.sleep(60)
        finished.set()

    player = await WebSocketClient.open(await (await start(tidy_up))())
    await player.stream.aclose()
    await happened(finished, within=100)


async def test_the_owners_of_all_links_share_one_name_which_says_what_they_are(start: Start) -> None:
    names: list[str] = []

    async def own(link: Link) -> None:
        names.append(trio.lowlevel.current_task().name)
        await ended(link, within=100)

    dial = await start(own)
    _players = [await WebSocketClient.open(await dial()) for _ in range(2)]
    await trio.sleep(TICK)
    assert names == ["the owner of a link"] * 2
    assert names[0] is names[1]
