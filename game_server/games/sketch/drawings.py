"""What bots draw: for some of the words, strokes in a square of 100 by 100, y downwards."""

from __future__ import annotations

from typing import Final

import attrs

Place = tuple[float, float]

BLACK, RED, ORANGE, YELLOW, GREEN, BLUE, BROWN = 0, 2, 3, 4, 5, 7, 9
"""Numbers of colours, as web/game.js has them."""
_TURN: Final = (
    (1.0, 0.0), (0.866, 0.5), (0.5, 0.866), (0.0, 1.0), (-0.5, 0.866), (-0.866, 0.5),
    (-1.0, 0.0), (-0.866, -0.5), (-0.5, -0.866), (0.0, -1.0), (0.5, -0.866), (0.866, -0.5), (1.0, 0.0),
)  # fmt: skip
"""Twelfths of a circle."""


@attrs.frozen
class Stroke:
    """One line of a pen."""

    colour: int
    places: tuple[Place, ...]


def _line(colour: int, *places: Place) -> Stroke:
    return Stroke(colour, places)


def _box(colour: int, left: float, top: float, right: float, bottom: float) -> Stroke:
    return Stroke(colour, ((left, top), (right, top), (right, bottom), (left, bottom), (left, top)))


def _ring(colour: int, x: float, y: float, across: float, down: float = 0.0) -> Stroke:
    """Make a circle, or an ellipse as high as ``down``."""
    return Stroke(colour, tuple((x + across * dx, y + (down or across) * dy) for dx, dy in _TURN))


def _arc(colour: int, x: float, y: float, radius: float) -> Stroke:
    """Make the upper half of a circle."""
    return Stroke(colour, tuple((x + radius * dx, y + radius * dy) for dx, dy in _TURN[6:]))


