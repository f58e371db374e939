"""What a connection of the swarm reads before it plays, from bytes that come in pieces."""

from __future__ import annotations

import socket
from collections.abc import Generator
from typing import Any

import pytest

from game_server.client import ConnectError
from game_server.loadtest.swarm.connecting import (
    MOST_BYTES,
    RawConnection,
    ServerAddress,
    close_code,
    close_reason,
    farewell,
)
from game_server.protocol import CloseCode, Elsewhere
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


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536])
def test_what_follows_a_message_is_kept_however_long_its_frames_are(size: int) -> None:
    first, second, third = (frame(data, opcode=2, mask=None) for data in (b"one", b"x" * size, b"three"))
    connection = RawConnection(ServerAddress(socket.AF_INET, ("127.0.0.1", 9), "localhost"))
    connection.close()
    connection.rest = first + second + third + third[:3]
    found = []
    for _ in range(3):
        with pytest.raises(StopIteration) as end:
            next(connection.message())
        found.append(end.value.value)
    assert found == [b"one", b"x" * size, b"three"]
    assert connection.rest == third[:3]


@pytest.mark.parametrize(
    ("payload", "code", "reason", "said"),
    [
        (b"", 1000, "", "closed with 1000"),
        (b"\x0f", 1000, "", "closed with 1000"),
        (b"\x0f\xa5", 4005, "", "closed with 4005"),
        (b"\x0f\xa5flood\xff", 4005, "flood\ufffd", "closed with 4005 flood\ufffd"),
    ],
)
def test_a_close_frame_has_a_code_and_perhaps_a_reason(payload: bytes, code: int, reason: str, said: str) -> None:
    assert (close_code(payload), close_reason(payload), farewell(payload)) == (code, reason, said)


def test_a_client_may_be_sent_to_another_server_that_has_no_tls() -> None:
    here = ServerAddress.of("127.0.0.1", 9, "127.0.0.1:9")
    assert here.elsewhere(Elsewhere("/ws?match=A", "t")) == (here, "/ws?match=A&ticket=t")
    there, resource = here.elsewhere(Elsewhere("ws://127.0.0.1:10/ws", "t"))
    assert (there.place[:2], there.authority, resource) == (("127.0.0.1", 10), "127.0.0.1:10", "/ws?ticket=t")
    with pytest.raises(ConnectError, match=r"sent to wss://127.0.0.1/ws, and the swarm speaks no TLS"):
        here.elsewhere(Elsewhere("wss://127.0.0.1/ws", "t"))
    with pytest.raises(ConnectError, match="where they cannot go") as caught:
        here.elsewhere(Elsewhere("http://127.0.0.1/ws", "t"))
    assert caught.value.code == CloseCode.BAD_MESSAGE


def test_a_name_is_looked_up_once() -> None:
    assert ServerAddress.of("127.0.0.1", 9, "a") is ServerAddress.of("127.0.0.1", 9, "a")
    family, place = ServerAddress.of("::1", 9, "a").family, ServerAddress.of("::1", 9, "a").place
    assert (family, place[:2]) == (socket.AF_INET6, ("::1", 9))


def test_two_connections_are_two_and_bytes_do_not_wait_for_more() -> None:
    address = ServerAddress(socket.AF_INET, ("127.0.0.1", 9), "localhost")
    one, other = RawConnection(address), RawConnection(address)
    assert {one: 1, other: 2}[other] == 2
    assert one.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    assert not one.socket.getblocking()
    assert (one.ready, one.release(), one.rest, one.upgraded) == (True, b"", b"", 0.0)
    for connection in (one, other):
        connection.close()
        assert connection.socket.fileno() == -1
