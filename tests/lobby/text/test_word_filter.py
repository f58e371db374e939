from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from game_server.errors import ConfigError
from game_server.lobby.text.word_filter import WordFilter

WORDS = WordFilter(["heck", "stra\u00dfe", ""])


@pytest.mark.parametrize(
    "said",
    [
        "heck",
        "HECK",
        "h3ck",
        "\uff28\uff45\uff43\uff4b",
        "h\u00e9ck",
        "h\u0435\u0441k",
        "h\u200deck",
        "HeCK",
    ],
)
def test_a_word_of_the_list_becomes_asterisks_in_any_disguise(said: str) -> None:
    assert WORDS(f"what the {said}, Ada!") == f"what the {'*' * len(said)}, Ada!"


@pytest.mark.parametrize("said", ["check", "heckle", "h e c k", "hello"])
def test_only_whole_words_are_taken(said: str) -> None:
    assert WORDS(said) == said


def test_a_shout_is_the_word_and_its_mark() -> None:
    assert WORDS("heck!") == "*****"


def test_what_folds_to_more_letters_keeps_its_length() -> None:
    assert WORDS("STRASSE stra\u00dfe") == "******* ******"


@given(st.text())
def test_without_a_list_nothing_changes(text: str) -> None:
    assert WordFilter(())(text) == text


@given(st.text())
def test_a_text_keeps_its_length(text: str) -> None:
    assert len(WORDS(text)) == len(text)


def test_a_file_has_a_word_a_line_and_comments(tmp_path: Path) -> None:
    path = tmp_path / "words"
    path.write_text("# words\n heck \n\ndarn\n", "utf-8")
    assert WordFilter.load(path)("heck darn words") == "**** **** words"


@pytest.mark.parametrize("content", [None, b"\xff\xfe\xff"])
def test_a_file_that_cannot_be_read_is_a_config_error_that_names_it(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "words"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match="words"):
        WordFilter.load(path)
