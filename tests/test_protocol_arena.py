"""Holds the arena of docs/PROTOCOL.md against the code: its numbers, and its Python, which runs here as it stands."""

from __future__ import annotations

import hashlib
import json
import random
import re
import struct
from typing import Any

import numpy as np
import pytest

from game_server.authoring.rounds import PHASE_NAMES
from game_server.games.arena import constants
from game_server.games.arena import tables as arena_tables
from game_server.games.arena.arena import Arena
from game_server.games.arena.bolts import HIT_DISTANCE, RANGE
from game_server.games.arena.directions import DIRECTION_X, DIRECTION_Y
from game_server.games.arena.events import Kill, PickupTaken, Respawn
from game_server.games.arena.geometry import reach_of
from game_server.games.arena.map import walls_of
from game_server.simulation import Grid, Newcomer, World
from tests.protocol_document import arena_code, numbers, section, section_of
from tests.vectors.arena_movement import FILE

VECTORS: dict[str, Any] = json.loads(FILE.read_text())
MAPS = [{**one, "walls": bytes.fromhex(one["walls"])} for one in VECTORS["maps"]]
EVERY = 4
"""Of the trajectories: the document's Python is slow."""
TEXT = section("### arena")


def test_the_numbers_are_those_of_the_code() -> None:
    buttons = {"UP", "DOWN", "LEFT", "RIGHT", "FIRE", "DASH"}
    figures = {name: value for name, value in vars(constants).items() if isinstance(value, int | float)}
    assert numbers(TEXT) == {name: value for name, value in figures.items() if name not in buttons}
    told = ", ".join(f"{getattr(constants, name)} {name.lower()}" for name in ("UP", "DOWN", "LEFT", "RIGHT"))
    assert f"Buttons: {told}, {constants.FIRE} fire, {constants.DASH} dash." in TEXT
    assert {name: arena_code()[name] for name in buttons} == {name: figures[name] for name in buttons}


def test_bits_kinds_and_phases_are_those_of_the_code() -> None:
    flags = (
        arena_tables.ALIVE,
        arena_tables.SHIELDED,
        arena_tables.RAPID,
        arena_tables.DASHING,
        arena_tables.PROTECTED,
    )
    assert "bits: {} alive, {} shield, {} rapid fire, {} dashing, {} protected".format(*flags) in TEXT
    kinds = (arena_tables.HEALTH_PACK, arena_tables.RAPID_FIRE, arena_tables.SHIELD)
    assert "`kind` ({} health, {} rapid fire, {} shield)".format(*kinds) in TEXT
    assert "`phase` (" + ", ".join(f"{phase} {name}" for phase, name in enumerate(PHASE_NAMES)) + ")" in TEXT
    *most, last = (f"`{name}`" for name in PHASE_NAMES)
    assert f"in the arena {', '.join(most)} or {last};" in section_of("lobby")
    assert f"modulo {arena_tables.BORN_STEPS}" in TEXT
    assert " or ".join(f"`{mode.name}`" for mode in Arena.modes) in TEXT
    code = arena_code()
    for name in ("RAPID_FIRE", "SHIELD", "COUNTDOWN", "PLAYING", "RESULTS"):
        assert code[name] == getattr(arena_tables, name)
    assert [code[name] for name in ("KILL", "PICKUP", "RESPAWN")] == [Kill.code, PickupTaken.code, Respawn.code]


def test_the_setup_has_the_keys_and_types_of_the_code() -> None:
    found = re.search(r"`setup` is `\{(.*?)\}`", TEXT)
    assert found
    documented = dict(re.findall(r'"(\w+)": (\w+)', found[1]))
    types = {int: "int", bytes: "bin", str: "str", bool: "bool"}
    setup = Arena(World(seed=1, max_players=4, tick_rate=30)).setup()
    assert documented == {name: types[type(value)] for name, value in setup.items()}


def test_the_table_of_directions_is_the_servers_to_the_bit() -> None:
    documented = np.array(arena_code()["DIRECTIONS"])
    assert documented.tobytes() == np.stack((DIRECTION_X, DIRECTION_Y), axis=1).tobytes()
    digest = hashlib.sha256(documented.astype("<f8").tobytes()).hexdigest()
    assert f"is `{digest}`." in TEXT
    assert VECTORS["directions"] == digest


