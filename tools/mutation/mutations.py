"""Small changes to a Python file, each of which a good test notices.

The kinds are those that the suite was once found blind to: a call that is dropped, a guard that is flipped, a number
that is another one, a comparison that is off by one, a keyword argument that is left out, a return that comes early.
"""

from __future__ import annotations

import ast
import random
from collections.abc import Collection, Iterator, Sequence
from itertools import chain, zip_longest
from typing import Final

import attrs

_COMPARISONS: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}

LEFT_OUT: Final = """\
Left out is what provably changes nothing that the program does: annotations, docstrings, __slots__, weakref_slot,
TypeVar, the type of a cast, Literal, classes that are Protocols, overloads, what stands under "if TYPE_CHECKING". What
only refuses mistakes in the code, which mypy or a test has refused before: assert, strict=True, kw_only, and init=False
beside a default. Words alone: what a raise says, logger.debug. And f-strings, of which Python 3.11 does not know the
place. Not left out are eq and repr: the one decides what a set holds, the other whether a log shows a secret; nor
anything else for being hard to test."""


@attrs.frozen
class Mutation:
    """One change.

    Attributes:
        path: of the file, from the root of the tree.
        line: where it begins, from 1.
        start, end: what it replaces, in bytes of the file.
    """

    path: str
    line: int
    kind: str
    start: int
    end: int
    before: str
    after: str

    def apply(self, source: bytes) -> bytes:
        """``source`` with the change."""
        return source[: self.start] + self.after.encode() + source[self.end :]

    def __str__(self) -> str:
        was, now = (" ".join(text.split()) for text in (self.before, self.after))
        return f"{self.path}:{self.line}: {self.kind}: {was:.100} -> {now:.100}"


def mutations(path: str, source: bytes, lines: Collection[int] | None = None) -> list[Mutation]:
    """All changes to a file, or to those of its ``lines``."""
    offsets = [0, *(at + 1 for at, byte in enumerate(source) if byte == ord("\n"))]
    found = []
    for node, kind, after in _changes(ast.parse(source)):
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        if lines is None or node.lineno in lines:
            start = offsets[node.lineno - 1] + node.col_offset
            end = offsets[node.end_lineno - 1] + node.end_col_offset
            found.append(Mutation(path, node.lineno, kind, start, end, source[start:end].decode(), after))
    return found


def choose(all_: Sequence[Mutation], count: int, seed: int) -> list[Mutation]:
    """``count`` of them by chance, as many of each kind as there are."""
    chance = random.Random(seed)
    kinds: dict[str, list[Mutation]] = {}
    for mutation in all_:
        kinds.setdefault(mutation.kind, []).append(mutation)
    for some in kinds.values():
        chance.shuffle(some)
    turns = chain.from_iterable(zip_longest(*(kinds[kind] for kind in sorted(kinds))))
    return [mutation for mutation in turns if mutation is not None][:count]


_Change = tuple[ast.expr | ast.stmt, str, str]


def _changes(node: ast.AST) -> Iterator[_Change]:
    """A node, the kind of change, and what stands in its place."""
    if _is_left_out(node):
        return
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call | ast.Await):
        yield node, "dropped call", "pass"
    elif isinstance(node, ast.If | ast.While | ast.IfExp):
        yield node.test, "flipped guard", f"(not ({ast.unparse(node.test)}))"
    elif isinstance(node, ast.Compare) and len(node.ops) == 1:
        swapped = ast.Compare(node.left, [_COMPARISONS[type(node.ops[0])]()], node.comparators)
        yield node, "swapped comparison", f"({ast.unparse(swapped)})"
    elif isinstance(node, ast.Call):
        for left_out in _keywords(node):
            if left_out.arg:
                others = [keyword for keyword in node.keywords if keyword is not left_out]
                yield node, "dropped keyword", ast.unparse(ast.Call(node.func, node.args, others))
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield node, "changed constant", repr(not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        yield node, "changed constant", repr(node.value + 1 if isinstance(node.value, int) else 2 * node.value + 1)
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        for statement in node.body[1 + (ast.get_docstring(node) is not None) :]:
            if not (isinstance(statement, ast.Return | ast.Assert | ast.Pass) or _is_docstring(statement)):
                yield statement, "early return", "return"
    for child in _within(node):
        yield from _changes(child)


def _keywords(call: ast.Call) -> list[ast.keyword]:
    """The keywords of a call that count: ``init=False`` beside a default only refuses what no call gives."""
    has_default = any(keyword.arg in ("default", "factory") for keyword in call.keywords)
    return [one for one in call.keywords if not (_is_left_out(one) or (has_default and one.arg == "init"))]


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _is_left_out(node: ast.AST) -> bool:
    match node:
        case ast.Assert() | ast.Raise() | ast.JoinedStr() | ast.keyword(arg="kw_only" | "weakref_slot"):
            return True
        case ast.keyword(arg="strict", value=ast.Constant(value=True)):
            return True
        case ast.If(test=ast.Name(id="TYPE_CHECKING")) | ast.Assign(targets=[ast.Name(id="__slots__")]):
            return True
        case ast.Call(func=ast.Name(id="TypeVar" | "ParamSpec")) | ast.Subscript(value=ast.Name(id="Literal")):
            return True
        case ast.ClassDef(bases=bases) if any(isinstance(base, ast.Name) and base.id == "Protocol" for base in bases):
            return True
        case ast.FunctionDef(decorator_list=[ast.Name(id="overload"), *_]):
            return True
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id="logger"), attr="debug"))):
            return True
    return False


def _within(node: ast.AST) -> Iterator[ast.AST]:
    """What is code in ``node``: no annotation, and of a cast the value alone."""
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Name) and node.func.id == "cast":
            yield from node.args[1:]
            return
        node = ast.Call(node.func, node.args, _keywords(node))
    for name, value in ast.iter_fields(node):
        if name not in ("annotation", "returns"):
            yield from (
                child for child in (value if isinstance(value, list) else [value]) if isinstance(child, ast.AST)
            )
