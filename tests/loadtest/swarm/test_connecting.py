"""What a connection of the swarm reads before it plays, from bytes that come in pieces."""

from __future__ import annotations

import socket
from collections.abc import Generator
from typing import Any

import pytest

from game_server.client import ConnectError
from game_server.loadtest.swarm.connecting import MOST_BYTES, RawConnection, ServerAddress
from tests.transport.clients import frame


def talk(said: list[bytes], ask: str) -> tuple[Any, bytes]:
    """What ``ask`` gives at the end, and what is left, where the server says so much each time it is waited for."""
    connection = RawConnection(ServerAddress(socket.AF_INET, ("127.0.0.1", 9), "localhost"))
    connection.socket.close()
    connection.socket, far = socket.socketpair()
    talking: Generator[Any, None, Any] = getattr(connection, ask)()
    with connection.socket, far:
        try:
            next(talking)
            for data in said:
                far.sendall(data) if data else far.shutdown(socket.SHUT_WR)
                talking.send(None)
        except StopIteration as end:
            return end.value, connection.rest
    raise AssertionError("it waits for more")


def test_a_head_may_come_in_pieces_and_what_follows_it_is_kept() -> None:
    head, rest = talk([b"HTTP/1.1 101 Sw", b"itching\r\nA: b\r\n\r", b"\nmore"], "head")
    assert bytes(head).startswith(b"HTTP/1.1 101 Switching\r\nA: b")
    assert rest == b"more"


def test_a_message_is_the_next_frame_that_is_no_control_frame() -> None:
    ping, hello, more = (
        frame(data, opcode=opcode, mask=None) for data, opcode in ((b"?", 9), (b"hello", 2), (b"x", 2))
    )
    message, rest = talk([ping + hello[:3], hello[3:] + more + more[:1]], "message")
    assert (message, rest) == (b"hello", more + more[:1])


@pytest.mark.parametrize("ask", ["head", "message"])
def test_an_end_and_an_answer_without_end_are_reported(ask: str) -> None:
    with pytest.raises(ConnectError, match="connection lost"):
        talk([b"", b""], ask)
    begun = b"\x82\x7f" + (1 << 40).to_bytes(8) if ask == "message" else b"HTTP/1.1 101 Switching\r\n"
    endless = [begun, *[b"x" * 50_000] * (MOST_BYTES // 10_000)]
    with pytest.raises(ConnectError, match="the answer does not end"):
        talk(endless, ask)


def test_a_close_frame_in_place_of_a_message_says_why() -> None:
    with pytest.raises(ConnectError, match="closed with 4005 flood") as caught:
        talk([frame(b"\x0f\xa5flood", opcode=8, mask=None)], "message")
    assert caught.value.code == 4005
