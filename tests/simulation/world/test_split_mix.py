"""The random generator of a world."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from game_server.simulation.world.split_mix import SplitMix64

SEEDS = st.integers(-(2**70), 2**70)

KNOWN = {
    0: [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F, 0xF88BB8A8724C81EC, 0x1B39896A51A8749B],
    1234567: [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ],
}
"""The first numbers of `java.util.SplittableRandom` (seed 0) and of the task *Pseudo-random numbers/Splitmix64* of
Rosetta Code (seed 1234567), both of which publish them."""


@pytest.mark.parametrize("seed", KNOWN)
def test_the_stream_is_that_of_other_implementations(seed: int) -> None:
    generator = SplitMix64(seed)
    assert [generator.bits() for _ in range(5)] == KNOWN[seed]


@given(SEEDS, st.integers(0, 200))
def test_many_numbers_at_once_are_those_drawn_one_by_one(seed: int, count: int) -> None:
    at_once, one_by_one = SplitMix64(seed), SplitMix64(seed)
    assert at_once.many(count).tolist() == [one_by_one.random() for _ in range(count)]
    assert at_once.state == one_by_one.state


@given(SEEDS)
def test_a_generator_with_the_state_of_another_goes_on_as_that_one_does(seed: int) -> None:
    first, second = SplitMix64(seed), SplitMix64(0)
    first.random()
    second.state = first.state
    assert second.many(20).tolist() == first.many(20).tolist()


@given(SEEDS, st.integers(1, 1000))
def test_numbers_below_a_limit_are_from_0_up_to_it(seed: int, limit: int) -> None:
    generator = SplitMix64(seed)
    assert all(0 <= generator.below(limit) < limit for _ in range(50))


def test_the_largest_number_is_the_last_below_1(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = SplitMix64(0)
    monkeypatch.setattr(SplitMix64, "bits", lambda _: 2**64 - 1)
    assert generator.random() == 1 - 2**-53
    assert generator.below(7) == 6


@pytest.mark.parametrize("sides", [2, 3, 7])
def test_numbers_below_a_limit_come_equally_often(sides: int) -> None:
    generator = SplitMix64(5)
    drawn = [generator.below(sides) for _ in range(7000)]
    expected = 7000 / sides
    squares = sum((drawn.count(side) - expected) ** 2 / expected for side in range(sides))
    assert squares < 22.5  # chi-squared of 6 degrees of freedom exceeds it once in a thousand
