"""The table of unit vectors."""

from __future__ import annotations

import math

import numpy as np

from game_server.games.arena.directions import DIRECTION_X, DIRECTION_Y


def test_zero_is_right_and_a_quarter_turn_is_down() -> None:
    assert (DIRECTION_X[[0, 1024, 2048, 3072]] == [1, 0, -1, 0]).all()
    assert (DIRECTION_Y[[0, 1024, 2048, 3072]] == [0, 1, 0, -1]).all()


def test_directions_are_sines_and_cosines_to_the_last_bits() -> None:
    angles = [aim * math.pi / 2048 for aim in range(4096)]
    assert np.abs(DIRECTION_X - np.array([math.cos(angle) for angle in angles])).max() < 1e-15
    assert np.abs(DIRECTION_Y - np.array([math.sin(angle) for angle in angles])).max() < 1e-15


def test_a_quarter_turn_is_exact() -> None:
    assert (np.roll(DIRECTION_X, -1024) == -DIRECTION_Y).all()
    assert (np.roll(DIRECTION_Y, -1024) == DIRECTION_X).all()


def test_nobody_can_change_the_table() -> None:
    assert not DIRECTION_X.flags.writeable
    assert not DIRECTION_Y.flags.writeable
