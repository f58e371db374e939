"""Random predicted rules: their text, by a seed."""

from __future__ import annotations

import random

NUMBERS = ("x", "y", "vx", "wait")
FLAGS = ("it", "safe")
INPUT_NUMBERS, INPUT_FLAGS = ("move_x", "move_y"), ("dash",)
HEAD = """
from game_server.authoring.translation import ceil, clamp, floor, sign, sqrt, trunc
import math

HALF, ONE, BIG, MINUS, YES = 0.5, 1, 4096, -7.25, True
POINTS = ((1, 2.5), (-3, 0), (0.1, 1e3))
STEPS = (1, -2, 0.125)


def turned(a, b):
    return -b, a


def least(a, b, c):
    if a < b:
        return min(a, c)
    return min(b, c)


def near(a, b):
    return abs(a - b) < 1


def push(row, by):
    row.vx += by
    if row.vx > 100:
        row.vx = 100
        return
    row.y -= by
"""


class RandomRule:
    """Writes one rule."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._numbers: list[str] = []
        self._flags: list[str] = []
        self._names = 0

    def text(self, name: str) -> str:
        lines = [f"def {name}(me, input, dt):", *self._block(1, self._random.randint(2, 7), depth=3)]
        return "\n".join(lines)

    def _block(self, indent: int, count: int, depth: int) -> list[str]:
        lines: list[str] = []
        for _ in range(count):
            lines += self._statement(indent, depth)
        return lines

    def _statement(self, indent: int, depth: int) -> list[str]:
        pad, pick = "    " * indent, self._random.random()
        if pick < 0.3 or depth == 0:
            field = self._random.choice(NUMBERS)
            operator = self._random.choice(("=", "=", "=", "+=", "-=", "*=", "/=", "//=", "%="))
            return [f"{pad}me.{field} {operator} {self._number(3)}"]
        if pick < 0.4:
            return [f"{pad}me.{self._random.choice(FLAGS)} = not {self._test(2)}"]
        if pick < 0.55:
            name, value = self._new(), self._number(3)
            self._numbers.append(name)
            return [f"{pad}{name} = {value}"]
        if pick < 0.6:
            name, value = self._new(), f"not {self._test(2)}"
            self._flags.append(name)
            return [f"{pad}{name} = {value}"]
        if pick < 0.68:
            a, b = self._random.sample(NUMBERS, 2)
            value = self._random.choice((f"me.{b}, me.{a}", f"turned({self._number(1)}, {self._number(1)})"))
            return [f"{pad}me.{a}, me.{b} = {value}"]
        if pick < 0.74:
            return [f"{pad}push(me, {self._number(2)})"]
        if pick < 0.9:
            known = len(self._numbers), len(self._flags)
            lines = [f"{pad}if {self._test(2)}:", *self._block(indent + 1, 2, depth - 1)]
            self._forget(known)
            if self._random.random() < 0.5:
                lines += [f"{pad}else:", *self._block(indent + 1, 2, depth - 1)]
                self._forget(known)
            return lines
        name, known = self._new(), (len(self._numbers), len(self._flags))
        over = self._random.choice(("range(3)", "range(5, -1, -2)", "STEPS", "POINTS"))
        second = self._new() if over == "POINTS" else ""
        self._numbers += [name, second] if second else [name]
        lines = [f"{pad}for {name}{', ' + second if second else ''} in {over}:"]
        if self._random.random() < 0.3:
            lines += [f"{pad}    if {self._test(1)}:", f"{pad}        {self._random.choice(('break', 'continue'))}"]
        lines += self._block(indent + 1, 2, depth - 1)
        self._forget(known)
        return lines

    def _forget(self, known: tuple[int, int]) -> None:
        """Drop the names of a block, which may have no value after it."""
        del self._numbers[known[0] :], self._flags[known[1] :]

    def _new(self) -> str:
        self._names += 1
        return self._random.choice(("n", "new", "of", "Math", "été")) + str(self._names)

    def _number(self, depth: int) -> str:
        choose = self._random.choice
        if depth == 0 or self._random.random() < 0.2:
            return choose(
                [f"me.{name}" for name in NUMBERS]
                + [f"input.{name}" for name in INPUT_NUMBERS]
                + ["dt", "HALF", "ONE", "BIG", "MINUS", "0", "1", "3", "-2", "0.1", "1e300", "7.5", "math.pi"]
                + self._numbers * 2
            )
        a, b, test = self._number(depth - 1), self._number(depth - 1), self._test(depth - 1)
        return choose((
            f"({a} + {b})", f"({a} - {b})", f"({a} * {b})", f"({a} / {b})", f"({a} // {b})", f"({a} % {b})", f"-{a}",
            f"min({a}, {b})", f"max({a}, {b}, 0)", f"abs({a})", f"sqrt(abs({a}))", f"floor({a})", f"ceil({a})",
            f"trunc({a})", f"sign({a})", f"clamp({a}, -5, {b})", f"least({a}, {b}, 2)", f"math.sqrt(max({a}, 0))",
            f"({a} if {test} else {b})",
        ))  # fmt: skip

    def _test(self, depth: int) -> str:
        choose = self._random.choice
        if depth == 0 or self._random.random() < 0.2:
            return choose([f"me.{name}" for name in FLAGS] + ["input.dash", "True", "YES", "me.wait"] + self._flags)
        a, b = self._test(depth - 1), self._test(depth - 1)
        x, y = self._number(depth - 1), self._number(depth - 1)
        compare = choose(("<", "<=", ">", ">=", "==", "!="))
        return choose((
            f"({a} and {b})", f"({a} or {b})", f"(not {a})", f"{x} {compare} {y}", f"0 < {x} <= {y}", f"near({x}, {y})",
        ))  # fmt: skip
