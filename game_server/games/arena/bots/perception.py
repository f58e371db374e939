"""The perception of a bot: what is on its screen, late by its reaction time; its mates it knows at once."""

from __future__ import annotations

from typing import Final

import attrs

from game_server.games.arena.constants import BOLT_LIFETIME, BOLT_SPEED, TOP_SPEED, VIEW_HEIGHT, VIEW_WIDTH
from game_server.games.arena.directions import DIRECTION_X, DIRECTION_Y
from game_server.games.arena.tables import ALIVE, BORN_STEPS, PROTECTED
from game_server.simulation import Row, View

_UX: Final = DIRECTION_X.tolist()
_UY: Final = DIRECTION_Y.tolist()
_HALF_WIDTH: Final = VIEW_WIDTH / 2
_HALF_HEIGHT: Final = VIEW_HEIGHT / 2
_FARTHEST: Final = _HALF_WIDTH + BOLT_SPEED * BOLT_LIFETIME
"""World units, along either axis: no bolt on the screen was fired from farther away."""
_NO_TEAM: Final[Row] = {"team": 0}
_SMOOTHING: Final = 0.08
"""Seconds over which a ship's speed is averaged."""


@attrs.define
class Sighting:
    """A ship on the screen, extrapolated from what the bot has seen of it so far.

    World units, and world units a second; ``since`` is the tick in which it came into view, ``mate`` whether it is of
    the bot's own team.
    """

    player: int
    since: int
    tick: int
    x: float
    y: float
    vx: float
    vy: float
    health: int
    protected: bool
    track: list[tuple[int, float, float]]
    mate: bool = False


@attrs.frozen
class Threat:
    """A bolt that can hurt the bot: its name (``id, born``), where it is, and where it flies (unit vector)."""

    name: tuple[int, int]
    x: float
    y: float
    ux: float
    uy: float


@attrs.frozen
class SeenPickup:
    """A pick-up on the screen."""

    id: int
    x: float
    y: float
    kind: int


@attrs.frozen
class Scene:
    """Everything that a bot knows in one tick; ``ships`` are those of enemies."""

    x: float
    y: float
    health: int
    ships: list[Sighting]
    bolts: list[Threat]
    things: list[SeenPickup]
    mates: list[Sighting] = attrs.field(factory=list)


class Perception:
    """Turns views into scenes.

    Args:
        reaction: seconds.
        tick_rate: ticks a second.
        spares_mates: whether bolts pass through the ships of their owner's team.
    """

    def __init__(self, player: int, reaction: float, tick_rate: int, *, spares_mates: bool = False) -> None:
        self._player = player
        self._spares_mates = spares_mates
        self._delay = round(reaction * tick_rate)
        self._dt = 1.0 / tick_rate
        self._known: dict[int, Sighting] = {}

    def forget(self) -> None:
        """Forget all ships seen so far."""
        self._known = {}

    def look(self, view: View) -> Scene:
        """Return the scene around the own ship, which must exist."""
        x, y = view.own["x"], view.own["y"]
        own = view.tables["ship"].get(self._player)
        team = int(own["team"]) if own else 0
        ships = self._ships(view, x, y, team)
        return Scene(
            x,
            y,
            int(own["health"]) if own else 0,
            [ship for ship in ships if not ship.mate],
            self._bolts(view, x, y, team),
            [
                SeenPickup(number, row["x"], row["y"], int(row["kind"]))
                for number, row in view.tables["pickup"].items()
                if -_HALF_WIDTH <= row["x"] - x <= _HALF_WIDTH and -_HALF_HEIGHT <= row["y"] - y <= _HALF_HEIGHT
            ],
            [ship for ship in ships if ship.mate],
        )

    def _ships(self, view: View, x: float, y: float, team: int) -> list[Sighting]:
        seen: dict[int, Sighting] = {}
        tick = view.tick
        for number, row in view.tables["ship"].items():
            there_x, there_y = row["x"], row["y"]
            if (
                number == self._player
                or not -_HALF_WIDTH <= there_x - x <= _HALF_WIDTH
                or not -_HALF_HEIGHT <= there_y - y <= _HALF_HEIGHT
            ):
                continue
            flags = int(row["flags"])
            if not flags & ALIVE:
                continue
            known = self._known.get(number)
            if known is None:
                known = Sighting(number, tick, tick, there_x, there_y, 0.0, 0.0, 0, False, [])
            known.mate = team != 0 and row["team"] == team
            known.health = int(row["health"])
            known.protected = bool(flags & PROTECTED)
            known.track.append((tick, there_x, there_y))
            self._judge(known, tick, 0 if known.mate else self._delay)
            seen[number] = known
        self._known = seen
        return [known for known in seen.values() if known.mate or tick - known.since >= self._delay]

    def _judge(self, known: Sighting, tick: int, delay: int) -> None:
        """Estimate position and speed from what was on the screen ``delay`` ticks ago, and before."""
        track = known.track
        while len(track) > 1 and track[1][0] <= tick - delay:
            then, old_x, old_y = track.pop(0)
            after, new_x, new_y = track[0]
            seconds = (after - then) * self._dt
            vx, vy = (new_x - old_x) / seconds, (new_y - old_y) / seconds
            if vx * vx + vy * vy > (4 * TOP_SPEED) ** 2:
                known.vx = known.vy = 0.0
                continue
            weight = seconds / (seconds + _SMOOTHING)
            known.vx += (vx - known.vx) * weight
            known.vy += (vy - known.vy) * weight
        then, old_x, old_y = track[0]
        late = (tick - then) * self._dt
        known.x = old_x + known.vx * late
        known.y = old_y + known.vy * late
        known.tick = tick

    def _bolts(self, view: View, x: float, y: float, team: int) -> list[Threat]:
        bolts = []
        spared = team if self._spares_mates else 0
        stride = BOLT_SPEED * self._dt
        for number, row in view.tables["bolt"].items():
            from_x, from_y = row["x"], row["y"]
            if not -_FARTHEST <= from_x - x <= _FARTHEST or not -_FARTHEST <= from_y - y <= _FARTHEST:
                continue
            born = int(row["born"])
            age = (view.tick - born) % BORN_STEPS
            if row["owner"] == self._player or age < self._delay:
                continue
            if spared and view.tables["score"].get(int(row["owner"]), _NO_TEAM)["team"] == spared:
                continue
            aim = int(row["aim"])
            ux, uy = _UX[aim], _UY[aim]
            here_x, here_y = from_x + ux * stride * age, from_y + uy * stride * age
            if -_HALF_WIDTH <= here_x - x <= _HALF_WIDTH and -_HALF_HEIGHT <= here_y - y <= _HALF_HEIGHT:
                bolts.append(Threat((number, born), here_x, here_y, ux, uy))
        return bolts
