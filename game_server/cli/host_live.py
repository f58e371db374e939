"""The live view of ``game-server host`` in the terminal."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from operator import attrgetter
from typing import Any, Final, TextIO

import attrs
import trio
from rich.console import Console, Group
from rich.constrain import Constrain
from rich.live import Live
from rich.table import Table
from rich.text import Text

from game_server.errors import ConfigError
from game_server.server import Server
from game_server.supervisor import Supervisor
from game_server.telemetry import printable

logger = logging.getLogger("game_server.cli")

PERIOD: Final = 0.5
"""Seconds between two pictures."""
WIDTH: Final = 100
"""Columns that the view takes at most."""
_NAME: Final = 20
"""Columns reserved for the names of matches, if they are as long, before any number is shown."""
_WORDS: Final = ("code", "phase")


@attrs.frozen
class _Column:
    """A column beside the names.

    Attributes:
        heading: its title.
        read: returns its cell for a match.
        drop_order: if there is no room for all columns, the one with the greatest is dropped first.
    """

    heading: str
    read: Callable[[dict[str, Any]], str]
    drop_order: int


def _number(key: str) -> Callable[[dict[str, Any]], str]:
    return lambda match: str(match[key])


def _p99(key: str) -> Callable[[dict[str, Any]], str]:
    """Return a reader of the 99th percentile of the last minute, in ms."""
    return lambda match: f"{match[key]['p99']:.1f}"


_COLUMNS: Final = (
    _Column("code", _number("id"), 0),
    _Column("phase", _number("phase"), 2),
    _Column("people", _number("people"), 1),
    _Column("bots", _number("bots"), 4),
    _Column("seats", _number("max_players"), 3),
    _Column("watch", _number("spectators"), 6),
    _Column("late", _p99("tick_lateness_ms"), 5),  # how late ticks begin
    _Column("work", _p99("tick_duration_ms"), 7),  # how long they take
    _Column("dropped", _number("ticks_dropped"), 8),
)


async def show_live(server: Server | Supervisor, out: TextIO) -> None:
    """Keep a picture of ``server`` at the foot of ``out`` until cancelled; returns at once if that is not a terminal.

    The picture is a line about people and a table of all matches, private ones included.
    """
    if not out.isatty():
        return
    console = Console(file=out, highlight=False)
    try:
        above = sys.stderr.isatty()  # log lines go above the picture, if they go to the terminal
        with Live(console=console, transient=True, auto_refresh=False, redirect_stderr=above) as live:
            while True:
                live.update(picture(server, console.width), refresh=True)
                await trio.sleep(PERIOD)
    except (ConfigError, SystemExit) as error:
        # The terminal is gone; the players must not notice.
        logger.debug("the live view ends: %s", error)


def picture(server: Server | Supervisor, width: int) -> Group:
    """Return a picture that leaves room for ``^C`` in ``width`` columns.

    The terminal echoes it after the last line. If that wrapped, a line of the picture would stay on the screen.
    """
    matches = server.matches(private=True)
    connected, waiting = server.people()
    people = f"{connected} connected, {waiting} of them in the lobby"
    if not matches:
        return Group(Text(f"{people}; no match is open"))
    width = min(width - len("^C"), WIDTH)
    columns = _fitting(matches, width)
    legend = "; late and work: ms, 99th percentile" if {"late", "work"} <= {it.heading for it in columns} else ""
    return Group(Text(people + legend), Constrain(_table(matches, columns), width))


def _table(matches: list[dict[str, Any]], columns: list[_Column]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", expand=True)
    table.add_column("match", no_wrap=True, overflow="ellipsis", ratio=1)
    for column in columns:
        table.add_column(column.heading, justify="left" if column.heading in _WORDS else "right", no_wrap=True)
    for match in matches:
        table.add_row(Text(printable(match["name"])), *(Text(printable(column.read(match))) for column in columns))
    return table


def _fitting(matches: list[dict[str, Any]], width: int) -> list[_Column]:
    """Return the columns that leave room for the names of ``matches``."""
    columns = list(_COLUMNS)
    name = max(len("match"), min(_NAME, max(len(match["name"]) for match in matches)))

    def taken(column: _Column) -> int:
        return 2 + max(len(column.heading), *(len(column.read(match)) for match in matches))

    while columns and name + sum(map(taken, columns)) > width:
        columns.remove(max(columns, key=attrgetter("drop_order")))
    return columns
