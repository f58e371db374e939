"""The file of ``--matches``: a ``[[match]]`` table for each match that is open from the start."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import attrs
import cyclopts
from cyclopts import Parameter
from cyclopts.config import Dict

from game_server.cli.config import check, read_toml
from game_server.cli.match_choice import DEFAULT, MatchChoice
from game_server.errors import ConfigError
from game_server.lobby.match_options import MatchOptions


def matches_from_file(path: Path, otherwise: MatchChoice) -> tuple[MatchOptions, ...]:
    """The matches of the file at ``path``; what a table leaves open is as in ``otherwise``.

    Raises:
        ConfigError: the file cannot be read or is not TOML; or a table has a key that is no option of a match, or a
            value that does not fit.
    """
    content = read_toml("file of matches", path)
    tables = content.pop("match", None)
    if content:
        first = next(iter(content))
        raise ConfigError(f"the file of matches {path} has {first} outside of any [[match]]; put it under one")
    if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
        raise ConfigError(f"the file of matches {path} has no [[match]]; it takes one for each match")
    return tuple(_match(table, f"{path}, match {number}", otherwise) for number, table in enumerate(tables, 1))


def _match(table: dict[str, Any], source: str, otherwise: MatchChoice) -> MatchOptions:
    reader = cyclopts.App(config=Dict(table, source=source), result_action="return_value")
    reader.default(_choice)
    check(table, source, reader.assemble_argument_collection())
    try:
        read: MatchChoice = reader([], exit_on_error=False, print_error=False)
    except cyclopts.CycloptsError as error:
        said = " ".join(str(error).split())
        raise ConfigError(said if source in said else f"{source}: {said}") from error
    given = {(field := key.replace("-", "_")): getattr(read, field) for key in table}
    try:
        return attrs.evolve(otherwise, **given).options()
    except ConfigError as error:
        raise ConfigError(f"{source}: {error}") from error


def _choice(*, choice: Annotated[MatchChoice, Parameter(name="*")] = DEFAULT) -> MatchChoice:
    return choice
