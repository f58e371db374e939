from __future__ import annotations

import math
import unicodedata
from collections.abc import Container

import pytest
from hypothesis import given
from hypothesis import strategies as st

from game_server.lobby.names import clean, clean_chat, folded, nickname_from

JOINERS = "\u200c\u200d"
# Weighted towards what is hard: marks, controls, overrides, joiners, blanks, letters that fold.
tricky = st.text(
    st.characters(exclude_categories=["Cs"])
    | st.sampled_from(
        "aB \u0301\u0327\u20dd\x00\x1b\u202e\u2066\u200d\u200c\u200b\u3164\ufe0f\ufeff\u00df\u212b\ufb01"
    ),
    max_size=120,
)


@pytest.mark.parametrize(
    ("wish", "name"),
    [
        ("Ada", "Ada"),
        ("  Ada   Lovelace  ", "Ada Lovelace"),
        ("Ada\n\tLovelace", "Ada Lovelace"),
        ("Ada\u00a0\u3000\u2028Lovelace", "Ada Lovelace"),
        ("A\x00d\x1b[31ma\x7f", "Ad[31ma"),
        ("\u202eadA\u202c", "adA"),
        ("\u2066Ada\u2069\u200e\u200f", "Ada"),
        ("A\u200bda\ufeff\u00ad", "Ada"),
        ("Ada\ue000\U0010ffff", "Ada"),
        ("", "Player"),
        (" \t\n ", "Player"),
        ("\u200b\u202e\x00", "Player"),
        ("\u200d\u200c", "Player"),
        ("\u0301\u0301", "Player"),
        ("\u3164\u115f\uffa0\u2800", "Player"),
        ("\u6f22\u5b57", "\u6f22\u5b57"),
        ("\u05d0\u05d1 \u0639\u0645\u0631", "\u05d0\u05d1 \u0639\u0645\u0631"),
        ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"),
        ("\U0001f680\U0001f468\u200d\U0001f4bb", "\U0001f680\U0001f468\u200d\U0001f4bb"),
        ("e\u0301", "\u00e9"),
        ("<b>&amp;", "<b>&amp;"),
    ],
)
def test_a_nickname_is_one_line_of_what_can_be_seen(wish: str, name: str) -> None:
    assert nickname_from(wish, set()) == name


def test_a_nickname_is_cut_to_20_characters_and_leaves_no_space_at_its_end() -> None:
    assert nickname_from("x" * 10_000, set()) == "x" * 20
    assert nickname_from("x" * 19 + " yz", set()) == "x" * 19


def test_marks_are_stacked_two_high_at_most() -> None:
    assert clean("a" + "\u0335" * 50 + "b", 20) == "a\u0335\u0335b"


@pytest.mark.parametrize("between", ["\x00", "\u200b", "\u200d", "\u202e"])
def test_what_cannot_be_seen_between_marks_does_not_let_more_of_them_through(between: str) -> None:
    cleaned = clean("a" + f"\u0335\u0335{between}" * 20, 100)
    assert cleaned.count("\u0335") == 2


@given(tricky, st.integers(1, 40))
def test_whatever_goes_in_a_line_of_visible_characters_comes_out(text: str, most: int) -> None:
    cleaned = clean(text, most)
    assert len(cleaned) <= most
    assert cleaned == " ".join(cleaned.split())
    stacked = 0
    for char in cleaned:
        category = unicodedata.category(char)
        assert category[0] != "C" or char in JOINERS
        assert category not in ("Zl", "Zp")
        if category in ("Mn", "Me"):
            stacked += 1
        elif char not in JOINERS:
            stacked = 0
        assert stacked <= 2


@given(tricky)
def test_a_line_of_chat_is_at_most_200_characters_and_empty_when_there_is_nothing_to_see(text: str) -> None:
    cleaned = clean_chat(text * 4)
    assert len(cleaned) <= 200
    assert not cleaned or any(unicodedata.category(char)[0] in "LNPS" for char in cleaned)


def test_no_more_than_1024_characters_are_looked_at_so_that_a_long_text_costs_no_more_than_a_line() -> None:
    assert clean_chat("\x00" * 1_023 + "hello") == "h"
    assert clean_chat("\x00" * 16_000 + "hello") == ""


@pytest.mark.parametrize(
    ("taken", "wish"),
    [
        ("Ada", "Ada"),
        ("Ada", "ADA"),
        ("Ada", "\uff21\uff44\uff41"),
        ("Ada", "\U0001d400da"),
        ("Ada", "A\u200dda"),
        ("Ada", "Ada\ufe0f"),
        ("Ada", " Ada "),
        ("stra\u00dfe", "STRASSE"),
        ("\u00e9", "E\u0301"),
        ("\ufb01sh", "fish"),
    ],
)
def test_a_nickname_that_could_be_taken_for_another_gets_a_number(taken: str, wish: str) -> None:
    name = nickname_from(wish, {folded(taken)})
    assert name.endswith(" 2")
    assert folded(name) != folded(taken)


def test_numbers_count_on_and_stay_within_20_characters() -> None:
    taken: set[str] = set()
    names = []
    for _ in range(12):
        names.append(nickname_from("x" * 30, taken))
        taken.add(folded(names[-1]))
    assert names[0] == "x" * 20
    assert names[1] == "x" * 18 + " 2"
    assert names[11] == "x" * 17 + " 12"


@given(st.lists(tricky, max_size=12))
def test_nicknames_given_out_one_after_the_other_are_all_different(wishes: list[str]) -> None:
    taken: set[str] = set()
    for wish in wishes:
        name = nickname_from(wish, taken)
        assert 1 <= len(name) <= 20
        assert folded(name) not in taken
        taken.add(folded(name))


class Counted(Container[str]):
    """Names that are taken, and how often somebody looked."""

    def __init__(self, names: set[str]) -> None:
        self.names = names
        self.looks = 0

    def __contains__(self, name: object) -> bool:
        self.looks += 1
        return name in self.names


@given(st.integers(0, 3_000), st.sets(st.integers(1, 3_000), max_size=40), st.sampled_from(["Ada", "x" * 20]))
def test_a_free_nickname_is_found_in_a_few_looks_and_the_wish_itself_if_it_is_free(
    in_a_row: int, given_back: set[int], wish: str
) -> None:
    names = [wish, *(f"{wish[: 20 - len(f' {n}')]} {n}" for n in range(2, in_a_row + 1))][:in_a_row]
    taken = Counted({folded(name) for number, name in enumerate(names, 1) if number not in given_back})
    name = nickname_from(wish, taken)
    assert folded(name) not in taken.names
    assert (name == wish) == (folded(wish) not in taken.names)
    assert taken.looks <= 3 + 2 * math.log2(in_a_row + 1)
