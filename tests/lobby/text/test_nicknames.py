from __future__ import annotations

import math
import unicodedata
from collections.abc import Container

import pytest
from hypothesis import given
from hypothesis import strategies as st

from game_server.lobby.text.confusables import LOOK_ALIKES
from game_server.lobby.text.invisible_characters import UNSEEN
from game_server.lobby.text.nicknames import (
    _OFFICIAL,
    TakenNames,
    clean,
    clean_chat,
    folded,
    is_official,
    nickname_from,
    skeleton,
)

JOINERS = "\u200c\u200d"
# Weighted towards what is hard: marks, controls, overrides, joiners, blanks, letters that fold.
tricky = st.text(
    st.characters(exclude_categories=["Cs"])
    | st.sampled_from(
        "aB \u0301\u0327\u20dd\x00\x1b\u202e\u2066\u200d\u200c\u200b\u3164\ufe0f\ufeff\u00df\u212b\ufb01"
    ),
    max_size=120,
)


def all_of(*names: str) -> TakenNames:
    taken = TakenNames()
    for name in names:
        taken.add(name)
    return taken


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


@pytest.mark.parametrize(
    "unseen", ["\u180b", "\u180f", "\u034f", "\u17b4", "\ufe0f", "\U000e0100", "\U000e0041", "\u2064", "\ufff3"]
)
def test_what_is_ignored_when_text_is_drawn_is_in_no_name(unseen: str) -> None:
    assert nickname_from(f"I{unseen}an{unseen}", set()) == "Ian"
    assert nickname_from(f"{unseen}Ian", all_of("Ian")) == "Ian 2"


@given(st.sampled_from(sorted(UNSEEN)), st.integers(0, 3), st.sampled_from(["Ian", "Eve", "x 7"]))
def test_no_unseen_character_makes_another_name(unseen: int, at: int, name: str) -> None:
    wish = name[:at] + chr(unseen) + name[at:]
    given_out = nickname_from(wish, set())
    assert given_out.replace(" ", "") == name.replace(" ", "")
    assert wish in all_of(name) or chr(unseen) in "\u115f\u1160\u3164\uffa0"


@pytest.mark.parametrize(
    ("wish", "name"),
    [
        ("\u0301Ada", "Ada"),
        ("\u0488\u0301\u0903Ada", "Ada"),
        ("Ada \u0301Lovelace", "Ada Lovelace"),
        ("\u093e\u0915", "\u0915"),
        ("\u200dAda\u200c", "Ada"),
        ("\u0645\u06cc\u200c", "\u0645\u06cc"),
        ("\u0645\u200c\u200d\u06cc", "\u0645\u200c\u06cc"),
        ("\u0645\u200c \u200c\u06cc", "\u0645 \u06cc"),
        ("A\u200dd\u200ca\u200d7", "Ada7"),
        ("\u0645" * 19 + "\u200c\u06cc", "\u0645" * 19),
        ("e\u034f\u0301", "\u00e9"),
    ],
)
def test_marks_stand_on_something_and_joiners_join_something(wish: str, name: str) -> None:
    assert nickname_from(wish, set()) == name


@given(tricky)
def test_a_cleaned_name_is_clean(text: str) -> None:
    name = nickname_from(text, set())
    assert clean(name, 20) == name
    assert not unicodedata.category(name[0]).startswith("M")
    assert name[-1] not in JOINERS
    assert not any(ord(char) in UNSEEN and char not in JOINERS for char in name)


@pytest.mark.parametrize(
    "wish",
    [
        "Server",
        "SERVER",
        "server 2",
        "[Server]",
        "S\u0435rver",
        "Ser\u200dver",
        "\uff33erver",
        "M0derator",
        "*admin*",
        "ADMIN",
        "ADM1N",
        "Adm1n",
        "ADMlN",
        "\u0391D\u039c\u0399\u039d",
        "C0NSOLE",
        "Host",
    ],
)
def test_nobody_is_called_as_if_they_spoke_for_the_server(wish: str) -> None:
    assert is_official(clean(wish, 20))
    assert nickname_from(wish, set()) == "Player"


@pytest.mark.parametrize("name", _OFFICIAL)
def test_nobody_speaks_for_the_server_in_any_case_of_letters(name: str) -> None:
    for form in (name, name.upper(), name.title(), name.swapcase(), name[0] + name[1:].upper()):
        assert nickname_from(form, set()) == "Player"


@pytest.mark.parametrize("wish", ["Serverus", "Hostess", "Adminka", "Player", "7", "Sys Tems"])
def test_names_that_only_begin_like_the_server_s_are_anybody_s(wish: str) -> None:
    assert nickname_from(wish, set()) == wish


def test_a_line_of_chat_keeps_the_colour_of_its_emoji() -> None:
    assert clean_chat("\u2764\ufe0f\u200d\U0001f525 Ada\ufe0f") == "\u2764\ufe0f\u200d\U0001f525 Ada"


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
def test_a_line_of_chat_has_at_most_200_characters_and_is_empty_if_none_is_visible(text: str) -> None:
    cleaned = clean_chat(text * 4)
    assert len(cleaned) <= 200
    assert not cleaned or any(unicodedata.category(char)[0] in "LNPS" for char in cleaned)


def test_a_long_text_costs_no_more_than_a_line_as_only_224_characters_are_looked_at() -> None:
    assert clean_chat("\x00" * 223 + "hello") == "h"
    assert clean_chat("\x00" * 16_000 + "hello") == ""


def test_a_line_is_at_most_600_bytes_and_ends_in_a_whole_character() -> None:
    assert clean_chat("\u6f22" * 300) == "\u6f22" * 200
    assert clean_chat("a" + "\U0001f680" * 300) == "a" + "\U0001f680" * 149


