"""How a link ends, by either side's will or fault, as the peer and the owner see it."""

from __future__ import annotations

import pytest
import trio
from wsproto.events import CloseConnection, Ping, Pong

from game_server.errors import LinkClosed
from game_server.protocol import MAX_CLIENT_MESSAGE_BYTES, CloseCode
from game_server.transport import Link, TransportOptions
from game_server.transport.options import SLOW_TIMEOUT
from game_server.transport.websocket.mailbox import MAX_QUEUED_BYTES
from game_server.transport.websocket.stream import WebSocketStream
from tests.transport.clients import WebSocketClient, frame
from tests.transport.port import TICK, Owner, Start
from tests.waiting import ended

CLOSE_TIMEOUT = TransportOptions().close_timeout
HOWEVER_SERVED = True
CAPACITY, REFILL = TransportOptions().message_budget


# Ends, and what they are called


async def test_a_close_comes_after_what_was_sent_before_it(start: Start, owner: Owner) -> None:
    dial = await start(owner)
    player = await WebSocketClient.open(await dial())
    link = await owner.link()
    link.send(b"last words")
    link.close(CloseCode.REMOVED, "removed by the host")
    link.send(b"too late")
    assert link.closed
    assert await player.message() == b"last words"
    assert await player.close_code() == (4009, "removed by the host")
    await trio.sleep(0.1)
    assert [(end.code, end.reason) for end in owner.ends] == [(4009, "removed by the host")]


async def test_the_first_close_counts(start: Start, owner: Owner) -> None:
    player = await WebSocketClient.open(await (await start(owner))())
    link = await owner.link()
    link.close(CloseCode.GOING_AWAY, "first")
    link.close(CloseCode.REMOVED, "second")
    assert await player.close_code() == (1001, "first")


async def test_a_reason_is_cut_to_what_a_close_frame_carries(start: Start, owner: Owner) -> None:
    player = await WebSocketClient.open(await (await start(owner))())
    (await owner.link()).close(CloseCode.BAD_MESSAGE, "é" * 100)
    assert await player.close_code() == (4001, "é" * 61)


async def test_a_peer_that_closes_is_answered_and_its_reason_known(start: Start, owner: Owner) -> None:
    player = await WebSocketClient.open(await (await start(owner))())
    link = await owner.link()
    await player.send_event(CloseConnection(code=1000, reason="bye"))
    event = await player.event()
    assert isinstance(event, CloseConnection)
    assert event.code == 1000
    end = await ended(link)
    assert (end.code, end.reason) == (1000, "bye")


async def test_what_came_before_the_peer_closed_can_still_be_drained(start: Start, owner: Owner) -> None:
    player = await WebSocketClient.open(await (await start(owner))())
    link = await owner.link()
    await player.send(b"last input")
    await player.send_event(CloseConnection(code=1000))
    await ended(link)
    assert link.drain() == [b"last input"]
    assert link.drain() == []


async def test_after_our_own_close_nothing_is_left_to_drain(start: Start, owner: Owner) -> None:
    player = await WebSocketClient.open(await (await start(owner))())
    link = await owner.link()
    await player.send(b"input")
    await trio.sleep(0.1)
    link.close(CloseCode.REMOVED, "")
    await player.send(b"another")
    await player.close_code()
    await ended(link)
    assert link.drain() == []


@pytest.mark.parametrize("sent", [b"", frame(b"half a frame")[:7], frame(bytes(1000))[:900]])
async def test_a_peer_that_vanishes_is_1006(start: Start, owner: Owner, sent: bytes) -> None:
    player = await WebSocketClient.open(await (await start(owner))())
    link = await owner.link()
    await player.send_raw(sent)
    await player.stream.aclose()
    assert (await ended(link)).code == CloseCode.ABNORMAL
    with pytest.raises(LinkClosed) as closed:
        await link.receive()
    assert closed.value.code == CloseCode.ABNORMAL


async def test_a_peer_that_ignores_the_close_is_cut_off(start: Start, owner: Owner) -> None:
    player = await WebSocketClient.open(await (await start(owner))())
    link = await owner.link()
    began = trio.current_time()
    link.close(CloseCode.REMOVED, "")
    assert (await ended(link)).code == CloseCode.REMOVED
    assert trio.current_time() == pytest.approx(began + CLOSE_TIMEOUT, abs=2 * TICK)
    assert isinstance(await player.event(), CloseConnection)


async def test_a_ping_that_crosses_the_close_does_no_harm(
    start: Start, owner: Owner, caplog: pytest.LogCaptureFixture
) -> None:
    player = await WebSocketClient.open(await (await start(owner))())
    link = await owner.link()
    link.close(CloseCode.REMOVED, "removed")
    await player.send_event(Ping(payload=b"?"))
    assert await player.close_code() == (4009, "removed")
    await player.stream.aclose()
    assert (await ended(link)).code == CloseCode.REMOVED
    assert "ERROR" not in caplog.text


