"""How large the world of a benchmark is: the same for us and for Colyseus."""

from __future__ import annotations

import math
from typing import Any, Final

import attrs

PLAYERS_A_CELL: Final = 4
VIEW_WIDTH: Final = 1280.0
VIEW_HEIGHT: Final = 720.0
"""World units: what a player sees, as in the arena."""
MARGIN: Final = 0.1
"""How far beyond the edge of its cell a viewer may go before its view follows, as a share of half a view."""
MARGIN_X: Final = VIEW_WIDTH / 2 * MARGIN
MARGIN_Y: Final = VIEW_HEIGHT / 2 * MARGIN
CELL_WIDTH: Final = VIEW_WIDTH / 2 + MARGIN_X
CELL_HEIGHT: Final = VIEW_HEIGHT / 2 + MARGIN_Y
"""World units: what our grid makes of such a view."""
SPEED: Final = 300.0
"""World units a second."""
STEP: Final = 0.25
"""World units a step of a coordinate on the wire, which has 16 bits."""


@attrs.frozen
class Field:
    """A world for this many players, so large that a cell holds four of them, and a 3 x 3 view 36.

    Sizes are in world units. With one column and one row everybody sees everything.
    """

    columns: int
    rows: int

    @classmethod
    def for_players(cls, players: int) -> Field:
        """As square as can be, in cells."""
        columns = max(1, round(math.sqrt(players / PLAYERS_A_CELL)))
        return cls(columns, math.ceil(players / PLAYERS_A_CELL / columns))

    @property
    def width(self) -> float:
        """From left to right."""
        return self.columns * CELL_WIDTH

    @property
    def height(self) -> float:
        """From top to bottom."""
        return self.rows * CELL_HEIGHT

    def to_json(self) -> dict[str, Any]:
        """For the server that is not written in Python."""
        return {
            "columns": self.columns,
            "rows": self.rows,
            "width": self.width,
            "height": self.height,
            "cellWidth": CELL_WIDTH,
            "cellHeight": CELL_HEIGHT,
            "marginX": MARGIN_X,
            "marginY": MARGIN_Y,
            "speed": SPEED,
            "step": STEP,
        }
