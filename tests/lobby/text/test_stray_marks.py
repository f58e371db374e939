"""Combining marks, joiners and variation selectors: which of them stay behind what."""

from __future__ import annotations

import pytest

from game_server.lobby.text.stray_marks import without_stray

HEART, FIRE, MARK, JOINER, STYLE = "\u2764", "\U0001f525", "\u0301", "\u200d", "\ufe0f"
KA, VIRAMA, SSA = "\u0915", "\u094d", "\u0937"


@pytest.mark.parametrize(
    ("text", "stays"),
    [
        (f"e{MARK * 3}", f"e{MARK * 2}"),
        (f"e{MARK * 3}e{MARK}", f"e{MARK * 2}e{MARK}"),
        (f" {MARK}a", " a"),
        (f"{MARK}a", "a"),
        (f"a{STYLE}", "a"),
        (f"7{STYLE}", "7"),
        (f"{STYLE}{HEART}", HEART),
        (f"{HEART}{STYLE}{STYLE}", f"{HEART}{STYLE}"),
        (f"{HEART}{STYLE}{MARK}", f"{HEART}{STYLE}{MARK}"),
        (f"{HEART}{MARK * 3}{STYLE}", f"{HEART}{MARK * 2}{STYLE}"),
        (f" {MARK}{STYLE}x", " x"),
        (f"{HEART}{JOINER * 2}{HEART}", f"{HEART}{JOINER}{HEART}"),
        (f"{HEART}{JOINER}{STYLE}{HEART}", f"{HEART}{JOINER}{HEART}"),
        (f"{HEART}{STYLE}{JOINER}{FIRE}", f"{HEART}{STYLE}{JOINER}{FIRE}"),
        (f"{HEART} {JOINER}{HEART}", f"{HEART} {HEART}"),
        (f"{KA}{VIRAMA}{JOINER}{SSA}", f"{KA}{VIRAMA}{JOINER}{SSA}"),
        (f"a{JOINER}{HEART}", f"a{HEART}"),
        (f"7{JOINER}{HEART}", f"7{HEART}"),
        (f"{HEART}{JOINER}a", f"{HEART}a"),
        (f"{HEART}{JOINER} {HEART}", f"{HEART} {HEART}"),
    ],
)
def test_what_marks_or_joins_stays_where_it_can(text: str, stays: str) -> None:
    assert without_stray(text) == stays
