"""The shares of the processes of a load test."""

from __future__ import annotations

import json
from pathlib import Path

import attrs
import pytest

from game_server.client import Purpose, Target, Trust
from game_server.loadtest.network.shares import Shares
from game_server.loadtest.plan import Plan
from game_server.loadtest.scenario.scenario import built_in

PLAN = Plan("swarm", Target("127.0.0.1", 9, False), ("",), built_in("hold", 7, 30.0, 50.0))


@pytest.mark.parametrize(("parts", "shares"), [(1, [range(7)]), (3, [range(0, 7, 3), range(1, 7, 3), range(2, 7, 3)])])
def test_each_process_has_its_share_of_the_clients_and_no_other_has_it(parts: int, shares: list[range]) -> None:
    own = [[life.number for life in part.own().lives] for part in PLAN.split(parts)]
    assert own == list(map(list, shares))


@pytest.mark.parametrize(
    "plan",
    [
        PLAN,
        *(Plan(
            "players", Target("play.example", 443, True, "K7RW2P", trust, "ticket"), ("A", "B"),
            built_in("lobby", 7, 30.0, 50.0), 9, Shares.parse("bad=20%"), Purpose.WATCH, True, "toy:Toy", 2, 3,
        ) for trust in (Trust(), Trust(Path("ca.pem")), Trust(pin="sha256:" + "ab" * 32))),
    ],
)  # fmt: skip
def test_a_plan_travels_to_its_process_as_json(plan: Plan) -> None:
    assert Plan.from_json(json.loads(json.dumps(plan.to_json()))) == plan


def test_what_a_plan_does_not_say_is_the_usual() -> None:
    usual = (PLAN.seed, PLAN.network, PLAN.purpose, PLAN.reconnect, PLAN.game, PLAN.part, PLAN.parts)
    assert usual == (1, Shares(), Purpose.PLAY, False, "", 0, 1)
    assert [part.name for part in PLAN.split(2)] == ["swarm 1", "swarm 2"]
    assert {attrs.evolve(part, part=0, parts=1) for part in PLAN.split(2)} == {PLAN}
    assert [part.own().end for part in PLAN.split(2)] == [30.0, 30.0]