# What a peer may not do


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (frame(b"text", opcode=1), CloseCode.UNSUPPORTED_DATA),
        (frame(b"\xff\xfe", opcode=1), CloseCode.INVALID_DATA),
        (frame(bytes(MAX_CLIENT_MESSAGE_BYTES + 1)), CloseCode.MESSAGE_TOO_BIG),
        (frame(bytes(10_000), fin=False) + frame(bytes(10_000), opcode=0), CloseCode.MESSAGE_TOO_BIG),
        (frame(bytes(MAX_CLIENT_MESSAGE_BYTES + 1)) + frame(b"?", opcode=9), CloseCode.MESSAGE_TOO_BIG),
        (b"\x82\xff\x00\x00\x00\xff\xff\xff\xff\xff" + bytes(20_000), CloseCode.MESSAGE_TOO_BIG),
        (frame(b"unmasked", mask=None), CloseCode.PROTOCOL_ERROR),
        (frame(b"", opcode=3), CloseCode.PROTOCOL_ERROR),
        (frame(b"", opcode=0), CloseCode.PROTOCOL_ERROR),
        (b"\xc2\x80\x00\x00\x00\x00", CloseCode.PROTOCOL_ERROR),
        (frame(b"ping", opcode=9, fin=False), CloseCode.PROTOCOL_ERROR),
        (frame(bytes(126), opcode=9), CloseCode.PROTOCOL_ERROR),
        (frame(b"\x03", opcode=8), CloseCode.PROTOCOL_ERROR),
        (frame(b"\x03\xee", opcode=8), CloseCode.PROTOCOL_ERROR),
        (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", CloseCode.PROTOCOL_ERROR),
    ],
)
async def test_a_broken_rule_is_closed_with_its_code_and_nobody_else_notices(
    start: Start, caplog: pytest.LogCaptureFixture, sent: bytes, code: int
) -> None:
    dial = await start()
    other, bad = await WebSocketClient.open(await dial()), await WebSocketClient.open(await dial())
    await bad.send_raw(sent)
    assert (await bad.close_code())[0] == code
    await other.send(b"undisturbed")
    assert await other.message() == b"undisturbed"
    assert not [record for record in caplog.records if record.exc_info or record.levelname == "ERROR"]


async def drain_at_30_hertz(link: Link) -> None:
    while not link.closed:
        link.drain()
        await trio.sleep(1 / 30)
    await ended(link)


@pytest.mark.parametrize(
    "message", [frame(b"input"), frame(b"?", opcode=9), frame(b"!", opcode=10), frame(b"", fin=False)]
)
async def test_a_flood_of_any_frames_is_closed_with_4005(start: Start, message: bytes) -> None:
    player = await WebSocketClient.open(await (await start(drain_at_30_hertz))())
    rest = message[:1].replace(b"\x02", b"\x00") + message[1:]
    await player.send_raw(message + rest * 1000)
    event = await player.event()
    while isinstance(event, Pong):
        event = await player.event()
    assert isinstance(event, CloseConnection)
    assert event.code == CloseCode.FLOODING


async def test_twice_the_tick_rate_is_no_flood(start: Start) -> None:
    player = await WebSocketClient.open(await (await start(drain_at_30_hertz))())
    for _ in range(600):
        await player.send(b"input")
        await trio.sleep(1 / 60)
    await player.send_event(CloseConnection(code=1000))
    assert (await player.close_code())[0] == 1000


async def test_a_burst_after_a_stall_is_no_flood(start: Start) -> None:
    player = await WebSocketClient.open(await (await start(drain_at_30_hertz))())
    await player.send_raw(frame(b"input") * CAPACITY)
    await trio.sleep(CAPACITY / REFILL)
    await player.send_raw(frame(b"input") * CAPACITY)
    await trio.sleep(1)
    await player.send_event(CloseConnection(code=1000))
    assert (await player.close_code())[0] == 1000


