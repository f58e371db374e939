"""A predicted rule with all functions that it calls, in both languages."""

from __future__ import annotations

import ast
import types
from collections.abc import Callable, Mapping
from typing import Any

import attrs

from game_server.authoring.translation.expressions import Fields
from game_server.authoring.translation.kinds import INPUT, NOTHING, NUMBER, ROW, Kind
from game_server.authoring.translation.refusal import Place
from game_server.authoring.translation.source import source_of
from game_server.authoring.translation.statements import Function, Statements
from game_server.authoring.translation.vocabulary import Known


@attrs.frozen
class Translated:
    """A rule in both languages.

    Attributes:
        run: the rule in Python over doubles: it is called with a row, an input and the seconds of a tick, and sets
            attributes of the row. Its lines are those of the author's file.
        js: the text of a JavaScript module without imports or exports, with a function ``predicted`` like ``run``.
        read: the fields of the row that it reads.
        written: those that it sets.
    """

    run: Callable[[Any, Any, float], None]
    js: str
    read: frozenset[str]
    written: frozenset[str]


def translate(
    rule: types.FunctionType, row: Mapping[str, Kind], inputs: Mapping[str, Kind], unseen: frozenset[str] = frozenset()
) -> Translated:
    """Translate ``rule(me, input, dt)``, a plain function that changes the fields of a row by one tick.

    Args:
        row: the fields of the row, and whether each is a number or true or false.
        inputs: those of the input.
        unseen: fields of the row that browsers do not know, so that the rule must not use them.

    Raises:
        RulesError: it does something that rules may not do: file, line, and what to write instead.
    """
    return _Program(Fields(row, unseen, inputs)).translate(rule)


class _Program:
    """Collects the functions that a rule needs.

    They are written once for each combination of kinds with which they are called, those that others call first.
    """

    def __init__(self, fields: Fields) -> None:
        self._fields = fields
        self._done: dict[tuple[types.FunctionType, tuple[Kind, ...]], Function] = {}
        self._open: list[types.FunctionType] = []
        self._known: dict[str, Known] = {}
        self._names = {"input", "create"}  # of the module around it

    def translate(self, rule: types.FunctionType) -> Translated:
        main = self._function(rule, (ROW, INPUT, NUMBER), "predicted")
        if main.returns != NOTHING:
            source = source_of(rule)
            raise source.place.refusal(
                source.tree, "something is returned; a rule sets the fields of its row and returns nothing"
            )
        namespace: dict[str, Any] = {known.name: known.python for known in self._known.values()}
        for function in self._done.values():
            namespace[function.name] = types.FunctionType(function.python, namespace)
        helpers = [f"const {known.name} = {known.js};" for known in self._known.values()]
        js = "\n\n".join(["\n".join(helpers), *(function.js for function in self._done.values())])
        return Translated(
            namespace["predicted"], js.lstrip(), frozenset(self._fields.read), frozenset(self._fields.written)
        )

    def _note(self, known: Known) -> None:
        self._known[known.name] = known

    def _function_of(self, node: ast.Call, function: types.FunctionType, kinds: tuple[Kind, ...]) -> Function:
        if function in self._open:
            caller = self._open[-1]
            raise Place(caller.__code__.co_filename, caller.__name__).refusal(
                node, f"{function.__name__}() calls itself; write a loop: for i in range(8)"
            )
        return self._done.get((function, kinds)) or self._function(function, kinds, function.__name__)

    def _function(self, function: types.FunctionType, kinds: tuple[Kind, ...], wanted: str) -> Function:
        name, count = wanted, 1
        while name in self._names:
            count += 1
            name = f"{wanted}${count}"  # no name in Python has a $
        self._names.add(name)
        self._open.append(function)
        statements = Statements(source_of(function), name, kinds, self._fields, self._note, self._function_of)
        translated = statements.translate()
        self._open.pop()
        self._done[function, kinds] = translated
        return translated
