"""The tick's way and the library's way: whatever a peer sends, and however it is cut, the same comes out."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from wsproto.events import CloseConnection, Event, Message

from game_server.protocol import MAX_CLIENT_MESSAGE_BYTES
from game_server.transport import Link, TransportOptions, serve
from game_server.transport.tick_io import input_reader
from game_server.transport.websocket.mailbox import Inbox
from tests.fuzzing import examples
from tests.transport.clients import WebSocketClient, frame
from tests.transport.port import TICK, Owner, SocketListener, Ticks, virtual_time
from tests.waiting import ended

OPTIONS = TransportOptions(timeout=1e6, ping_interval=1e5, message_budget=(10**6, 10**6))
masks = st.binary(min_size=4, max_size=4)
small = st.binary(max_size=125)


@st.composite
def fragmented(draw: st.DrawFn) -> bytes:
    """A message in pieces, with control frames between them."""
    pieces = draw(st.lists(st.binary(max_size=200), min_size=2, max_size=4))
    wire = b""
    for number, piece in enumerate(pieces):
        wire += frame(piece, opcode=0 if number else 2, fin=number == len(pieces) - 1, mask=draw(masks))
        if draw(st.booleans()):
            wire += draw(control)
    return wire


control = st.builds(frame, small, opcode=st.sampled_from([9, 10]), mask=masks)
good = st.one_of(
    st.builds(frame, small, mask=masks),
    st.builds(frame, small, mask=masks),
    st.builds(frame, st.integers(126, MAX_CLIENT_MESSAGE_BYTES).map(bytes), mask=masks),
    control,
    fragmented(),
)
last = st.one_of(
    st.just(b""),
    st.builds(frame, small, opcode=st.just(8), mask=masks),
    st.builds(frame, st.sampled_from([b"\x03\xe8", b"\x03\xe8bye", b"\x0f\xa0"]), opcode=st.just(8), mask=masks),
    st.builds(frame, st.one_of(small, st.text(max_size=50).map(str.encode)), opcode=st.just(1), mask=masks),
    st.builds(frame, small, mask=st.none()),
    st.builds(frame, small, opcode=st.sampled_from([0, 3, 7, 11, 15]), mask=masks),
    st.builds(frame, small, opcode=st.sampled_from([8, 9, 10]), fin=st.just(False), mask=masks),
    st.builds(frame, small, opcode=st.just(0x42), mask=masks),
    st.just(frame(bytes(MAX_CLIENT_MESSAGE_BYTES + 1))),
    st.just(frame(b"begun", fin=False) + frame(b"again")),
    st.binary(max_size=20),
)
rest = st.lists(st.builds(frame, small, mask=masks), max_size=2).map(b"".join)


class Outcome(NamedTuple):
    messages: list[bytes]
    replies: list[Event]
    end: tuple[int, str]


class Record(Inbox):
    """Keeps what was ever put."""

    def __init__(self, messages: list[bytes]) -> None:
        super().__init__(10**6)
        self.seen = messages

    def put_small(self, messages: list[bytes]) -> bool:
        self.seen += messages
        return super().put_small(messages)


async def outcome(
    site: Path, wire: bytes, glued: int, cuts: list[tuple[int, bool]], *, at_the_tick: bool, ring: bool = True
) -> Outcome:
    replies: list[Event] = []
    messages: list[bytes] = []
    listener, ticks, owner = SocketListener(), Ticks(messages, ring=ring), Owner()

    async def own(link: Link) -> None:
        messages.extend(link.drain())
        link.inbox = Record(messages)
        await (ticks.seated(owner) if at_the_tick else owner)(link)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(ticks.run)
        await nursery.start(partial(serve, [listener], site=site, api={}, on_link=own, options=OPTIONS))
        player = await WebSocketClient.open(await listener.dial(), glued=wire[:glued])
        link = await owner.link()
        wire = wire[glued:]
        with suppress(trio.BrokenResourceError):
            for size, pause in cuts:
                await player.send_raw(wire[:size])
                wire = wire[size:]
                await trio.sleep(2 * TICK * pause)
        await trio.sleep(30 * TICK)
        with suppress(trio.BrokenResourceError):
            await player.stream.send_eof()  # type: ignore[attr-defined]
        while True:
            replies.append(await player.event())
            if isinstance(replies[-1], CloseConnection):
                break
        end = await ended(link)
        nursery.cancel_scope.cancel()
    listener.close()
    assert not any(isinstance(reply, Message) for reply in replies)
    return Outcome(messages, replies, (end.code, end.reason))


@settings(max_examples=examples(60), deadline=None)
@given(
    st.tuples(st.lists(good, max_size=8).map(b"".join), last, rest).map(b"".join),
    st.sampled_from([0, 0, 1, 7, 30, 200]),
    st.lists(st.tuples(st.sampled_from([1, 2, 3, 5, 8, 26, 100, 3000]), st.booleans()), max_size=40),
)
def test_both_ways_give_the_same_messages_replies_and_ends(
    small_site: Path, wire: bytes, glued: int, cuts: list[tuple[int, bool]]
) -> None:
    cuts = [*cuts, (len(wire) + 1, True)]
    by_tasks, at_the_tick = (
        virtual_time(partial(outcome, small_site, wire, glued, cuts, at_the_tick=seated)) for seated in (False, True)
    )
    assert at_the_tick == by_tasks
    with patch.object(input_reader, "MANY", 1):
        for ring in (True, False):
            assert (
                virtual_time(partial(outcome, small_site, wire, glued, cuts, at_the_tick=True, ring=ring)) == by_tasks
            )
