"""The version of the rules of a game: a digest of their source."""

from __future__ import annotations

import inspect
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Final

from game_server.simulation import Game

_NOT_RULES: Final = "bots"
"""A folder beside the rules: what bots decide is in the journal, as inputs."""


@cache
def version_of_rules(game: type[Game]) -> str:
    """Return 16 hex digits that change with the source of the rules of ``game``: the folder that its module is in.

    They say whether a journal can be expected to be played again to the same hashes. Empty if there is no source.
    """
    try:
        file = Path(inspect.getfile(game))
    except (OSError, TypeError):
        return ""
    files = sorted(file.parent.rglob("*.py")) if file.with_name("__init__.py").exists() else [file]
    digest = blake2b(digest_size=8)
    for one in files:
        place = one.relative_to(file.parent)
        if place.parts[0] != _NOT_RULES:
            digest.update(str(place).encode() + b"\0" + one.read_bytes())
    return digest.hexdigest()
