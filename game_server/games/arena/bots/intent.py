"""The intent of a bot: whom to fight, and where to go."""

from __future__ import annotations

import random
from typing import Final

import attrs

from game_server.games.arena.bots.navigation import NavigationMap, Point
from game_server.games.arena.bots.perception import Scene, SeenPickup, Sighting
from game_server.games.arena.bots.skills import Skill
from game_server.games.arena.constants import MAX_HEALTH, PICKUP_SECONDS
from game_server.games.arena.tables import HEALTH_PACK

_THINK_SECONDS: Final = 0.25
_WANDER_TILES: Final = 18
_ARRIVED: Final = 48.0
_DETOUR: Final = 350.0
"""World units that a bot goes out of its way for a pick-up while nobody is near."""
_SEARCH_SECONDS: Final = 4.0
"""Seconds for which it goes on to where it lost a target."""


@attrs.frozen
class Intent:
    """``target`` is the ship to shoot at, ``goal`` the place to go to; a bot with a target and no goal circles it."""

    target: Sighting | None
    goal: Point | None


class Planner:
    """Decides a few times a second whom to fight and where to go."""

    def __init__(self, chart: NavigationMap, skill: Skill, chance: random.Random) -> None:
        self._chart = chart
        self._skill = skill
        self._chance = chance
        self._think_left = 0.0
        self._target: int | None = None
        self._goal: Point | None = None
        self._lost_at: Point | None = None
        self._lost_left = 0.0
        self._memory: dict[int, SeenPickup] = {}
        self._taken: dict[int, float] = {}
        self._clock = 0.0

    def decide(self, scene: Scene, seconds: float) -> Intent:
        """Return the intent for now, ``seconds`` after the last decision."""
        self._clock += seconds
        self._think_left -= seconds
        self._lost_left -= seconds
        target = next((ship for ship in scene.ships if ship.player == self._target), None)
        if self._think_left <= 0 or (target is None and self._target is not None):
            self._think_left = _THINK_SECONDS * (0.75 + self._chance.random() / 2)
            self._remember(scene)
            target = self._choose_target(scene)
            self._goal = self._choose_goal(scene, target)
        if target is not None:
            self._lost_at = (target.x, target.y)
            self._lost_left = _SEARCH_SECONDS
        return Intent(target, self._goal)

    def forget(self) -> None:
        """Forget target and goal: the ship is gone, and the next one begins somewhere else."""
        self._target = self._goal = self._lost_at = None

    def _choose_target(self, scene: Scene) -> Sighting | None:
        """Choose an enemy that is near, in the line of fire and weak, with a preference for the present target."""
        best: Sighting | None = None
        best_cost = 0.0
        for ship in scene.ships:
            cost = abs(ship.x - scene.x) + abs(ship.y - scene.y) + 2 * ship.health
            if ship.player == self._target:
                cost -= 150
            if ship.protected:
                cost += 600
            if (best is None or cost < best_cost) and self._chart.sees(scene.x, scene.y, ship.x, ship.y):
                best, best_cost = ship, cost
        self._target = best.player if best else None
        return best

    def _choose_goal(self, scene: Scene, target: Sighting | None) -> Point | None:
        thing = self._choose_thing(scene, target is not None)
        if thing is not None:
            return thing.x, thing.y
        if target is not None:
            return None
        hidden = min(scene.ships, key=lambda ship: abs(ship.x - scene.x) + abs(ship.y - scene.y), default=None)
        if hidden is not None:
            return hidden.x, hidden.y
        if self._lost_at is not None and self._lost_left > 0 and not _near(scene, self._lost_at):
            return self._lost_at
        if self._goal is None or _near(scene, self._goal) or self._chance.random() < 0.02:
            return self._wander(scene)
        return self._goal

    def _choose_thing(self, scene: Scene, fighting: bool) -> SeenPickup | None:
        """Choose health when hurt, and anything on the way while nobody is near."""
        hurt = scene.health < self._skill.caution
        best, best_cost = None, _DETOUR
        for thing in self._memory.values():
            cost = abs(thing.x - scene.x) + abs(thing.y - scene.y)
            if self._taken.get(thing.id, 0.0) > self._clock:
                continue
            if thing.kind == HEALTH_PACK:
                if scene.health >= MAX_HEALTH - 10 and not hurt:
                    continue
                if hurt:
                    cost *= 0.25
                elif fighting:
                    cost *= 2
            elif fighting:
                cost *= 2.5
            if cost < best_cost:
                best, best_cost = thing, cost
        return best

    def _remember(self, scene: Scene) -> None:
        seen = {thing.id for thing in scene.things}
        for thing in scene.things:
            self._memory[thing.id] = thing
            self._taken.pop(thing.id, None)
        for thing in self._memory.values():
            gone = thing.id not in seen and abs(thing.x - scene.x) < 600 and abs(thing.y - scene.y) < 320
            if gone and self._taken.get(thing.id, 0.0) <= self._clock:
                self._taken[thing.id] = self._clock + PICKUP_SECONDS

    def _wander(self, scene: Scene) -> Point:
        """Choose an open place about a screen away, biased to the middle of the map, where others are."""
        chart = self._chart
        reach = _WANDER_TILES * chart.tile
        middle_x, middle_y = chart.width * chart.tile / 2, chart.height * chart.tile / 2
        for _ in range(8):
            x = scene.x + (self._chance.random() * 2 - 1) * reach + (middle_x - scene.x) * 0.2
            y = scene.y + (self._chance.random() * 2 - 1) * reach + (middle_y - scene.y) * 0.2
            if not chart.is_wall(x, y):
                return (x // chart.tile + 0.5) * chart.tile, (y // chart.tile + 0.5) * chart.tile
        return scene.x, scene.y


def _near(scene: Scene, point: Point) -> bool:
    return abs(scene.x - point[0]) < _ARRIVED and abs(scene.y - point[1]) < _ARRIVED
