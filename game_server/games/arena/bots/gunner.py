"""Aiming: leading a target, with a hand that is neither quick nor steady."""

from __future__ import annotations

import math
import random
from typing import Final

from game_server.games.arena.bolts import HIT_DISTANCE, RANGE
from game_server.games.arena.bots.perception import Scene, Sighting
from game_server.games.arena.bots.skills import Skill
from game_server.games.arena.constants import AIM_STEPS, BOLT_SPEED

_HALF_TURN: Final = AIM_STEPS // 2
_ERROR_SECONDS: Final = 0.35
"""Seconds for which the aim errs to one side before it errs to another."""
_BURST_SECONDS: Final = 0.6
_BERTH: Final = 2.0 * HIT_DISTANCE
"""World units by which a bolt should pass a mate."""
_DOUBT: Final = 150.0
"""World units a second by which a mate may stray from the way that it is on."""


class Gunner:
    """Aims and fires."""

    def __init__(self, skill: Skill, chance: random.Random) -> None:
        self._skill = skill
        self._chance = chance
        self._error = 0.0
        self._error_left = 0.0
        self._burst_left = 0.0
        self._bursting = True
        self.aim = chance.random() * AIM_STEPS

    def track(self, scene: Scene, target: Sighting, seconds: float) -> bool:
        """Turn towards ``target`` for ``seconds``; returns whether to fire at it."""
        dx, dy = target.x - scene.x, target.y - scene.y
        distance = math.hypot(dx, dy)
        for _ in range(2):
            ahead = distance / BOLT_SPEED * self._skill.lead
            dx, dy = target.x + target.vx * ahead - scene.x, target.y + target.vy * ahead - scene.y
            distance = math.hypot(dx, dy)
        self._waver(seconds)
        wish = aim_of(dx, dy)
        self.turn_to(wish + self._error, seconds)
        off = abs(turn_between(self.aim, wish + self._error))
        return self._bursting and off <= self._skill.trigger and distance <= RANGE

    def threatens(self, scene: Scene, mate: Sighting) -> bool:
        """Return whether a bolt fired now would come near ``mate``, who flies on; walls do not count."""
        ux, uy = math.cos(self.aim * (math.pi / _HALF_TURN)), math.sin(self.aim * (math.pi / _HALF_TURN))
        dx, dy = mate.x - scene.x, mate.y - scene.y
        ahead = max(0.0, dx * ux + dy * uy) / BOLT_SPEED
        dx, dy = dx + mate.vx * ahead, dy + mate.vy * ahead
        along = min(max(0.0, dx * ux + dy * uy), RANGE)
        return math.hypot(dx - ux * along, dy - uy * along) < _BERTH + _DOUBT * ahead

    def turn_to(self, wish: float, seconds: float) -> None:
        """Turn towards ``wish`` for ``seconds``."""
        most = self._skill.turn * AIM_STEPS * seconds
        turn = turn_between(self.aim, wish)
        self.aim = (self.aim + max(-most, min(most, turn))) % AIM_STEPS

    def _waver(self, seconds: float) -> None:
        self._error_left -= seconds
        if self._error_left <= 0:
            self._error_left = _ERROR_SECONDS * (0.5 + self._chance.random())
            # The sum of three uniform numbers is close to a normal distribution with a deviation of 1/2.
            bell = sum(self._chance.random() for _ in range(3)) - 1.5
            self._error = bell * 2 * self._skill.aim_error
        self._burst_left -= seconds
        if self._burst_left <= 0:
            self._burst_left = _BURST_SECONDS * (0.5 + self._chance.random())
            self._bursting = self._chance.random() < self._skill.burst


def aim_of(dx: float, dy: float) -> float:
    """Return the direction of a vector, in 4096ths of a turn."""
    return math.atan2(dy, dx) * (_HALF_TURN / math.pi) % AIM_STEPS


def turn_between(start: float, end: float) -> float:
    """Return the shortest turn from one direction to another, -2048 to 2048."""
    return (end - start + _HALF_TURN) % AIM_STEPS - _HALF_TURN
