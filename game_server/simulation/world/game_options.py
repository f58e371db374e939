"""What a game declares for those who open a match of it: its modes, and options of its own.

::

    class Tag(Game):
        modes = (Mode("classic", "Classic"), Mode("freeze", "Freeze tag"))
        options = (
            Switch("walls", "Walls around the field", default=True),
            Number("speed", "Speed of the one who is it, percent", 100, 300, default=120),
            Choice("map", "Map", (("park", "Park"), ("harbour", "Harbour"))),
        )

The page draws a control for each option, and `Rules.chosen` has their values by name: a bool, an int, or a string.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import attrs

from game_server.errors import RulesError

Value = bool | int | str
"""What an option is set to."""

_WORDS: Final = {**dict.fromkeys(("yes", "true", "on", "1"), True), **dict.fromkeys(("no", "false", "off", "0"), False)}


@attrs.frozen
class Mode:
    """A way to play a game: what it is called in options, and on the page."""

    name: str
    title: str


@attrs.frozen
class Switch:
    """An option that is on or off."""

    name: str
    label: str
    default: bool = False

    @property
    def preset(self) -> bool:
        """What it is unless somebody sets it."""
        return self.default

    def read(self, value: Value) -> bool:
        """Return whether it is on; 0 and 1 do as well.

        Raises:
            RulesError: ``value`` is neither.
        """
        if isinstance(value, str) or value not in (0, 1):
            raise RulesError(f"the option {self.name!r} is on or off, not {value!r}")
        return bool(value)

    def parse(self, text: str) -> Value:
        """Read what a host has typed: nothing is on."""
        return _WORDS.get(text.lower() or "on", text)


@attrs.frozen
class Number:
    """An option that is a whole number from ``low`` to ``high``, both included."""

    name: str
    label: str
    low: int
    high: int
    default: int

    @property
    def preset(self) -> int:
        """What it is unless somebody sets it."""
        return self.default

    def read(self, value: Value) -> int:
        """Return the number.

        Raises:
            RulesError: ``value`` is none, or out of range.
        """
        if type(value) is not int or not self.low <= value <= self.high:
            raise RulesError(
                f"the option {self.name!r} is a whole number from {self.low} to {self.high}, not {value!r}"
            )
        return value

    def parse(self, text: str) -> Value:
        """Read what a host has typed."""
        return int(text) if text.removeprefix("-").isdecimal() else text


@attrs.frozen
class Choice:
    """An option that is one of ``choices``, each with its title; the first one unless ``default`` names another."""

    name: str
    label: str
    choices: Sequence[tuple[str, str]]
    default: str = ""

    @property
    def preset(self) -> str:
        """What it is unless somebody sets it."""
        return self.default or self.choices[0][0]

    def read(self, value: Value) -> str:
        """Return what is chosen.

        Raises:
            RulesError: ``value`` is none of the choices.
        """
        known = [name for name, _ in self.choices]
        if not isinstance(value, str) or value not in known:
            raise RulesError(f"the option {self.name!r} is one of {', '.join(known)}, not {value!r}")
        return value

    def parse(self, text: str) -> Value:
        """Read what a host has typed."""
        return text


Option = Switch | Number | Choice


def read_chosen(game: str, options: Sequence[Option], chosen: Mapping[str, Value]) -> dict[str, Value]:
    """Return the value of each of ``options``, as ``chosen`` or by default.

    Args:
        game: its name, for the messages of errors.

    Raises:
        RulesError: there is no such option, or a value does not fit.
    """
    known = {option.name: option for option in options}
    for name in chosen:
        if name not in known:
            there_are = f"there is {', '.join(known)}" if known else "it has none"
            raise RulesError(f"the game {game!r} has no option {name!r}; {there_are}")
    return {name: option.read(chosen.get(name, option.preset)) for name, option in known.items()}
