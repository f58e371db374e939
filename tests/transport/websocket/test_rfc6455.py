"""Frames judged by RFC 6455 and nothing else: a reader of its own, and the port, have to agree on any of them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

import pytest
import trio
from hypothesis import example, given, settings
from hypothesis import strategies as st
from wsproto.events import CloseConnection, Event, Pong

from game_server.protocol import MAX_CLIENT_MESSAGE_BYTES
from game_server.transport import Link, TransportOptions, serve
from tests.fuzzing import examples
from tests.transport.clients import WebSocketClient
from tests.transport.port import MemoryListener, SocketListener, Ticks, virtual_time

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
DATA: Final = (CONTINUATION, TEXT, BINARY)
GOOD_CODES: Final = (*range(1000, 1004), *range(1007, 1015), *range(3000, 5000))
MASK: Final = b"\x37\xfa\x21\x3d"
SITE = Path(__file__).parent


class Frame(NamedTuple):
    """One frame, right or wrong. ``longer`` writes the length in more bytes than it needs: 0, 2 or 8."""

    opcode: int
    payload: bytes = b""
    fin: bool = True
    reserved: int = 0
    masked: bool = True
    longer: int = 0

    def wire(self) -> bytes:
        size = len(self.payload)
        room = max(self.longer, 0 if size < 126 else 2 if size < 1 << 16 else 8)
        length = size if room == 0 else {2: 126, 8: 127}[room]
        head = bytes([self.fin << 7 | self.reserved << 4 | self.opcode, self.masked << 7 | length])
        head += size.to_bytes(room, "big") if room else b""
        if not self.masked:
            return head + self.payload
        return head + MASK + bytes(byte ^ MASK[at % 4] for at, byte in enumerate(self.payload))


class Verdict(NamedTuple):
    """What comes of some frames.

    Attributes:
        messages: binary ones that are whole.
        pongs: payloads that are owed.
        code: with which the connection is closed; 1006 while it goes on.
    """

    messages: list[bytes]
    pongs: list[bytes]
    code: int


def judge(frames: list[Frame], *, text_ends: bool = True) -> Verdict:
    """Read ``frames`` as the RFC says; sections in comments. Text is none of our protocol, which ends it with 1003."""
    messages: list[bytes] = []
    pongs: list[bytes] = []
    begun, pieces = 0, b""

    def verdict(code: int) -> Verdict:
        return Verdict(messages, pongs, code)

    for frame in frames:
        size = len(frame.payload)
        needed = 0 if size < 126 else 2 if size < 1 << 16 else 8
        if frame.reserved or frame.opcode not in (*DATA, CLOSE, PING, PONG):  # 5.2
            return verdict(1002)
        if not frame.masked:  # 5.1
            return verdict(1002)
        if frame.opcode not in DATA and (size > 125 or not frame.fin):  # 5.5
            return verdict(1002)
        if frame.longer > needed:  # 5.2, "the minimal number of bytes"
            return verdict(1002)
        if frame.opcode == PING:
            pongs.append(frame.payload)
        elif frame.opcode == CLOSE:
            return verdict(_close_code(frame.payload))
        elif frame.opcode in DATA:
            if (frame.opcode == CONTINUATION) != bool(begun):  # 5.4
                return verdict(1002)
            begun = begun or frame.opcode
            pieces += frame.payload
            if begun == TEXT and not _begins_text(pieces, whole=frame.fin):  # 8.1
                return verdict(1007)
            if len(pieces) > MAX_CLIENT_MESSAGE_BYTES:
                return verdict(1009)
            if frame.fin:
                if begun == TEXT and text_ends:
                    return verdict(1003)
                if begun == BINARY:
                    messages.append(pieces)
                begun, pieces = 0, b""
    return verdict(1006)


def _close_code(payload: bytes) -> int:
    """How a close frame is answered (5.5.1, 7.4)."""
    if not payload:
        return 1005
    if len(payload) == 1 or int.from_bytes(payload[:2], "big") not in GOOD_CODES:
        return 1002
    if not _begins_text(payload[2:], whole=True):
        return 1007
    return int.from_bytes(payload[:2], "big")


def _begins_text(data: bytes, *, whole: bool) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return not whole and error.reason == "unexpected end of data"
    return True


async def outcome(wire: bytes, cut: int, *, seated: bool) -> tuple[Verdict, list[Event]]:
    """What the port makes of ``wire``, sent in pieces of ``cut`` bytes."""
    messages: list[bytes] = []
    replies: list[Event] = []
    ticks, listener = Ticks(messages), SocketListener() if seated else MemoryListener()

    async def own(link: Link) -> None:
        while True:
            messages.append(await link.receive())

    async with trio.open_nursery() as nursery:
        nursery.start_soon(ticks.run)
        on_link = ticks.seated(own) if seated else own
        run = partial(serve, [listener], site=SITE, api={}, on_link=on_link, options=TransportOptions(timeout=1e6))
        await nursery.start(run)
        player = await WebSocketClient.open(await listener.dial())
        with suppress(trio.BrokenResourceError):
            for at in range(0, len(wire), cut):
                await player.send_raw(wire[at : at + cut])
            await trio.sleep(1)
            await player.stream.send_eof()  # type: ignore[attr-defined]
        while True:
            replies.append(await player.event())
            if isinstance(replies[-1], CloseConnection):
                break
        await trio.sleep(5)
        nursery.cancel_scope.cancel()
    if isinstance(listener, SocketListener):
        listener.close()
    pongs = [bytes(reply.payload) for reply in replies if isinstance(reply, Pong)]
    last = replies[-1]
    assert isinstance(last, CloseConnection)
    return Verdict(messages, pongs, int(last.code)), replies


def check(frames: list[Frame], cut: int = 1 << 20) -> None:
    expected, further = judge(frames), judge(frames, text_ends=False)
    wire = b"".join(frame.wire() for frame in frames)
    for seated in (False, True):
        found, _ = virtual_time(partial(outcome, wire, cut, seated=seated))
        if expected.code == 1003:  # what came along with the text may be read before the port has judged it
            assert found.code in (1003, further.code), (frames, seated)
            assert found.pongs == further.pongs[: len(found.pongs)]
            continue
        assert found.code == expected.code, (frames, seated)
        assert found.messages == expected.messages[: len(found.messages)]
        assert found.pongs == expected.pongs[: len(found.pongs)]
        if expected.code == 1006:
            assert (len(found.messages), len(found.pongs)) == (len(expected.messages), len(expected.pongs))


def framed(opcode: int, payload: bytes, fin: bool = True) -> Frame:
    return Frame(opcode, payload, fin)


def bytes_of(strategy: st.SearchStrategy[str]) -> st.SearchStrategy[bytes]:
    return strategy.map(str.encode)


payloads = st.one_of(
    st.binary(max_size=8),
    bytes_of(st.text(max_size=8)),
    st.sampled_from([0, 1, 124, 125, 126, 127, 128, 1000, MAX_CLIENT_MESSAGE_BYTES, MAX_CLIENT_MESSAGE_BYTES + 1]).map(
        bytes
    ),
    st.sampled_from(["κόσμε".encode(), "κόσμε".encode()[:-1], b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc0\xaf"]),
)
closes = st.one_of(
    st.binary(max_size=4),
    st.tuples(
        st.sampled_from([0, 999, 1000, 1001, 1004, 1005, 1006, 1007, 1011, 1015, 1016, 2999, 3000, 4009, 5000, 65535]),
        st.one_of(bytes_of(st.text(max_size=30)), st.binary(max_size=4)),
    ).map(lambda it: it[0].to_bytes(2, "big") + it[1]),
)
right = st.one_of(
    st.builds(framed, st.sampled_from([CONTINUATION, BINARY, BINARY, BINARY]), payloads, st.booleans()),
    st.builds(framed, st.just(BINARY), payloads),
    st.builds(framed, st.just(TEXT), payloads, st.booleans()),
    st.builds(framed, st.sampled_from([PING, PONG]), st.binary(max_size=125)),
)
wrong = st.builds(
    Frame,
    st.integers(0, 15),
    payloads,
    st.booleans(),
    st.sampled_from([0, 0, 0, 1, 2, 4, 7]),
    st.sampled_from([True, True, True, False]),
    st.sampled_from([0, 0, 0, 2, 8]),
)
any_frames = st.lists(st.one_of(right, right, right, wrong, st.builds(framed, st.just(CLOSE), closes)), max_size=8)


@settings(max_examples=examples(60))
@given(any_frames, st.sampled_from([1 << 20, 1 << 20, 1, 3, 100]))
@example([Frame(TEXT), Frame(PING)], 1 << 20)
@example([Frame(TEXT), Frame(BINARY, fin=False), Frame(CLOSE)], 1 << 20)
@example([Frame(BINARY, b"a", fin=False), Frame(PING, b"b"), Frame(CONTINUATION, b"c")], 1)
@example([Frame(TEXT, "κ".encode()[:1], fin=False), Frame(CONTINUATION, "κ".encode()[1:], fin=False)], 1 << 20)
def test_the_port_and_a_reader_of_the_rfc_agree_on_any_frames(frames: list[Frame], cut: int) -> None:
    if cut < 100 and sum(len(frame.payload) for frame in frames) > 1000:
        cut = 1000  # byte by byte, that would take minutes
    check(frames, cut)


BAD_CODES = [0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999, 5000, 65535]


@pytest.mark.parametrize("code", BAD_CODES)
def test_a_close_code_that_nobody_may_send_is_a_protocol_error(code: int) -> None:
    check([Frame(CLOSE, code.to_bytes(2, "big"))])


@pytest.mark.parametrize("code", [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999])
def test_a_close_code_that_may_be_sent_comes_back(code: int) -> None:
    check([Frame(CLOSE, code.to_bytes(2, "big") + b"bye")])


@pytest.mark.parametrize(
    "frames",
    [
        lambda: [Frame(CLOSE)],
        lambda: [Frame(CLOSE, b"\x03")],
        lambda: [Frame(CLOSE, b"\x03\xe8" + bytes(123))],
        lambda: [Frame(CLOSE, b"\x03\xe8" + bytes(124))],
        lambda: [Frame(CLOSE, b"\x03\xe8\xce\xba\xed\xa0\x80")],
        lambda: [Frame(CLOSE, b"\x03\xe8"), Frame(PING, b"after"), Frame(BINARY, b"after")],
        lambda: [Frame(BINARY, b"cut off", fin=False), Frame(CLOSE, b"\x03\xe8")],
        lambda: [Frame(PING, bytes(125))] * 10,
        lambda: [Frame(PING, bytes(126))],
        lambda: [Frame(PONG, b"unasked")] * 3 + [Frame(BINARY, b"a")],
        lambda: [Frame(BINARY, b"", fin=False)] + [Frame(CONTINUATION, b"", fin=False)] * 60 + [Frame(CONTINUATION)],
        lambda: [Frame(BINARY, b"a", fin=False), Frame(BINARY, b"b")],
        lambda: [Frame(CONTINUATION, b"a")],
        lambda: [Frame(BINARY, b"a", longer=2)],
        lambda: [Frame(BINARY, bytes(200), longer=8)],
        lambda: [Frame(BINARY, bytes(MAX_CLIENT_MESSAGE_BYTES))],
        lambda: [Frame(BINARY, bytes(MAX_CLIENT_MESSAGE_BYTES), fin=False), Frame(CONTINUATION, b"a")],
    ],
)
def test_what_a_test_suite_for_websockets_tries_is_judged_as_the_rfc_says(frames: Callable[[], list[Frame]]) -> None:
    check(frames())
