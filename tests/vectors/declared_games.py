"""What each game of declarations says of itself: to hosts, to pages by its setup, and of every field of its rows.

Pages, bots, journals and checkpoints rely on it, fields included that nobody is sent.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import attrs

from game_server.author import Game
from game_server.games import GAMES
from game_server.simulation import World

FILE: Final = Path(__file__).with_suffix(".json")


def declarations(game: type[Game]) -> dict[str, Any]:
    """All that the class of a game declares."""
    return {
        "title": game.title,
        "seats": game.seats,
        "tick_rate": game.tick_rate,
        "camera": game.camera,
        "minimap": game.minimap,
        "may_idle": game.may_idle,
        "rounds": game.rounds and attrs.asdict(game.rounds),
        "bot": game.bot_class.__name__,
        "highlights": [event.name for event in game.highlights],
        "setup": game(World(seed=1, max_players=game.seats[1], tick_rate=game.tick_rate)).setup(),
        "rows": {
            entity.__name__: {
                "most": entity.most,
                "seen_by": entity.seen_by,
                "owner": entity.owner_field,
                "fields": {
                    name: [
                        field.storage.name.lower(), field.low, field.high, field.step, field.seen_by, field.title,
                        field.lasting, field.is_place,
                    ]
                    for name, field in entity.fields.items()
                },
            }
            for entity in game.declared.entities
        },
    }  # fmt: skip


def document() -> str:
    """The whole file."""
    games = {name: declarations(game) for name, game in sorted(GAMES.items()) if issubclass(game, Game)}
    return json.dumps(games, indent=1) + "\n"


if __name__ == "__main__":
    FILE.write_text(document(), encoding="utf-8")
