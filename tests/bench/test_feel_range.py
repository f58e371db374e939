from __future__ import annotations

from itertools import pairwise

import numpy as np

from game_server.games.arena.constants import FIRE, TOP_SPEED
from game_server.simulation import Inputs, Match, Newcomer, World, tick_alone
from tools.bench.feel.range import LANE_Y, STAND, STRAIGHT, TARGET, Pacer, Range


def test_the_target_flies_at_its_top_speed_wherever_the_lane_is_straight() -> None:
    game = Range(World(seed=1, max_players=16, tick_rate=30))
    match = Match(game, on_message=lambda _number, _message: None)
    match.seat(brain_for=lambda _number: Pacer())
    rows, places = game.ships.rows, []
    for _ in range(600):
        tick_alone(match)
        places.append(float(rows.x[TARGET]))
        assert rows.y[TARGET] == LANE_Y
    straight = [
        abs(x1 - x0) for x0, x1 in pairwise(places[60:]) if min(x0, x1) > STRAIGHT[0] and max(x0, x1) < STRAIGHT[1]
    ]
    assert len(straight) > 200
    assert np.allclose(straight, TOP_SPEED / 30, rtol=0.01)


def test_nobody_dies_and_a_new_round_finds_everybody_in_place() -> None:
    world = World(seed=1, max_players=2, tick_rate=30)
    game = Range(world)
    game.join(0, Newcomer())
    game.join(1, Newcomer())
    inputs = Inputs.none(2)
    inputs.give(1, (FIRE, 3072, 0))
    for _ in range(400):
        game.ships.rows.x[TARGET], game.ships.rows.y[TARGET] = STAND[0], STAND[1] - 100
        world.advance()
        game.step(inputs)
    assert game.ships.rows.alive.tolist() == [1, 1]
    assert (game.ships.rows.x[1], game.ships.rows.y[1]) == STAND
