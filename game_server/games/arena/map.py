"""The map of a match: walls, spawn places and pick-up spots, from a seed and the number of seats.

Every map looks the same when it is turned by half a turn, so that no side is the better one. Walls are blocks
that keep two tiles away from each other and from the rim: every open tile can be reached from every other,
no two walls touch at a corner only, and every passage is wide enough to fight in.
"""

from __future__ import annotations

import functools
import math
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt

from game_server.games.arena.constants import TILE
from game_server.games.arena.tables import COORDINATE_MAX, HEALTH_PACK, RAPID_FIRE, SHIELD
from game_server.simulation import SplitMix64

Walls = npt.NDArray[np.bool_]
Points = npt.NDArray[np.float64]

MAX_TILES: Final = int(COORDINATE_MAX) // TILE
"""Tiles a side: as many as coordinates on the wire can reach."""

_TILES_FOR_ALL: Final = 260
_TILES_PER_PLAYER: Final = 25
_GAP: Final = 2
_PICKUP_PITCH: Final = 7
_PICKUP_CYCLE: Final = (HEALTH_PACK, RAPID_FIRE, HEALTH_PACK, SHIELD)
_SPAWN_PITCH: Final = 3

_DRAWINGS: Final = (
    "####",
    "######",
    "## ##",
    "### ###",
    "#.. #.. ###",
    "#... ####",
    "### .#. .#.",
    ".#. ### .#.",
    "##. .##",
    "#..# #..# ####",
)
_BLOCKS: Final = tuple(
    np.rot90(block, quarters)
    for drawing in _DRAWINGS
    for block in [np.array([[mark == "#" for mark in line] for line in drawing.split()])]
    for block in (block, block[::-1])
    for quarters in range(4)
)
"""Every drawing, turned and mirrored every way."""


@attrs.frozen(eq=False)
class ArenaMap:
    """One map.

    Attributes:
        walls: bool per tile, ``[row, column]``; the rim is wall.
        spawns: ``[n, 2]``, middles of open tiles in world units, sorted so that the first *k* of them, for any
            *k*, are far from each other.
        pickups: ``[n, 2]``, middles of open tiles in world units.
        pickup_kinds: what is found at each of `pickups`.
    """

    walls: Walls
    spawns: Points
    pickups: Points
    pickup_kinds: npt.NDArray[np.int32]

    @classmethod
    def make(cls, max_players: int, chance: SplitMix64) -> ArenaMap:
        """Make a map for ``max_players`` seats; the same state of ``chance`` gives the same map."""
        width, height = size_for(max_players)
        walls = _blocks_in_a_rim(width, height, chance)
        spawn_tiles = _spread(_spawn_tiles(walls), width, height)
        pickup_tiles, kinds = _pickups(walls, chance)
        return cls(walls, _middles(spawn_tiles, width), _middles(pickup_tiles, width), kinds)

    @property
    def width(self) -> int:
        """Tiles from left to right."""
        return int(self.walls.shape[1])

    @property
    def height(self) -> int:
        """Tiles from top to bottom."""
        return int(self.walls.shape[0])

    def setup(self) -> dict[str, Any]:
        """Return the map as clients get it."""
        bits = np.packbits(self.walls.ravel(), bitorder="little").tobytes()
        return {"width": self.width, "height": self.height, "tile": TILE, "walls": bits}


def walls_of(setup: dict[str, Any]) -> Walls:
    """Return the walls in what a client got, ``[row, column]``."""
    width, height = setup["width"], setup["height"]
    bits = np.unpackbits(np.frombuffer(setup["walls"], np.uint8), count=width * height, bitorder="little")
    return bits.astype(np.bool_).reshape(height, width)


def size_for(max_players: int) -> tuple[int, int]:
    """Return width and height in tiles: space grows with the seats, up to what coordinates can reach."""
    tiles = _TILES_FOR_ALL + _TILES_PER_PLAYER * max_players
    width = min(math.isqrt(tiles) + 5, MAX_TILES)
    return width, min(math.ceil(tiles / width), MAX_TILES)


