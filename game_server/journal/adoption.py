"""What another number of workers has left in the data directory, handed to those that there are now."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Sequence
from pathlib import Path

from game_server.errors import ConfigError
from game_server.journal.data_directory import JOURNALS, RECORDINGS, DataDirectory
from game_server.journal.journals import DATA_FILE, memory_directory

logger = logging.getLogger("game_server.journal")

WORKERS = "worker-*"
"""The data directories of workers, in the one of their server."""


def adopt_journals(data: Path, folders: Sequence[Path]) -> None:
    """Move journals and recordings from data directories that are not used any more into those that are.

    If this is cut short, the next start goes on with it.

    Args:
        data: the data directory of the server, locked by this process; one process alone uses it itself.
        folders: the data directories of its processes: ``data`` alone, or some in it. They need not exist yet.

    Raises:
        ConfigError: a directory cannot be used.
    """
    sources = [path for path in (data, *sorted(data.glob(WORKERS))) if path not in folders and path.is_dir()]
    found = [(path, kind) for path in sources for kind in (JOURNALS, RECORDINGS) if _is_filled(path, kind)]
    if not found or not folders:
        return
    for folder in folders:
        if folder != data:
            DataDirectory.open(folder).close()
    try:
        for number, (path, kind) in enumerate(found):
            target = folders[number % len(folders)]
            for source, to in zip(_places(path, kind), _places(target, kind), strict=True):
                for moved in _contents(source):
                    shutil.move(moved, to / moved.name)
            logger.info("what was in %s goes on in %s", path / kind, target / kind)
    except OSError as error:
        raise ConfigError(f"what is in {data} cannot be moved within it: {error}") from error


def _is_filled(path: Path, kind: str) -> bool:
    return any(_contents(place) for place in _places(path, kind))


def _places(path: Path, kind: str) -> list[Path]:
    """Where the data directory ``path`` has things of this ``kind``: on the disk, and in memory."""
    return [path / kind, memory_directory(path)] if kind == JOURNALS else [path / kind]


def _contents(place: Path) -> list[Path]:
    return [path for path in place.iterdir() if path.name != DATA_FILE] if place.is_dir() else []
