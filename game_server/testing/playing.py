"""A match for tests: players who press what the test says, and ticks that come when it says so.

::

    from game_server.testing import play

    def test_the_one_who_is_it_gets_rid_of_it_by_touching_another():
        match = play(Tag, players=2)
        it, other = match.game.players
        it.it, it.x, it.y = True, other.x, other.y
        match.step()
        assert other.it and not it.it
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

from game_server.errors import RulesError
from game_server.simulation import Event, Game, Inputs, Newcomer, Rules, Value, World

G = TypeVar("G", bound=Game)


class Playing(Generic[G]):
    """A match of a game, with nobody in it yet. `play` makes one with players.

    Args:
        game: the class.
        seats: 16 by default, or as many as the game has.
        seed: of everything that is drawn by lot.
        tick_rate: that of the game by default.
        mode, options: as a host sets them.

    Attributes:
        game: its rules; a declared game has its rows there: ``match.game.players``.
        seated: the players' numbers.
        newcomers: who has taken which seat last, by number.
        events: those of the ticks of the last `step`, oldest first.
        asked: commands for the next tick: player, number and values.
    """

    def __init__(
        self,
        game: type[G],
        *,
        seats: int | None = None,
        seed: int = 1,
        tick_rate: int | None = None,
        mode: str = "",
        options: Mapping[str, Value] | None = None,
    ) -> None:
        most = min(16, game.seats[1]) if seats is None else seats
        world = World(seed=seed, max_players=most, tick_rate=tick_rate or game.tick_rate)
        self.game: G = game(world, Rules(mode, options or {}))
        self.seated: list[int] = []
        self.newcomers: dict[int, Newcomer] = {}
        self.events: list[Event] = []
        self.asked: list[tuple[int, int, tuple[int | str, ...]]] = []
        self.inputs = Inputs.none(most)

    @property
    def world(self) -> World:
        """All of its state."""
        return self.game.world

    def join(self, nickname: str = "", *, bot: bool = False) -> int:
        """Give the lowest free seat to a player, and return its number.

        Args:
            nickname: ``Player 1``, ``Player 2``, ... by the seat if left out.
            bot: what the rules are to know; nobody decides for a bot here either.

        Raises:
            RulesError: every seat is taken.
        """
        free = [number for number in range(self.world.max_players) if number not in self.seated]
        if not free:
            raise RulesError(f"all {self.world.max_players} seats are taken")
        self.sit(free[0], Newcomer(nickname or f"Player {1 + free[0]}", bot))
        return free[0]

    def sit(self, player: int, newcomer: Newcomer) -> None:
        """Give the free seat ``player``, a number, to ``newcomer``."""
        self.seated.append(player)
        self.newcomers[player] = newcomer
        self.game.join(player, newcomer)

    def leave(self, player: int) -> None:
        """Take away the seat of ``player``, a number."""
        self.seated.remove(player)
        self.inputs.clear(player)
        self.game.leave(player)

    def press(self, player: int, *, buttons: int = 0, aim: int = 0, **held: Any) -> None:
        """Let ``player`` hold this, and nothing else, from the next tick on.

        Args:
            buttons, aim: as they are on the wire, for a game without declared inputs.
            held: declared inputs by name: ``move=(1, 0), dash=True, aim=1024``.

        Raises:
            RulesError: there is no such input, or no such player.
        """
        self._check_seated(player)
        declared = getattr(self.game, "inputs", None)
        if declared is not None:
            values = {**held, **({"aim": aim} if aim else {})}
            buttons, aim = declared.pack(values)
        elif held:
            raise RulesError(f"{type(self.game).__name__} declares no inputs: press buttons= and aim=")
        self.inputs.give(player, (buttons, aim, 0))

    def send(self, player: int, command: str, *values: int | str) -> None:
        """Let ``player`` ask for ``command`` in the next tick, as a browser does: ``match.send(0, "put", 4)``.

        Raises:
            RulesError: there is no such command, or it comes with other values, or there is no such player.
        """
        self._check_seated(player)
        names = [form.name for form in self.game.commands]
        if command not in names:
            raise RulesError(
                f"{type(self.game).__name__} has no command {command!r}; it has {', '.join(names) or 'none'}"
            )
        number = names.index(command)
        self.asked.append((player, number, self.game.commands[number].read(values)))

    def step(self, ticks: int = 1) -> list[Event]:
        """Advance by ``ticks``, and return the events of all of them."""
        self.events = []
        for _ in range(ticks):
            self.world.advance()
            asked, self.asked = self.asked, []
            for player, number, values in asked:
                if player in self.seated:
                    self.game.command(player, number, values)
            self.game.step(self.inputs)
            self.events += self.world.events
        return self.events

    def _check_seated(self, player: int) -> None:
        if player not in self.seated:
            raise RulesError(f"nobody is player {player}; there is {', '.join(map(str, self.seated)) or 'nobody'}")

    def step_until(self, phase: str, *, most: int = 100_000) -> None:
        """Advance until the game is in ``phase``: ``playing``, say.

        Raises:
            RulesError: it is not within ``most`` ticks.
        """
        for _ in range(most):
            if self.game.phase() == phase:
                return
            self.step()
        raise RulesError(f"{type(self.game).__name__} was not in phase {phase!r} within {most} ticks")


def play(game: type[G], players: int = 2, **chosen: Any) -> Playing[G]:
    """Begin a match of ``game`` with ``players`` in it; ``chosen`` is as for `Playing`."""
    match = Playing(game, **chosen)
    for _ in range(players):
        match.join()
    return match
