"""Ten thousand courses of a cluster in which everything goes wrong that can."""

from __future__ import annotations

import pytest

from game_server.cluster import ownership
from tests.cluster.simulation import World


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer looks at the directory make a course cheaper."""
    monkeypatch.setattr(ownership, "LOOK_EVERY", 0.2)
    monkeypatch.setattr(ownership, "RETRY_EVERY", 0.5)


@pytest.mark.parametrize("forgets", [False, True])
@pytest.mark.parametrize("block", range(10))
def test_no_match_has_two_owners_or_none_and_no_seat_is_given_twice(block: int, forgets: bool) -> None:
    for seed in range(block * 500, (block + 1) * 500):
        try:
            World(seed, forgets=forgets).simulate()
        except AssertionError as error:
            raise AssertionError(f"seed {seed}: {error}") from error
