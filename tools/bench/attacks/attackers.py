"""The attacks, each bounded in time and number, and to this machine.

``python -m tools.bench.attacks.attackers NAME PORT SECONDS KEYED ADDRESS...`` does one.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from time import monotonic, sleep
from typing import Any, Final

import msgpack

from tools.bench.attacks.sockets import Connection, client_hello, frame, hello

Turn = Callable[[int], None]
"""What an attacker does in one of 100 turns a second: each connection stays below its budget of 120 frames a second."""

_TURNS: Final = 100
_LONG: Final = "\U0001f680" * 200
_CREATE: Final = [8, "Attack", "arena", "", 64, 63, 0, 1, "", 0, 0, 2, 0, 0]
_BOTS: Final = 5
"""Where in that the bots are."""


class Attack:
    """Connections from some addresses.

    Args:
        port: of the server.
        sources: addresses of this machine to connect from.
        keyed: whether `hello` has a key.
    """

    def __init__(self, port: int, sources: list[str], *, keyed: bool) -> None:
        self.port = port
        self.sources = sources
        self.open: list[Connection] = []
        self._keyed = keyed

    def dial(self, each: int) -> list[Connection]:
        """``each`` connections from every address, as far as the server takes them."""
        dialled = []
        for source in self.sources:
            for _ in range(each):
                with suppress(OSError):
                    dialled.append(Connection(self.port, source))
        self.open += dialled
        return dialled

    def come(self, each: int, *requests: list[Any]) -> list[Connection]:
        """The same, upgraded, past `hello`, with ``requests`` made."""
        come = [connection for connection in self.dial(each) if connection.upgrade()]
        for number, connection in enumerate(come):
            connection.say(hello(f"Attacker {number}", keyed=self._keyed), *requests)
        return come

    def repeat(self, connections: list[Connection], *messages: list[Any], turns: int = 1) -> Turn:
        """Send ``messages`` over each of ``connections`` in every ``turns``-th turn."""
        data = b"".join(frame(msgpack.packb(message)) for message in messages)

        def act(turn: int) -> None:
            if turn % turns == 0:
                for connection in connections:
                    connection.send(data)

        return act


def _nothing(_turn: int) -> None:
    pass


def _slowloris(attack: Attack) -> Turn:
    slow = attack.dial(100)
    for connection in slow:
        connection.socket.setblocking(False)
        connection.send(b"GET / HTTP/1.1\r\n")

    def act(turn: int) -> None:
        for connection in slow[turn % 20 :: 20]:
            connection.send(b"x")

    return act


def _idle(attack: Attack) -> Turn:
    for connection in attack.dial(250):
        connection.socket.setblocking(False)
    return _nothing


def _connects(attack: Attack) -> Turn:
    def act(_turn: int) -> None:
        for source in attack.sources:
            for _ in range(5):
                with suppress(OSError):
                    Connection(attack.port, source).end()

    return act


def _http(path: str) -> Callable[[Attack], Turn]:
    def prepare(attack: Attack) -> Turn:
        keeping = attack.dial(8)
        for connection in keeping:
            connection.socket.setblocking(False)
        request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{attack.port}\r\n\r\n".encode()

        def act(_turn: int) -> None:
            for connection in keeping:
                connection.send(request)

        return act

    return prepare


def _pipelined(attack: Attack) -> Turn:
    """Eighty requests ahead over each of many connections, all in one moment of every second."""
    waiting = list[Connection]()
    request = f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{attack.port}\r\n\r\n".encode()

    def act(turn: int) -> None:
        if turn % _TURNS == 0:
            for connection in waiting:
                connection.end()
            attack.open.clear()
            waiting[:] = attack.dial(60)
            for connection in waiting:
                connection.socket.setblocking(False)
        elif turn % _TURNS == _TURNS // 2:
            for connection in waiting:
                connection.send(80 * request)

    return act


def _non_readers(attack: Attack) -> Turn:
    deaf = attack.come(8, [9, "", ""])
    act = attack.repeat(deaf, [4, 1], turns=4)
    attack.open = [connection for connection in attack.open if connection not in deaf]
    return act


def _resyncs(attack: Attack) -> Turn:
    return attack.repeat(attack.come(8, [9, "", ""]), [5, 1])


def _watching(attack: Attack) -> Turn:
    return attack.repeat(attack.come(8), [9, "", ""], [11], turns=2)


def _inputs(attack: Attack) -> Turn:
    players = attack.come(1, [6, "", "", 0])

    def act(turn: int) -> None:
        for player in players:
            player.say([2, turn, 65535, turn * 37 % 4096, 0])

    return act


def _pings(attack: Attack) -> Turn:
    return attack.repeat(attack.come(10), [4, 1.5])


def _creations(attack: Attack) -> Turn:
    creators = attack.come(4, _CREATE)
    fewer = [*_CREATE]
    fewer[_BOTS] = 16
    for connection in creators:
        connection.say(fewer)  # where more are refused; otherwise it has a match already
    return _nothing


def _normalisation(attack: Attack) -> Turn:
    return attack.repeat(attack.come(10), [3, "\u0f73" * 1024, ""])


def _lobby_chat(attack: Attack) -> Turn:
    return attack.repeat(attack.come(18), *[[3, _LONG, ""]] * 5, turns=500)


def _talk(attack: Attack) -> Turn:
    return attack.repeat(attack.come(50), [3, "hello, everybody", ""], turns=100)


def _queue(attack: Attack) -> Turn:
    [owner] = attack.come(1)[:1]
    one_seat = [*_CREATE]
    one_seat[4:6] = [1, 0]
    owner.say(one_seat)
    code = _code_of(owner)
    attack.come(37, [6, code, "", 1])
    return attack.repeat(attack.come(1), [11], [6, code, "", 1], turns=2)


def _code_of(owner: Connection) -> str:
    """Of the match that ``owner`` has just opened."""
    until = monotonic() + 3.0
    while monotonic() < until:
        for data in owner.messages():
            message = msgpack.unpackb(data, strict_map_key=False)
            if message[0] == 16:
                return str(message[3][0])
        sleep(0.02)
    return ""


def _tls_handshakes(attack: Attack) -> Turn:
    """All but the last byte of a handshake's first message from each, then all the last bytes in one moment."""
    first, waiting = client_hello(), list[Connection]()

    def act(turn: int) -> None:
        if turn % _TURNS == 0:
            waiting[:] = attack.dial(50)
            for connection in waiting:
                connection.socket.setblocking(False)
                connection.send(first[:-1])
        elif turn % _TURNS == _TURNS // 2:
            for connection in waiting:
                connection.send(first[-1:])
        elif turn % _TURNS == _TURNS - 1:
            for connection in waiting:
                connection.end()
            attack.open.clear()

    return act


