"""Kinds of values in a predicted rule, and terms: one expression in both languages."""

from __future__ import annotations

import ast
import enum

import attrs


class Basic(enum.Enum):
    """A kind that is not put together of others."""

    NUMBER = "a number"
    BOOL = "true or false"
    ROW = "the row"
    INPUT = "the input"
    NOTHING = "nothing"


NUMBER, BOOL, ROW, INPUT, NOTHING = Basic

Kind = Basic | tuple[Basic, ...]
"""A tuple is what a helper returns that returns several values."""


def words(kind: Kind) -> str:
    """Name ``kind`` for an author."""
    return f"{len(kind)} values" if isinstance(kind, tuple) else kind.value


@attrs.frozen
class Term:
    """An expression of a rule.

    Attributes:
        python: the expression over doubles: no integer is left in it.
        js: the same in JavaScript, in brackets where it has to be.
    """

    kind: Kind
    python: ast.expr
    js: str


def js_number(value: float) -> str:
    """Write a finite double so that JavaScript reads exactly it."""
    text = repr(float(value)).removesuffix(".0")
    return f"({text})" if text.startswith("-") else text  # a second minus before it would read as --
