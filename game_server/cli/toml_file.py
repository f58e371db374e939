"""TOML files of options, with the line of each key, which `tomllib` does not say."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs

from game_server.errors import ConfigError


@attrs.frozen
class TomlEntry:
    """One ``key = value``; ``place`` is its file and line, for errors."""

    key: str
    value: Any
    place: str


@attrs.frozen
class TomlTable:
    """The entries under one header; the first of a file are under none.

    Attributes:
        header: as the file has it, ``[[ match ]]`` say.
        path: what it means to TOML: ``{"match": [{}]}`` say.
        place: file and line, for errors.
        entries: in their order.
    """

    header: str
    path: dict[str, Any]
    place: str
    entries: list[TomlEntry] = attrs.Factory(list)


def read_toml(what: str, path: Path) -> list[TomlTable]:
    """Read the file at ``path``; the first table is the one without a header.

    Args:
        what: the file is, for errors.
        path: of the file.

    Raises:
        ConfigError: it cannot be read, or is not TOML.
    """
    try:
        # Editors on Windows put a byte order mark in front, which TOML does not know.
        text = path.read_text("utf-8-sig")
        tomllib.loads(text)
    except OSError as error:
        raise ConfigError(f"cannot read the {what} {path}: {error.strerror}") from error
    except ValueError as error:
        raise ConfigError(f"the {what} {path} is not TOML: {error}") from error
    tables = [TomlTable("", {}, str(path))]
    for line, statement in _statements(text):
        place = f"{path}, line {line}"
        content = tomllib.loads(statement)
        if statement.lstrip().startswith("["):
            tables.append(TomlTable(statement.partition("#")[0].strip(), content, place))
        else:
            tables[-1].entries.extend(TomlEntry(key, value, place) for key, value in content.items())
    return tables


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """The statements of a valid document with their first lines, from 1.

    Each is valid by itself, and no beginning of one is: a line break within it stands inside brackets or quotes.
    """
    lines = text.replace("\r\n", "\n").split("\n")
    start = 0
    for end in range(1, len(lines) + 1):
        statement = "\n".join(lines[start:end])
        try:
            tomllib.loads(statement)
        except tomllib.TOMLDecodeError:
            continue
        yield start + 1, statement
        start = end
