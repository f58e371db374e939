"""Which tests may notice a change: those that execute its line, or use the name that it defines at import."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Final, Protocol

import attrs

from tools.mutation.mutations import Mutation

SECONDS: Final = 60.0
"""That the tests of one change take at most, as recorded."""
_ABOUT_ALL: Final = re.compile(r"tests/test_\w+\.py::")
_LOOKS: Final = 0.1
"""Seconds within which a test about the whole of game_server looks at the classes and constants of every room, such as
that no secret is shown: it executes no line of theirs. One that takes longer drives a server."""
_OTHERS: Final = 4.0
"""Tests that do not mirror the file come in the order as if they took as many times as long: they notice less often."""


class Executed(Protocol):
    """Which test executes which line."""

    @property
    def seconds(self) -> dict[str, float]:
        """That each test takes."""

    def tests(self, path: str, lines: Collection[int]) -> set[str]:
        """The tests that execute one of these lines of a file."""


@attrs.frozen
class Place:
    """Where in a file a line is.

    Attributes:
        lines: all lines of its statement; of one that holds others, those of its head.
        name: what the statement defines, when it runs at import: a constant, an attribute, a class or function that is
            decorated or has defaults; empty for what runs when a function is called.
    """

    lines: range
    name: str = ""

    @classmethod
    def find(cls, tree: ast.Module, line: int) -> Place:
        """The place of ``line``."""
        statements = [node for node in ast.walk(tree) if isinstance(node, ast.stmt)]
        around = [node for node in statements if _first(node) <= line <= (node.end_lineno or 0)]
        inner = max(around, key=_first)
        body = getattr(inner, "body", None)
        lines = range(_first(inner), _first(body[0]) if body else (inner.end_lineno or 0) + 1)
        if line not in lines:
            lines = range(line, line + 1)
        is_called = any(
            isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _first(node.body[0]) <= line for node in around
        )
        return cls(lines, "" if is_called else _defined(inner))


def _first(node: ast.stmt) -> int:
    """The first line of a statement, or of its decorators."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return decorators[0].lineno if decorators else node.lineno


def _defined(node: ast.stmt) -> str:
    match node:
        case ast.Assign(targets=[ast.Name(id=name), *_]) | ast.AnnAssign(target=ast.Name(id=name)):
            return name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return name
    return ""


def likely_tests(root: Path, mutation: Mutation, executed: Executed) -> list[str]:
    """The tests that may notice a change, the likeliest and quickest first, `SECONDS` of them.

    Those of its file in any case; of a line that no test executes, those of its room, too. Of a definition, those whose
    parameter is the path of its file, too: they read it as text.
    """
    own = _below(mirrored(root, mutation.path), executed)
    in_room = _below(room(mutation.path) or ["tests/"], executed)
    place = Place.find(ast.parse((root / mutation.path).read_bytes()), mutation.line)
    near, far = executed.tests(mutation.path, place.lines), set[str]()
    if place.name:
        near |= own | {test for test in executed.seconds if test.endswith(f"[{mutation.path}]")}
        near |= {test for test, took in executed.seconds.items() if took <= _LOOKS and _ABOUT_ALL.match(test)}
        far |= in_room
        for path, lines, length in _naming(root, place.name):
            near |= executed.tests(path, lines)
            far |= executed.tests(path, range(1, length + 1))
    near = near or own | in_room
    far |= own  # what runs in a thread that an earlier test has started is missing from the record

    def unlikely(test: str) -> tuple[bool, float]:
        return test not in near, executed.seconds[test] * (1 if test in own else _OTHERS)

    ordered = sorted(near | far, key=unlikely)
    total = accumulate(executed.seconds[test] for test in ordered)
    return [test for test, seconds in zip(ordered, total, strict=True) if seconds <= SECONDS or test == ordered[0]]


def whole_tests(root: Path, mutation: Mutation, executed: Executed) -> list[str]:
    """The files of tests/e2e that may notice a change of a line that runs in processes of their own alone.

    None for a line that a recorded test executes, or that runs at import. Otherwise those that bear a word of the
    file's name, or import from its room.
    """
    place = Place.find(ast.parse((root / mutation.path).read_bytes()), mutation.line)
    if place.name or executed.tests(mutation.path, place.lines):
        return []
    _, *rooms, stem = Path(mutation.path).with_suffix("").parts
    words = {word.removesuffix("s") for word in (*stem.split("_"), *rooms)}
    from_room = f"from game_server.{rooms[0]}" if rooms else "from game_server.server"
    files = sorted(root.glob("tests/e2e/test_*.py"))
    return [
        str(file.relative_to(root))
        for file in files
        if any(word.removesuffix("s") in words for word in file.stem.split("_")[1:]) or from_room in file.read_text()
    ]


def _naming(root: Path, name: str) -> Iterator[tuple[str, list[int], int]]:
    """Files of game_server that use a name, the lines where they do, and how many lines they have."""
    word = re.compile(rf"\b{re.escape(name)}\b")
    for path in sorted(root.glob("game_server/**/*.py")):
        text = path.read_text().splitlines()
        if lines := [number for number, line in enumerate(text, 1) if word.search(line)]:
            yield str(path.relative_to(root)), lines, len(text)


def _below(paths: Sequence[str], executed: Executed) -> set[str]:
    """The tests in files and folders."""
    return {test for test in executed.seconds if test.startswith(tuple(paths))}


def mirrored(root: Path, path: str) -> list[str]:
    """The files with the tests of a file of game_server."""
    file = Path(path).relative_to("game_server")
    found = {test for folder in file.parents for test in (root / "tests" / folder).glob(f"test_{file.stem}*.py")}
    return sorted(str(test.relative_to(root)) for test in found)


def room(path: str) -> list[str]:
    """The folder with the tests of a file's room, and the files about the whole of it; none for what is in no room."""
    _, *rooms, _ = Path(path).parts
    return [f"tests/{rooms[0]}/", f"tests/test_{rooms[0]}_"] if rooms else []
