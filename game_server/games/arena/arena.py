"""The game `arena`: ships that fly, dash and shoot among walls, alone or in teams, for the most kills in a round."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from game_server.author import PlayedInRounds
from game_server.games.arena.bolts import Bolts
from game_server.games.arena.bots import ArenaBrain
from game_server.games.arena.combat import Combat
from game_server.games.arena.constants import (
    AIM_STEPS,
    FREE_FOR_ALL,
    FRIENDLY_FIRE,
    SMALL_MATCH,
    TEAM_PLAY,
    TILE,
    VIEW_HEIGHT,
    VIEW_WIDTH,
)
from game_server.games.arena.events import Hit, Kill, PickupTaken, Respawn
from game_server.games.arena.map import ArenaMap
from game_server.games.arena.movement import Mover
from game_server.games.arena.pickups import Pickups
from game_server.games.arena.rounds import Rounds
from game_server.games.arena.scoring import Scoring
from game_server.games.arena.spawns import Spawns
from game_server.games.arena.tables import (
    ALIVE,
    DASHING,
    NOBODY,
    PLAYING,
    PROTECTED,
    RAPID,
    RESULTS,
    SHIELDED,
    Round,
    Score,
    Ship,
)
from game_server.games.arena.teams import Teams
from game_server.simulation import (
    MAX_REWIND,
    Brain,
    Event,
    Grid,
    Inputs,
    Interest,
    Mode,
    Newcomer,
    Option,
    Rules,
    Switch,
    Table,
    World,
)


class Arena(PlayedInRounds):
    """The rules of the arena, with one file for each.

    Args:
        world: a fresh one.
        rules: the mode, and whether mates hurt each other.
        arena_map: the map to play on; by default one made from the world's randomness.
    """

    name: ClassVar[str] = "arena"
    event_types: ClassVar[tuple[type[Event], ...]] = (Kill, Hit, PickupTaken, Respawn)
    highlights: ClassVar[tuple[type[Event], ...]] = (Kill,)
    modes: ClassVar[tuple[Mode, ...]] = (Mode(FREE_FOR_ALL, "Free for all"), Mode(TEAM_PLAY, "Teams"))
    options: ClassVar[tuple[Option, ...]] = (Switch(FRIENDLY_FIRE, "Shots hurt team-mates"),)
    minimap: ClassVar[bool] = True
    maps: ClassVar[bool] = True
    has_rounds: ClassVar[bool] = True

    def __init__(self, world: World, rules: Rules = Rules(), arena_map: ArenaMap | None = None) -> None:
        super().__init__(world, rules)
        self.map = arena_map or ArenaMap.make(world.max_players, world.random)
        if world.max_players > SMALL_MATCH:
            size = (self.map.width * TILE, self.map.height * TILE)
            self.interest = Interest(*size, VIEW_WIDTH, VIEW_HEIGHT)
        self.ships: Table[Ship] = world.table(1, "ship", Ship, world.max_players, ("x", "y"), history=MAX_REWIND)
        self.owned = self.ships
        spares_mates = self.rules.mode == TEAM_PLAY and not self.rules.chosen[FRIENDLY_FIRE]
        self.bolts = Bolts(world, self.ships, self.map.walls, Grid(self.interest), spares_mates=spares_mates)
        self.pickups = Pickups(world, self.ships, self.map)
        self.scores: Table[Score] = world.table(4, "score", Score, world.max_players)
        round_row = world.single(5, "round", Round)
        self.teams = Teams(world, self.ships, self.scores, self.rules.mode)
        self.scoring = Scoring(self.scores, self.teams)
        self.rounds = self._phases = Rounds(world, round_row, self.ships, self.teams, self.scoring, self)
        self.mover = Mover(self.map.walls, world.tick_rate)
        self.spawns = Spawns(world, self.ships, self.map.spawns)
        self.combat = Combat(world, self.ships, self.scoring)

    def setup(self) -> dict[str, Any]:
        """Return the map and the rules, as docs/PROTOCOL.md section 7 says."""
        return {
            **self.map.setup(),
            "mode": self.rules.mode,
            "friendly_fire": self.rules.chosen[FRIENDLY_FIRE],
            "kills_to_win": self.scoring.kills_to_win,
        }

    def join(self, player: int, newcomer: Newcomer) -> None:  # noqa: ARG002 - all are alike
        """Give ``player`` a ship, an empty score and, in team play, a team."""
        self.scores.add_at(player)
        self.ships.add_at(player)
        self.teams.join(player)
        self.spawns.appear([player], self.rounds.locked_ticks)
        self._show_flags()

    def leave(self, player: int) -> None:
        """Take away the ship, the score and the bolts of ``player``."""
        self.ships.remove(player)
        self.scores.remove(player)
        self.bolts.end_those_of(player)
        self.rounds.left(player)

    def step(self, inputs: Inputs) -> None:
        """Advance by one tick: everybody moves and fires, bolts fly and hit, things are taken, the round goes on."""
        rows = self.ships.rows
        targets = self.ships.live[rows.alive[self.ships.live] != 0]
        aim = inputs.aim % AIM_STEPS

        fired = self.mover.step(rows, inputs.buttons, aim)
        rows.aim[:] = aim >> 4
        self.spawns.protect(fired)
        hits = self.bolts.fly(targets)
        self.bolts.fire(fired, aim[fired], inputs.behind[fired])
        self.combat.apply(hits, scored=self.rounds.phase == PLAYING)
        self.pickups.step()
        self.spawns.respawn_the_due(self.rounds.locked_ticks)
        self.rounds.step()
        self._show_flags()

    @property
    def winners(self) -> tuple[int, ...] | None:
        """Players who have won the round, or whose team has; None while no results are shown."""
        if self.rounds.phase != RESULTS:
            return None
        winner = int(self.rounds.round.winner)
        if winner == NOBODY:
            return ()
        return tuple(self.teams.members(winner).tolist()) if self.teams.count else (winner,)

    @property
    def due(self) -> int:
        """The tick in which this phase ends or a pick-up comes back; the next one while bolts fly."""
        if len(self.bolts.table):
            return self.world.tick + 1
        return min(self.rounds.due, self.pickups.due)

    def score_of(self, player: int) -> int:
        """Kills of ``player`` in this round."""
        return int(self.scores.rows.kills[player])

    @classmethod
    def brain(cls, setup: dict[str, Any], player: int, tick_rate: int, skill: str, seed: int) -> Brain:
        """Make a bot that sees what is on a player's screen, and the map."""
        return ArenaBrain(setup, player, tick_rate, skill, seed)

    def clear(self) -> None:
        """Take all bolts out of the air."""
        self.bolts.end_all()

    def lock_weapons(self, ticks: int) -> None:
        """Lock all weapons for ``ticks``; 0 unlocks them."""
        self.ships.rows.fire_wait[self.ships.live] = ticks

    def start_afresh(self) -> None:
        """Reset every ship and put every pick-up back."""
        self.spawns.deal()
        self.pickups.put_all_back()

    def _show_flags(self) -> None:
        rows = self.ships.rows
        flags: Any = (rows.alive != 0) * ALIVE
        for bit, left in (
            (SHIELDED, rows.shield_left),
            (RAPID, rows.rapid_left),
            (DASHING, rows.dash_left),
            (PROTECTED, rows.protected_left),
        ):
            flags |= np.where(left > 0, bit, 0)
        rows.flags[:] = flags
