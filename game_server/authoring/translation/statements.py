"""Statements of one function of a predicted rule: checked, and written in both languages."""

from __future__ import annotations

import ast
import types
from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs

from game_server.authoring.translation.expressions import Expressions, Fields, js_name
from game_server.authoring.translation.kinds import NOTHING, NUMBER, ROW, Basic, Kind, Term, js_number, words
from game_server.authoring.translation.source import Source
from game_server.authoring.translation.vocabulary import STATEMENTS, Known

MOST_TURNS: Final = 4096
"""Of all loops together, those in one another multiplied: about a millisecond of Python."""

_SIMPLE: Final = (NUMBER, Basic.BOOL)


@attrs.frozen
class Function:
    """A function in both languages.

    Attributes:
        returns: the kind of what it returns.
        turns: of its loops in one call, those of the functions that it calls included.
    """

    name: str
    python: types.CodeType
    js: str
    returns: Kind
    turns: int


class Statements:
    """Translates one function.

    Args:
        source: the function as written.
        name: what it is called in both languages.
        parameters: the kind of each of its parameters.
        fields: of row and input.
        known: notes a function of the vocabulary.
        function_of: translates another function for parameters of some kinds, and returns it with its name.
    """

    def __init__(
        self,
        source: Source,
        name: str,
        parameters: tuple[Kind, ...],
        fields: Fields,
        known: Callable[[Known], None],
        function_of: Callable[[ast.Call, types.FunctionType, tuple[Kind, ...]], Function],
    ) -> None:
        self._source = source
        self._name = name
        self._fields = fields
        self._function_of = function_of
        self._expressions = Expressions(source.place, source.names, fields, known, self._call)
        self._refusal = source.place.refusal
        self._returns: Kind | None = None
        self._turns = 0
        self._multiplier = 1
        self._loops: list[bool] = []
        """For each loop around this statement, whether it may be left early."""
        self._reached = True
        self._js: list[str] = []
        self._indent = 1
        self._parameters = self._read_parameters(parameters)

    def translate(self) -> Function:
        """Translate the function.

        Raises:
            RulesError: it does something that rules may not do.
        """
        tree, expressions = self._source.tree, self._expressions
        stored = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
        expressions.locals = frozenset(stored)
        expressions.own |= self._parameters
        expressions.assigned |= self._parameters.keys()
        body = self._block(tree.body)
        if self._returns not in (None, NOTHING) and self._reached:
            raise self._refusal(tree, "there is a way to its end without a return; put one there")
        locals_ = [js_name(name) for name in expressions.own if name not in self._parameters]
        head = [f"function {js_name(self._name)}({', '.join(map(js_name, self._parameters))}) {{"]
        if locals_:
            head.append(f"  let {', '.join(locals_)};")
        python = ast.FunctionDef(self._name, _arguments(self._parameters), body or [ast.Pass()], [])
        module = ast.fix_missing_locations(ast.Module([ast.copy_location(python, tree)], []))
        code = compile(module, self._source.place.path, "exec").co_consts[0]
        return Function(self._name, code, "\n".join([*head, *self._js, "}"]), self._returns or NOTHING, self._turns)

    def _read_parameters(self, kinds: tuple[Kind, ...]) -> dict[str, Kind]:
        arguments = self._source.tree.args
        plain = [*arguments.posonlyargs, *arguments.args]
        if arguments.vararg or arguments.kwarg or arguments.kwonlyargs or arguments.defaults:
            raise self._refusal(self._source.tree, "its parameters are plain names, without *, = or **")
        if len(plain) != len(kinds):
            own = "; it takes no self" if plain and plain[0].arg == "self" else ""
            raise self._refusal(
                self._source.tree, f"it has {len(plain)} parameters, and is called with {len(kinds)}{own}"
            )
        return {parameter.arg: kind for parameter, kind in zip(plain, kinds, strict=True)}

    def _block(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        python: list[ast.stmt] = []
        for statement in statements:
            python.extend(ast.copy_location(written, statement) for written in self._statement(statement))
        return python

    def _statement(self, node: ast.stmt) -> list[ast.stmt]:
        match node:
            case ast.Expr(value=ast.Constant(value=str())) | ast.Pass():
                return []
            case ast.Expr(value=ast.Call() as call):
                term = self._expressions.of(call)
                self._write(f"{term.js};")
                return [ast.Expr(term.python)]
            case ast.Expr():
                raise self._refusal(node, f"{ast.unparse(node)!r} does nothing; leave it out")
            case ast.Assign(targets=targets, value=value):
                return [self._assign(node, targets, value)]
            case ast.AnnAssign(target=target, value=value) if value:
                return [self._assign(node, [target], value)]
            case ast.AugAssign(target=target, op=operator, value=value):
                load = ast.copy_location(_loaded(target), target)
                left = self._expressions.number(load)
                right = self._expressions.number(value)
                written = self._expressions.binary(node, left, operator, right)
                self._store(node, target, NUMBER)
                self._write(f"{left.js} = {written.js};")
                return [ast.AugAssign(target, operator, right.python)]
            case ast.If():
                return [self._if(node)]
            case ast.For():
                return [self._for(node)]
            case ast.Return():
                return [self._return(node)]
            case ast.Break() | ast.Continue():
                self._loops[-1] = True
                self._reached = False
                self._write("break;" if isinstance(node, ast.Break) else "continue;")
                return [node]
        what = STATEMENTS.get(type(node), f"there is no {type(node).__name__}")
        raise self._refusal(node, what)

    def _assign(self, node: ast.stmt, targets: list[ast.expr], value: ast.expr) -> ast.stmt:
        first = targets[0]
        if isinstance(first, ast.Tuple):
            return self._assign_many(node, first, value, len(targets))
        term = self._expressions.of(value)
        if term.kind not in _SIMPLE:
            raise self._refusal(
                node,
                f"{ast.unparse(value)!r} is {words(term.kind)}; a name or a field holds a number, or true or false",
            )
        written = [self._store(node, target, term.kind) for target in targets]
        self._write(f"{' = '.join(written)} = {term.js};")
        return ast.Assign(targets, term.python)

    def _assign_many(self, node: ast.stmt, target: ast.Tuple, value: ast.expr, targets: int) -> ast.stmt:
        if targets > 1:
            raise self._refusal(node, "several values are assigned twice; write two lines")
        if isinstance(value, ast.Tuple):
            terms = [self._expressions.of(part) for part in value.elts]
            kinds = [term.kind for term in terms]
            python: ast.expr = ast.Tuple([term.python for term in terms], ast.Load())
            js = f"[{', '.join(term.js for term in terms)}]"
        else:
            term = self._expressions.of(value)
            kinds = list(term.kind) if isinstance(term.kind, tuple) else [term.kind]
            python, js = term.python, term.js
        if len(kinds) != len(target.elts):
            raise self._refusal(node, f"{len(kinds)} values are assigned to {len(target.elts)} names")
        for kind in kinds:
            if kind not in _SIMPLE:
                raise self._refusal(node, f"{words(kind)} is assigned; a name holds a number, or true or false")
        parts = [self._store(node, part, kind) for part, kind in zip(target.elts, kinds, strict=True)]
        self._write(f"[{', '.join(parts)}] = {js};")
        return ast.Assign([target], python)

    def _store(self, node: ast.AST, target: ast.expr, kind: Kind) -> str:
        """Note that ``target`` gets a value of ``kind``, and return it in JavaScript."""
        own = self._expressions.own
        match target:
            case ast.Name(id=name):
                if own.setdefault(name, kind) != kind:
                    raise self._refusal(
                        node, f"{name!r} was {words(own[name])} before and is {words(kind)} here; use another name"
                    )
                self._expressions.assigned.add(name)
                return js_name(name)
            case ast.Attribute(value=ast.Name(id=owner), attr=name) if own.get(owner) == ROW:
                there = self._expressions.field(node, name, of=ROW)
                if there != kind:
                    raise self._refusal(node, f"{name!r} is {words(there)}, and {words(kind)} is assigned to it")
                self._fields.written.add(name)
                return f"{js_name(owner)}.{name}"
        raise self._refusal(
            node, f"{ast.unparse(target)} cannot be set; a rule sets names of its own and the fields of its row"
        )

    def _if(self, node: ast.If) -> ast.stmt:
        test = self._expressions.test(node.test)
        self._write(f"if ({test.js}) {{")
        before = set(self._expressions.assigned)
        body, after_body = self._branch(node.body, before)
        other, after_other = self._branch(node.orelse, before, otherwise=True)
        self._write("}")
        ends = [after for after in (after_body, after_other) if after is not None]
        self._reached = bool(ends)
        self._expressions.assigned = set.intersection(*ends) if ends else before | set(self._expressions.own)
        return ast.If(test.python, body or [ast.Pass()], other)

    def _branch(
        self, statements: list[ast.stmt], before: set[str], *, otherwise: bool = False
    ) -> tuple[list[ast.stmt], set[str] | None]:
        """Translate one side of an `if`; what surely has a value after it comes second, None if nothing comes after."""
        if otherwise and statements:
            self._write("} else {")
        self._expressions.assigned, self._reached = set(before), True
        self._indent += 1
        body = self._block(statements)
        self._indent -= 1
        return body, self._expressions.assigned if self._reached else None

    def _for(self, node: ast.For) -> ast.stmt:
        if node.orelse:
            raise self._refusal(node, "there is no `else` of a loop")
        rows = self._turns_of(node)
        targets = node.target.elts if isinstance(node.target, ast.Tuple) else [node.target]
        if len(targets) != len(rows[0]):
            raise self._refusal(node, f"{len(rows[0])} values go into {len(targets)} names")
        names = []
        for target in targets:
            if not isinstance(target, ast.Name):
                raise self._refusal(node, f"{ast.unparse(target)} cannot be the name of a loop; use a name of its own")
            names.append(self._store(node, target, NUMBER))
        single = not isinstance(node.target, ast.Tuple)
        written = [js_number(row[0]) if single else f"[{', '.join(map(js_number, row))}]" for row in rows]
        into = names[0] if single else f"[{', '.join(names)}]"
        self._write(f"for ({into} of [{', '.join(written)}]) {{")
        before = set(self._expressions.assigned)
        self._loops.append(False)
        self._multiplier *= len(rows)
        self._count(node, self._multiplier)
        self._indent += 1
        body = self._block(node.body)
        self._indent -= 1
        self._multiplier //= len(rows)
        self._write("}")
        # A loop has at least one turn; but one that may be left early may not have come to all of its lines.
        if self._loops.pop() or not self._reached:
            self._expressions.assigned = before
        self._reached = True
        turns = [_constants(row[:1])[0] if single else ast.Tuple(_constants(row), ast.Load()) for row in rows]
        return ast.For(node.target, ast.Tuple(turns, ast.Load()), body or [ast.Pass()], [])

    def _turns_of(self, node: ast.For) -> list[tuple[float, ...]]:
        expressions, over = self._expressions, node.iter
        if isinstance(over, ast.Call) and expressions.resolve(over.func) is range:
            if over.keywords or not 1 <= len(over.args) <= 3:
                raise self._refusal(node, "a range has one to three whole constants: range(3)")
            whole = [expressions.whole_constant(argument) for argument in over.args]
            start, stop, step = (0, whole[0], 1) if len(whole) == 1 else (*whole, 1)[:3]
            if step == 0 or not 1 <= len(range(start, stop, step)) <= MOST_TURNS:
                raise self._refusal(node, f"{ast.unparse(over)} has no turn, or more than {MOST_TURNS}")
            return [(float(turn),) for turn in range(start, stop, step)]
        rows = expressions.rows_of(over)
        if rows is None:
            raise self._refusal(
                node,
                f"a loop goes over range(3), or a tuple of numbers at the top of a file, not over {ast.unparse(over)}",
            )
        return rows

    def _return(self, node: ast.Return) -> ast.stmt:
        if node.value is None:
            kind: Kind = NOTHING
            python: ast.expr | None = None
            js = ""
        elif isinstance(node.value, ast.Tuple):
            terms = [self._expressions.of(part) for part in node.value.elts]
            kinds = []
            for term in terms:
                if not isinstance(term.kind, Basic) or term.kind not in _SIMPLE:
                    raise self._refusal(node, f"{words(term.kind)} is returned; return numbers, or true or false")
                kinds.append(term.kind)
            kind = tuple(kinds)
            python, js = ast.Tuple([term.python for term in terms], ast.Load()), f" [{', '.join(t.js for t in terms)}]"
        else:
            term = self._expressions.of(node.value)
            if term.kind not in _SIMPLE:
                raise self._refusal(node, f"{words(term.kind)} is returned; return numbers, or true or false")
            kind, python, js = term.kind, term.python, f" {term.js}"
        if self._returns not in (None, kind):
            raise self._refusal(
                node, f"{words(kind)} is returned here, and {words(self._returns or NOTHING)} before; return one kind"
            )
        self._returns = kind
        self._reached = False
        # What lies behind a return in a loop is not come to in every turn.
        self._loops = [True for _ in self._loops]
        self._write(f"return{js};")
        return ast.Return(python)

    def _call(self, node: ast.Call, function: types.FunctionType, arguments: list[Term]) -> Term:
        called = self._function_of(node, function, tuple(term.kind for term in arguments))
        self._count(node, called.turns * self._multiplier)
        python = ast.Call(ast.Name(called.name, ast.Load()), [term.python for term in arguments], [])
        return Term(called.returns, python, f"{js_name(called.name)}({', '.join(term.js for term in arguments)})")

    def _count(self, node: ast.AST, turns: int) -> None:
        self._turns += turns
        if self._turns > MOST_TURNS:
            raise self._refusal(node, f"the loops up to here have {self._turns} turns a tick; {MOST_TURNS} are allowed")

    def _write(self, line: str) -> None:
        self._js.append("  " * self._indent + line)


def _loaded(target: ast.expr) -> ast.expr:
    match target:
        case ast.Name(id=name):
            return ast.Name(name, ast.Load())
        case ast.Attribute(value=value, attr=name):
            return ast.Attribute(value, name, ast.Load())
    return target


def _constants(row: tuple[float, ...]) -> list[ast.expr]:
    return [ast.Constant(value) for value in row]


def _arguments(names: Mapping[str, Any]) -> ast.arguments:
    return ast.arguments([], [ast.arg(name) for name in names], None, [], [], None, [])
