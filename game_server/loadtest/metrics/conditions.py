"""Conditions on figures: their grammar, and their evaluation.

::

    condition  = comparison { "and" comparison }
    comparison = metric operator number
    metric     = name [ "." statistic ]
    statistic  = "p" number | "min" | "mean" | "max" | "count"
    operator   = "<" | "<=" | ">" | ">=" | "==" | "!="

A spread (``input_ack_ms``) takes a statistic, a count (``desyncs``) does not. A number may have a fraction.
"""

from __future__ import annotations

import difflib
import operator
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final, Literal

import attrs

from game_server.errors import ConfigError
from game_server.loadtest.metrics.server_metrics import LowerBound, in_digits

_OPERATORS: Final[dict[str, Callable[[float, float], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
_TOKEN: Final = re.compile(r"\s*(?:(?P<operator>[<>]=?|[=!]=)|(?P<word>[^\s<>=!]+))")
_STATISTIC: Final = re.compile(r"p(\d{1,2}(\.\d{1,3})?|100)|min|mean|max|count")

Verdict = Literal["passed", "failed", "unknown"]
"""What a condition means for a run; ``unknown`` if a figure was not measured, or not exactly enough."""

Lookup = Callable[[str, str], float | None]
"""Returns the value of a metric and statistic ("" for a count); None if nothing was measured."""


@attrs.frozen
class Comparison:
    """``metric.statistic operator number``."""

    metric: str
    statistic: str
    operator: str
    number: float

    def __str__(self) -> str:
        return f"{self.name} {self.operator} {self.number:g}"

    @property
    def name(self) -> str:
        """The metric and the statistic as written."""
        return f"{self.metric}.{self.statistic}" if self.statistic else self.metric

    def holds(self, value: float) -> bool | None:
        """Return whether it holds for ``value``; None if that is a `LowerBound` below the number to compare with."""
        if not isinstance(value, LowerBound):
            return _OPERATORS[self.operator](value, self.number)
        if self.number > value:
            return None
        return self.operator in (">", ">=", "!=")


@attrs.frozen
class ConditionResult:
    """The result of a condition.

    Attributes:
        holds: None if a figure was not measured, or not exactly enough.
        values: of the compared figures, by name.
        wanted: whether the condition should hold, as with ``--find-limit``, or not, as with ``--fail-if``.
    """

    condition: str
    holds: bool | None
    values: Mapping[str, float | None]
    wanted: bool = False

    @property
    def verdict(self) -> Verdict:
        """What the result means for the run."""
        if self.holds is None:
            return "unknown"
        return "passed" if self.holds is self.wanted else "failed"

    def to_json(self) -> dict[str, Any]:
        """Return the result as plain data."""
        return {"condition": self.condition, "verdict": self.verdict, "values": dict(self.values), "said": self.said}

    @property
    def said(self) -> str:
        """The values in words."""
        return ", ".join(
            f"{name} is {'not measured' if value is None else in_digits(value)}" for name, value in self.values.items()
        )

    def __str__(self) -> str:
        return f"{self.condition}: {self.said}"


@attrs.frozen
class Condition:
    """Comparisons joined by "and"."""

    comparisons: tuple[Comparison, ...]

    def __str__(self) -> str:
        return " and ".join(map(str, self.comparisons))

    def evaluate(self, look_up: Lookup, *, wanted: bool = False) -> ConditionResult:
        """Evaluate all comparisons; ``wanted`` says whether they should hold."""
        values = {one.name: look_up(one.metric, one.statistic) for one in self.comparisons}
        known = [(one, values[one.name]) for one in self.comparisons]
        held = [None if value is None else one.holds(value) for one, value in known]
        if False in held:
            return ConditionResult(str(self), False, values, wanted)
        return ConditionResult(str(self), None if None in held else True, values, wanted)


def parse(text: str, spreads: Collection[str], counts: Collection[str]) -> Condition:
    """Read a condition.

    Args:
        spreads, counts: names of the metrics that may be compared.

    Raises:
        ConfigError: it is not a condition; the message says what is wrong, and what there is.
    """
    tokens = _tokens(text)
    comparisons = []
    while True:
        if len(tokens) < 3:
            raise _wrong(text, "it is cut short; write METRIC OPERATOR NUMBER, such as input_ack_ms.p99 > 120")
        metric, compare, number = tokens[:3]
        comparisons.append(_comparison(text, metric, compare, number, spreads, counts))
        tokens = tokens[3:]
        if not tokens:
            return Condition(tuple(comparisons))
        if tokens.pop(0) != "and":
            raise _wrong(text, f"expected 'and' or the end after {number!r}")


def _tokens(text: str) -> list[str]:
    tokens = []
    at = 0
    while text[at:].strip():
        found = _TOKEN.match(text, at)
        if found is None:
            raise _wrong(text, f"{text[at:].strip()!r} cannot be read")
        tokens.append(found["operator"] or found["word"])
        at = found.end()
    return tokens


def _comparison(
    text: str, metric: str, compare: str, number: str, spreads: Collection[str], counts: Collection[str]
) -> Comparison:
    name, _, statistic = metric.partition(".")
    if name not in spreads and name not in counts:
        names = sorted({*spreads, *counts})
        close = difflib.get_close_matches(name, names, 1)
        meant = f"; did you mean {close[0]}?" if close else "."
        raise _wrong(text, f"there is no metric {name!r}{meant} There are {', '.join(names)}")
    if name in spreads and not _STATISTIC.fullmatch(statistic):
        said = f"{statistic!r} is not a statistic" if statistic else f"{name} needs a statistic"
        raise _wrong(text, f"{said}: {name}.p50, p99, p99.9, min, mean, max or count")
    if name not in spreads and statistic:
        raise _wrong(text, f"{name} is a plain number and has no {statistic!r}")
    if compare not in _OPERATORS:
        raise _wrong(text, f"{compare!r} is not an operator; there are {' '.join(_OPERATORS)}")
    if not re.fullmatch(r"-?\d+(\.\d+)?", number):
        raise _wrong(text, f"{number!r} is not a number")
    return Comparison(name, statistic, compare, float(number))


def _wrong(text: str, what: str) -> ConfigError:
    return ConfigError(f"the condition {text!r}: {what}")
