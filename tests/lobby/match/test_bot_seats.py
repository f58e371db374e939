"""The bots of a match: their names, their skills, and how many there are."""

from __future__ import annotations

from typing import Any

import pytest

from game_server.lobby.match.bot_seats import BOT_NAMES, BotSeats
from game_server.lobby.match.fair_bots import FairBrain
from game_server.lobby.match.match_options import MatchOptions
from game_server.lobby.match.roster import Member, Roster
from game_server.lobby.sessions import Session
from game_server.protocol import MAPS, MAX_TICK
from game_server.simulation import Brain, Command, View
from tests.lobby.people import Clock, FakePerson, hosted
from tests.simulation.toy_game import Toy

SETUP = {"size": 100}


class Asked(Toy):
    """A game that notes what brains were asked for."""

    made: list[tuple[Any, ...]] = []  # noqa: RUF012

    @classmethod
    def brain(cls, setup: dict[str, Any], player: int, tick_rate: int, skill: str, seed: int) -> Brain:
        cls.made.append((setup, player, tick_rate, skill, seed))
        return Still()


class Still(Brain):
    """A brain that does nothing."""

    def decide(self, view: View) -> Command:  # noqa: ARG002
        return Command(0, 0)


def seats(skill: str, *, bots: int = 3, seed: int = 5, score: dict[int, int] | None = None) -> tuple[BotSeats, Roster]:
    Asked.made.clear()
    roster = Roster(4, 30.0)
    points = score or {}
    options = MatchOptions("Friday", Asked, tick_rate=20, max_players=4, bots=bots, bot_skill=skill)
    return BotSeats(options, roster, seed, lambda player: points.get(player, 0)), roster


@pytest.mark.parametrize(
    ("skill", "skills"),
    [("mixed", ["easy", "normal", "hard", "easy"]), ("hard", ["hard"] * 4)],
)
def test_bots_have_the_skill_that_was_chosen_or_each_in_turn(skill: str, skills: list[str]) -> None:
    bots, _ = seats(skill)
    for player in range(4):
        bots.brain_for(SETUP)(player)
    assert [made[:4] for made in Asked.made] == [(SETUP, player, 20, skills[player]) for player in range(4)]


def test_bots_of_one_match_differ_and_those_of_a_match_with_the_same_seed_do_not() -> None:
    seeds = []
    for seed in (5, 5, 6):
        bots, _ = seats("easy", seed=seed)
        for player in range(3):
            bots.brain_for(SETUP)(player)
        seeds.append([made[4] for made in Asked.made])
    assert seeds[0] == seeds[1] != seeds[2]
    assert len(set(seeds[0])) == 3


def test_a_fair_bot_goes_by_how_far_it_is_ahead_of_the_weakest_person_who_plays() -> None:
    points = {0: 7, 1: 4, 2: 9, 3: 1}
    bots, roster = seats("fair", score=points)
    made: Any = bots.brain_for(SETUP)(0)
    assert isinstance(made, FairBrain)
    assert Asked.made[0][1:4] == (0, 20, "easy")
    assert made._lead() is None
    roster.add(Member(0, "Argon"))
    assert made._lead() is None, "bots are no people"
    for player in (1, 2, 3):
        roster.add(Member(player, f"P{player}", Session("K7RW2P", player, "0a"), FakePerson("Ada", Clock())))
    assert made._lead() == 7 - 1
    roster.lose(3, 0.0)
    assert made._lead() == 7 - 4


def test_bots_have_names_in_turn_and_begin_again_when_all_are_given() -> None:
    bots, _ = seats("easy")
    assert [bots.next_name() for _ in range(len(BOT_NAMES) + 2)] == [*BOT_NAMES, *BOT_NAMES[:2]]
    assert BOT_NAMES[0] == "Argon"


def test_more_bots_are_wanted_until_there_are_as_many_as_were_chosen() -> None:
    bots, roster = seats("easy", bots=2)
    wants = []
    for player in range(3):
        wants.append(bots.wants_more)
        roster.add(Member(player, f"P{player}"))
    assert wants == [True, True, False]


def test_a_seed_that_is_drawn_can_be_chosen_for_another_match() -> None:
    match = hosted(seed=None, rotation=MAPS)
    seeds = [hosted(seed=None).state.seed for _ in range(40)]
    for _ in range(40):
        match._rotation.new_world()
        seeds.append(match.state.seed)
    assert len(set(seeds)) > 75
    assert max(seeds) <= MAX_TICK, "what --seed takes"
