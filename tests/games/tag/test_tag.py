"""The rules of tag: who is it, who gets rid of it, and who wins."""

from __future__ import annotations

from typing import Any

from game_server.games.tag import Tag
from game_server.simulation import Inputs, Newcomer, View, World


def round_of(players: int) -> Any:
    """Begin a round."""
    game: Any = Tag(World(seed=1, max_players=16, tick_rate=30))
    for player in range(players):
        game.join(player, Newcomer())
    while game.phase() != "playing":
        step(game)
    return game


def step(game: Tag, ticks: int = 1, **moves: tuple[float, float]) -> None:
    inputs = Inputs.none(16)
    for player, move in moves.items():
        inputs.give(int(player[1:]), (*Tag.inputs.pack({"move": move}), 0))
    for _ in range(ticks):
        game.world.advance()
        game.step(inputs)


def who_is_it(game: Any) -> Any:
    [it] = game.players.where(it=True)
    return it


def apart(game: Any) -> Any:
    """Put the players where they do not touch, and return who is it, and another."""
    for player in game.players:
        player.place(100 + 200 * player.id, 100)
    it = who_is_it(game)
    return it, next(player for player in game.players if player is not it)


def test_a_round_begins_with_one_player_who_is_it() -> None:
    assert who_is_it(round_of(5)).frozen == 30


def test_who_is_touched_is_it_and_stands_still_for_a_second() -> None:
    game = round_of(2)
    it, other = apart(game)
    step(game, 30)
    other.place(it.x + 20, it.y)
    step(game)
    assert (it.it, other.it, other.frozen) == (False, True, 30)
    assert [event.to_wire() for event in game.world.events] == [[16, it.id, other.id]]
    at = other.x
    step(game, 29, **{f"p{other.id}": (1, 0)})
    assert other.x == at
    step(game, 2, **{f"p{other.id}": (1, 0)})
    assert other.x > at


def test_who_stands_still_tags_nobody() -> None:
    game = round_of(2)
    it, other = apart(game)
    other.place(it.x, it.y)
    step(game, 3)
    assert it.it


def test_nobody_leaves_the_field() -> None:
    game = round_of(2)
    step(game, 300, p0=(-1, -1), p1=(1, 1))
    assert [(player.x, player.y) for player in game.players] == [(16, 16), (1264, 704)]


def test_when_it_leaves_somebody_else_is_it() -> None:
    game = round_of(3)
    it = who_is_it(game)
    game.leave(it.id)
    assert who_is_it(game) is not it


def test_who_was_free_the_longest_wins() -> None:
    game = round_of(2)
    it, other = apart(game)
    step(game, 61 * 30)
    assert game.phase() == "results"
    assert game.winners == (other.id,)
    assert (game.score_of(other.id), game.score_of(it.id)) == (60, 0)


def test_only_the_one_who_is_it_collects_no_seconds() -> None:
    game = round_of(3)
    it, _ = apart(game)
    step(game, 59)
    assert [player.score for player in game.players if player is not it] == [1, 1]
    step(game, 1)
    assert [player.score for player in game.players] == [0 if player is it else 2 for player in game.players]


def test_one_tags_those_who_are_nearer_than_two_radii_and_one_at_a_time() -> None:
    game = round_of(3)
    it, other = apart(game)
    third = next(player for player in game.players if player not in (it, other))
    step(game, 30)
    other.place(it.x + 32.5, it.y)
    step(game)
    assert it.it
    other.place(it.x + 32, it.y)
    third.place(it.x, it.y + 31)
    step(game)
    assert [player.it for player in (it, other, third)] == [False, False, True]


def test_the_one_who_is_it_is_quicker_and_both_slow_down_by_themselves() -> None:
    game = round_of(2)
    it, other = apart(game)
    step(game, 30)
    it.place(100, 300)
    other.place(100, 100)
    step(game, 60, **{f"p{player.id}": (1, 0) for player in (it, other)})
    assert (round(it.vx), round(other.vx)) == (290, 260)
    step(game, 60)
    assert abs(it.vx) < 1


def test_a_newcomer_is_somewhere_on_the_field_and_not_it() -> None:
    game = round_of(2)
    game.join(5, Newcomer())
    player = game.players[5]
    assert 16 <= player.x <= 1264
    assert 16 <= player.y <= 704
    assert (player.it, player.frozen, len(game.players.where(it=True))) == (False, 0, 1)


def test_when_one_who_is_not_it_leaves_nothing_changes() -> None:
    game = round_of(3)
    it, other = apart(game)
    step(game, 40)
    game.leave(other.id)
    assert (who_is_it(game), it.frozen) == (it, 0)
    for player in list(game.players):
        game.leave(player.id)
    assert len(game.players) == 0


def runner(x: float, y: float, it: int = 0) -> dict[str, float]:
    return {"x": x, "y": y, "it": it, "score": 0, "placed": 0}


def wish(*rows: dict[str, float]) -> tuple[float, float]:
    """Where the bot of the first row goes."""
    own = {"vx": 0.0, "vy": 0.0, "frozen": 0, **rows[0]}
    buttons, aim, *_ = Tag.brain({}, 0, 30, "normal", 3).decide(View(0, 1, own, {"player": dict(enumerate(rows))}))
    made = Tag.inputs.read(buttons, aim)
    return made.move_x, made.move_y


def test_a_bot_runs_after_the_nearest_or_away_from_it_and_out_of_corners() -> None:
    middle = (640.0, 360.0)
    assert wish(runner(*middle, 1), runner(840, 360), runner(640, 100)) == (1, 0)
    assert wish(runner(*middle), runner(740, 360, 1)) == (-1, 0)
    assert wish(runner(*middle), runner(740, 360), runner(640, 260, 1)) == (0, 1)
    x, y = wish(runner(1264, 704), runner(1264, 504, 1))
    assert x < 0, "out of the corner"
    assert y > -1
    far = {wish(runner(*middle), runner(640 + away, 360, 1)) for away in (249, 250, 251, 600)}
    assert (-1, 0) in far
    assert len(far) > 1, "one who is far away strolls"
