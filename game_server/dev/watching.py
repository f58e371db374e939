"""Watching of an author's files, by looking at them often: it works on every disk, and needs no package.

A look at the hundred files of a game takes a millisecond.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import trio

LOOK_EVERY: Final = 0.1
"""Seconds."""
SETTLED: Final = 0.03
"""Seconds without a further change after which a save is taken to be over: some editors write a file in two steps."""
MOST_FILES: Final = 2000
"""Of a game; the others are not watched."""
_MOST_LOOKS: Final = 30
"""For files that never settle."""
_LEFT_OUT: Final = frozenset({"__pycache__", "node_modules", "tests"})

Stamps = dict[str, tuple[int, int]]
"""By path: when it was changed last (ns), and its size."""


def folders_of(module: str) -> list[tuple[Path, bool]]:
    """Return what is watched of the game in ``module``: folders, and whether with all that is below them.

    A package is watched whole; of a single file the folder, with ``web`` beside it. The module is not imported.
    """
    top = module.partition(".")[0]
    try:
        found = importlib.util.find_spec(top)
    except (ImportError, ValueError):
        found = None
    if found is not None and found.submodule_search_locations:
        return [(Path(place), True) for place in found.submodule_search_locations]
    folder = Path(found.origin).parent if found is not None and found.origin else Path.cwd()
    return [(folder, False), (folder / "web", True)]


def stamps(folders: Iterable[tuple[Path, bool]]) -> Stamps:
    """Return the state of the files in ``folders`` that make a game: Python, and whatever browsers are served."""
    seen: Stamps = {}
    for folder, deep in folders:
        for path in _files(folder, deep=deep):
            if len(seen) >= MOST_FILES:
                return seen
            try:
                status = os.stat(path)
            except OSError:
                continue  # removed while we look
            seen[path] = status.st_mtime_ns, status.st_size
    return seen


def _files(folder: Path, *, deep: bool) -> Iterator[str]:
    for place, below, names in os.walk(folder):
        below[:] = sorted(name for name in below if deep and name not in _LEFT_OUT and not name.startswith("."))
        web = deep and ("web" in Path(place).relative_to(folder).parts or not (folder / "__init__.py").exists())
        yield from (
            os.path.join(place, name)
            for name in sorted(names)
            if not name.startswith(".") and not name.endswith(".d.ts") and (web or name.endswith(".py"))
        )


def changed(before: Stamps, after: Stamps) -> list[str]:
    """Return the paths of files that have come, gone or changed."""
    return sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))


async def settled(folders: Iterable[tuple[Path, bool]], now: Stamps) -> None:
    """Wait until nothing has changed since ``now`` for a moment."""
    folders = list(folders)
    for _ in range(_MOST_LOOKS):
        await trio.sleep(SETTLED)
        if (later := stamps(folders)) == now:
            return
        now = later


def make_importable() -> None:
    """Let the modules in the working directory be found, as `game_named` does."""
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
