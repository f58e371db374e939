"""The command ``game-server data``: what a data directory has in it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from rich.table import Table

from game_server.cli.console import PlainConsole
from game_server.errors import ConfigError
from game_server.journal import FAILED, JOURNALS, RECORDINGS, bytes_used

_PARTS: Final = {
    JOURNALS: "matches that go on",
    RECORDINGS: "matches to watch again",
    FAILED: "journals of matches that failed",
}


def data(path: Path, /) -> int:
    """Show what a data directory has, and how much room that takes.

    Args:
        path: The directory, as the server's log names it.
    """
    try:
        names = os.listdir(path)
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
    if JOURNALS not in names:
        raise ConfigError(f"{path} is no data directory: it has no {JOURNALS} in it")
    table = Table(box=None, pad_edge=False, show_header=False)
    for justify in ("left", "right", "right", "left"):
        table.add_column(justify=justify)
    for name, what in _PARTS.items():
        count = len(list((path / name).iterdir())) if (path / name).is_dir() else 0
        table.add_row(name, str(count), _megabytes(bytes_used(path / name)), what)
    table.add_row("in all", "", _megabytes(bytes_used(path)), "")
    PlainConsole().print(table)
    return 0


def _megabytes(count: int) -> str:
    return f"{count / 1e6:,.1f} MB"
