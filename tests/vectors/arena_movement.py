"""Golden vectors of the arena's movement: what `movement.py` computes and `movement.js` must, bit for bit.

`arena_movement.json` holds the constants that both languages name, the SHA-256 of the table of directions (x then y
of each, little-endian doubles), maps, and trajectories. A trajectory has a start, inputs ``[ticks, buttons, aim]``,
the own row after every `STATE_EVERY` ticks, and the SHA-256 over the own rows after every tick, packed as on the wire:
doubles are JSON numbers with as many digits as it takes to read the same bits back.
"""

from __future__ import annotations

import hashlib
import json
import random
from pathlib import Path
from typing import Any, Final

import numpy as np

from game_server.games.arena import constants, tables
from game_server.games.arena.directions import DIRECTION_X, DIRECTION_Y
from game_server.games.arena.map import ArenaMap
from game_server.games.arena.movement import Mover
from game_server.games.arena.tables import Ship
from game_server.simulation import SplitMix64
from game_server.simulation.world.columns import allocate, column_specs

FILE: Final = Path(__file__).parents[2] / "docs" / "protocol" / "arena_movement.json"
TICKS: Final = 300
STATE_EVERY: Final = 25
SHIPS_A_GROUP: Final = 20
TICK_RATES: Final = (30, 30, 30, 30, 60, 20, 10, 1, 64, 144, 240)
"""One group of ships each, on the map of its turn."""

_OWN: Final = [spec for spec in column_specs(Ship) if spec.owner]
_ROW: Final = np.dtype([(spec.name, f"<{spec.dtype}") for spec in _OWN])


def document() -> str:
    """The whole file."""
    chance = random.Random(20)
    maps = [ArenaMap.make(players, SplitMix64(20)) for players in (2, 8, 16)]
    groups = [
        (number % len(maps), rate, _trajectories(maps[number % len(maps)], rate, chance))
        for number, rate in enumerate(TICK_RATES)
    ]
    lines = [{"map": number, "tick_rate": rate, **one} for number, rate, group in groups for one in group]
    head = {
        "constants": _constants(),
        "directions": hashlib.sha256(np.stack((DIRECTION_X, DIRECTION_Y), axis=1).astype("<f8").tobytes()).hexdigest(),
        "own": [[spec.name, spec.dtype] for spec in _OWN],
        "state_every": STATE_EVERY,
        "maps": [{**one.setup(), "walls": one.setup()["walls"].hex()} for one in maps],
    }
    trajectories = ",\n".join(_dump(line) for line in lines)
    return f'{_dump(head)[:-1]},"trajectories":[\n{trajectories}\n]}}\n'


def _constants() -> dict[str, Any]:
    figures = {name: value for name, value in vars(constants).items() if isinstance(value, int | float)}
    return {
        **figures,
        "NOBODY": tables.NOBODY,
        "BUTTONS": {name: figures[name] for name in ("UP", "DOWN", "LEFT", "RIGHT", "FIRE", "DASH")},
        "FLAGS": {name: getattr(tables, name) for name in ("ALIVE", "SHIELDED", "RAPID", "DASHING", "PROTECTED")},
        "PICKUPS": {"HEALTH": tables.HEALTH_PACK, "RAPID_FIRE": tables.RAPID_FIRE, "SHIELD": tables.SHIELD},
        "PHASES": {name: getattr(tables, name) for name in ("WARM_UP", "COUNTDOWN", "PLAYING", "RESULTS")},
    }


def _trajectories(arena_map: ArenaMap, tick_rate: int, chance: random.Random) -> list[dict[str, Any]]:
    ships, _ = allocate(Ship, SHIPS_A_GROUP)
    for number in range(SHIPS_A_GROUP):
        for name, value in _start(arena_map, chance).items():
            getattr(ships, name)[number] = value
    starts = _rows(ships)
    inputs = [_inputs(chance) for _ in range(SHIPS_A_GROUP)]
    held = np.array([[(b, a) for ticks, b, a in one for _ in range(ticks)] for one in inputs], np.uint16)
    mover = Mover(arena_map.walls, tick_rate)
    rows = []
    for tick in range(TICKS):
        mover.step(ships, held[:, tick, 0], held[:, tick, 1])
        rows.append(_rows(ships))
    return [
        {
            "start": list(starts[number].item()),
            "inputs": inputs[number],
            "states": [list(rows[tick][number].item()) for tick in range(STATE_EVERY - 1, TICKS, STATE_EVERY)],
            "sha256": hashlib.sha256(b"".join(row[number].tobytes() for row in rows)).hexdigest(),
        }
        for number in range(SHIPS_A_GROUP)
    ]


def _start(arena_map: ArenaMap, chance: random.Random) -> dict[str, float]:
    """A ship somewhere in an open tile, in the middle of whatever it was doing."""
    open_tiles = np.argwhere(~arena_map.walls)
    row, column = open_tiles[chance.randrange(len(open_tiles))].tolist()
    room = constants.TILE / 2 - constants.SHIP_RADIUS
    start = {
        "x": (column + 0.5) * constants.TILE + chance.uniform(-room, room),
        "y": (row + 0.5) * constants.TILE + chance.uniform(-room, room),
        "rapid_left": chance.choice((0, 0, 40)),
        "shield_left": chance.choice((0, 0, 70)),
    }
    if chance.random() < 0.05:
        return {**start, "respawn_wait": chance.randrange(60)}
    return {
        **start,
        "alive": 1,
        "vx": chance.uniform(-200, 200),
        "vy": chance.uniform(-200, 200),
        "dash_wait": chance.choice((0, 30)),
        "fire_wait": chance.randrange(6),
        "dash_left": chance.choice((0, 0, 3)),
        "dash_aim": chance.randrange(constants.AIM_STEPS),
    }


def _inputs(chance: random.Random) -> list[list[int]]:
    inputs = []
    left = TICKS
    while left:
        ticks = min(left, chance.randrange(1, 30))
        buttons = chance.choice((0, *range(16), 1, 2, 4, 8, 5, 6, 9, 10))
        buttons |= constants.FIRE * (chance.random() < 0.4) | constants.DASH * (chance.random() < 0.4)
        inputs.append([ticks, buttons, chance.randrange(constants.AIM_STEPS)])
        left -= ticks
    return inputs


def _rows(ships: Ship) -> Any:
    rows = np.zeros(SHIPS_A_GROUP, _ROW)
    for name in _ROW.names or ():
        rows[name] = getattr(ships, name)
    return rows


def _dump(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), allow_nan=False)


if __name__ == "__main__":
    FILE.write_text(document())
