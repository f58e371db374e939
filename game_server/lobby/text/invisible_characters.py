"""Invisible characters: the default-ignorable code points of Unicode, and others that are drawn as nothing."""

from __future__ import annotations

import functools
import operator
import re
import unicodedata
from itertools import compress
from typing import Final

JOINERS: Final = "\u200c\u200d"
"""Zero-width (non-)joiners: invisible, but Persian, Hindi and composed emoji are wrong without them."""

EMOJI_STYLE: Final = "\ufe0f"
"""Asks for the coloured picture of a symbol that also has a plain one."""

BLANKS: Final = "\t\n\r\v\f\u115f\u1160\u2800\u3164\uffa0\U0001d159"
"""Drawn as a space, and none to Unicode: line breaks, Hangul fillers, the empty Braille pattern, the empty notehead."""

_IGNORABLE_RANGES: Final = (
    (0x00AD, 0x00AD),  # soft hyphen
    (0x034F, 0x034F),  # combining grapheme joiner
    (0x061C, 0x061C),  # Arabic letter mark
    (0x115F, 0x1160),  # Hangul fillers
    (0x17B4, 0x17B5),  # Khmer inherent vowels
    (0x180B, 0x180F),  # Mongolian variation selectors and vowel separator
    (0x200B, 0x200F),  # zero-width space and joiners, direction marks
    (0x202A, 0x202E),  # direction overrides
    (0x2060, 0x206F),  # word joiner, invisible operators, direction isolates
    (0x3164, 0x3164),  # Hangul filler
    (0xFE00, 0xFE0F),  # variation selectors
    (0xFEFF, 0xFEFF),  # byte order mark
    (0xFFA0, 0xFFA0),  # half-width Hangul filler
    (0xFFF0, 0xFFF8),  # unassigned
    (0x1BCA0, 0x1BCA3),  # shorthand format controls
    (0x1D173, 0x1D17A),  # musical format controls
    (0xE0000, 0xE0FFF),  # tags, the other variation selectors
)
"""``Default_Ignorable_Code_Point`` of Unicode's DerivedCoreProperties.txt, which `unicodedata` does not have; the
property is stable: assigned later or not, nothing in these ranges is ever drawn."""

UNSEEN: Final = {code: None for low, high in _IGNORABLE_RANGES for code in range(low, high + 1)}
"""For `str.translate`: two texts that differ in these alone look the same."""

_SPACES: Final = "\u00a0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"
"""All that Unicode calls a separator (Z), but for the space itself."""
_SHOWN_AS: Final = UNSEEN | dict.fromkeys(map(ord, BLANKS + _SPACES), " ")
_MAX_COMPOSED: Final = 4
"""Marks; Greek and Vietnamese letters are composed with up to three."""
_TOO_MANY_MARKS: Final = re.compile(f"(?<=M{{{_MAX_COMPOSED}}})M+")
_initial: Final = operator.itemgetter(0)


def kinds_of(text: str) -> str:
    """A letter for each character of ``text``, the first of its general category: ``LM`` for an A and an accent."""
    return "".join(map(_initial, map(unicodedata.category, text)))


def without_unseen(text: str, kept: str = "") -> str:
    """``text`` in composed form (NFC) without what is not drawn, but for ``kept``; what is blank becomes a space.

    Controls, formatting, surrogates, private and unassigned characters go as well: direction overrides are among
    them, so nobody can write backwards over somebody else's line. So does what no character is composed of, marks
    past the fourth in a row: normalisation takes the square of their number, 2.6 ms for 1,024.

    Nothing here is a loop of Python over the characters: an attacker would make it a dear one.
    """
    text = text.translate(_shown_as(kept))
    kinds = kinds_of(text)
    if "C" in kinds:
        stays = map(operator.or_, map("C".__ne__, kinds), map(kept.__contains__, text))
        text = "".join(compress(text, stays))
        kinds = kinds_of(text)
    for run in reversed(list(_TOO_MANY_MARKS.finditer(kinds))):
        text = text[: run.start()] + text[run.end() :]
    # Afterwards, because two characters may compose once nothing lies between them.
    return unicodedata.normalize("NFC", text)


@functools.cache  # there are few callers, and what they keep is theirs to say
def _shown_as(kept: str) -> dict[int, str | None]:
    shown = _SHOWN_AS.copy()
    for char in kept:
        shown.pop(ord(char), None)
    return shown