def _guesses(attack: Attack) -> Turn:
    guessing = attack.come(8)

    def act(turn: int) -> None:
        for one in guessing:
            one.say([6, f"GUESS{turn}", "", 0])

    return act


ATTACKS: Final[dict[str, Callable[[Attack], Turn]]] = {
    "nothing": lambda _attack: _nothing,
    "slowloris": _slowloris,
    "idle sockets": _idle,
    "connects": _connects,
    "GET /api/matches": _http("/api/matches"),
    "GET /": _http("/"),
    "80 requests ahead": _pipelined,
    "watchers who do not read": _non_readers,
    "resyncs": _resyncs,
    "watch and leave": _watching,
    "inputs": _inputs,
    "pings": _pings,
    "create, 63 bots": _creations,
    "marks to normalise": _normalisation,
    "queue and leave": _queue,
    "70 bursts of long lines": _lobby_chat,
    "200 talk in the lobby": _talk,
    "guesses of codes": _guesses,
    "200 TLS handshakes": _tls_handshakes,
}
OVER_TLS: Final = frozenset({"200 TLS handshakes"})
"""Attacks on a server with a certificate of its own, over whose TLS the others play, too."""


def _turns(seconds: float) -> Iterator[int]:
    """Count `_TURNS` turns a second for ``seconds`` seconds; those that are late are left out."""
    began = monotonic()
    while (passed := monotonic() - began) < seconds:
        yield int(passed * _TURNS)
        sleep(max(0.0, (int(passed * _TURNS) + 1) / _TURNS - (monotonic() - began)))


def main() -> None:
    """Attack, after a line that says that all is prepared."""
    name, port, seconds, keyed, *sources = sys.argv[1:]
    os.nice(10)  # of the two cores one has to measure as well
    attack = Attack(int(port), sources, keyed=keyed == "keyed")
    act = ATTACKS[name](attack)
    print("ready", flush=True)
    for turn in _turns(float(seconds)):
        act(turn)
        for connection in attack.open[turn % 5 :: 5]:
            connection.discard()


if __name__ == "__main__":
    main()
