from __future__ import annotations

import functools
import sys
import unicodedata

from game_server.lobby.text.invisible_characters import UNSEEN, without_unseen

FILLERS = {0x115F, 0x1160, 0x3164, 0xFFA0}
"""Letters to Unicode, and drawn as nothing."""
DRAWN = ("ARABIC", "SYRIAC", "KAITHI", "EGYPTIAN", "INTERLINEAR")
"""Scripts whose formatting characters are drawn: signs of numbers and verses, frames around hieroglyphs."""


@functools.cache
def codes(categories: str) -> frozenset[int]:
    """All characters of these general categories, of which a letter is the first."""
    every = range(sys.maxunicode + 1)
    return frozenset(code for code in every if unicodedata.category(chr(code))[0] in categories)


def test_no_letter_digit_or_sign_is_taken_for_invisible_but_the_fillers() -> None:
    assert UNSEEN.keys() & codes("LNPS") == FILLERS


def test_every_formatting_character_is_invisible_but_those_that_are_drawn() -> None:
    formatting = {code for code in codes("C") if unicodedata.category(chr(code)) == "Cf"}
    seen = {unicodedata.name(chr(code)) for code in formatting - UNSEEN.keys()}
    assert {name for name in seen if not name.startswith(DRAWN)} == set()
    assert "ARABIC LETTER MARK" not in seen


OTHER_IGNORABLES = {0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2065, 0x3164, 0xFFA0, *range(0xFFF0, 0xFFF9)}
"""``Other_Default_Ignorable_Code_Point`` of Unicode's PropList.txt, but for the plane of tags."""
SELECTORS = {*range(0x180B, 0x180E), 0x180F, *range(0xFE00, 0xFE10)}
"""``Variation_Selector`` of the same file, but for that plane."""


def test_invisible_is_what_unicode_derives_as_ignorable() -> None:
    drawn = {code for code in codes("C") if unicodedata.name(chr(code), "").startswith(DRAWN)} - {0x061C}
    formatting = {code for code in codes("C") if unicodedata.category(chr(code)) == "Cf"}
    assert UNSEEN.keys() == (formatting - drawn) | OTHER_IGNORABLES | SELECTORS | set(range(0xE0000, 0xE1000))
    assert len(UNSEEN) == 4_174, "as DerivedCoreProperties.txt counts them"


def test_every_separator_and_what_is_drawn_as_one_becomes_a_space() -> None:
    spaces = codes("Z") | {0x2800, 0x1D159, 0x115F, 0x3164, *map(ord, "\t\n\r\v\f")}
    assert {without_unseen(f"a{chr(code)}b") for code in spaces} == {"a b"}


def test_of_marks_in_a_row_four_are_looked_at() -> None:
    assert without_unseen("a" + 9 * "\u0f73") == without_unseen("a" + 4 * "\u0f73")
    assert without_unseen("a" + 4 * "\u0f73") != without_unseen("a" + 3 * "\u0f73")
