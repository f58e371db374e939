"""Docstrings describe parameters and attributes that there are."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / "game_server").rglob("*.py"))
NAMES = re.compile(r"^    \**([a-z_]\w*(?:, [a-z_]\w*)*): ", re.MULTILINE)
WRONG = '''
class Cat:
    """A cat.

    Args:
        name: what it is called.
        age: years.

    Attributes:
        name, tail: what it has.
    """

    def __init__(self, name):
        self.name = name


def feed(cat):
    """Feed it.

    Args:
        much: grams.
    """
'''


def described(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef, section: str) -> set[str]:
    """The names that a section of the docstring describes."""
    found = re.search(rf"^{section}:\n((?:    .*\n?|\n)+)", ast.get_docstring(node) or "", re.MULTILINE)
    return {name for names in NAMES.findall(found[1]) for name in names.split(", ")} if found else set()


def parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    every = function.args
    stars = [star for star in (every.vararg, every.kwarg) if star]
    return {argument.arg for argument in [*every.posonlyargs, *every.args, *every.kwonlyargs, *stars]}


def attributes(kind: ast.ClassDef) -> Iterator[str]:
    """Whatever is assigned or defined within ``kind``."""
    for node in ast.walk(kind):
        if isinstance(node, ast.Attribute | ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.attr if isinstance(node, ast.Attribute) else node.id
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name


def strangers(tree: ast.Module) -> Iterator[str]:
    """What is described and not there."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from (f"{node.name}({name})" for name in described(node, "Args") - parameters(node))
        elif isinstance(node, ast.ClassDef):
            yield from (f"{node.name}.{name}" for name in described(node, "Attributes") - set(attributes(node)))
            made = [it for it in node.body if isinstance(it, ast.FunctionDef) and it.name == "__init__"]
            if made:
                yield from (f"{node.name}({name})" for name in described(node, "Args") - parameters(made[0]))


def test_docstrings_describe_what_there_is() -> None:
    found = {str(path): list(strangers(ast.parse(path.read_text(encoding="utf-8")))) for path in FILES}
    assert {path: names for path, names in found.items() if names} == {}


def test_a_description_of_what_is_not_there_is_found() -> None:
    assert set(strangers(ast.parse(WRONG))) == {"Cat(age)", "Cat.tail", "feed(much)"}
