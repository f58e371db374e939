from __future__ import annotations

import socket
from contextlib import closing

import pytest
from wsproto import ConnectionType
from wsproto.connection import Connection as Protocol
from wsproto.events import BytesMessage, CloseConnection, Ping

from tools.bench.attacks.__main__ import Outcome, to_markdown
from tools.bench.attacks.sockets import Connection, frame

CALM = {"p99_ms": 40.0, "max_ms": 50.0, "closed": []}


def outcome(p99: float = 40.0, longest: float = 50.0, dropped: float = 0, closed: int = 0, cpu: float = 0.1) -> Outcome:
    during = {"p99_ms": p99, "max_ms": longest, "closed": [4007] * closed}
    return Outcome("pings", CALM, during, dropped, 0, cpu)


@pytest.mark.parametrize(
    ("found", "faults"),
    [
        (outcome(), []),
        (outcome(p99=48.0, longest=60.0), []),
        (outcome(p99=49.0), ["gap p99"]),
        (outcome(longest=61.0), ["gap max"]),
        (outcome(dropped=1), ["ticks dropped"]),
        (outcome(closed=1), ["closed"]),
        (outcome(cpu=0.16), ["CPU"]),
    ],
)
def test_an_attack_is_held_when_no_number_falls_short(found: Outcome, faults: list[str]) -> None:
    assert found.faults == faults
    assert (", ".join(faults) or "held") in to_markdown([found])


def test_who_attacks_speaks_websocket() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    with closing(listener):
        connection = Connection(listener.getsockname()[1], "127.0.0.5")
        server, address = listener.accept()
        with closing(server):
            assert address[0] == "127.0.0.5"
            connection.socket.setblocking(False)
            protocol = Protocol(ConnectionType.SERVER)
            for payload in (b"short", bytes(300)):
                connection.send(frame(payload))
                protocol.receive_data(server.recv(1 << 16))
                assert [bytes(event.data) for event in protocol.events() if isinstance(event, BytesMessage)] == [
                    payload
                ]
            server.sendall(
                b"".join(map(protocol.send, (BytesMessage(bytes(70_000)), Ping(b"1"), BytesMessage(b"last"))))
            )
            received: list[bytes] = []
            while len(received) < 2:
                received += connection.messages()
            assert received == [bytes(70_000), b"last"]
            server.sendall(protocol.send(CloseConnection(4005)))
            while connection.closed is None:
                list(connection.messages())
            assert connection.closed == 4005