async def test_messages_that_nobody_drains_are_bounded(start: Start, owner: Owner) -> None:
    player = await WebSocketClient.open(await (await start(owner))())
    for _ in range(MAX_QUEUED_BYTES // MAX_CLIENT_MESSAGE_BYTES + 1):
        await player.send(bytes(MAX_CLIENT_MESSAGE_BYTES))
        await trio.sleep(1)
    assert (await player.close_code())[0] == CloseCode.FLOODING


async def test_more_than_may_wait_is_closed_with_4007_once_it_is_read(start_lockstep: Start, owner: Owner) -> None:
    dial = await start_lockstep(owner)
    player = await WebSocketClient.open(await dial())
    link = await owner.link()
    for _ in range(3):
        link.send(bytes(MAX_QUEUED_BYTES // 2))
    assert link.closed
    assert [len(await player.message()) for _ in range(2)] == [MAX_QUEUED_BYTES // 2] * 2
    event = await player.event()
    assert isinstance(event, CloseConnection)
    assert event.code == CloseCode.TOO_SLOW


async def test_a_peer_that_closes_while_we_close_is_gone_without_what_still_waits(
    start_lockstep: Start, owner: Owner
) -> None:
    dial = await start_lockstep(owner)
    player = await WebSocketClient.open(await dial())
    link = await owner.link()
    for _ in range(3):
        link.send(bytes(1000))
    link.close(CloseCode.REMOVED, "removed")
    began = trio.current_time()
    await player.send_event(CloseConnection(code=1000))
    await trio.sleep(0.1)
    await player.close_code()  # that of the side whose frame came first
    assert (await ended(link)).code == CloseCode.REMOVED
    assert trio.current_time() < began + CLOSE_TIMEOUT


async def test_a_peer_that_stops_reading_is_cut_off_as_too_slow(start_lockstep: Start, owner: Owner) -> None:
    dial = await start_lockstep(owner)
    await WebSocketClient.open(await dial())
    link = await owner.link()
    began = trio.current_time()
    link.send(b"unread")
    end = await ended(link, within=SLOW_TIMEOUT + 1)
    assert end.code == CloseCode.TOO_SLOW
    assert trio.current_time() == pytest.approx(began + SLOW_TIMEOUT, abs=2 * TICK)


async def test_a_peer_that_reads_slowly_but_steadily_is_kept(
    start_lockstep: Start, owner: Owner, nursery: trio.Nursery
) -> None:
    dial = await start_lockstep(owner, timeout=1000.0)
    stream = (await WebSocketClient.open(await dial())).stream
    link = await owner.link()

    async def read_1_kilobyte_a_second() -> None:
        while True:
            await stream.receive_some(1024)
            await trio.sleep(1)

    nursery.start_soon(read_1_kilobyte_a_second)
    link.send(bytes(100_000))
    await trio.sleep(60)
    assert not link.closed


async def test_a_message_larger_than_the_protocol_allows_is_a_fault_of_ours(start: Start, owner: Owner) -> None:
    player = await WebSocketClient.open(await (await start(owner))())
    link = await owner.link()
    for hand_over in (link.send, link.offer):
        with pytest.raises(ValueError, match="1048577"):
            hand_over(bytes((1 << 20) + 1))
    link.send(bytes(1 << 20))
    assert len(await player.message()) == 1 << 20


@pytest.mark.parametrize(
    ("sent", "code", "by_peer"),
    [
        (frame((4009).to_bytes(2, "big") + b"I say", opcode=8), 4009, True),
        (frame(b"", opcode=8), 1005, True),
        (frame(b"unmasked", mask=None), CloseCode.PROTOCOL_ERROR, False),
        (frame(b"text", opcode=1), CloseCode.UNSUPPORTED_DATA, False),
        (None, CloseCode.ABNORMAL, True),
    ],
    ids=["with a code", "without one", "broken", "refused", "gone"],
)
async def test_who_has_ended_a_link_is_known(
    start: Start, owner: Owner, sent: bytes | None, code: int, by_peer: bool
) -> None:
    player = await WebSocketClient.open(await (await start(owner))())
    link = await owner.link()
    if sent is None:
        await player.stream.aclose()
    else:
        await player.send_raw(sent)
        await player.close_code()
    await ended(link)
    assert (link.ended_with()[0], link.ended_by_peer) == (code, by_peer)


async def test_an_owner_who_meets_the_end_of_another_link_closes_this_one(start: Start) -> None:
    async def meet(_link: Link) -> None:
        raise LinkClosed(4009, "that of another")

    player = await WebSocketClient.open(await (await start(meet))())
    assert await player.close_code() == (1000, "")


async def test_a_fault_of_the_server_ends_one_link_with_1011_and_is_logged_in_one_line(
    start: Start, owner: Owner, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("unthought of")

    player = await WebSocketClient.open(await (await start(owner))())
    link = await owner.link()
    monkeypatch.setattr(WebSocketStream, "delivered", fail)
    await player.send("text")
    assert await player.close_code() == (1011, "a fault of the server")
    assert (await ended(link)).code == CloseCode.INTERNAL_ERROR
    (record,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert "unthought of" in record.getMessage()
    assert record.exc_info is None
