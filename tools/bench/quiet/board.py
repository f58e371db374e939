"""A game of declarations in which a click counts, and nothing else happens."""

from __future__ import annotations

from game_server.author import Command, Entity, Game, Single, count


class Board(Game):
    """Everybody sees how often somebody has clicked."""

    name = "board"

    class Player(Entity):
        """Somebody who clicks."""

        clicks = count(0, 65535)

    class State(Single):
        """What all see."""

        clicks = count(0, 65535)

    class Mark(Command):
        """A click."""

    def mark(self, player: Player) -> None:
        """Count it."""
        player.clicks += 1
        self.state.clicks += 1  # type: ignore[attr-defined] # the declaration above makes it
