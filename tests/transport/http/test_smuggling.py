"""Requests in the bodies of others: a proxy and this server must never disagree on where one ends."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from pathlib import Path

import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from game_server.transport import TransportOptions, serve
from tests.fuzzing import examples
from tests.transport.port import MemoryListener, echo, virtual_time

SITE = Path(__file__).parent
INSIDE = b"GET /inside HTTP/1.1\r\nHost: a\r\n\r\n"
"""What stands in a body."""

lengths = st.one_of(
    st.sampled_from([b"0", b"00", b"+5", b"-1", b"5 5", b"5, 5", b"0x10", b"", b" 7", b"99999999999999999999"]),
    st.integers(0, 200).map(lambda size: b"%d" % size),
    st.just(b"%d" % len(INSIDE)),
)
codings = st.sampled_from(
    [b"chunked", b"Chunked", b" chunked", b"chunked ", b"x, chunked", b"chunked, identity", b"identity", b"chunk", b""]
)
names = st.sampled_from([b"Content-Length", b"content-length", b"Content-Length "])
coding_names = st.sampled_from(
    [b"Transfer-Encoding", b"transfer-encoding", b"Transfer-Encoding ", b"Transfer_Encoding"]
)
header = st.one_of(
    st.tuples(names, lengths), st.tuples(coding_names, codings), st.just((b"Expect", b"100-continue"))
).map(b": ".join)
headers = st.lists(header, min_size=1, max_size=3)
bodies = st.sampled_from(
    [INSIDE, b"0\r\n\r\n" + INSIDE, b"%x\r\n%b\r\n0\r\n\r\n" % (len(INSIDE), INSIDE), b"0;a=b\r\n" + INSIDE]
)
ends = st.sampled_from([b"\r\n", b"\r\n", b"\r\n", b"\n"])


@st.composite
def request_with_a_body(draw: st.DrawFn) -> bytes:
    """A request that announces a body in one way or another, and what may be one."""
    end = draw(ends)
    method = draw(st.sampled_from([b"GET", b"POST", b"HEAD"]))
    version = draw(st.sampled_from([b"1.1", b"1.1", b"1.0"]))
    lines = [method + b" /outside HTTP/" + version, b"Host: a", b"Connection: keep-alive", *draw(headers)]
    return end.join([*lines, b"", b""]) + draw(bodies)


async def asked(wire: bytes) -> list[str]:
    """What the server has answered, of all that might have been asked."""
    calls: list[str] = []
    listener = MemoryListener()

    def inside() -> object:
        calls.append("inside")
        return {}

    async with trio.open_nursery() as nursery:
        api = {"/inside": inside, "/outside": dict}
        run = partial(serve, [listener], site=SITE, api=api, on_link=echo, options=TransportOptions())
        await nursery.start(run)
        stream = await listener.dial()
        with suppress(trio.BrokenResourceError):
            await stream.send_all(wire)
            await stream.send_eof()  # type: ignore[attr-defined]
        while await stream.receive_some():
            pass
        nursery.cancel_scope.cancel()
    return calls


def announces(wire: bytes) -> bool:
    """Whether somebody might take what follows the head for a body: whatever is called so and is not zero."""
    head = wire.replace(b"\r\n", b"\n").partition(b"\n\n")[0].lower()
    for line in head.split(b"\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip() == b"transfer-encoding" or (name.strip() == b"content-length" and value.strip(b" 0")):
            return True
    return False


@settings(max_examples=examples(300))
@given(request_with_a_body())
def test_nothing_in_what_may_be_a_body_is_ever_taken_for_a_request(wire: bytes) -> None:
    if announces(wire):
        assert virtual_time(partial(asked, wire)) == []
