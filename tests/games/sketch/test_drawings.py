"""The drawings of bots: they are as they are recorded, in the square that a bot has for them."""

from __future__ import annotations

import pytest

from game_server.games.sketch.drawings import DRAWINGS
from game_server.games.sketch.words import WORDS
from tests.vectors.sketch_drawings import FILE, document


def test_drawings_are_those_of_the_picture() -> None:
    assert FILE.read_text("utf-8") == document(), "if on purpose, run tools/make_vectors, and look at the picture"


@pytest.mark.parametrize("word", DRAWINGS)
def test_a_drawing_is_of_a_word_and_within_its_square(word: str) -> None:
    assert word in WORDS
    assert all(0 <= part <= 100 for stroke in DRAWINGS[word] for place in stroke.places for part in place)
    assert all(len(stroke.places) > 1 for stroke in DRAWINGS[word])