DRAWINGS: Final[dict[str, tuple[Stroke, ...]]] = {
    "apple": (
        _ring(RED, 50, 60, 30),
        _line(BROWN, (50, 32), (53, 14)),
        _ring(GREEN, 65, 20, 11, 5),
    ),
    "balloon": (_ring(RED, 50, 36, 24, 29), _line(BLACK, (50, 65), (46, 76), (53, 86), (49, 98))),
    "butterfly": (
        _ring(ORANGE, 30, 34, 20, 18),
        _ring(ORANGE, 70, 34, 20, 18),
        _ring(ORANGE, 34, 68, 15, 14),
        _ring(ORANGE, 66, 68, 15, 14),
        _line(BLACK, (50, 22), (50, 82)),
        _line(BLACK, (38, 6), (50, 22), (62, 6)),
    ),
    "car": (
        _line(RED, (5, 70), (5, 52), (25, 50), (36, 30), (70, 30), (82, 50), (96, 54), (96, 70), (5, 70)),
        _ring(BLACK, 26, 72, 10),
        _ring(BLACK, 75, 72, 10),
    ),
    "cat": (
        _ring(BLACK, 50, 56, 30, 26),
        _line(BLACK, (26, 40), (24, 14), (42, 32)),
        _line(BLACK, (58, 32), (76, 14), (74, 40)),
        _ring(GREEN, 39, 50, 4),
        _ring(GREEN, 61, 50, 4),
        _line(BLACK, (46, 62), (54, 62), (50, 67), (46, 62)),
        _line(BLACK, (44, 66), (10, 60)),
        _line(BLACK, (44, 69), (10, 74)),
        _line(BLACK, (56, 66), (90, 60)),
        _line(BLACK, (56, 69), (90, 74)),
    ),
    "clock": (
        _ring(BLACK, 50, 50, 42),
        _line(RED, (50, 50), (50, 18)),
        _line(RED, (50, 50), (72, 60)),
        _line(BLACK, (50, 8), (50, 14)),
        _line(BLACK, (92, 50), (86, 50)),
        _line(BLACK, (50, 92), (50, 86)),
        _line(BLACK, (8, 50), (14, 50)),
    ),
    "cloud": (
        _line(BLUE, (18, 66), (6, 54), (16, 40), (28, 40), (34, 24), (54, 22), (64, 36)),
        _line(BLUE, (64, 36), (82, 36), (94, 50), (84, 66), (18, 66)),
    ),
    "fish": (
        _ring(BLUE, 42, 50, 34, 20),
        _line(BLUE, (75, 50), (96, 32), (96, 68), (75, 50)),
        _ring(BLACK, 24, 44, 3),
    ),
    "flag": (_line(BROWN, (20, 98), (20, 6)), _line(RED, (20, 8), (84, 14), (78, 30), (84, 48), (20, 44))),
    "flower": (
        _ring(YELLOW, 50, 32, 9),
        *(_ring(RED, 50 + 19 * x, 32 + 19 * y, 9) for x, y in _TURN[:12:2]),
        _line(GREEN, (50, 60), (50, 98)),
        _line(GREEN, (50, 84), (66, 72), (70, 82), (50, 90)),
    ),
    "house": (
        _box(BLACK, 18, 44, 82, 94),
        _line(RED, (10, 46), (50, 12), (90, 46)),
        _box(BROWN, 44, 64, 60, 94),
        _box(BLUE, 24, 54, 38, 68),
        _box(BLUE, 66, 54, 78, 68),
    ),
    "ladder": (
        _line(BROWN, (34, 4), (34, 98)),
        _line(BROWN, (66, 4), (66, 98)),
        *(_line(BROWN, (34, y), (66, y)) for y in (16, 32, 48, 64, 80)),
    ),
    "moon": (
        _line(YELLOW, (60, 8), (36, 16), (22, 38), (22, 62), (36, 84), (60, 92)),
        _line(YELLOW, (60, 92), (46, 74), (42, 50), (46, 26), (60, 8)),
    ),
    "mountain": (
        _line(BROWN, (2, 92), (38, 16), (58, 58), (70, 36), (98, 92)),
        _line(BLUE, (28, 38), (38, 46), (47, 36)),
    ),
    "mushroom": (
        _arc(RED, 50, 52, 40),
        _line(RED, (10, 52), (90, 52)),
        _line(BLACK, (38, 52), (36, 94), (64, 94), (62, 52)),
        _ring(RED, 40, 32, 5),
        _ring(RED, 62, 36, 6),
    ),
    "rainbow": (_arc(RED, 50, 80, 46), _arc(YELLOW, 50, 80, 38), _arc(GREEN, 50, 80, 30), _arc(BLUE, 50, 80, 22)),
    "ship": (
        _line(BROWN, (8, 66), (92, 66), (78, 90), (22, 90), (8, 66)),
        _line(BLACK, (50, 66), (50, 8)),
        _line(BLUE, (54, 12), (84, 58), (54, 58), (54, 12)),
        _line(BLUE, (46, 20), (20, 58), (46, 58), (46, 20)),
    ),
    "snail": (
        _ring(BROWN, 56, 50, 26),
        _ring(BROWN, 56, 50, 15),
        _ring(BROWN, 56, 50, 5),
        _line(BLACK, (90, 78), (20, 78), (12, 64), (14, 42)),
        _line(BLACK, (14, 44), (24, 32)),
    ),
    "snowman": (
        _ring(BLUE, 50, 74, 24),
        _ring(BLUE, 50, 36, 15),
        _line(ORANGE, (50, 36), (66, 40), (50, 41)),
        _line(BLACK, (34, 22), (66, 22), (60, 22), (60, 6), (40, 6), (40, 22)),
        _line(BROWN, (28, 62), (8, 46)),
        _line(BROWN, (72, 62), (92, 46)),
    ),
    "star": (
        _line(
            YELLOW,
            (50, 6),
            (61, 38),
            (95, 38),
            (68, 58),
            (78, 91),
            (50, 71),
            (22, 91),
            (32, 58),
            (5, 38),
            (39, 38),
            (50, 6),
        ),
    ),
    "sun": (
        _ring(YELLOW, 50, 50, 20),
        *(_line(YELLOW, (50 + 27 * x, 50 + 27 * y), (50 + 44 * x, 50 + 44 * y)) for x, y in _TURN[:12]),
    ),
    "tree": (
        _line(BROWN, (44, 96), (44, 58)),
        _line(BROWN, (56, 96), (56, 58)),
        _ring(GREEN, 50, 34, 28),
    ),
    "umbrella": (
        _arc(BLUE, 50, 50, 42),
        _line(BLUE, (8, 50), (92, 50)),
        _line(BLACK, (50, 50), (50, 86), (44, 94), (36, 88)),
    ),
    "window": (_box(BROWN, 18, 12, 82, 90), _line(BROWN, (50, 12), (50, 90)), _line(BROWN, (18, 50), (82, 50))),
}
