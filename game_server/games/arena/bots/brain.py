"""The decisions of a bot: perception, planning, steering and aiming put together."""

from __future__ import annotations

import math
import random
from typing import Any, Final

from game_server.games.arena.bots.gunner import Gunner, aim_of
from game_server.games.arena.bots.intent import Planner
from game_server.games.arena.bots.navigation import navigation_map
from game_server.games.arena.bots.perception import Perception, Scene
from game_server.games.arena.bots.pilot import Pilot
from game_server.games.arena.bots.skills import skill_named
from game_server.games.arena.constants import AIM_STEPS, FIRE, TEAM_PLAY
from game_server.simulation import Command, View

_LONGEST_GAP: Final = 0.5
"""Seconds: what passes at most between two decisions, as far as turning and patience go."""


class ArenaBrain:
    """Plays for a seat; sees the screen around its own ship and knows the map.

    Args:
        setup: the game's, from `welcome`.
        player: the seat.
        tick_rate: ticks a second; decisions may be rarer.
        skill: one of `SKILLS` in `skills`.
        seed: of its own chance.

    Raises:
        ConfigError: there is no such skill.
    """

    def __init__(self, setup: dict[str, Any], player: int, tick_rate: int, skill: str, seed: int) -> None:
        strength = skill_named(skill)
        chance = random.Random(seed)
        chart = self._chart = navigation_map(setup)
        self._dt = 1.0 / tick_rate
        teams, harsh = setup["mode"] == TEAM_PLAY, bool(setup["friendly_fire"])
        self._harms_mates = teams and harsh
        self._perception = Perception(player, strength.reaction, tick_rate, spares_mates=teams and not harsh)
        self._planner = Planner(chart, strength, chance)
        self._pilot = Pilot(chart, strength, chance)
        self._gunner = Gunner(strength, chance)
        self._last_tick: int | None = None

    def decide(self, view: View) -> Command:
        """The buttons and aim for the tick after ``view.tick``."""
        own = view.own
        if not own or not own["alive"]:
            self._planner.forget()
            self._perception.forget()
            self._last_tick = view.tick
            return Command(0, int(self._gunner.aim))
        ticks = 1 if self._last_tick is None else view.tick - self._last_tick
        self._last_tick = view.tick
        seconds = min(max(ticks, 1) * self._dt, _LONGEST_GAP)
        if ticks * self._dt > _LONGEST_GAP:  # it has rested: what it saw then is stale
            self._perception.forget()

        scene = self._perception.look(view)
        intent = self._planner.decide(scene, seconds)
        speed = math.hypot(own["vx"], own["vy"])
        buttons = self._pilot.steer(scene, intent, speed, own["dash_wait"] == 0, seconds)
        if intent.target is not None:
            if self._gunner.track(scene, intent.target, seconds) and not self._endangers_a_mate(scene):
                buttons |= FIRE
        elif speed > 1:
            self._gunner.turn_to(aim_of(own["vx"], own["vy"]), seconds)
        return Command(buttons, int(self._gunner.aim) % AIM_STEPS)

    def _endangers_a_mate(self, scene: Scene) -> bool:
        return self._harms_mates and any(
            self._gunner.threatens(scene, mate) and self._chart.sees(scene.x, scene.y, mate.x, mate.y)
            for mate in scene.mates
        )
