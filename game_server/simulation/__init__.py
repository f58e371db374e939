"""The simulation: worlds, the matches that play them, and the groups that tick the matches.

Games are written with `Game`, `World`, `Table`, the kinds of columns, `Event` and `Inputs`. The lobby opens a `Match`
and has a `TickGroup` drive it; what carries the players' bytes is a `Wire` of `Outlet`s.
"""

from __future__ import annotations

from game_server.protocol import AIM_STEPS, BEHIND_STEPS, Command, Row, View
from game_server.simulation.match.checkpoint import checkpoint, restore
from game_server.simulation.match.fitting import described, fitted
from game_server.simulation.match.match import WAITS_FOR_AUTHOR, Match
from game_server.simulation.match.ports import DirectWire, MatchJournal, Outlet, Wire
from game_server.simulation.match.spectators import Spectator
from game_server.simulation.replication.replication import Replication
from game_server.simulation.replication.snapshot_encoder import Panorama
from game_server.simulation.replication.table_replicas import PRIVATE
from game_server.simulation.tick.tick_group import TickGroup, tick_alone
from game_server.simulation.world.columns import Column, hidden, quantised, whole
from game_server.simulation.world.commands import COMMANDS_A_SECOND, CommandForm, TextValue, WholeValue, WholeValues
from game_server.simulation.world.events import Event
from game_server.simulation.world.game import (
    END_ROUND,
    GENTLE,
    MOST_SEATS,
    NEVER,
    SKILLS,
    START_ROUND,
    Brain,
    Game,
    Inputs,
    Newcomer,
    Rules,
)
from game_server.simulation.world.game_options import Choice, Mode, Number, Option, Switch, Value
from game_server.simulation.world.history import MAX_REWIND, Segments
from game_server.simulation.world.interest import Grid, Interest
from game_server.simulation.world.split_mix import SplitMix64
from game_server.simulation.world.table import Table
from game_server.simulation.world.world import Single, World

__all__ = [
    "AIM_STEPS",
    "BEHIND_STEPS",
    "COMMANDS_A_SECOND",
    "END_ROUND",
    "GENTLE",
    "MAX_REWIND",
    "MOST_SEATS",
    "NEVER",
    "PRIVATE",
    "SKILLS",
    "START_ROUND",
    "WAITS_FOR_AUTHOR",
    "Brain",
    "Choice",
    "Column",
    "Command",
    "CommandForm",
    "DirectWire",
    "Event",
    "Game",
    "Grid",
    "Inputs",
    "Interest",
    "Match",
    "MatchJournal",
    "Mode",
    "Newcomer",
    "Number",
    "Option",
    "Outlet",
    "Panorama",
    "Replication",
    "Row",
    "Rules",
    "Segments",
    "Single",
    "Spectator",
    "SplitMix64",
    "Switch",
    "Table",
    "TextValue",
    "TickGroup",
    "Value",
    "View",
    "WholeValue",
    "WholeValues",
    "Wire",
    "World",
    "checkpoint",
    "described",
    "fitted",
    "hidden",
    "quantised",
    "restore",
    "tick_alone",
    "whole",
]
