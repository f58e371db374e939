"""Commands: what players ask of the rules beside their inputs, as a game declares it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import attrs

from game_server.errors import RulesError

Value = int | str

COMMANDS_A_SECOND: Final = 20
"""Of one player: far more than hands do, few enough that a match of hundreds is not kept busy by them."""
SHOWN: Final = 40
"""Characters of a text that is refused, in the reason."""


@attrs.frozen
class WholeValue:
    """A value from ``low`` to ``high``, both included."""

    name: str
    low: int
    high: int

    @property
    def limits(self) -> tuple[int, ...]:
        """The least and the most, by which clients know it from a text."""
        return self.low, self.high

    def read(self, value: Value) -> Value:
        """Return ``value``.

        Raises:
            RulesError: it is no such number.
        """
        if type(value) is not int or not self.low <= value <= self.high:
            raise RulesError(f"{self.name} is a whole number from {self.low} to {self.high}, not {value!r}")
        return value


@attrs.frozen
class WholeValues(WholeValue):
    """Up to ``most`` values from ``low`` to ``high``, none as well: the last of a command."""

    most: int

    @property
    def limits(self) -> tuple[int, ...]:
        """The least and the most of each, and how many, by which clients know them from one number."""
        return self.low, self.high, self.most


@attrs.frozen
class TextValue:
    """A value of at most ``most`` characters, none of them a control character."""

    name: str
    most: int

    @property
    def limits(self) -> tuple[int, ...]:
        """The most characters, by which clients know it from a number."""
        return (self.most,)

    def read(self, value: Value) -> Value:
        """Return ``value`` without white space around it.

        Raises:
            RulesError: it is no such text.
        """
        if type(value) is not str or len(value) > self.most or not value.isprintable():
            shown = value if type(value) is not str or len(value) < SHOWN else value[:SHOWN] + "..."
            raise RulesError(f"{self.name} is a text of at most {self.most} printable characters, not {shown!r}")
        return value.strip()


@attrs.frozen
class CommandForm:
    """A command that a game declares: its name, and the values that come with it."""

    name: str
    values: tuple[WholeValue | TextValue, ...] = ()

    @property
    def lengths(self) -> tuple[int, int]:
        """The fewest and the most values that it comes with."""
        whole = len(self.values)
        if self.values and isinstance(last := self.values[-1], WholeValues):
            return whole - 1, whole - 1 + last.most
        return whole, whole

    def read(self, values: Sequence[Value]) -> tuple[Value, ...]:
        """Return the values of such a command as the rules get them.

        Raises:
            RulesError: they are not those that are declared.
        """
        fewest, most = self.lengths
        if not fewest <= len(values) <= most:
            names = ", ".join(
                f"up to {form.most} {form.name}" if isinstance(form, WholeValues) else form.name for form in self.values
            )
            raise RulesError(f"{self.name} comes with {names or 'nothing'}, not with {len(values)} values")
        forms = self.values[:fewest] + self.values[-1:] * (len(values) - fewest)
        return tuple(form.read(value) for form, value in zip(forms, values, strict=True))
