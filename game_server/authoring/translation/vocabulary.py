"""The functions that a predicted rule may call, in both languages, and advice on what it may not.

Where Python raises an error, JavaScript goes on with a NaN or an infinity: the server stops the match, with the line,
and what a browser foretold of it does not matter any more. Everywhere else both give the same bits.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from typing import Any, Final

import attrs


def sqrt(x: float) -> float:
    """Return the square root; a negative ``x`` is an error."""
    return math.sqrt(x)


def floor(x: float) -> float:
    """Return the largest whole number that is not above ``x``, as a float."""
    return float(math.floor(x))


def ceil(x: float) -> float:
    """Return the smallest whole number that is not below ``x``, as a float."""
    return float(math.ceil(x))


def trunc(x: float) -> float:
    """Return ``x`` without what is behind the point, as a float."""
    return float(math.trunc(x))


def sign(x: float) -> float:
    """Return 1.0, -1.0, or for a zero 0.0."""
    return 1.0 if x > 0 else -1.0 if x < 0 else 0.0


def clamp(x: float, low: float, high: float) -> float:
    """Return ``x``, or the nearer limit when it is beyond."""
    return low if x < low else high if x > high else x


@attrs.frozen
class Known:
    """A function that rules may call.

    Attributes:
        name: under which the Python of a rule finds it.
        python: what it calls.
        js: the function in JavaScript, as an expression; of two arguments if it takes more, for two at a time.
        least, most: how many arguments it takes.
    """

    name: str
    python: Callable[..., float]
    js: str
    least: int
    most: int


# Math.min and Math.max see -0 and NaN otherwise than Python. `+ 0` makes 0 of -0, as Python's integers do.
_MIN: Final = Known("$min", min, "(a, b) => (b < a ? b : a)", 2, 255)
_MAX: Final = Known("$max", max, "(a, b) => (b > a ? b : a)", 2, 255)
_ABS: Final = Known("$abs", abs, "Math.abs", 1, 1)
_SQRT: Final = Known("$sqrt", math.sqrt, "Math.sqrt", 1, 1)
_FLOOR: Final = Known("$floor", floor, "(x) => Math.floor(x) + 0", 1, 1)
_CEIL: Final = Known("$ceil", ceil, "(x) => Math.ceil(x) + 0", 1, 1)
_TRUNC: Final = Known("$trunc", trunc, "(x) => Math.trunc(x) + 0", 1, 1)
_SIGN: Final = Known("$sign", sign, "(x) => (x > 0 ? 1 : x < 0 ? -1 : 0)", 1, 1)
_CLAMP: Final = Known("$clamp", clamp, "(x, low, high) => (x < low ? low : x > high ? high : x)", 3, 3)

FUNCTIONS: Final[dict[Any, Known]] = {
    min: _MIN, max: _MAX, abs: _ABS, math.fabs: _ABS, math.sqrt: _SQRT, sqrt: _SQRT,
    math.floor: _FLOOR, floor: _FLOOR, math.ceil: _CEIL, ceil: _CEIL, math.trunc: _TRUNC, trunc: _TRUNC,
    sign: _SIGN, clamp: _CLAMP,
}  # fmt: skip
"""By the object that a name in the rule stands for."""

# `%` and `//` of CPython's floats (float_rem, _float_div_mod in Objects/floatobject.c); `%` of JavaScript is C's fmod.
MODULO: Final = Known(
    "$modulo",
    lambda a, b: a % b,
    """(a, b) => {
  const left = a % b;
  if (left === 0) return b < 0 || Object.is(b, -0) ? -0 : 0;
  return b < 0 !== left < 0 ? left + b : left;
}""",
    2,
    2,
)
FLOOR_DIVISION: Final = Known(
    "$floorDivision",
    lambda a, b: a // b,
    """(a, b) => {
  const left = a % b;
  let whole = (a - left) / b;
  if (left !== 0 && b < 0 !== left < 0) whole -= 1;
  if (whole === 0) return a / b < 0 || Object.is(a / b, -0) ? -0 : 0;
  const floor = Math.floor(whole);
  return whole - floor > 0.5 ? floor + 1 : floor;
}""",
    2,
    2,
)
_NO_TABLE: Final = (
    "which differs between machines; work with vectors: + - * / and sqrt, or the direction that an Aim() input has"
)
_INEXACT: Final = (
    "sin", "cos", "tan", "asin", "acos", "atan", "atan2", "exp", "log", "log2", "log10", "degrees", "radians",
)  # fmt: skip
ADVICE: Final[dict[Any, str]] = {
    int: "write trunc(x), which cuts off what is behind the point",
    round: "write floor(x + 0.5)",
    float: "leave it out: every number here is a float",
    bool: "write a comparison, such as x != 0",
    sum: "add the numbers with +",
    pow: "write x * x",
    print: "print nothing here: it would run in the browser, too; use tick() for that",
    len: "write the number as a constant",
    range: "range is for loops alone: for i in range(3)",
    math.pow: "write x * x",
    math.hypot: "write sqrt(x * x + y * y)",
    math.dist: "write sqrt((x - u) * (x - u) + (y - v) * (y - v))",
    math.copysign: "write abs(x) * sign(y)",
    math.fmod: "write x % y",
    **{getattr(math, name): f"there is no {name}, {_NO_TABLE}" for name in _INEXACT},
}
"""What to write instead of a call, by what the name stands for."""

STATEMENTS: Final[dict[type[ast.AST], str]] = {
    ast.While: "a `while` may run for ever; write `for i in range(8):` with a `break`",
    ast.With: "there is no `with`",
    ast.Try: "there is no `try`; make sure before that it cannot fail: `if b != 0`",
    ast.Raise: "there is no `raise`",
    ast.Assert: "there is no `assert`; the tests of the game are the place for it",
    ast.Match: "there is no `match`; write if and elif",
    ast.Import: "there is no `import`; put it at the top of the file",
    ast.ImportFrom: "there is no `import`; put it at the top of the file",
    ast.FunctionDef: "there is no function in a function; put it at the top of the file",
    ast.ClassDef: "there is no class in a function",
    ast.Delete: "there is no `del`; set the value to 0",
    ast.Global: "there is no `global`: a rule keeps nothing but the fields of its row",
    ast.Nonlocal: "there is no `nonlocal`: a rule keeps nothing but the fields of its row",
}
EXPRESSIONS: Final[dict[type[ast.AST], str]] = {
    ast.List: "there is no list; give each value a name of its own",
    ast.Dict: "there is no dict; give each value a name of its own",
    ast.Set: "there is no set; compare with each value: `x == 1 or x == 2`",
    ast.ListComp: "there is no comprehension; write a loop: for i in range(3)",
    ast.SetComp: "there is no comprehension; write a loop: for i in range(3)",
    ast.DictComp: "there is no comprehension; write a loop: for i in range(3)",
    ast.GeneratorExp: "there is no comprehension; write a loop: for i in range(3)",
    ast.Lambda: "there is no lambda; write a function at the top of the file",
    ast.Subscript: "there is no index; loop over a tuple of numbers, or give each value a name of its own",
    ast.JoinedStr: "there is no text",
    ast.NamedExpr: "there is no :=; write the assignment in a line of its own",
    ast.Await: "there is no await",
    ast.Yield: "there is no yield",
    ast.YieldFrom: "there is no yield",
    ast.Starred: "there is no *; write the arguments one by one",
    ast.Tuple: "several values can only be returned by a helper, or assigned to as many names",
}
OPERATORS: Final[dict[type[ast.AST], str]] = {
    ast.Pow: "there is no **; write x * x",
    ast.MatMult: "there is no @",
    ast.BitAnd: "there are no bits; write `and`, or one field a bit",
    ast.BitOr: "there are no bits; write `or`, or one field a bit",
    ast.BitXor: "there are no bits; write `!=`",
    ast.LShift: "there are no bits; write x * 2",
    ast.RShift: "there are no bits; write x // 2",
    ast.Invert: "there are no bits; write `not x`",
    ast.Is: "write == instead of `is`",
    ast.IsNot: "write != instead of `is not`",
    ast.In: "write `x == 1 or x == 2` instead of `in`",
    ast.NotIn: "write `x != 1 and x != 2` instead of `not in`",
}
