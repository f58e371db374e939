"""The arena's rows and their wire forms (docs/PROTOCOL.md section 7)."""

from __future__ import annotations

import attrs

from game_server.author import RoundRow
from game_server.simulation import Column, hidden, quantised, whole

COORDINATE_MAX = 16383.75
"""World units: the largest coordinate that 16 bits carry in steps of a quarter."""

BORN_STEPS = 256
"""`Bolt.born` goes on the wire modulo this: more ticks than a bolt flies at any tick rate."""

ALIVE, SHIELDED, RAPID, DASHING, PROTECTED = 1, 2, 4, 8, 16
"""Bits of `Ship.flags`."""

HEALTH_PACK, RAPID_FIRE, SHIELD = 0, 1, 2
"""Kinds of `Pickup`."""

WARM_UP, COUNTDOWN, PLAYING, RESULTS = 0, 1, 2, 3
"""Phases of `Round`."""

NOBODY = 65535

TEAM_IDS = (1, 2)
"""The teams, and their rows in the table of teams; 0 stands for none."""

MOST_TEAM_KILLS = 65535


@attrs.define
class Ship:
    """A player. Units: world units, world units a second, ticks; the id is the player.

    ``joined`` is larger for those who took their seat later.
    """

    x: Column = quantised(0, COORDINATE_MAX, step=0.25, owner=True)
    y: Column = quantised(0, COORDINATE_MAX, step=0.25, owner=True)
    aim: Column = whole(0, 255)
    health: Column = whole(0, 100)
    flags: Column = whole(0, 255)
    team: Column = whole(0, 2)
    vx: Column = hidden(owner=True)
    vy: Column = hidden(owner=True)
    dash_wait: Column = hidden("u2", owner=True)
    fire_wait: Column = hidden("u2", owner=True)
    dash_left: Column = hidden("u1", owner=True)
    dash_aim: Column = hidden("u2", owner=True)
    rapid_left: Column = hidden("u2", owner=True)
    shield_left: Column = hidden("u2", owner=True)
    respawn_wait: Column = hidden("u2", owner=True)
    alive: Column = hidden("u1", owner=True)
    protected_left: Column = hidden("u2")
    joined: Column = hidden("u4")


@attrs.define
class Bolt:
    """A shot. Its columns on the wire seldom change; where it is now stays in the simulation.

    ``reach`` is how far it can fly, in world units: to a wall or to the end of its life. ``behind`` is how far behind
    the shooter saw the others, in 16ths of a tick: the bolt meets them where they were that long ago.
    """

    x: Column = quantised(0, COORDINATE_MAX, step=0.25)
    y: Column = quantised(0, COORDINATE_MAX, step=0.25)
    aim: Column = whole(0, 4095)
    owner: Column = whole(0, NOBODY)
    born: Column = whole(0, BORN_STEPS - 1)
    at_x: Column = hidden()
    at_y: Column = hidden()
    reach: Column = hidden()
    behind: Column = hidden("u2")


@attrs.define
class Pickup:
    """A pick-up; the row exists while it can be taken."""

    x: Column = quantised(0, COORDINATE_MAX, step=0.25)
    y: Column = quantised(0, COORDINATE_MAX, step=0.25)
    kind: Column = whole(0, 2)


@attrs.define
class Spot:
    """Where a pick-up lies or comes back; the id is also the pick-up's. ``returns`` is a tick, 0 while it is there."""

    returns: Column = hidden("u4")


@attrs.define
class Score:
    """A player's score in this round; the id is the player. On the wire 255 stands for 255 and more.

    Everybody gets these rows, while ships go only to those near them: so the team is here as well.
    """

    kills: Column = whole(0, 255)
    deaths: Column = whole(0, 255)
    team: Column = whole(0, 2)


@attrs.define
class Round(RoundRow):
    """The round; ``teams`` is their number, and ``winner`` a team if there are any."""

    teams: Column = whole(0, 2)


@attrs.define
class Team:
    """A team's score in this round; the id is the team. There are no rows when everybody plays alone."""

    kills: Column = whole(0, MOST_TEAM_KILLS)
