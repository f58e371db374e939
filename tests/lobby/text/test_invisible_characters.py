from __future__ import annotations

import sys
import unicodedata

from game_server.lobby.text.invisible_characters import UNSEEN

FILLERS = {0x115F, 0x1160, 0x3164, 0xFFA0}
"""Letters to Unicode, and drawn as nothing."""
DRAWN = ("ARABIC", "SYRIAC", "KAITHI", "EGYPTIAN", "INTERLINEAR")
"""Scripts whose formatting characters are drawn: signs of numbers and verses, frames around hieroglyphs."""


def codes(categories: str) -> set[int]:
    """All characters of these general categories, of which a letter is the first."""
    return {code for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code))[0] in categories}


def test_no_letter_digit_or_sign_is_taken_for_invisible_but_the_fillers() -> None:
    assert UNSEEN.keys() & codes("LNPS") == FILLERS


def test_every_formatting_character_is_invisible_but_those_that_are_drawn() -> None:
    formatting = {code for code in codes("C") if unicodedata.category(chr(code)) == "Cf"}
    seen = {unicodedata.name(chr(code)) for code in formatting - UNSEEN.keys()}
    assert {name for name in seen if not name.startswith(DRAWN)} == set()
    assert "ARABIC LETTER MARK" not in seen
