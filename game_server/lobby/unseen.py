"""Characters that nobody sees: the default-ignorable code points of Unicode, and others that are drawn as nothing."""

from __future__ import annotations

import unicodedata
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

_BLANKS: Final = frozenset(BLANKS)
_ODD: Final = _BLANKS.union(map(chr, UNSEEN))
_MAX_COMPOSED: Final = 4
"""Marks; Greek and Vietnamese letters are composed with up to three."""


def without_unseen(text: str, kept: str = "") -> str:
    """``text`` in composed form (NFC) without what is not drawn, but for ``kept``; what is blank becomes a space.

    Controls, formatting, surrogates, private and unassigned characters go as well: direction overrides are among
    them, so nobody can write backwards over somebody else's line. So does what no character is composed of, marks
    past the fourth in a row: normalisation takes the square of their number, 2.6 ms for 1,024.
    """
    seen: list[str] = []
    marks = 0
    for char, kind in zip(text, map(unicodedata.category, text), strict=True):
        if kind[0] in "LNPS" and char not in _ODD:  # most are: an attacker must not make this loop expensive
            marks = 0
        elif kind[0] == "M":
            marks += 1
            if (marks > _MAX_COMPOSED or ord(char) in UNSEEN) and char not in kept:
                continue
        elif char in kept:
            pass
        elif kind[0] == "Z" or char in _BLANKS:
            seen.append(" ")
            marks = 0
            continue
        elif kind[0] == "C" or ord(char) in UNSEEN:
            continue
        else:
            marks = 0
        seen.append(char)
    # Afterwards, because two characters may compose once nothing lies between them.
    return unicodedata.normalize("NFC", "".join(seen))