def _blocks_in_a_rim(width: int, height: int, chance: SplitMix64) -> Walls:
    # The map is one integer, a bit a tile, with `_GAP` open rows and columns around it: whether there is a wall in a
    # rectangle is one `&` then. With slices of an array, a map took half of the time in which a match is opened.
    stride, lines = width + 2 * _GAP, height + 2 * _GAP
    rim = np.ones((height, width), np.bool_)
    rim[1:-1, 1:-1] = False
    margin = _GAP * (stride + 1)
    walls = _bits(rim, stride) << margin
    blocks = _block_bits(stride)
    tries = width * height // 2
    for which, down, across in chance.many(3 * tries).reshape(tries, 3).tolist():
        (rows, columns), block, turned, around = blocks[int(which * len(blocks))]
        row, column = int(down * (height - rows)), int(across * (width - columns))
        here = row * stride + column
        if walls & around << here:
            continue
        # The first tile of a rectangle is the last one after half a turn.
        opposite = stride * lines - here - around.bit_length()
        with_block = walls | block << here + margin
        if not with_block & around << opposite:
            walls = with_block | turned << opposite + margin
    packed = np.frombuffer(walls.to_bytes(stride * lines // 8 + 1, "little"), np.uint8)
    tiles = np.unpackbits(packed, count=stride * lines, bitorder="little").astype(np.bool_)
    return tiles.reshape(lines, stride)[_GAP:-_GAP, _GAP:-_GAP].copy()


@functools.lru_cache(maxsize=64)
def _block_bits(stride: int) -> list[tuple[tuple[int, ...], int, int, int]]:
    """Of each block its shape, its bits, those after half a turn, and the rectangle around it that has to be free."""
    return [
        (block.shape, _bits(block, stride), _bits(block[::-1, ::-1], stride), _bits(_with_gap(block), stride))
        for block in _BLOCKS
    ]


def _with_gap(block: Walls) -> Walls:
    rows, columns = block.shape
    return np.ones((rows + 2 * _GAP, columns + 2 * _GAP), np.bool_)


def _bits(tiles: Walls, stride: int) -> int:
    """``tiles``, row by row, as the bits of a number, the first the lowest; a row takes ``stride`` bits."""
    rows = np.packbits(tiles, axis=1, bitorder="little")
    return sum(int.from_bytes(row.tobytes(), "little") << at * stride for at, row in enumerate(rows))


def _spawn_tiles(walls: Walls) -> list[int]:
    """Return open tiles of the first half of the map, numbered row by row."""
    height, width = walls.shape
    tiles = [
        row * width + column
        for row in range(1, height, _SPAWN_PITCH)
        for column in range(1, width, _SPAWN_PITCH)
        if not walls[row, column]
    ]
    return [tile for tile in tiles if tile < width * height // 2]


def _spread(tiles: list[int], width: int, height: int) -> list[int]:
    """Sort ``tiles`` and their opposites so that each pair is as far as possible from those before it."""
    candidates = np.array(tiles)
    x, y = candidates % width, candidates // width
    # The square of the distance from each candidate to each pair of places.
    to_tile = (x[:, None] - x) ** 2 + (y[:, None] - y) ** 2
    to_opposite = (x[:, None] - (width - 1 - x)) ** 2 + (y[:, None] - (height - 1 - y)) ** 2
    to_pair = np.minimum(to_tile, to_opposite)
    nearest = (width - 1 - 2 * x) ** 2 + (height - 1 - 2 * y) ** 2
    chosen: list[int] = []
    for _ in tiles:
        farthest = int(np.argmax(nearest))
        chosen += (tiles[farthest], width * height - 1 - tiles[farthest])
        np.minimum(nearest, to_pair[farthest], out=nearest)
        nearest[farthest] = -1
    return chosen


def _pickups(walls: Walls, chance: SplitMix64) -> tuple[list[int], npt.NDArray[np.int32]]:
    """Choose a spot in each field of a grid over the first half of the map, and its opposite with the same kind."""
    height, width = walls.shape
    tiles: list[int] = []
    kinds: list[int] = []
    turn = chance.below(len(_PICKUP_CYCLE))
    for top in range(1, (height + 1) // 2, _PICKUP_PITCH):
        for left in range(1, width - 1, _PICKUP_PITCH):
            rows, columns = np.nonzero(~walls[top : top + _PICKUP_PITCH, left : left + _PICKUP_PITCH])
            field = (rows + top) * width + columns + left
            field = field[field < width * height // 2]
            if not len(field):
                continue
            tile = int(field[chance.below(len(field))])
            kind = _PICKUP_CYCLE[turn % len(_PICKUP_CYCLE)]
            turn += 1
            tiles += (tile, width * height - 1 - tile)
            kinds += (kind, kind)
    return tiles, np.array(kinds, np.int32)


def _middles(tiles: list[int], width: int) -> Points:
    numbers = np.array(tiles, np.int64).reshape(-1)
    return np.stack((numbers % width * TILE + TILE / 2, numbers // width * TILE + TILE / 2), axis=1)
