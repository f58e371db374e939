"""The live view under ``game-server host``."""

from __future__ import annotations

from typing import Any, Final, TextIO

import trio
from rich.console import Console, Group
from rich.constrain import Constrain
from rich.live import Live
from rich.table import Table
from rich.text import Text

from game_server.server import Server
from game_server.telemetry.printable import printable

PERIOD: Final = 0.5
"""Seconds between two pictures."""
WIDTH: Final = 100
"""Columns that it takes at most; 80 do."""


async def show_live(server: Server, out: TextIO) -> None:
    """Keep a picture of ``server`` at the foot of ``out`` until cancelled; nothing where that is no terminal.

    One line tells of its people, and a table of its matches, the private ones too.
    """
    if not out.isatty():
        return
    with Live(console=Console(file=out, highlight=False), transient=True, auto_refresh=False) as live:
        while True:
            live.update(_picture(server), refresh=True)
            await trio.sleep(PERIOD)


def _picture(server: Server) -> Group:
    matches = server.matches(private=True)
    lobby = server.lobby
    people = f"{len(lobby.people)} connected, {len(lobby.voices())} of them in the lobby"
    if not matches:
        return Group(Text(f"{people}; no match is open"))
    return Group(Text(f"{people}; late and work: ms, 99th percentile"), _table(matches))


def _table(matches: list[dict[str, Any]]) -> Constrain:
    table = Table(box=None, pad_edge=False, header_style="dim", expand=True)
    table.add_column("match", no_wrap=True, overflow="ellipsis", ratio=1)
    table.add_column("code", no_wrap=True)
    table.add_column("phase", no_wrap=True)
    for heading in ("people", "bots", "seats", "watch", "late", "work", "dropped"):
        table.add_column(heading, justify="right", no_wrap=True)
    for match in matches:
        table.add_row(
            Text(printable(match["name"])),
            match["id"],
            Text(printable(match["phase"])),
            *(str(match[key]) for key in ("people", "bots", "max_players", "spectators")),
            # Of the last minute: how late ticks began, and how long they took.
            *(f"{match[key]['p99']:.1f}" for key in ("tick_lateness_ms", "tick_duration_ms")),
            str(match["ticks_dropped"]),
        )
    return Constrain(table, WIDTH)