@pytest.mark.parametrize("trajectory", VECTORS["trajectories"][::EVERY])
def test_a_ship_moves_as_the_vectors_say_by_the_documents_code(trajectory: dict[str, Any]) -> None:
    code = arena_code()
    is_wall = code["map_of"](MAPS[trajectory["map"]])
    names = [name for name, _ in VECTORS["own"]]
    layout = struct.Struct("<" + "".join({"f8": "d", "u1": "B", "u2": "H"}[kind] for _, kind in VECTORS["own"]))
    own = dict(zip(names, trajectory["start"], strict=True))
    states, digest = [], hashlib.sha256()
    for held, buttons, aim in trajectory["inputs"]:
        for _ in range(held):
            code["move"](own, buttons, aim, is_wall, trajectory["tick_rate"])
            states.append([own[name] for name in names])
            digest.update(layout.pack(*states[-1]))
    assert states[VECTORS["state_every"] - 1 :: VECTORS["state_every"]] == trajectory["states"]
    assert digest.hexdigest() == trajectory["sha256"]


def test_a_bolt_comes_as_far_by_the_documents_code_as_the_server_lets_it() -> None:
    chance = random.Random(3)
    for setup in MAPS:
        walls, is_wall = walls_of(setup), arena_code()["map_of"](setup)
        open_tiles = np.argwhere(~walls)
        for _ in range(300):
            row, column = open_tiles[chance.randrange(len(open_tiles))].tolist()
            x, y = ((at + chance.choice((0.5, chance.random()))) * constants.TILE for at in (column, row))
            aim = chance.choice((0, 512, 1024, chance.randrange(constants.AIM_STEPS)))
            [expected] = reach_of(walls, np.array([x]), np.array([y]), np.array([aim]), RANGE)
            assert arena_code()["reach"](x, y, aim, is_wall) == expected


def test_a_bolt_is_where_the_documents_code_says_until_it_ends() -> None:
    arena = Arena(World(seed=4, max_players=2, tick_rate=60))
    arena.join(0, Newcomer())
    rows, ids = arena.bolts.table.rows, arena.bolts.table
    for _ in range(300):  # so that `born` begins from 0 again
        arena.world.advance()
    is_wall = arena_code()["map_of"](arena.setup())
    arena.bolts.fire(np.array([0]), np.array([300]), np.array([0]))
    [bolt] = ids.live.tolist()
    x, y, born = float(rows.x[bolt]), float(rows.y[bolt]), int(rows.born[bolt])
    ended = False
    while not ended:
        arena.world.advance()
        arena.bolts.fly(np.zeros(0, np.intp))
        *at, ended = arena_code()["place"](x, y, 300, born, arena.world.tick, is_wall, 60)
        assert at == [rows.at_x[bolt], rows.at_y[bolt]]
        assert ended == (not len(ids))


def test_hits_and_cells_of_view_are_as_large_as_the_text_says() -> None:
    assert f"{HIT_DISTANCE} world units from middle to middle" in TEXT
    width, height = _said(r"cells of (\d+) x (\d+) world units")
    beyond_x, beyond_y = _said(r"more than (\d+) world units beyond its edge to the side, or (\d+) above or below")
    assert Arena(World(seed=1, max_players=constants.SMALL_MATCH, tick_rate=30)).interest is None
    grid = Grid(Arena(World(seed=1, max_players=constants.SMALL_MATCH + 1, tick_rate=30)).interest)
    x, y = np.array([0.0, width - 0.01, width, 0.0, 0.0]), np.array([0.0, 0.0, 0.0, height - 0.01, height])
    assert grid.cells_at(x, y).tolist() == [0, 0, 1, 0, grid.columns]
    x = np.array([width + beyond_x - 0.01, width + beyond_x, 0.0, 0.0])
    y = np.array([0.0, 0.0, height + beyond_y - 0.01, height + beyond_y])
    assert grid.centres(x, y, np.zeros(4, np.intp)).tolist() == [0, 1, 0, grid.columns]


def _said(pattern: str) -> tuple[int, int]:
    found = re.search(pattern, TEXT)
    assert found
    return int(found[1]), int(found[2])
