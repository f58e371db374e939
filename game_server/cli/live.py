"""The live line under ``game-server host``."""

from __future__ import annotations

from typing import TextIO

import trio
from rich.console import Console
from rich.live import Live
from rich.text import Text

from game_server.server import Server

PERIOD = 0.5
"""Seconds between two pictures."""


async def show_live(server: Server, out: TextIO) -> None:
    """Keep a line for each match at the foot of ``out`` until cancelled; nothing where that is no terminal."""
    if not out.isatty():
        return
    with Live(console=Console(file=out), transient=True, auto_refresh=False) as live:
        while True:
            live.update(Text("\n").join(Text(_line(match)) for match in server.matches()), refresh=True)
            await trio.sleep(PERIOD)


def _line(match: dict[str, object]) -> str:
    lateness, duration = match["tick_lateness_ms"], match["tick_duration_ms"]
    assert isinstance(lateness, dict)
    assert isinstance(duration, dict)
    return (
        f"{match['name']} ({match['id']})  {match['phase']}  "
        f"{match['people']} people + {match['bots']} bots of {match['max_players']}  "
        f"tick {match['tick']}  late p50 {lateness['p50']:.1f} p99 {lateness['p99']:.1f} ms  "
        f"tick takes p50 {duration['p50']:.1f} p99 {duration['p99']:.1f} ms  dropped {match['ticks_dropped']}"
    )
