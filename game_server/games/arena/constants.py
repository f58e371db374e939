"""The arena's constants, which decide how it feels.

`web_client/src/games/arena/constants.js` says the same for the browser; tests hold the two together.
"""

from __future__ import annotations

from typing import Final

from game_server.simulation import AIM_STEPS as AIM_STEPS

UP, DOWN, LEFT, RIGHT, FIRE, DASH = 1, 2, 4, 8, 16, 32
"""Buttons of an input."""

TILE: Final = 64
"""World units: the side of a tile. A power of two, so that dividing by it is exact."""
VIEW_WIDTH: Final = 1280
VIEW_HEIGHT: Final = 720
"""World units: what a player sees, around the own ship."""

SMALL_MATCH: Final = 32
"""Seats up to which everybody is shown the whole arena."""

SHIP_RADIUS: Final = 14
"""World units: half the side of the square that walls stop, and the radius of the disc that bolts hit."""
TOP_SPEED: Final = 300
"""World units a second: what thrust alone reaches."""
FRICTION: Final = 8
"""Per second: speed dies away, and is gained, with a time constant of an eighth of a second."""
ACCELERATION: Final = TOP_SPEED * FRICTION
"""World units per second squared."""
STOP_SPEED: Final = 1
"""World units a second below which a ship without thrust stands still."""

DASH_SPEED: Final = 900
"""World units a second."""
DASH_SECONDS: Final = 0.15
DASH_COOLDOWN: Final = 2
"""Seconds from the start of one dash to the next."""

FIRE_COOLDOWN: Final = 0.2
RAPID_FIRE_COOLDOWN: Final = 0.1
"""Seconds from one bolt to the next."""
BOLT_SPEED: Final = 900
"""World units a second."""
BOLT_LIFETIME: Final = 1
"""Seconds of flight when nothing is in the way."""
BOLT_RADIUS: Final = 4
"""World units. Walls stop the middle of a bolt, ships its rim."""

MAX_HEALTH: Final = 100
BOLT_DAMAGE: Final = 20
SHIELDED_DAMAGE: Final = 8
"""Hit points that a bolt takes from a ship without and with a shield."""

HEALTH_PACK_POINTS: Final = 50
RAPID_SECONDS: Final = 8
SHIELD_SECONDS: Final = 8
PICKUP_REACH: Final = 30
"""World units from a ship's middle within which a thing is taken; less than half a tile."""
PICKUP_SECONDS: Final = 12
"""Seconds until a thing that was taken is there again."""

RESPAWN_SECONDS: Final = 2
PROTECTION_SECONDS: Final = 1.5
"""Seconds after a spawn in which nothing hurts; firing ends them."""
SPAWN_CLEARANCE: Final = 640
"""World units to the nearest enemy at which a place is as good as any other: half a screen."""

FREE_FOR_ALL, TEAM_PLAY = "free-for-all", "teams"
"""Modes."""
FRIENDLY_FIRE = "friendly_fire"
"""The option by which shots hurt members of one's own team."""

PLAYERS_TO_START: Final = 2
COUNTDOWN_SECONDS: Final = 3
PLAYING_SECONDS: Final = 300
RESULTS_SECONDS: Final = 8
KILLS_TO_WIN: Final = 20
TEAM_KILLS_TO_WIN: Final = 40
TEAM_KILLS_A_SEAT: Final = 2.5
"""A team needs as many for each seat of the match, when that is more."""


def ticks_of(seconds: float, tick_rate: int) -> int:
    """``seconds`` in whole ticks: the nearest number, at least one."""
    return max(1, int(seconds * tick_rate + 0.5))
