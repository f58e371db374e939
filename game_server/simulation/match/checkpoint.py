"""Checkpoints: everything that the future of a match depends on, as bytes.

The bytes are msgpack. What a table holds is copied as it lies in memory, of the rows that exist alone. A checkpoint
fits a game made by the same rules, from the same seed and options: what follows from these, such as the map, is not in
it. It has no checksum, since what stores or sends it has one; but bytes of another form are refused before they change
anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgpack
import numpy as np

from game_server.errors import RulesError
from game_server.simulation.world.game import Game, Inputs

FORMAT: Final = 1

_LAST_TICK: Final = 2**32 - 1


def checkpoint(game: Game, inputs: Inputs, players: Iterable[int]) -> bytes:
    """Pack the state of ``game`` between two ticks.

    Args:
        inputs: those used in the tick last simulated, which a player without a newer one repeats.
        players: the numbers of the taken seats.
    """
    world = game.world
    tables = [[number, table.layout, b"".join(table.content())] for number, table in world.tables.items()]
    held = inputs.all.astype("<u2").tobytes()
    packed: bytes = msgpack.packb(
        [FORMAT, _origin(game), world.tick, world.random.state, sorted(players), held, tables]
    )
    return packed


def restore(game: Game, data: bytes) -> tuple[Inputs, list[int]]:
    """Put ``game`` where `checkpoint` found the one that was made as it is: both go on alike, to the bit.

    Returns:
        The inputs used in the tick last simulated, and the numbers of the taken seats, ascending.

    Raises:
        RulesError: the bytes are no checkpoint of this format, or of a game of other rules, seed or options; then
            nothing has changed.
    """
    world = game.world
    try:
        version, *packed = msgpack.unpackb(data, use_list=False)
        if version != FORMAT:
            raise RulesError(f"its format is {version!r}; this version reads {FORMAT}")
        origin, tick, random, players, held, tables = packed
        for what, value in _origin(game).items():
            if origin[what] != value:
                raise RulesError(f"its {what} is {origin[what]!r}, here it is {value!r}")
        _check(tick, "tick", _LAST_TICK)
        _check(random, "random state", 2**64 - 1)
        for player in players:
            _check(player, "seat", world.max_players - 1)
        if players != tuple(sorted(set(players))):
            raise RulesError(f"its seats {players} are no list in ascending order")
        inputs = Inputs.none(world.max_players)
        inputs.all[:] = np.frombuffer(held, "<u2").reshape(inputs.all.shape)
        if [number for number, _, _ in tables] != list(world.tables):
            raise RulesError(f"it has other tables than {', '.join(table.name for table in world.tables.values())}")
        contents = []
        for (_, layout, content), table in zip(tables, world.tables.values(), strict=True):
            if layout != table.layout:
                raise RulesError(f"the columns of table {table.name!r} are others")
            contents.append(table.read(content))
    except (RulesError, ValueError, TypeError, KeyError) as error:
        raise RulesError(f"not a checkpoint of this match: {error}") from error
    world.tick, world.random.state = tick, random
    world.events.clear()
    world.places.clear()
    world.addressees.clear()
    for table, read in zip(world.tables.values(), contents, strict=True):
        table.restore(read, tick)
    return inputs, list(players)


def _origin(game: Game) -> dict[str, Any]:
    """Return what the game was made from, by names for people."""
    world = game.world
    options = {f"option {name}": value for name, value in game.rules.chosen.items()}
    made = {"seed": world.seed, "number of seats": world.max_players, "tick rate": world.tick_rate}
    return {"game": game.name, "mode": game.rules.mode, **options, **made}


def _check(value: Any, what: str, most: int) -> None:
    if type(value) is not int or not 0 <= value <= most:
        raise RulesError(f"its {what} {value!r} is not from 0 to {most}")