@given(st.text(st.characters(categories=["Mn", "Me", "Mc"]), max_size=400))
def test_normalisation_is_never_given_more_than_four_marks_in_a_row(marks: str) -> None:
    given_to: list[str] = []

    def normalize(_form: str, text: str) -> str:
        given_to.append(text)
        return text

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("game_server.lobby.text.invisible_characters.unicodedata.normalize", normalize)
        clean_chat("a" + marks)
    assert all(len(text) <= 1 + 4 for text in given_to)


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
    name = nickname_from(wish, all_of(taken))
    assert name.endswith(" 2")
    assert folded(name) != folded(taken)


@pytest.mark.parametrize(
    ("taken", "wish"),
    [
        ("Ada", "\u0410da"),  # Cyrillic A
        ("Ada", "Ad\u0430"),
        ("ada", "\u03b1da"),  # Greek alpha
        ("Ada", "\u0391d\u0430"),
        ("CAPTAIN", "\u0421\u0410\u0420\u03a4\u0391\u0406\u039d"),
        ("no\u00eb", "no\u0451"),  # Cyrillic io
        ("Bob", "B0b"),
        ("Bob", "B\u043eb"),
        ("Ian", "lan"),
        ("Ian", "1an"),
        ("Neil", "NeiI"),
        ("Neil", "Nei|"),
        ("HAL 10", "HAL lO"),
        ("Cecil", "CEC|L"),
    ],
)
def test_the_later_of_two_nicknames_that_look_alike_gets_a_number(taken: str, wish: str) -> None:
    assert nickname_from(wish, all_of(taken)) == f"{wish} 2"
    assert nickname_from(taken, all_of(wish)) == f"{taken} 2"


@given(st.text(st.sampled_from("".join(map(chr, LOOK_ALIKES)) + "ad 27"), min_size=1, max_size=16), st.data())
def test_letters_exchanged_for_their_look_alikes_make_no_other_name(plain: str, data: st.DataObject) -> None:
    taken = nickname_from(plain, set())
    other = "".join(data.draw(st.sampled_from(kin(char))) for char in taken)
    assert other in all_of(taken)
    assert taken in all_of(other)


@given(st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=16), st.data())
def test_a_name_in_capitals_and_their_look_alikes_is_no_other_name(plain: str, data: st.DataObject) -> None:
    taken = nickname_from(plain, set())
    other = "".join(data.draw(st.sampled_from(kin(char))) for char in taken.upper())
    assert other in all_of(taken)
    assert taken in all_of(other)


def kin(char: str) -> list[str]:
    """``char`` and what looks like it."""
    shown = char.translate(LOOK_ALIKES)
    return [char, shown, *(chr(code) for code, other in LOOK_ALIKES.items() if other == shown)]


@given(
    st.text("abcdefghijklmnopqrstuvwxyz23456789", max_size=20),
    st.text("abcdefghijklmnopqrstuvwxyz23456789", max_size=20),
)
def test_different_names_in_plain_letters_do_not_look_the_same(one: str, other: str) -> None:
    assert (skeleton(one) == skeleton(other)) == (one == other)


@pytest.mark.parametrize(("one", "other"), [("Lan", "Ian"), ("Anna", "Avva"), ("\u0418\u0432\u0430\u043d", "Ivan")])
def test_names_that_only_sound_or_fold_alike_are_two_names(one: str, other: str) -> None:
    assert nickname_from(one, all_of(other)) == one


@given(st.lists(tricky, max_size=8))
def test_a_nickname_that_is_given_back_is_free_again_and_no_other(wishes: list[str]) -> None:
    taken = TakenNames()
    names = []
    for wish in wishes:
        names.append(nickname_from(wish, taken))
        taken.add(names[-1])
    for number, name in enumerate(names):
        taken.discard(name)
        assert name not in taken
        assert all(other in taken for other in names[number + 1 :])


def test_numbers_count_on_and_stay_within_20_characters() -> None:
    taken = TakenNames()
    names = []
    for _ in range(12):
        names.append(nickname_from("x" * 30, taken))
        taken.add(names[-1])
    assert names[0] == "x" * 20
    assert names[1] == "x" * 18 + " 2"
    assert names[11] == "x" * 17 + " 12"


@given(st.lists(tricky, max_size=12))
def test_nicknames_given_out_one_after_the_other_are_all_different(wishes: list[str]) -> None:
    taken = TakenNames()
    names = []
    for wish in wishes:
        names.append(nickname_from(wish, taken))
        taken.add(names[-1])
    assert all(1 <= len(name) <= 20 for name in names)
    for look in (folded, skeleton):
        assert len(set(map(look, names))) == len(names)


class Counted(Container[str]):
    """Names that are taken, and how often somebody looked."""

    def __init__(self, names: TakenNames) -> None:
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
    taken = Counted(all_of(*(name for number, name in enumerate(names, 1) if number not in given_back)))
    name = nickname_from(wish, taken)
    assert name not in taken.names
    assert (name == wish) == (wish not in taken.names)
    assert taken.looks <= 3 + 2 * math.log2(in_a_row + 1)


@pytest.mark.parametrize(("most", "looked_at"), [(20, 64), (40, 64), (41, 65), (200, 224)])
def test_of_a_text_the_first_64_characters_are_looked_at_or_24_more_than_may_stay(most: int, looked_at: int) -> None:
    unseen = "\u200b" * (looked_at - 1)
    assert clean(unseen + "x", most) == "x"
    assert clean(unseen + "\u200bx", most) == ""
