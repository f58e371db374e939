from __future__ import annotations

import numpy as np

from game_server.loadtest.swarm.input_generator import InputGenerator
from game_server.lobby.match.match_options import IDLE_TO_WATCHING


def test_no_player_of_a_swarm_ever_seems_to_do_nothing() -> None:
    generator = InputGenerator(200, np.random.default_rng(1), firing=False)
    for _ in range(round(IDLE_TO_WATCHING)):
        before = generator.aim.copy()
        generator.step()
        assert (generator.aim != before).all()
