from __future__ import annotations

import numpy as np
import pytest

from game_server.loadtest.swarm.input_generator import InputGenerator
from game_server.lobby.match.match_options import IDLE_TO_WATCHING


def test_no_player_of_a_swarm_ever_seems_to_do_nothing() -> None:
    generator = InputGenerator(200, np.random.default_rng(1), firing=False)
    for _ in range(round(IDLE_TO_WATCHING)):
        before = generator.aim.copy()
        generator.step()
        assert (generator.aim != before).all()


def test_players_walk_in_eight_directions_for_a_second_each_and_turn_all_the_time() -> None:
    generator = InputGenerator(1000, np.random.default_rng(1), firing=True)
    assert set(generator.buttons.tolist()) == {16 | way for way in (1, 1 | 8, 8, 2 | 8, 2, 2 | 4, 4, 1 | 4)}
    assert int(generator.aim.max()) // 32 == 127
    turned, spun = np.zeros(1000), np.zeros(1000)
    for _ in range(300):
        buttons, aim = generator.buttons.copy(), generator.aim.astype(int)
        generator.step()
        turned += buttons != generator.buttons
        spun = (generator.aim.astype(int) - aim + 2048) % 4096 - 2048
        assert 16 <= abs(spun).min() <= abs(spun).max() <= 63
    assert turned.mean() == pytest.approx(300 / 30 * 7 / 8, rel=0.1)
    assert 0 < (spun > 0).mean() < 1
    assert {int(button) & 16 for button in generator.buttons} == {16}
    assert not any(InputGenerator(99, np.random.default_rng(1), firing=False).buttons & 16)
