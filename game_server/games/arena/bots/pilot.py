"""Steering: along a way, around an enemy, out of the way of bolts."""

from __future__ import annotations

import math
import random
from typing import Final

from game_server.games.arena.bots.intent import Intent
from game_server.games.arena.bots.navigation import NavigationMap, Point
from game_server.games.arena.bots.perception import Scene, Sighting, Threat
from game_server.games.arena.bots.skills import Skill
from game_server.games.arena.constants import BOLT_SPEED, DASH, DOWN, LEFT, RIGHT, SHIP_RADIUS, UP

_NEAR, _FAR = 180.0, 360.0
"""World units to an enemy that a bot keeps between in a fight."""
_LOOK_AHEAD: Final = 0.5
"""Seconds before a bolt arrives in which it is worth getting away from."""
_CLOSE_SHAVE: Final = SHIP_RADIUS + 26
_DASH_AT: Final = 0.16
_WAY_SECONDS: Final = 1.0
_STUCK_SPEED: Final = 30.0
_STUCK_SECONDS: Final = 0.4
_FEELER: Final = 56.0
"""World units ahead in which it looks for walls while it circles."""


class Pilot:
    """Steers: chooses which of up, down, left, right and dash to hold."""

    def __init__(self, chart: NavigationMap, skill: Skill, chance: random.Random) -> None:
        self._chart = chart
        self._skill = skill
        self._chance = chance
        self._way: list[Point] = []
        self._way_goal: Point | None = None
        self._way_left = 0.0
        self._side = 1.0
        self._side_left = 0.0
        self._stuck = 0.0
        self._minded: dict[tuple[int, int], bool] = {}

    def steer(self, scene: Scene, intent: Intent, speed: float, dash_ready: bool, seconds: float) -> int:
        """Return the buttons to hold; ``speed`` is that of the own ship, in world units a second."""
        self._side_left -= seconds
        if self._side_left <= 0:
            self._side_left = 0.4 + self._chance.random()
            self._side = -self._side if self._chance.random() < 0.6 else self._side
        if intent.goal is not None:
            dx, dy = self._follow(scene, intent.goal, speed, seconds)
        elif intent.target is not None:
            dx, dy = self._circle(scene, intent.target)
        else:
            dx, dy = 0.0, 0.0
        dash = False
        threat, arrives = self._soonest(scene)
        if threat is not None:
            dx, dy = self._away_from(scene, threat)
            dash = self._skill.dashes and arrives < _DASH_AT
        elif self._skill.dashes and intent.target is None and len(self._way) == 1:
            dash = math.hypot(dx, dy) > 400
        return buttons_towards(dx, dy) | (DASH if dash and dash_ready else 0)

    def _follow(self, scene: Scene, goal: Point, speed: float, seconds: float) -> Point:
        """Return the vector to the next point of the path to ``goal``."""
        self._way_left -= seconds
        self._stuck = self._stuck + seconds if speed < _STUCK_SPEED else 0.0
        moved = self._way_goal is None or abs(goal[0] - self._way_goal[0]) + abs(goal[1] - self._way_goal[1]) > 96
        if moved or not self._way or self._way_left <= 0 or self._stuck > _STUCK_SECONDS:
            self._way = self._chart.way(scene.x, scene.y, *goal)
            self._way_goal = goal
            self._way_left = _WAY_SECONDS * (0.75 + self._chance.random() / 2)
            self._stuck = 0.0
        while len(self._way) > 1 and _distance(scene, self._way[-1]) < 24:
            self._way.pop()
        x, y = self._way[-1] if self._way else goal
        return x - scene.x, y - scene.y

    def _circle(self, scene: Scene, target: Sighting) -> Point:
        """Return a vector around the target that keeps the distance and avoids walls."""
        dx, dy = target.x - scene.x, target.y - scene.y
        distance = math.hypot(dx, dy) or 1.0
        ux, uy = dx / distance, dy / distance
        towards = 0.8 if distance > _FAR else -0.8 if distance < _NEAR else 0.0
        for side in (self._side, -self._side):
            x, y = ux * towards - uy * side, uy * towards + ux * side
            if not self._blocked(scene, x, y):
                self._side = side
                return x * 100, y * 100
        return ux * towards * 100, uy * towards * 100

    def _away_from(self, scene: Scene, bolt: Threat) -> Point:
        """Return a vector across the bolt's path, to the nearer side, or to the other if a wall is there."""
        across = bolt.ux * (scene.y - bolt.y) - bolt.uy * (scene.x - bolt.x)
        side = self._side if abs(across) < 3 else math.copysign(1.0, across)
        x, y = -bolt.uy * side, bolt.ux * side
        if self._blocked(scene, x, y):
            x, y = -x, -y
        return x * 100, y * 100

    def _soonest(self, scene: Scene) -> tuple[Threat | None, float]:
        """Return the bolt that will hit first, of those that the bot dodges, and in how many seconds."""
        minded: dict[tuple[int, int], bool] = {}
        soonest, arrives = None, _LOOK_AHEAD
        for bolt in scene.bolts:
            minds = self._minded.get(bolt.name)
            if minds is None:
                minds = self._chance.random() < self._skill.dodge
            minded[bolt.name] = minds
            if not minds:
                continue
            dx, dy = scene.x - bolt.x, scene.y - bolt.y
            seconds = (dx * bolt.ux + dy * bolt.uy) / BOLT_SPEED
            if 0 < seconds < arrives and abs(bolt.ux * dy - bolt.uy * dx) < _CLOSE_SHAVE:
                soonest, arrives = bolt, seconds
        self._minded = minded
        return soonest, arrives

    def _blocked(self, scene: Scene, ux: float, uy: float) -> bool:
        return self._chart.is_wall(scene.x + ux * _FEELER, scene.y + uy * _FEELER)


def buttons_towards(dx: float, dy: float) -> int:
    """Return the combination of up, down, left and right nearest to a vector; none for one of a few units."""
    across, down = abs(dx), abs(dy)
    held = 0
    if across > 4 and across > 0.4142 * down:
        held |= RIGHT if dx > 0 else LEFT
    if down > 4 and down > 0.4142 * across:
        held |= DOWN if dy > 0 else UP
    return held


def _distance(scene: Scene, point: Point) -> float:
    return math.hypot(point[0] - scene.x, point[1] - scene.y)
