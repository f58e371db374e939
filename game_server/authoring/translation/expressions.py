"""Expressions of a predicted rule: checked, and written in both languages."""

from __future__ import annotations

import ast
import difflib
import math
import types
from collections.abc import Callable, Mapping
from typing import Any, Final

from game_server.authoring.translation.kinds import BOOL, INPUT, NOTHING, NUMBER, ROW, Kind, Term, js_number, words
from game_server.authoring.translation.refusal import Place
from game_server.authoring.translation.vocabulary import (
    ADVICE,
    EXPRESSIONS,
    FLOOR_DIVISION,
    FUNCTIONS,
    MODULO,
    OPERATORS,
    Known,
)
from game_server.errors import RulesError

MOST_EXACT: Final = 2**53
"""Up to here doubles hold every whole number."""

_SIGNS: Final[dict[type[ast.operator], str]] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_COMPARISONS: Final[dict[type[ast.cmpop], str]] = {
    ast.Eq: "===", ast.NotEq: "!==", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}  # fmt: skip

Call = Callable[[ast.Call, types.FunctionType, list[Term]], Term]
"""Translates a call of an author's own function."""


class Fields:
    """The fields that a rule may read and write, and which of them it does.

    Args:
        row: of the row, by name.
        unseen: fields of the row that browsers do not know.
        inputs: of the input.
    """

    def __init__(self, row: Mapping[str, Kind], unseen: frozenset[str], inputs: Mapping[str, Kind]) -> None:
        self.row = row
        self.unseen = unseen
        self.inputs = inputs
        self.read: set[str] = set()
        self.written: set[str] = set()


