"""The shares of the processes of a load test."""

from __future__ import annotations

import pytest

from game_server.client import Target
from game_server.loadtest.plan import Plan
from game_server.loadtest.scenario.scenario import built_in

PLAN = Plan("swarm", Target("127.0.0.1", 9, False), ("",), built_in("hold", 7, 30.0, 50.0))


@pytest.mark.parametrize(("parts", "shares"), [(1, [range(7)]), (3, [range(0, 7, 3), range(1, 7, 3), range(2, 7, 3)])])
def test_each_process_has_its_share_of_the_clients_and_no_other_has_it(parts: int, shares: list[range]) -> None:
    own = [[life.number for life in part.own().lives] for part in PLAN.split(parts)]
    assert own == list(map(list, shares))
