"""One session of a client in the arena, as it went over the wire of a real server, with what a client predicts.

Time is virtual and all chance is seeded, so the same code records the same file. `docs/PROTOCOL.md` section 12 says
what is in it.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import numpy as np
import trio

from game_server.games.arena import Arena
from game_server.games.arena.constants import AIM_STEPS, DASH, FIRE
from game_server.games.arena.map import walls_of
from game_server.games.arena.movement import Mover
from game_server.games.arena.tables import Ship
from game_server.lobby.match.match_options import MatchOptions
from game_server.options import ServerOptions
from game_server.protocol import (
    NO_PLAYER,
    Browse,
    Chat,
    ClientMessage,
    Create,
    Hello,
    Home,
    Input,
    Leave,
    Lobby,
    Moderate,
    ModerateDeed,
    Ping,
    Resume,
    Resync,
    ServerMessage,
    Snapshot,
    Spectating,
    Vote,
    VoteChoice,
    Welcome,
    decode_server,
    encode,
)
from game_server.simulation.world.columns import allocate, column_specs
from tests.live_server import Served, jumping_time, serve
from tests.transport.clients import WebSocketClient

FILE: Final = Path(__file__).parents[2] / "docs" / "protocol" / "arena_session.json"
SEED: Final = 15
"""One with which the player takes each kind of thing, dies and is back: `test_protocol_session.py` asks for that."""
TICK_RATE: Final = 30
LAST_TICK: Final = 600
LEAD: Final = 2
"""Ticks for which an input is sent ahead of the newest snapshot."""
LOST_AFTER: Final = 240
AWAY: Final = 0.5
"""Seconds without a connection."""
ORDERS: Final[dict[int, ClientMessage]] = {
    100: Chat("Well met.", ""),
    120: Resync(119),
    390: Moderate(ModerateDeed.END_ROUND, NO_PLAYER, ""),
    420: Vote(VoteChoice.REMATCH),
    450: Moderate(ModerateDeed.START_ROUND, NO_PLAYER, ""),
}
"""What is asked for after a tick, beside inputs and pings."""
MISSING, LATE = 37, 53
"""Once in this many ticks, an input is missing or late."""


class _Predictor:
    """Moves the own ship by the server's rules, tick by tick, from what the server said of the tick before."""

    def __init__(self, welcome: Welcome) -> None:
        self._mover = Mover(walls_of(welcome.setup), welcome.tick_rate)
        self._row = np.dtype([(spec.name, f"<{spec.dtype}") for spec in column_specs(Ship) if spec.owner])
        self._before: Snapshot | None = None
        self._used = 0, 0
        self.sent: dict[int, tuple[int, int]] = {}

    def predict(self, snapshot: Snapshot) -> dict[str, Any]:
        """The input used in the tick of ``snapshot``, and the own row that it gives; nothing for a first snapshot."""
        before, self._before = self._before, snapshot
        if snapshot.ack == snapshot.tick:
            self._used = self.sent[snapshot.tick]
        if before is None or before.tick != snapshot.tick - 1:
            return {}
        ships = allocate(Ship, 1)[0]
        row = np.frombuffer(before.own, self._row)
        for name in self._row.names or ():
            getattr(ships, name)[:] = row[name]
        buttons, aim = self._used
        self._mover.step(ships, np.array([buttons], np.uint16), np.array([aim], np.uint16))
        moved = np.zeros(1, self._row)
        for name in self._row.names or ():
            moved[name] = getattr(ships, name)
        return {"used": [buttons, aim], "moved": moved.tobytes().hex()}


class _Recorder:
    """The client: says what is to be recorded, and keeps every message both ways."""

    def __init__(self, served: Served) -> None:
        self._served = served
        self._chance = random.Random(SEED)
        self._socket: WebSocketClient
        self._connection = 0
        self._predictor: _Predictor
        self._held = 0, 0
        self.messages: list[dict[str, Any]] = []
        """As they stand in the file."""

    async def connect(self) -> None:
        self._socket = await self._served.connect()
        self._connection += 1

    async def say(self, *messages: ClientMessage) -> None:
        for message in messages:
            data = encode(message)
            self.messages.append({"from": "client", "connection": self._connection, "data": data.hex()})
            await self._socket.send(data)

    async def hear(self) -> ServerMessage:
        data = await self._socket.message()
        message = decode_server(data)
        recorded = {"from": "server", "connection": self._connection, "data": data.hex()}
        if isinstance(message, Welcome):
            self._predictor = _Predictor(message)
        elif isinstance(message, Snapshot):
            recorded |= self._predictor.predict(message)
        self.messages.append(recorded)
        return message

    async def until(self, kind: type[ServerMessage]) -> Any:
        while not isinstance(message := await self.hear(), kind):
            pass
        return message

    async def play(self, last: int) -> None:
        """Play until the snapshot of tick ``last``."""
        while (tick := (await self.until(Snapshot)).tick) < last:
            await self._act(tick)

    async def vanish(self) -> None:
        await self._socket.stream.aclose()

    async def _act(self, tick: int) -> None:
        buttons, aim = self._held
        if self._chance.random() < 0.1:
            buttons = self._chance.randrange(16) | (FIRE if self._chance.random() < 0.7 else 0)
        if self._chance.random() < 0.2:
            aim = self._chance.randrange(AIM_STEPS)
        self._held = buttons, aim
        if self._chance.random() < 0.03:
            buttons |= DASH
        meant = tick + LEAD if tick % LATE else tick
        if tick % MISSING:
            self._predictor.sent.setdefault(meant, (buttons, aim))
            await self.say(Input(meant, buttons, aim, 60))
        if tick % TICK_RATE == 0:
            await self.say(Ping(tick * 1000 / TICK_RATE))
        if tick in ORDERS:
            await self.say(ORDERS[tick])


async def _record() -> list[dict[str, Any]]:
    arena = MatchOptions(name="Arena", game=Arena, tick_rate=TICK_RATE, hashed=True, bot_skill="hard")
    options = ServerOptions(arena, matches=(), port=0, ring=False)
    wish = Create("Recorded", "arena", "", 6, 5, 0, 0, "", {}, 0, Spectating.ALLOWED, 0, 0, 1)
    async with trio.open_nursery() as nursery:
        served = await serve(nursery, options)
        client = _Recorder(served)
        await client.connect()
        await client.say(Hello("Ada", "recorder"), Browse(1))
        await client.until(Lobby)
        await client.say(wish)
        welcome: Welcome = await client.until(Welcome)
        await client.play(LOST_AFTER)
        await client.vanish()
        await trio.sleep(AWAY)
        await client.connect()
        await client.say(Hello("Ada", "recorder"), Resume(welcome.token))
        await client.until(Welcome)
        await client.play(LAST_TICK)
        await client.say(Leave())
        await client.until(Home)
        served.stop.set()
        await served.stopped.wait()
        served.hang_up()
    return client.messages


@contextmanager
def _seeded() -> Iterator[None]:
    """Codes of matches, seeds and tokens are the same each time."""
    chance = random.Random(SEED)
    with (
        patch("secrets.choice", chance.choice),
        patch("secrets.randbits", chance.getrandbits),
        patch("secrets.token_bytes", chance.randbytes),
        patch("secrets.token_hex", lambda count: chance.randbytes(count).hex()),
    ):
        yield


def document() -> str:
    """The whole file."""
    with _seeded():
        messages = jumping_time(_record)
    lines = ",\n".join(json.dumps(message, separators=(",", ":")) for message in messages)
    return f'{{"messages":[\n{lines}\n]}}\n'


if __name__ == "__main__":
    FILE.write_text(document())
