"""The face of the protocol: what other rooms, clients and tools import from `game_server.protocol`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from game_server import protocol

ROOT = Path(__file__).parents[2]
ROOM = Path(protocol.__file__).parent
INSIDERS = (ROOT / "tests" / "protocol", ROOT / "tests" / "vectors")
"""Tests of the room's own files, and what writes the schema from its fields."""


def outsiders() -> Iterator[Path]:
    for folder in ("game_server", "tests", "tools"):
        for file in (ROOT / folder).rglob("*.py"):
            if not any(file.is_relative_to(inside) for inside in (ROOM, *INSIDERS)):
                yield file


def imported(file: Path) -> Iterator[str]:
    """The modules from which ``file`` imports, and those that it imports whole."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        match node:
            case ast.ImportFrom(module=str(module)):
                yield module
            case ast.Import(names=names):
                yield from (name.name for name in names)


def test_nobody_outside_reaches_into_the_files_of_the_protocol() -> None:
    reached = {f"{file}: {name}" for file in outsiders() for name in imported(file) if "game_server.protocol." in name}
    assert reached == set()


def test_every_name_of_the_face_exists_and_stands_there_once() -> None:
    assert len(set(protocol.__all__)) == len(protocol.__all__)
    assert [name for name in protocol.__all__ if not hasattr(protocol, name)] == []


@pytest.mark.parametrize("name", protocol.__all__)
def test_a_class_or_function_of_the_face_has_a_docstring(name: str) -> None:
    value = getattr(protocol, name)
    if isinstance(value, type) or callable(value):
        # That of a class without one is its base's, or made up of its fields.
        assert re.search(r"[.:]", value.__doc__ or ""), name
