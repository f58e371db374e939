"""The file of ``--matches``: a ``[[match]]`` table for each match to open at the start."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final

import attrs
import cyclopts
from cyclopts import Parameter

from game_server.cli.config import check_values, fill
from game_server.cli.match_choice import DEFAULT, MatchChoice
from game_server.cli.toml_file import TomlTable, read_toml
from game_server.cli.usage import explain
from game_server.errors import ConfigError
from game_server.lobby import MatchOptions

_HEADER: Final = "[[match]]"
_PATH: Final[dict[str, Any]] = {"match": [{}]}
"""What the header means to TOML, with or without spaces."""


def matches_from_file(path: Path, otherwise: MatchChoice) -> tuple[MatchOptions, ...]:
    """Read the matches in the file at ``path``; options that a table leaves out are as in ``otherwise``.

    Raises:
        ConfigError: the file cannot be read or is not TOML, a key is not an option of a match, or a value does not fit.
    """
    first, *tables = read_toml("file of matches", path)
    for entry in first.entries:
        if entry.key == "match":
            raise ConfigError(f"{entry.place}: write each match as a table, under {_HEADER}")
        raise ConfigError(f"{entry.place}: {entry.key} is not under a {_HEADER}; put it under one")
    for table in tables:
        if table.path != _PATH:
            raise ConfigError(f"{table.place}: {table.header} is not a table for a match; write {_HEADER}")
    if not tables:
        raise ConfigError(f"the file of matches {path} has no {_HEADER}; write one for each match")
    return tuple(_match(table, otherwise) for table in tables)


def _match(table: TomlTable, otherwise: MatchChoice) -> MatchOptions:
    def from_table(_app: cyclopts.App, _commands: tuple[str, ...], arguments: cyclopts.ArgumentCollection) -> None:
        fill(arguments, table.entries)

    reader = cyclopts.App(config=(from_table, check_values), result_action="return_value")
    reader.default(_choice)
    try:
        read: MatchChoice = reader([], exit_on_error=False, print_error=False)
    except cyclopts.CycloptsError as error:
        raise ConfigError(explain(error)) from error
    given = {(field := entry.key.replace("-", "_")): getattr(read, field) for entry in table.entries}
    try:
        return attrs.evolve(otherwise, **given).options()
    except ConfigError as error:
        raise ConfigError(f"{table.place}: {error}") from error


def _choice(*, choice: Annotated[MatchChoice, Parameter(name="*")] = DEFAULT) -> MatchChoice:
    return choice
