"""Twelve people who play, and three who read in the lobby: ``python -m tools.bench.attacks.healthy PORT KEYED SCHEME``.

A line on the standard input asks for what they have seen since the line before; the answer is a line of JSON.
"""

from __future__ import annotations

import json
import os
import select
import sys
from time import monotonic
from typing import Any, Final

import msgpack

from tools.bench.attacks.sockets import Connection, hello

PLAYERS: Final = 12
READERS: Final = 3
_RATE: Final = 30
_AHEAD: Final = 4
"""Ticks by which inputs are sent early."""
_SNAPSHOT: Final = 17
_LIFETIME: Final = 600.0
"""Seconds after which it ends by itself."""


class Healthy:
    """One of them."""

    def __init__(self, port: int, number: int, *, keyed: bool, tls: bool) -> None:
        self.plays = number < PLAYERS
        self.connection = Connection(port, tls=tls)
        self.connection.upgrade()
        self.connection.say(hello(f"Healthy {number}", keyed=keyed), [6, "", "", 0] if self.plays else [7, 1])
        self.gaps: list[float] = []
        self.tick = 0
        self._at = 0.0

    def read(self) -> None:
        """Take in what has come."""
        for message in self.connection.messages():
            if message[1] == _SNAPSHOT:
                now = monotonic()
                self.tick = msgpack.unpackb(message)[1]
                if self._at:
                    self.gaps.append(now - self._at)
                self._at = now

    def act(self, turn: int) -> None:
        """Send what a player sends in a tick."""
        if self.plays and self.tick:
            self.connection.say([2, self.tick + _AHEAD, 1 << turn // 20 % 4, turn * 16 % 4096, 0])
        if turn % _RATE == 0:
            self.connection.say([4, turn])


def report(people: list[Healthy]) -> dict[str, Any]:
    """What they have seen since the last call."""
    gaps = sorted(gap for one in people for gap in one.gaps)
    for one in people:
        one.gaps.clear()
    return {
        "snapshots": len(gaps),
        "p99_ms": round(1000 * gaps[int(0.99 * (len(gaps) - 1))], 1) if gaps else None,
        "max_ms": round(1000 * gaps[-1], 1) if gaps else None,
        "closed": [one.connection.closed for one in people if one.connection.closed is not None],
    }


def main() -> None:
    """Play until the standard input ends."""
    port, keyed, tls = int(sys.argv[1]), sys.argv[2] == "keyed", sys.argv[3] == "https"
    people = [Healthy(port, number, keyed=keyed, tls=tls) for number in range(PLAYERS + READERS)]
    ends, turn, due = monotonic() + _LIFETIME, 0, monotonic()
    while monotonic() < ends:
        reading = [one for one in people if one.connection.closed is None]
        sockets = [one.connection.socket for one in reading]
        ready, _, _ = select.select([sys.stdin, *sockets], [], [], max(0.0, due - monotonic()))
        for one in reading:
            if one.connection.socket in ready:
                one.read()
        if sys.stdin in ready:
            if not os.read(0, 1):
                return
            print(json.dumps(report(people)), flush=True)
        if monotonic() >= due:
            turn, due = turn + 1, due + 1 / _RATE
            for one in reading:
                one.act(turn)


if __name__ == "__main__":
    main()
