"""The drawings that bots of sketch make, as one picture: look at it before you commit it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from game_server.games.sketch.drawings import DRAWINGS, Stroke

FILE: Final = Path(__file__).with_suffix(".svg")
SQUARE: Final = 110
"""Of a drawing, which is 100 by 100, with its rim."""
ACROSS: Final = 6
COLOURS: Final = {0: "black", 2: "red", 3: "orange", 4: "gold", 5: "green", 7: "blue", 9: "brown"}
"""By their numbers, nearly as web/pens.js has them."""


def _path(stroke: Stroke) -> str:
    places = " ".join(f"{x:.10g},{y:.10g}" for x, y in stroke.places)
    return f'  <polyline points="{places}" stroke="{COLOURS[stroke.colour]}"/>'


def document() -> str:
    """The whole file."""
    down = -(-len(DRAWINGS) // ACROSS)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {ACROSS * SQUARE} {down * SQUARE}" fill="none" '
        'stroke-width="2">'
    ]
    for at, (word, strokes) in enumerate(DRAWINGS.items()):
        x, y = at % ACROSS * SQUARE, at // ACROSS * SQUARE
        lines += [f'<g id="{word}" transform="translate({x} {y})">', *map(_path, strokes), "</g>"]
    return "\n".join([*lines, "</svg>", ""])


if __name__ == "__main__":
    FILE.write_text(document(), encoding="utf-8")
