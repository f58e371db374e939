"""The version of the rules of a game: a digest of their source."""

from __future__ import annotations

import inspect
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Final

import game_server
from game_server.simulation import Game

_NOT_RULES: Final = "bots"
"""A folder beside the rules: what bots decide is in the journal, as inputs."""


@cache
def version_of_rules(game: type[Game]) -> str:
    """Return 16 hex digits that change with the source of the rules of ``game``.

    They say whether a journal can be expected to be played again to the same hashes, and whether a match can go on by
    these rules. The source is the folder that its module is in, those of the classes that it inherits from, as a game
    of declarations does from the authoring, and the authoring, if any file there imports `game_server.author`. Empty
    if there is no source.

    The answer is that of the first call: call it before the files can be replaced.
    """
    try:
        files = _files_beside(game)
    except (OSError, TypeError):
        return ""
    for base in game.__mro__[1:]:
        if issubclass(base, Game) and base is not Game:
            files |= _files_beside(base)
    if any(b"game_server.author" in one.read_bytes() for _, one in files):
        files |= _files_in(Path(game_server.__file__).parent / "authoring")
    digest = blake2b(digest_size=8)
    for place, one in sorted(files):
        digest.update(place.encode() + b"\0" + one.read_bytes())
    return digest.hexdigest()


def _files_beside(game: type[Game]) -> set[tuple[str, Path]]:
    """The rules in the folder of ``game``, or in its file if that is no package, with their places."""
    file = Path(inspect.getfile(game))
    return _files_in(file.parent) if file.with_name("__init__.py").exists() else {(file.name, file)}


def _files_in(folder: Path) -> set[tuple[str, Path]]:
    """The files of Python in ``folder``, without bots, with their places in it."""
    found = {(one.relative_to(folder), one) for one in folder.rglob("*.py")}
    return {(str(place), one) for place, one in found if place.parts[0] != _NOT_RULES}
