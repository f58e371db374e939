"""The source of a function as a syntax tree, and what the names in it stand for."""

from __future__ import annotations

import ast
import builtins
import inspect
import textwrap
import types
from typing import Any

import attrs

from game_server.authoring.translation.refusal import Place
from game_server.errors import RulesError


@attrs.frozen
class Source:
    """A function as written.

    Attributes:
        tree: its definition; line numbers are those of the file.
        names: what the names stand for that are not its own: of the module, and of functions around it.
    """

    place: Place
    tree: ast.FunctionDef
    names: dict[str, Any]


def source_of(function: types.FunctionType) -> Source:
    """Read the source of ``function``.

    Raises:
        RulesError: there is none to read, or it is no plain ``def``.
    """
    path = function.__code__.co_filename
    try:
        lines, first = inspect.getsourcelines(function)
    except (OSError, TypeError):
        raise RulesError(
            f"{path}: the source of {function.__name__}() cannot be read; put the rule in a file"
        ) from None
    place = Place(path, function.__name__)
    try:
        tree = ast.parse(textwrap.dedent("".join(lines))).body[0]
    except SyntaxError:  # a lambda in the middle of a call, say
        tree = ast.Pass(lineno=1)
    ast.increment_lineno(tree, first - 1)
    if not isinstance(tree, ast.FunctionDef):
        raise place.refusal(tree, "there is no plain function; write it with `def`")
    if tree.decorator_list:
        raise place.refusal(tree, "there is a decorator; a rule is a plain function, leave it out")
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    # A cell is empty while the function around it has not set the name yet.
    enclosed = {name: cell.cell_contents for name, cell in cells if cell != types.CellType()}
    return Source(place, tree, {**vars(builtins), **function.__globals__, **enclosed})
