"""Bots of sketch: how soon they guess, what, and how they draw."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from game_server.games.sketch import Sketch
from game_server.games.sketch.bots import LATEST, LEFT, SCALE, SOONEST, STEP, TOP, fits, path_of
from game_server.games.sketch.drawings import Stroke
from game_server.games.sketch.words import WORDS
from game_server.simulation import View

RATE = 30


def view(tick: int, *, drawer: int = 1, number: int = 1, word: int = 0, letters: str = "", **own: int) -> View:
    """What the bot of player 0 sees; ``letters`` with a dot for each that is hidden."""
    shown = {at: {"at": at, "code": 0 if letter == "." else ord(letter)} for at, letter in enumerate(letters)}
    turn = {"drawer": drawer + 1, "number": number, "colour": 0, "width": 1, "points": 0}
    tables: Any = {
        "player": {number: {"knows": 0, "points": 0, "now": 0, **own} for number in range(2)},
        "turn": {0: turn},
        "turn.private": {0: {"word": word}} if drawer == 0 else {},
        "letter": dict(reversed(shown.items())),
        "point": {},
    }
    return View(0, tick, {"knows": 0, **own}, tables)


def brain(skill: str = "normal", seed: int = 1) -> Any:
    return Sketch.brain({}, 0, RATE, skill, seed)


def asked(brain: Any, ticks: int, every: int = 1, **seen: Any) -> list[tuple[int, str, tuple[Any, ...]]]:
    """What it asks for: tick, command, values."""
    names = [form.name for form in Sketch.commands]
    return [
        (tick, names[number], values)
        for tick in range(0, ticks, every)
        for number, values in brain.decide(view(tick, **seen)).asks
    ]


@pytest.mark.parametrize(("skill", "pace"), [("easy", 1.6), ("gentle", 2.5), ("normal", 1), ("hard", 0.6)])
def test_a_bot_guesses_now_and_then_the_stronger_the_sooner(skill: str, pace: float) -> None:
    guesses = asked(brain(skill), 120 * RATE, letters="....")
    ticks = [0, *(tick for tick, _, _ in guesses)]
    waited = [after - before for before, after in pairwise(ticks)]
    assert 4.0 * pace * RATE - 1 <= min(waited) < max(waited) <= 11.0 * pace * RATE + 1
    assert sum(waited) / len(waited) == pytest.approx(7.5 * pace * RATE, rel=0.3)
    assert (SOONEST, LATEST) == (4, 11)


def test_a_bot_guesses_words_that_fit_what_is_shown_each_once_and_then_waits() -> None:
    guesses = [values[0] for _, name, values in asked(brain(), 600 * RATE, RATE, letters="p.n...") if name == "guess"]
    assert sorted(guesses) == ["pencil"]
    fitting = [word for word in WORDS if len(word) == 8 and word.startswith("s") and " " not in word]
    guesses = [values[0] for _, name, values in asked(brain(), 900 * RATE, RATE, letters="s.......")]
    assert sorted(guesses) == sorted(fitting)
    assert len(fitting) >= 3


@pytest.mark.parametrize(
    ("word", "shown", "may_be"),
    [
        ("tea pot", "... ...", True), ("tea pot", ".......", False), ("balloon", "... ...", False),
        ("camera", "...e..", True), ("camera", "e.....", False), ("camera", ".....", False),
    ],
)  # fmt: skip
def test_a_word_may_be_one_whose_letters_and_spaces_are_shown(word: str, shown: str, may_be: bool) -> None:
    assert fits(word, [0 if letter == "." else ord(letter) for letter in shown]) == may_be


def test_a_bot_guesses_neither_what_it_knows_nor_what_nobody_draws() -> None:
    assert asked(brain(), 60 * RATE, RATE, letters="....", knows=1) == []
    assert asked(brain(), 60 * RATE, RATE, letters="....", drawer=-1) == []
    bot = brain()
    first = asked(bot, 600 * RATE, RATE, letters="p.n...")
    again = asked(bot, 600 * RATE, RATE, letters="p.n...", number=2)
    assert [values for _, _, values in first] == [values for _, _, values in again] == [("pencil",)]


def test_a_bot_asks_for_another_word_ten_ticks_apart_until_it_can_draw_one() -> None:
    cannot = asked(brain(), 31, drawer=0, word=WORDS.index("anchor") + 1)
    assert cannot == [(tick, "another", ()) for tick in (0, 10, 20, 30)]
    assert asked(brain(), 31, drawer=0) == [], "it does not see the word yet"


def test_a_bot_draws_a_stroke_ten_times_a_second_and_takes_the_pen_of_its_colour() -> None:
    drawn = asked(brain(), 40 * RATE, drawer=0, word=WORDS.index("flag") + 1)
    assert [(name, values) for _, name, values in drawn[:2]] == [
        ("pen", (9, 1)),
        ("draw", (1, 300, 648, 300, 640, 300, 632)),
    ]
    assert {name for _, name, _ in drawn} == {"pen", "draw"}
    ticks = sorted({tick for tick, _, _ in drawn})
    assert {after - before for before, after in pairwise(ticks)} <= {3, 6}
    assert [values[0] for _, name, values in drawn if name == "pen"] == [9, 2]
    assert sum(values[0] for _, name, values in drawn if name == "draw") == 2


def test_a_path_goes_along_a_stroke_in_steps_of_the_pen_three_at_a_time() -> None:
    begun, *parts = path_of((Stroke(5, ((0, 0), (10, 0), (10, 1))),))
    assert begun == (False, 5, [])
    assert [begins for begins, _, _ in parts] == [True, False, False, False]
    places = [place for _, _, some in parts for place in some]
    assert [len(some) for _, _, some in parts] == [3, 3, 3, 1]
    assert places[0] == (LEFT, TOP) == (180, 60)
    assert places[-2:] == [(LEFT + 10 * SCALE, TOP), (LEFT + 10 * SCALE, TOP + SCALE)]
    across = [x for x, _ in places[:-1]]
    assert {round(after - before, 6) for before, after in pairwise(across)} == {60 / 8}
    assert (SCALE, STEP) == (6, 8)
