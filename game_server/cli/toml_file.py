"""TOML files of options, with the line of each key, which `tomllib` does not report."""

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
    """The entries under one header; those at the beginning of a file are under none.

    Attributes:
        header: as written, such as ``[[ match ]]``.
        path: what the header means to TOML, such as ``{"match": [{}]}``.
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
        what: the file is, for errors, such as "config file".
        path: of the file.

    Raises:
        ConfigError: the file cannot be read, or is not TOML.
    """
    try:
        # Some editors put a byte order mark in front, which TOML does not allow.
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
    """Yield the statements of a valid document with the number of their first line, from 1.

    A statement is the shortest run of lines that is valid TOML: a line break within one is inside brackets or quotes.
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
