"""Combat: damage, shields, protection, death and score of a hit."""

from __future__ import annotations

from game_server.games.arena.bolts import Hits
from game_server.games.arena.constants import BOLT_DAMAGE, RESPAWN_SECONDS, SHIELDED_DAMAGE, ticks_of
from game_server.games.arena.events import Hit, Kill
from game_server.games.arena.scoring import Scoring
from game_server.games.arena.tables import Ship
from game_server.simulation import Table, World


class Combat:
    """Applies hits to ships."""

    def __init__(self, world: World, ships: Table[Ship], scoring: Scoring) -> None:
        self._world = world
        self._ships = ships
        self._scoring = scoring
        self._respawn_wait = ticks_of(RESPAWN_SECONDS, world.tick_rate)

    def apply(self, hits: Hits, *, scored: bool) -> None:
        """Take hit points for each hit, in order; kills count when ``scored``."""
        rows = self._ships.rows
        for attacker, victim, x, y in zip(
            hits.attackers.tolist(), hits.victims.tolist(), hits.x.tolist(), hits.y.tolist(), strict=True
        ):
            if not rows.alive[victim]:
                continue
            damage = SHIELDED_DAMAGE if rows.shield_left[victim] else BOLT_DAMAGE
            if rows.protected_left[victim]:
                damage = 0
            self._world.emit(Hit(attacker, victim, damage, int(x), int(y)), at=(x, y))
            rows.health[victim] -= min(damage, rows.health[victim])
            if rows.health[victim] == 0:
                self._kill(attacker, victim, scored)

    def _kill(self, killer: int, victim: int, scored: bool) -> None:
        rows = self._ships.rows
        rows.alive[victim] = 0
        rows.respawn_wait[victim] = self._respawn_wait
        for ended in (rows.vx, rows.vy, rows.dash_left, rows.rapid_left, rows.shield_left):
            ended[victim] = 0
        self._world.emit(Kill(killer, victim), at=(rows.x[victim], rows.y[victim]))
        if scored:
            self._scoring.count(killer, victim)
