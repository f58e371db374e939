"""How clients of the swarm leave, over TCP: only there does a socket that is closed early tear the connection."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from contextlib import closing

import pytest

from game_server.loadtest.swarm import closing as module
from game_server.loadtest.swarm.closing import ClosingConnections, closing_frame
from game_server.loadtest.swarm.connecting import RawConnection, ServerAddress


@pytest.fixture
def ends() -> Iterator[tuple[RawConnection, socket.socket]]:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        connection = RawConnection(ServerAddress(socket.AF_INET, listener.getsockname(), "localhost"))
        talk = connection.connect()
        next(talk, None)
        server, _ = listener.accept()
        server.settimeout(5)
        next(talk, None)
        with closing(server):
            yield connection, server
        connection.close()


def test_a_server_that_reads_late_still_finds_the_farewell(ends: tuple[RawConnection, socket.socket]) -> None:
    connection, server = ends
    server.sendall(b"a snapshot that nobody reads")
    going = ClosingConnections()
    going.go(connection)
    going.step()
    server.sendall(b"and one that crosses the farewell")
    assert server.recv(100) == closing_frame()
    assert len(going) == 1
    server.close()
    going.close()
    assert len(going) == 0
    assert going._poll.closed


def test_what_is_left_of_a_frame_goes_before_the_farewell(ends: tuple[RawConnection, socket.socket]) -> None:
    connection, server = ends
    going = ClosingConnections()
    going.go(connection, b"half a frame")
    assert server.recv(100) == b"half a frame" + closing_frame()
    server.close()
    going.close()


def test_a_server_that_does_not_answer_is_cut_off(
    ends: tuple[RawConnection, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.0)
    connection, _ = ends
    going = ClosingConnections()
    going.go(connection)
    going.close()
    assert connection.socket.fileno() == -1


def test_a_connection_that_is_torn_is_waited_for_no_longer(ends: tuple[RawConnection, socket.socket]) -> None:
    connection, server = ends
    going = ClosingConnections()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    going.go(connection)
    server.close()  # with bytes unread, and no time to linger: that is a reset
    going.step(1.0)
    assert len(going) == 0
    going.close()
