"""The simulation: worlds, the matches that play them, and the groups that tick the matches.

Games are written with `Game`, `World`, `Table`, the kinds of columns, `Event` and `Inputs`. The lobby opens a `Match`
and has a `TickGroup` drive it; what carries the players' bytes is a `Wire` of `Outlet`s.
"""

from __future__ import annotations

from game_server.protocol import AIM_STEPS, BEHIND_STEPS, Command, Row, View
from game_server.simulation.inputs.store import INPUT_ROW_BYTES
from game_server.simulation.match.checkpoint import checkpoint, restore
from game_server.simulation.match.match import Match
from game_server.simulation.match.ports import DirectWire, MatchJournal, Outlet, Wire
from game_server.simulation.match.spectators import Spectator
from game_server.simulation.replication.panorama import Panorama
from game_server.simulation.replication.replication import Replication
from game_server.simulation.tick.tick_group import TickGroup, tick_alone
from game_server.simulation.world.columns import Column, hidden, quantised, whole
from game_server.simulation.world.events import Event
from game_server.simulation.world.game import END_ROUND, GENTLE, NEVER, SKILLS, START_ROUND, Brain, Game, Inputs, Rules
from game_server.simulation.world.history import MAX_REWIND, Segments
from game_server.simulation.world.interest import Grid, Interest
from game_server.simulation.world.single import Single
from game_server.simulation.world.split_mix import SplitMix64
from game_server.simulation.world.table import Table
from game_server.simulation.world.world import World

__all__ = [
    "AIM_STEPS",
    "BEHIND_STEPS",
    "END_ROUND",
    "GENTLE",
    "INPUT_ROW_BYTES",
    "MAX_REWIND",
    "NEVER",
    "SKILLS",
    "START_ROUND",
    "Brain",
    "Column",
    "Command",
    "DirectWire",
    "Event",
    "Game",
    "Grid",
    "Inputs",
    "Interest",
    "Match",
    "MatchJournal",
    "Outlet",
    "Panorama",
    "Replication",
    "Row",
    "Rules",
    "Segments",
    "Single",
    "Spectator",
    "SplitMix64",
    "Table",
    "TickGroup",
    "View",
    "Wire",
    "World",
    "checkpoint",
    "hidden",
    "quantised",
    "restore",
    "tick_alone",
    "whole",
]
