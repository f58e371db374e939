"""The rules of sketch: whose turn it is, who knows the word, what a guess is worth, and the picture."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from game_server.games.sketch import Sketch
from game_server.games.sketch.bots import STEP, path_of
from game_server.games.sketch.drawings import DRAWINGS
from game_server.games.sketch.sketch import FOR_DRAWING, HEIGHT, LEAST_OF_A_WORD, MOST_POINTS, TURN, WIDTH, is_close
from game_server.games.sketch.words import WORDS
from game_server.protocol import SnapshotDecoder
from game_server.simulation import Match, World, tick_alone
from game_server.testing import play
from tests.simulation.fake_outlet import FakeOutlet


def a_turn(players: int = 3) -> Any:
    match: Any = play(Sketch, players=players)
    match.step_until("playing")
    match.step()
    return match


def drawer_of(match: Any) -> Any:
    return match.game.players[match.game.turn.drawer]


def guessers_of(match: Any) -> list[Any]:
    return [player for player in match.game.players if player.id != match.game.turn.drawer]


def word_of(match: Any) -> str:
    return WORDS[int(match.game.turn.word) - 1]


def draw(match: Any, *places: tuple[int, int], begins: bool = True) -> None:
    match.send(drawer_of(match).id, "draw", int(begins), *(part for place in places for part in place))
    match.step()


def picture(match: Any) -> list[tuple[int, int, bool]]:
    points = sorted(match.game.points, key=lambda point: point.at)
    return [(point.x, point.y, point.begins) for point in points]


def test_everybody_draws_in_turn_and_one_who_comes_later_waits_no_longer_than_others() -> None:
    match = a_turn(2)
    drew = [drawer_of(match).id]
    match.join()
    for _ in range(2):
        match.game.end_round()
        match.step_until("countdown")
        match.step_until("playing")
        match.step()
        drew.append(drawer_of(match).id)
    assert drew == [0, 1, 2]


def test_one_who_comes_late_draws_no_more_often_than_the_others() -> None:
    match = a_turn(3)

    def go_on(turns: int) -> list[int]:
        drew = []
        for _ in range(turns):
            match.game.end_round()
            match.step_until("countdown")
            match.step_until("playing")
            match.step()
            drew.append(drawer_of(match).id)
        return drew

    go_on(8)
    match.join()
    assert sorted(go_on(4)) == [0, 1, 2, 3]
    assert {player.drawn for player in match.game.players} == {4}
    match.leave(1)
    match.step()
    match.join()
    assert len(set(go_on(4))) == 4


def test_the_word_goes_to_the_one_who_draws_and_asks_for_it_alone() -> None:
    match = a_turn()
    match.world.advance()
    match.game._in_step = True
    for player in match.game.players:
        match.game.remind(player)
    [event] = match.world.events
    assert (event.word, match.world.addressees) == (word_of(match), [(drawer_of(match).id,)])


def test_who_knows_the_word_cannot_give_it_away_in_the_chat_until_the_turn_is_over() -> None:
    match = a_turn(3)
    drawer, (first, second) = drawer_of(match), guessers_of(match)
    match.game.guess(first, word_of(match))
    mute = [player.id for player in match.game.players if not match.game.may_write(player, "It is h o r s e")]
    assert mute == [drawer.id, first.id]
    match.game.guess(second, word_of(match))
    match.step()
    assert match.game.phase() == "results"
    assert all(match.game.may_write(player, "Well drawn!") for player in match.game.players)


def test_people_who_guess_and_spectators_are_sent_no_word() -> None:
    game: Any = Sketch(World(seed=3, max_players=4, tick_rate=30))
    match = Match(game, on_message=lambda _number, _message: None, hashed=True)
    schema = match.replication.schema
    outlets, decoders = ([FakeOutlet() for _ in range(3)], [SnapshotDecoder(schema, seat) for seat in (0, 1, 65535)])
    for outlet in outlets[:2]:
        match.seat(outlet=outlet)
    match.watch(outlets[2])
    seen = set()
    for _ in range(30 * 5):
        tick_alone(match)
        for seat, (outlet, decoder) in enumerate(zip(outlets, decoders, strict=True)):
            for snapshot in outlet.snapshots():
                decoder.apply(snapshot)
            word = game.turn.word if seat == game.turn.drawer else None
            assert decoder.view.tables["turn.private"] == ({0: {"word": word}} if word else {})
            assert all("word" not in row for row in decoder.view.tables["turn"].values())
            seen.add(word)
    assert len(seen) == 2, "nothing, and a word"


def test_who_thinks_about_a_word_for_a_whole_turn_keeps_the_seat() -> None:
    assert Sketch.may_idle > TURN


def test_how_long_the_word_is_is_shown_and_a_letter_after_half_of_the_turn() -> None:
    match = a_turn()
    match.game.turn.word = WORDS.index("traffic light") + 1
    match.game.wipe()
    for letter in match.game.letters:
        match.game.letters.remove(letter)
    for at, letter in enumerate("traffic light"):
        match.game.letters.add(at=at, code=ord(letter) if letter == " " else 0)
    shown = [letter.code for letter in match.game.letters if letter.code]
    assert shown == [32]
    match.step(match.game.ticks(TURN / 2) + 1)
    [letter] = [letter for letter in match.game.letters if letter.code not in (0, 32)]
    assert chr(letter.code) == "traffic light"[letter.at]


def test_a_guess_is_worth_more_the_sooner_and_something_to_the_one_who_draws() -> None:
    match = a_turn()
    first, second = guessers_of(match)
    match.game.guess(first, word_of(match).upper() + " ")
    match.step(match.game.ticks(TURN / 2))
    drawer, word = drawer_of(match), word_of(match)
    match.game.guess(second, word)
    assert first.points > second.points > LEAST_OF_A_WORD
    assert (first.now, drawer.points) == (first.points, 2 * FOR_DRAWING)
    match.game.guess(first, word)
    assert first.now == first.points, "a word is found once"
    match.step()
    assert match.game.phase() == "results", "nobody is left to guess"


def test_points_last_from_turn_to_turn_and_those_of_the_turn_do_not() -> None:
    match = a_turn(2)
    [guesser] = guessers_of(match)
    match.game.guess(guesser, word_of(match))
    match.step_until("countdown")
    assert (guesser.points > 0, guesser.now, match.game.winners) == (True, 0, None)


def test_a_wrong_guess_is_shown_to_all_and_one_that_is_close_to_the_one_who_guesses() -> None:
    match = a_turn()
    guesser = guessers_of(match)[0]
    match.game.turn.word = WORDS.index("kettle") + 1
    match.game.guess(guesser, "<b>kittel")
    match.game.guess(guesser, "ketle")
    match.step()
    assert [event.words for event in match.events if isinstance(event, Sketch.Guessed)] == ["<b>kittel"]
    assert [event.words for event in match.events if isinstance(event, Sketch.Close)] == ["ketle"]


@pytest.mark.parametrize(
    ("words", "word", "found"),
    [
        ("a hospital", "hospital", True),
        ("It is a HOSPITAL!", "hospital", True),
        ("the palm-tree", "palm tree", True),
        ("palmtree", "palm tree", True),
        ("elephant", "ant", False),
        ("hospital", "ant", False),
    ],
)
def test_a_guess_with_the_word_among_others_has_found_it(words: str, word: str, found: bool) -> None:
    match = a_turn()
    guesser = guessers_of(match)[0]
    match.game.turn.word = WORDS.index(word) + 1
    match.game.guess(guesser, words)
    assert guesser.knows == found


@pytest.mark.parametrize(
    ("said", "word", "close"),
    [
        ("kettl", "kettle", True),
        ("kettles", "kettle", True),
        ("kittle", "kettle", True),
        ("ketttle", "kettle", True),
        ("kitten", "kettle", False),
        ("kettle", "kettle", True),
        ("ct", "cat", False),
        ("", "kettle", False),
    ],
)
def test_one_letter_off_is_close(said: str, word: str, close: bool) -> None:
    assert is_close(said, word) == close  # type: ignore[no-untyped-call]


def test_the_one_who_draws_cannot_guess_and_the_others_cannot_draw() -> None:
    match = a_turn()
    drawer, guesser = drawer_of(match), guessers_of(match)[0]
    match.game.guess(drawer, word_of(match))
    assert not drawer.knows
    match.game.draw(guesser, True, 100, 100)
    for command in (match.game.clear, match.game.undo, match.game.another):
        command(guesser)
    match.game.pen(guesser, 4, 3)
    assert (picture(match), match.game.turn.colour) == ([], 0)


def test_strokes_are_points_of_the_world_which_undo_takes_back_one_by_one() -> None:
    match = a_turn()
    match.game.pen(drawer_of(match), 4, 3)
    draw(match, (100, 100), (140, 100))
    draw(match, (200, 200))
    draw(match, (260, 200), begins=False)
    assert picture(match) == [(100, 100, True), (140, 100, False), (200, 200, True), (260, 200, False)]
    assert {(point.colour, point.width) for point in match.game.points} == {(4, 3)}
    match.game.undo(drawer_of(match))
    assert picture(match) == [(100, 100, True), (140, 100, False)]
    draw(match, (300, 300))
    assert picture(match)[2:] == [(300, 300, True)]
    match.game.clear(drawer_of(match))
    assert picture(match) == []


def test_a_line_does_not_go_on_from_what_has_been_erased() -> None:
    match = a_turn()
    draw(match, (100, 100), (140, 100))
    draw(match, (200, 200), (260, 200))
    match.game.undo(drawer_of(match))
    draw(match, (300, 300), begins=False)
    assert picture(match)[2:] == [(300, 300, True)]


def test_a_place_that_nobody_could_point_at_is_on_the_paper_or_none() -> None:
    match = a_turn()
    draw(match, (WIDTH, WIDTH), (5, 5))
    match.send(drawer_of(match).id, "draw", 0, 7)
    match.send(drawer_of(match).id, "draw", 1)
    match.step()
    assert picture(match) == [(WIDTH, HEIGHT, True), (5, 5, False)]


def test_another_word_is_to_be_had_until_something_is_drawn() -> None:
    match = a_turn()
    words = set()
    for _ in range(5):
        match.game.another(drawer_of(match))
        words.add(word_of(match))
        assert len(match.game.letters) == len(word_of(match))
    assert len(words) > 1
    draw(match, (100, 100))
    word = word_of(match)
    match.game.another(drawer_of(match))
    assert word_of(match) == word


def test_a_picture_has_an_end() -> None:
    match = a_turn()
    match.game.turn.points = MOST_POINTS - 3
    draw(match, *((10 * at, 5) for at in range(10)))
    assert len(match.game.points) == 3


def test_a_turn_ends_when_the_one_who_draws_leaves_and_the_word_is_said() -> None:
    match = a_turn()
    word = word_of(match)
    match.leave(drawer_of(match).id)
    match.step()
    assert match.game.phase() == "results"
    assert "".join(chr(letter.code) for letter in sorted(match.game.letters, key=lambda letter: letter.at)) == word


def test_bots_draw_what_they_can_and_guess_until_they_know() -> None:
    made = Match(Sketch(World(seed=5, max_players=4, tick_rate=30)), on_message=lambda _number, _message: None)
    game: Any = made.game
    for _ in range(3):
        made.seat(brain_for=lambda number: Sketch.brain({}, number, 30, "normal", number))
    drawn, found = set(), 0
    for _ in range(30 * 240):
        tick_alone(made)
        if game.playing and 0 < game.turn.points <= 3:
            drawn.add(WORDS[game.turn.word - 1])
        found += sum(isinstance(event, Sketch.Found) for event in made.world.events)
    assert len(drawn) >= 3
    assert drawn <= set(DRAWINGS)
    assert found >= 2


@pytest.mark.parametrize("word", ["flower", "house", "sun"])
def test_a_bot_joins_no_strokes_by_a_line_that_is_not_in_its_drawing(word: str) -> None:
    match = a_turn()
    for begins, colour, places in path_of(DRAWINGS[word]):
        match.game.turn.colour = colour
        if places:
            draw(match, *((round(x), round(y)) for x, y in places), begins=begins)
    drawn = picture(match)
    assert sum(begins for _x, _y, begins in drawn) == len(DRAWINGS[word])
    longest = max(
        max(abs(x - before_x), abs(y - before_y))
        for (before_x, before_y, _), (x, y, begins) in itertools.pairwise(drawn)
        if not begins
    )
    assert longest <= 2 * STEP


@pytest.mark.parametrize(("seconds", "points"), [(0, 150), (7, 140), (35, 100), (70, 50)])
def test_a_word_is_worth_150_points_at_once_50_in_the_end_and_25_to_who_draws(seconds: int, points: int) -> None:
    match = a_turn()
    guesser, drawer = guessers_of(match)[0], drawer_of(match)
    match.world.tick = match.game.turn.began + 30 * seconds
    match.game.guess(guesser, word_of(match))
    assert (guesser.points, guesser.now, guesser.knows) == (points, points, True)
    assert (drawer.points, drawer.now, drawer.knows) == (25, 25, False)


@pytest.mark.parametrize(("word", "shown"), [("traffic light", [1, 2]), ("bell", [1, 2]), ("ant", [1, 1])])
def test_letters_are_shown_after_half_and_three_quarters_but_the_last_two_never(word: str, shown: list[int]) -> None:
    match = a_turn()
    match.game.chance.whole = lambda _low, _high: WORDS.index(word) + 1
    match.game.choose()
    seen, changed = len(word.replace(" ", "")), []
    while match.game.phase() == "playing":
        match.step()
        hidden = len(match.game.letters.where(code=0))
        if hidden != seen:
            changed.append(match.game.now - match.game.turn.began)
            seen = hidden
    hints = [30 * 35, round(30 * 52.5)]
    assert changed[:-1] == hints[: max(shown)]
    assert len(word.replace(" ", "")) - max(shown) >= 2
    assert changed[-1] == 70 * 30


def test_in_the_results_the_word_is_shown_and_said_and_nobody_draws() -> None:
    match = a_turn()
    word, drawer = word_of(match), drawer_of(match)
    match.game.end_round()
    match.step()
    assert [event.word for event in match.events if isinstance(event, Sketch.Solved)] == [word]
    assert "".join(chr(letter.code) for letter in match.game.letters) == word
    assert (match.game.turn.drawer, match.game.turn.word) == (None, 0)
    match.game.draw(drawer, True, 1, 1)
    match.game.guess(guessers_of(match)[0], word)
    assert (picture(match), [player.now for player in match.game.players]) == ([], [0, 0, 0])


def test_a_turn_begins_with_a_clean_sheet_a_black_pen_and_nobody_who_knows() -> None:
    match = a_turn()
    match.game.pen(drawer_of(match), 4, 3)
    draw(match, (100, 100))
    for guesser in guessers_of(match):
        match.game.guess(guesser, word_of(match))
    number = match.game.turn.number
    match.step_until("countdown")
    assert picture(match) == [(100, 100, True)], "the picture stays until the next turn"
    match.step_until("playing")
    turn = match.game.turn
    assert (turn.number, turn.colour, turn.width, turn.points, picture(match)) == (number + 1, 0, 1, 0, [])
    assert [player.knows for player in match.game.players] == [False] * 3
    assert turn.began == match.game.now
    match.game.draw(drawer_of(match), False, 5, 5)
    assert picture(match) == [(5, 5, True)], "a pen that was down before the turn is up"


def test_turns_are_numbered_up_to_65535_and_from_0_again() -> None:
    match = a_turn()
    match.game.turn.number = 65535
    match.game.end_round()
    match.step_until("countdown")
    match.step_until("playing")
    assert match.game.turn.number == 0


def test_a_turn_goes_on_when_one_who_guesses_leaves_and_while_one_does_not_know() -> None:
    match = a_turn(4)
    first, second, third = guessers_of(match)
    match.leave(first.id)
    match.step()
    assert match.game.phase() == "playing"
    match.game.guess(second, word_of(match))
    match.step()
    assert match.game.phase() == "playing"
    match.leave(third.id)
    match.step()
    assert match.game.phase() == "results", "all who are there know the word"


def test_undo_of_the_only_stroke_is_a_clean_sheet_and_of_none_does_nothing() -> None:
    match = a_turn()
    match.game.undo(drawer_of(match))
    assert (picture(match), match.game.turn.points) == ([], 0)
    draw(match, (100, 100), (140, 100))
    match.game.undo(drawer_of(match))
    assert (picture(match), match.game.turn.points) == ([], 0)


def test_who_finds_the_word_is_named_and_neither_it_nor_a_close_one_is_shown() -> None:
    match = a_turn()
    guesser = guessers_of(match)[0]
    match.game.turn.word = WORDS.index("bell") + 1
    match.game.guess(guesser, "bel")
    match.game.guess(guesser, "bell")
    match.step()
    assert [type(event).__name__ for event in match.events] == ["Close", "Found"]
    assert match.world.addressees == [(guesser.id,), None]
    assert not is_close("at", "cat")  # type: ignore[no-untyped-call]
    assert is_close("bel", "bell")  # type: ignore[no-untyped-call]


def test_letters_lie_in_the_order_of_the_word_with_its_spaces_shown() -> None:
    match = a_turn()
    match.game.chance.whole = lambda _low, _high: WORDS.index("tea pot") + 1
    match.game.choose()
    assert [(letter.at, letter.code) for letter in match.game.letters] == [
        (at, 32 if at == 3 else 0) for at in range(7)
    ]
