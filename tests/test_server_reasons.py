"""How a server closes those who break the framing: in words about what they sent, whatever library read it."""

from __future__ import annotations

import random

import pytest
import trio

from game_server.protocol import MAX_CLIENT_MESSAGE_BYTES, MAX_REASON_BYTES, CloseCode, Join
from tests.live_server import OpenServer, Served
from tests.protocol.test_reasons import PYTHON
from tests.transport.clients import frame

BROKEN = "the WebSocket framing was broken"
FRAMES = {
    "a fragment of nothing": (frame(b"x", opcode=0), CloseCode.PROTOCOL_ERROR, BROKEN),
    "a message inside another": (
        frame(b"x", opcode=2, fin=False) + frame(b"y", opcode=2), CloseCode.PROTOCOL_ERROR, BROKEN
    ),
    "an unknown opcode": (frame(b"x", opcode=11), CloseCode.PROTOCOL_ERROR, BROKEN),
    "a reserved bit": (b"\xc2\x81\x00\x00\x00\x00x", CloseCode.PROTOCOL_ERROR, BROKEN),
    "no mask": (b"\x82\x01x", CloseCode.PROTOCOL_ERROR, BROKEN),
    "a long ping": (frame(b"x" * 126, opcode=9), CloseCode.PROTOCOL_ERROR, BROKEN),
    "a close of one byte": (frame(b"\x03", opcode=8), CloseCode.PROTOCOL_ERROR, BROKEN),
    "a close with a code of nobody's": (frame(b"\x00\x05", opcode=8), CloseCode.PROTOCOL_ERROR, BROKEN),
    "a close whose reason is not UTF-8": (
        frame(b"\x03\xe8\xff", opcode=8), CloseCode.INVALID_DATA, "a text that is not UTF-8"
    ),
    "text that is not UTF-8": (frame(b"\xff", opcode=1), CloseCode.INVALID_DATA, "a text that is not UTF-8"),
    "a long message": (
        frame(bytes(MAX_CLIENT_MESSAGE_BYTES + 1), opcode=2), CloseCode.MESSAGE_TOO_BIG,
        "a message of more than 4096 bytes",
    ),
}  # fmt: skip


async def closed_after(served: Served, data: bytes, *, seated: bool) -> tuple[int, str]:
    socket = (await served.join()).socket if seated else await served.connect()
    await socket.send_raw(data)
    return await socket.close_code()


@pytest.mark.parametrize("seated", [False, True], ids=["before hello", "with a seat"])
async def test_broken_frames_are_closed_with_words_of_the_documents(open_server: OpenServer, seated: bool) -> None:
    served = await open_server(max_players=len(FRAMES))
    told = {name: await closed_after(served, data, seated=seated) for name, (data, _, _) in FRAMES.items()}
    assert told == {name: (code, reason) for name, (_, code, reason) in FRAMES.items()}


async def test_no_reason_that_bytes_at_random_are_closed_with_speaks_of_python(open_server: OpenServer) -> None:
    served, chance = await open_server(max_players=1), random.Random(5)
    for _ in range(60):
        head = bytes((chance.choice((0x82, 0x81, 0x88, chance.randrange(256))), 0x80 | chance.randrange(126)))
        data = head + chance.randbytes(200)
        with trio.move_on_after(20):  # for bytes that are the beginning of something, until nothing follows
            code, reason = await closed_after(served, data, seated=False)
            assert not PYTHON.search(reason), (data, code, reason)
            assert len(reason.encode()) <= MAX_REASON_BYTES


async def test_a_seat_does_not_end_for_others_when_somebody_breaks_the_framing(open_server: OpenServer) -> None:
    served = await open_server()
    ada = await served.join("Ada")
    await closed_after(served, b"\x82\x01x", seated=True)
    await (await served.come("Grace")).enter(Join(""))
    assert await ada.ticks(3)
