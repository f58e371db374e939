"""Combining marks, joiners and variation selectors: where they belong, and nowhere else.

Nothing here is a loop of Python over the characters: an attacker would make it a dear one. An automaton goes through a
text, whose states are dictionaries from what comes next to the next state, so that `itertools.accumulate` runs it.
"""

from __future__ import annotations

import enum
import operator
import re
import unicodedata
from collections.abc import Iterator
from itertools import accumulate, chain, compress, islice, product
from typing import Any, Final

from game_server.lobby.text.invisible_characters import EMOJI_STYLE, JOINERS

_MAX_MARKS: Final = 2
"""Combining marks in a row; more of them climb over the lines around."""


class _Last(enum.Enum):
    """What the last character was of those that stay."""

    SPACE = enum.auto()
    CASED = enum.auto()
    JOINER = enum.auto()
    STYLE = enum.auto()
    OTHER = enum.auto()


_CATEGORIES: Final = re.findall("..", "CcCfCnCoCsLlLmLoLtLuMcMeMnNdNlNoPcPdPePfPiPoPsScSkSmSoZlZpZs")
"""The general categories of Unicode."""
_CASED: Final = frozenset(re.findall("..", "LlLtLuNd"))
"""Those of the letters that have a case, and of digits."""
_SPACE: Final = "space"
_JOINER: Final = "joiner"
_STYLE: Final = "style"
_SPECIAL: Final = {" ": _SPACE, **dict.fromkeys(JOINERS, _JOINER), EMOJI_STYLE: _STYLE}
_JOINS_NOTHING: Final = _CASED | {_SPACE}
_STAYS: Final = "stays"
"""The key at which a state has whether the character stays that has led to it."""


def without_stray(text: str) -> str:
    """``text``, in which nothing else is unseen, with at most two marks in a row, on something that they can mark.

    A variation selector stays behind what may have a style. Joiners stay where they may join: between two characters
    of which neither has a case, as Latin letters have.
    """
    states = accumulate(_kinds_of(text), operator.getitem, initial=_START)
    text = "".join(compress(text, map(operator.itemgetter(_STAYS), islice(states, 1, None))))
    if not any(map(text.__contains__, JOINERS)):
        return text
    before_those = chain(map(_JOINS_NOTHING.__contains__, islice(_kinds_of(text), 1, None)), (False,))
    are_stray = map(operator.and_, map(JOINERS.__contains__, text), before_those)
    return "".join(compress(text, map(operator.not_, are_stray)))


def _kinds_of(text: str) -> Iterator[str]:
    """The category of each character, or what else the automaton knows it by."""
    return map(_SPECIAL.get, text, map(unicodedata.category, text))


def _after(last: _Last, marks: int, kind: str) -> tuple[_Last, int, bool]:
    """The state after a character of ``kind``: what stays last, marks in a row, and whether the character stays."""
    if kind == _JOINER:
        stays = last not in (_Last.SPACE, _Last.CASED, _Last.JOINER)
        return (_Last.JOINER if stays else last), marks, stays
    if kind == _STYLE:
        stays = last is _Last.OTHER
        return (_Last.STYLE if stays else last), marks, stays
    if kind[0] == "M":
        stays = last is not _Last.SPACE and marks < _MAX_MARKS
        return (_Last.OTHER if stays else last), min(marks + 1, _MAX_MARKS), stays
    return (_Last.SPACE if kind == _SPACE else _Last.CASED if kind in _CASED else _Last.OTHER), 0, True


def _first_state() -> dict[str, Any]:
    """The state of the automaton before a text, as behind a space."""
    states: dict[tuple[_Last, int, bool], dict[str, Any]] = {
        name: {_STAYS: name[-1]} for name in product(_Last, range(_MAX_MARKS + 1), (False, True))
    }
    for (last, marks, _), state in states.items():
        for kind in (*_CATEGORIES, _SPACE, _JOINER, _STYLE):
            state[kind] = states[_after(last, marks, kind)]
    return states[_Last.SPACE, 0, True]


_START: Final = _first_state()
