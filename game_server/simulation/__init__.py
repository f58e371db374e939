"""The fixed tick: clock, match, world, replication, journal.

What games are written with is here: `Game` and its `World`, the kinds of columns, events, inputs.
"""

from __future__ import annotations

from game_server.protocol.client_messages import Command
from game_server.protocol.limits import AIM_STEPS, BEHIND_STEPS
from game_server.protocol.view import Row, View
from game_server.simulation.columns import Column, hidden, quantised, whole
from game_server.simulation.events import Event
from game_server.simulation.game import END_ROUND, START_ROUND, Brain, Game, Inputs, Rules
from game_server.simulation.interest import Grid, Interest
from game_server.simulation.rewind import Ways
from game_server.simulation.table import Table
from game_server.simulation.world import World

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