class Expressions:
    """Translates the expressions of one function.

    Args:
        place: for refusals.
        names: what names stand for that are not the function's own.
        fields: of row and input; what is read is noted there.
        known: notes a function of the vocabulary, which the JavaScript then has to hold.
        call: translates calls of the author's own functions.

    Attributes:
        own: the kinds of the function's own names, as far as they have one.
        assigned: those of them that surely have a value here.
    """

    def __init__(
        self, place: Place, names: Mapping[str, Any], fields: Fields, known: Callable[[Known], None], call: Call
    ) -> None:
        self.own: dict[str, Kind] = {}
        self.assigned: set[str] = set()
        self.locals: frozenset[str] = frozenset()
        self._place = place
        self._names = names
        self._fields = fields
        self._known = known
        self._call = call

    def of(self, node: ast.expr) -> Term:
        """Translate ``node``.

        Raises:
            RulesError: it is something that rules may not do.
        """
        match node:
            case ast.Constant(value=value):
                return self.constant(node, value, "this value")
            case ast.Name(id=name):
                return self._name(node, name)
            case ast.Attribute():
                return self._attribute(node)
            case ast.UnaryOp():
                return self._unary(node)
            case ast.BinOp(left=left, op=operator, right=right):
                return self.binary(node, self.number(left), operator, self.number(right))
            case ast.BoolOp(op=operator, values=values):
                tests = [self.test(value) for value in values]
                sign = " && " if isinstance(operator, ast.And) else " || "
                return Term(
                    BOOL,
                    ast.BoolOp(operator, [test.python for test in tests]),
                    f"({sign.join(test.js for test in tests)})",
                )
            case ast.Compare():
                return self._compare(node)
            case ast.IfExp(test=test, body=body, orelse=other):
                return self._choice(node, self.test(test), self.of(body), self.of(other))
            case ast.Call():
                return self._function(node)
        raise self.refusal(node, EXPRESSIONS.get(type(node), f"there is no {type(node).__name__}"))

    def number(self, node: ast.expr) -> Term:
        """Translate ``node``, which has to be a number."""
        term = self.of(node)
        if term.kind == BOOL:
            raise self.refusal(
                node, f"{ast.unparse(node)!r} is true or false, not a number; write (1 if {ast.unparse(node)} else 0)"
            )
        if term.kind != NUMBER:
            raise self.refusal(node, f"{ast.unparse(node)!r} is {words(term.kind)}, not a number")
        return term

    def test(self, node: ast.expr) -> Term:
        """Translate ``node`` as a condition: a number is true unless it is 0."""
        term = self.of(node)
        if term.kind == BOOL:
            return term
        if term.kind != NUMBER:
            raise self.refusal(node, f"{ast.unparse(node)!r} is {words(term.kind)}, no condition")
        # A NaN is true in Python and false in JavaScript; compared, it is true in both.
        python = ast.Compare(term.python, [ast.NotEq()], [ast.Constant(0.0)])
        return Term(BOOL, python, f"({term.js} !== 0)")

    def refusal(self, node: ast.AST, what: str) -> RulesError:
        """Make the error that ``node`` is refused with."""
        return self._place.refusal(node, what)

    def constant(self, node: ast.expr, value: object, called: str) -> Term:
        """Write a constant that is ``called`` so in the source."""
        if isinstance(value, bool):
            return Term(BOOL, ast.Constant(value), "true" if value else "false")
        if not isinstance(value, int | float):
            raise self.refusal(node, f"{called} is a {type(value).__name__}; constants are numbers, or true or false")
        if not -MOST_EXACT <= value <= MOST_EXACT if isinstance(value, int) else not math.isfinite(value):
            raise self.refusal(node, f"{called} is {value}; constants are finite, and whole ones at most 2^53")
        return Term(NUMBER, ast.Constant(float(value)), js_number(value))

    def rows_of(self, node: ast.expr) -> list[tuple[float, ...]] | None:
        """Return what a loop over the constant tuple ``node`` goes through, one tuple a turn; None if it is none."""
        found = self._constant_of(node)
        if not isinstance(found, tuple):
            return None
        rows = [row if isinstance(row, tuple) else (row,) for row in found]
        if any(type(value) not in (int, float) for row in rows for value in row):
            raise self.refusal(node, f"{ast.unparse(node)} holds something else than numbers")
        if len({len(row) for row in rows}) != 1:
            raise self.refusal(node, f"{ast.unparse(node)} is empty, or its tuples are not all as long")
        return [tuple(float(value) for value in row) for row in rows]

    def whole_constant(self, node: ast.expr) -> int:
        """Return a whole number that is known before the match begins: a number, a constant, or sums of such."""
        value = self._constant_of(node)
        if type(value) is not int:
            raise self.refusal(
                node, f"{ast.unparse(node)!r} is no whole constant; a range has to be known before: range(3)"
            )
        return value

    def call_known(self, known: Known, terms: list[Term]) -> Term:
        """Write a call of a function of the vocabulary."""
        self._known(known)
        js = terms[0].js
        if known.most > known.least:
            for term in terms[1:]:
                js = f"{known.name}({js}, {term.js})"
        else:
            js = f"{known.name}({', '.join(term.js for term in terms)})"
        return Term(NUMBER, ast.Call(_load(known.name), [term.python for term in terms], []), js)

    def binary(self, node: ast.AST, left: Term, operator: ast.operator, right: Term) -> Term:
        """Write an operation on two numbers."""
        if isinstance(operator, ast.Mod | ast.FloorDiv):
            known = MODULO if isinstance(operator, ast.Mod) else FLOOR_DIVISION
            self._known(known)
            python = ast.BinOp(left.python, operator, right.python)
            return Term(NUMBER, python, f"{known.name}({left.js}, {right.js})")
        if type(operator) not in _SIGNS:
            raise self.refusal(node, OPERATORS[type(operator)])
        js = f"({left.js} {_SIGNS[type(operator)]} {right.js})"
        return Term(NUMBER, ast.BinOp(left.python, operator, right.python), js)

    def resolve(self, node: ast.expr) -> object:
        """Return what a name, or a name of a module, stands for; `NOTHING` if it is the function's own or unknown."""
        match node:
            case ast.Name(id=name) if name not in self.locals and name not in self.own:
                return self._names.get(name, NOTHING)
            case ast.Attribute(value=ast.Name() as owner, attr=name):
                module = self.resolve(owner)
                return getattr(module, name, NOTHING) if isinstance(module, types.ModuleType) else NOTHING
        return NOTHING

    def _constant_of(self, node: ast.expr) -> object:
        match node:
            case ast.Constant(value=value):
                return value
            case ast.Tuple(elts=parts):
                return tuple(self._constant_of(part) for part in parts)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                turned = self._constant_of(operand)
                return -turned if isinstance(turned, int | float) else NOTHING
            case ast.BinOp(left=left, op=operator, right=right):
                a, b = self._constant_of(left), self._constant_of(right)
                if isinstance(a, int | float) and isinstance(b, int | float):
                    match operator:
                        case ast.Add():
                            return a + b
                        case ast.Sub():
                            return a - b
                        case ast.Mult():
                            return a * b
                        case ast.FloorDiv() if b:
                            return a // b
                return NOTHING
        return self.resolve(node)

    def _name(self, node: ast.Name, name: str) -> Term:
        if name in self.own:
            if name not in self.assigned:
                raise self.refusal(node, f"{name!r} may have no value yet; set it on every way that leads here")
            return Term(self.own[name], _load(name), js_name(name))
        if name in self.locals:
            raise self.refusal(node, f"{name!r} has no value yet; set it before")
        value = self._names.get(name, NOTHING)
        if value is NOTHING:
            raise self.refusal(node, f"{name!r} is not known{close_to(name, self._names)}")
        if isinstance(value, list):
            raise self.refusal(node, f"{name} is a list, which may change; make it a tuple of numbers: {name} = (...)")
        if isinstance(value, tuple):
            raise self.refusal(node, f"{name} is a tuple; loop over it: for x in {name}")
        if callable(value) or isinstance(value, types.ModuleType):
            raise self.refusal(node, f"{name} is no number")
        return self.constant(node, value, name)

    def _attribute(self, node: ast.Attribute) -> Term:
        owner = self.own.get(node.value.id) if isinstance(node.value, ast.Name) else None
        if owner in (ROW, INPUT) and isinstance(node.value, ast.Name):
            kind = self.field(node, node.attr, of=owner)
            if owner == ROW:
                self._fields.read.add(node.attr)
            python = ast.Attribute(_load(node.value.id), node.attr, ast.Load())
            return Term(kind, python, f"{js_name(node.value.id)}.{node.attr}")
        value = self.resolve(node)
        if value is NOTHING:
            raise self.refusal(
                node,
                f"{ast.unparse(node)} is neither a field of the row, nor of the input, nor a constant; "
                "a constant is a number at the top of a file",
            )
        if callable(value):
            raise self.refusal(node, f"{ast.unparse(node)} is a function; call it: {ast.unparse(node)}(...)")
        return self.constant(node, value, ast.unparse(node))

    def field(self, node: ast.AST, name: str, *, of: Kind) -> Kind:
        """Return the kind of a field of the row or the input."""
        fields = self._fields.row if of == ROW else self._fields.inputs
        if of == ROW and name in self._fields.unseen:
            raise self.refusal(
                node, f"{name!r} is seen by nobody, so that browsers cannot foretell from it; declare it with "
                'seen_by="owner", or keep it out of this rule'
            )  # fmt: skip
        if name not in fields:
            whose = "row" if of == ROW else "input"
            known = ", ".join(fields) or "none"
            raise self.refusal(node, f"the {whose} has no field {name!r}; it has {known}")
        return fields[name]

    def _unary(self, node: ast.UnaryOp) -> Term:
        match node.op:
            case ast.Not():
                test = self.test(node.operand)
                return Term(BOOL, ast.UnaryOp(node.op, test.python), f"!{test.js}")
            case ast.USub():
                number = self.number(node.operand)
                return Term(NUMBER, ast.UnaryOp(node.op, number.python), f"(-{number.js})")
            case ast.UAdd():
                return self.number(node.operand)
        raise self.refusal(node, OPERATORS[type(node.op)])

    def _compare(self, node: ast.Compare) -> Term:
        for operator in node.ops:
            if type(operator) not in _COMPARISONS:
                raise self.refusal(node, OPERATORS[type(operator)])
        parts = [node.left, *node.comparators]
        # Each part in the middle is written twice in JavaScript, so it must not change anything.
        calls = [inner for part in parts[1:-1] for inner in ast.walk(part) if isinstance(inner, ast.Call)]
        given = [argument.id for call in calls for argument in call.args if isinstance(argument, ast.Name)]
        if any(self.own.get(name) == ROW for name in given):
            raise self.refusal(node, "the row is passed on in the middle of a chain; give the value a name before")
        terms = [self.of(part) for part in parts]
        for term, part in zip(terms, parts, strict=True):
            ordered = any(not isinstance(operator, ast.Eq | ast.NotEq) for operator in node.ops)
            if term.kind not in (NUMBER, BOOL) or term.kind != terms[0].kind or (ordered and term.kind == BOOL):
                raise self.refusal(
                    node, f"{ast.unparse(part)!r} is {words(term.kind)}; compare numbers, or with == two of one kind"
                )
        links = [
            f"{left.js} {_COMPARISONS[type(operator)]} {right.js}"
            for left, operator, right in zip(terms[:-1], node.ops, terms[1:], strict=True)
        ]
        python = ast.Compare(terms[0].python, node.ops, [term.python for term in terms[1:]])
        return Term(BOOL, python, f"({' && '.join(links)})")

    def _choice(self, node: ast.IfExp, test: Term, yes: Term, no: Term) -> Term:
        if yes.kind != no.kind or yes.kind not in (NUMBER, BOOL):
            raise self.refusal(
                node, f"one side of `if` is {words(yes.kind)} and the other {words(no.kind)}; make them one kind"
            )
        return Term(yes.kind, ast.IfExp(test.python, yes.python, no.python), f"({test.js} ? {yes.js} : {no.js})")

    def _function(self, node: ast.Call) -> Term:
        name = ast.unparse(node.func)
        function = self.resolve(node.func)
        if function is NOTHING:
            why = "is a value, no function" if name in self.own else f"is not known{close_to(name, self._names)}"
            raise self.refusal(node, f"{name!r} {why}")
        if node.keywords:
            raise self.refusal(node, f"{name}() is called with {node.keywords[0].arg}=; write the values in order")
        known = FUNCTIONS.get(function) if callable(function) else None
        if known:
            if not known.least <= len(node.args) <= known.most:
                count = "at least two" if known.most > known.least else str(known.least)
                raise self.refusal(node, f"{name}() has {len(node.args)} values; it takes {count}")
            return self.call_known(known, [self.number(argument) for argument in node.args])
        if isinstance(function, types.FunctionType):
            return self._call(node, function, [self.of(argument) for argument in node.args])
        try:
            advice = ADVICE.get(function)
        except TypeError:  # something unhashable that is called
            advice = None
        raise self.refusal(
            node,
            f"{name}() cannot be called; {advice}"
            if advice
            else f"{name}() cannot be called; a rule calls min, max, abs, sqrt, floor, ceil, trunc, sign, clamp, and "
            "functions of your own",
        )


def _load(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())


def close_to(name: str, names: Mapping[str, Any]) -> str:
    """Suggest a name like ``name``, or nothing."""
    close = difflib.get_close_matches(name, names, 1)
    return f"; do you mean {close[0]}?" if close else ""


_JS_WORDS: Final = frozenset((
    "arguments", "async", "await", "case", "catch", "class", "const", "debugger", "default", "delete", "do",
    "enum", "eval", "export", "extends", "false", "function", "if", "implements", "import", "in", "instanceof",
    "interface", "let", "new", "null", "of", "package", "private", "protected", "public", "return", "static",
    "super", "switch", "this", "throw", "true", "try", "typeof", "undefined", "var", "void", "while", "with",
    "yield", "NaN", "Infinity", "Math", "Object", "Number",
))  # fmt: skip


def js_name(name: str) -> str:
    """Write a name of the rule so that it means nothing else in JavaScript; Python's have no ``$``."""
    return f"{name}$" if name in _JS_WORDS else name
