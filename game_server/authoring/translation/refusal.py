"""Refusals of what a predicted rule may not do: file, line, and what to write instead."""

from __future__ import annotations

import ast
from pathlib import Path

import attrs

from game_server.errors import RulesError


@attrs.frozen
class Place:
    """The function that a refusal is about: the path of its file, and its name."""

    path: str
    function: str

    def refusal(self, node: ast.AST, what: str) -> RulesError:
        """Make the error that says where ``node`` stands and ``what`` is wrong with it."""
        path = Path(self.path)
        # Each package has a file of that name.
        file = f"{path.parent.name}/{path.name}" if path.name == "__init__.py" else path.name
        return RulesError(f"{file}, line {getattr(node, 'lineno', 0)}: in {self.function}(), {what}")
