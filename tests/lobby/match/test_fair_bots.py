from __future__ import annotations

import pytest

from game_server.games.arena import Arena
from game_server.games.arena.bots.brain import ArenaBrain
from game_server.games.arena.bots.skills import SKILLS, Skill
from game_server.lobby.match.fair_bots import LEVELS, FairBrain, level_of
from game_server.simulation import Brain, Command, Match, View, World, tick_alone

TICK_RATE = 20
SECONDS = 100
BOTS = 4

BEGINNER = Skill(
    reaction=0.6, turn=0.3, aim_error=260, lead=0.2, trigger=180, burst=0.3, dodge=0.0, dashes=False, caution=0
)


class Named:
    """A brain whose buttons show which one it is."""

    def __init__(self, skill: str) -> None:
        self._number = LEVELS.index(skill)

    def decide(self, view: View) -> Command:  # noqa: ARG002
        return Command(self._number, 0)


@pytest.mark.parametrize(
    ("lead", "skill"),
    [
        (9, "gentle"),
        (2, "gentle"),
        (1, "easy"),
        (0, "easy"),
        (-2, "easy"),
        (-3, "normal"),
        (-6, "normal"),
        (-7, "hard"),
    ],
)
def test_a_bot_is_the_weaker_the_further_it_is_ahead_of_the_weakest_person(lead: int, skill: str) -> None:
    assert LEVELS[level_of(lead)] == skill


def test_a_bot_goes_by_the_score_and_without_people_by_what_it_was() -> None:
    leads: list[int | None] = [-9]
    brain = FairBrain(Named, lambda: leads[0], TICK_RATE)

    def played(tick: int) -> str:
        return LEVELS[brain.decide(View(0, tick, {}, {})).buttons]

    assert played(1) == "easy"
    assert played(40) == "hard"
    leads[0] = 5
    assert played(41) == "hard"
    assert played(80) == "gentle"
    leads[0] = None
    assert played(120) == "gentle"


@pytest.mark.parametrize("turn", [0, 1])
def test_a_bot_that_thinks_in_every_second_tick_goes_by_the_score_too(turn: int) -> None:
    brain = FairBrain(Named, lambda: -9, TICK_RATE)
    thoughts = [brain.decide(View(0, tick, {}, {})).buttons for tick in range(turn, 4 * TICK_RATE, 2)]
    assert LEVELS[thoughts[0]] == "easy"
    assert LEVELS[thoughts[-1]] == "hard"


def test_a_bot_that_comes_back_to_a_skill_remembers_nothing_of_the_time_before() -> None:
    leads, made = [0], list[str]()

    def brain_of(skill: str) -> Brain:
        made.append(skill)
        return Named(skill)

    brain = FairBrain(brain_of, lambda: leads[0], TICK_RATE)
    for tick, lead in ((40, 5), (80, 5), (120, 0), (160, 0)):
        leads[0] = lead
        brain.decide(View(0, tick, {}, {}))
    assert made == ["easy", "gentle", "easy"]


def kills_of(skill: str, monkeypatch: pytest.MonkeyPatch) -> tuple[int, int]:
    """Of a beginner among bots of ``skill``, and of the best of those."""
    monkeypatch.setitem(SKILLS, "beginner", BEGINNER)
    game = Arena(World(seed=7, max_players=BOTS + 1, tick_rate=TICK_RATE))
    match = Match(game, on_message=lambda *_: None)
    setup = game.setup()

    def bot(player: int) -> Brain:
        def brain_of(name: str) -> Brain:
            return ArenaBrain(setup, player, TICK_RATE, name, player)

        if skill == "fair":
            return FairBrain(brain_of, lambda: game.score_of(player) - game.score_of(0), TICK_RATE)
        return brain_of(("easy", "normal", "hard")[player % 3])

    match.seat(brain_for=lambda player: ArenaBrain(setup, player, TICK_RATE, "beginner", 1))
    for _ in range(BOTS):
        match.seat(brain_for=bot)

    for _ in range(SECONDS * TICK_RATE):
        tick_alone(match)
        if max(game.score_of(player) for player in range(BOTS + 1)) >= 18:
            break
    best = max(game.score_of(player) for player in range(1, BOTS + 1))
    return game.score_of(0), best


def test_a_beginner_holds_their_own_among_fair_bots(monkeypatch: pytest.MonkeyPatch) -> None:
    beaten, winner = kills_of("mixed", monkeypatch)
    own, best = kills_of("fair", monkeypatch)
    assert winner >= 4 * max(1, beaten)
    assert best <= own + 4
