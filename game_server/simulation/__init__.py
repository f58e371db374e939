"""The fixed tick: clock, match, world, replication, journal.

What games are written with is here: `Game` and its `World`, the kinds of columns, events, inputs.
"""

from __future__ import annotations

from game_server.protocol import AIM_STEPS, BEHIND_STEPS, Command, Row, View
from game_server.simulation.world.columns import Column, hidden, quantised, whole
from game_server.simulation.world.events import Event
from game_server.simulation.world.game import END_ROUND, START_ROUND, Brain, Game, Inputs, Rules
from game_server.simulation.world.history import Ways
from game_server.simulation.world.interest import Grid, Interest
from game_server.simulation.world.table import Table
from game_server.simulation.world.world import World

__all__ = [
    "AIM_STEPS",
    "BEHIND_STEPS",
    "END_ROUND",
    "START_ROUND",
    "Brain",
    "Column",
    "Command",
    "Event",
    "Game",
    "Grid",
    "Inputs",
    "Interest",
    "Row",
    "Rules",
    "Table",
    "View",
    "Ways",
    "World",
    "hidden",
    "quantised",
    "whole",
]
