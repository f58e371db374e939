"""Telemetry: metrics, tick profiles, the log, and the schedule of garbage collection.

`metrics` has the definition of every metric, and is imported as a module.
"""

from __future__ import annotations

from game_server.telemetry.exposition import CONTENT_TYPE, FRESH_FOR, Exposition, merged
from game_server.telemetry.garbage import KINDS, Garbage
from game_server.telemetry.histogram import BOUNDS, Histogram
from game_server.telemetry.logs import LogFormat, LogLevel, printable, set_up
from game_server.telemetry.machine_clock import ahead_of_trio
from game_server.telemetry.metrics import Metric, Reading
from game_server.telemetry.tick_profile import OTHER, PHASES, TickHistograms, TickProfile, TickSeries

__all__ = [
    "BOUNDS",
    "CONTENT_TYPE",
    "FRESH_FOR",
    "KINDS",
    "OTHER",
    "PHASES",
    "Exposition",
    "Garbage",
    "Histogram",
    "LogFormat",
    "LogLevel",
    "Metric",
    "Reading",
    "TickHistograms",
    "TickProfile",
    "TickSeries",
    "ahead_of_trio",
    "merged",
    "printable",
    "set_up",
]
