"""The rules of tag: who is it, who gets rid of it, and who wins."""

from __future__ import annotations

from typing import Any

from game_server.games.tag import Tag
from game_server.simulation import Inputs, Newcomer, World


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
