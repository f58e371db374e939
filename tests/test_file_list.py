"""docs/FILES.md lists every file with what it is about, as `tools/make_file_list` generates it from the docstrings."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools.file_list import DOCUMENT, ROOT, describe, files, first_sentence, row

LISTED = set(DOCUMENT.read_text(encoding="utf-8").splitlines())
LONGEST = 125
"""Characters of a sentence that can be taken in at a glance."""


def test_the_document_lists_every_file_once_in_order() -> None:
    listed = re.findall(r"^\| `(\S+)` \|", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)
    assert listed == [path.name for path in files()], "run tools/make_file_list"


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_is_listed_with_its_constants_and_their_values(path: Path) -> None:
    assert row(path) in LISTED, "if it changed on purpose, run tools/make_file_list"


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_says_in_one_short_sentence_what_it_is_about(path: Path) -> None:
    sentence, _ = describe(path)
    assert 0 < len(sentence) <= LONGEST
    assert sentence.endswith(".")


def test_the_constants_of_a_file_are_listed_without_the_underscore_of_private_ones() -> None:
    _, names = describe(ROOT / "game_server" / "lobby" / "text" / "chat.py")
    assert "CHAT_BURST = 5" in names
    _, names = describe(ROOT / "game_server" / "transport" / "router.py")
    assert {"PATIENCE = 5.0", "READING"} <= set(names)


def test_the_fields_of_a_class_of_options_are_listed() -> None:
    _, names = describe(ROOT / "game_server" / "lobby" / "match" / "match_options.py")
    assert {"max_spectators = 64", "seat_hold = SEAT_HOLD"} <= set(names)


def test_a_sentence_ends_neither_at_an_initial_nor_within_a_version() -> None:
    assert first_sentence("Clocks (S. Lamport, 1978), as in 1.1 of them. Others follow.") == (
        "Clocks (S. Lamport, 1978), as in 1.1 of them."
    )
