"""The options of a match: what they are when nobody chooses, and what becomes of those that somebody does."""

from __future__ import annotations

from typing import Any

import attrs
import cyclopts
import pytest

from game_server.cli.app import app
from game_server.cli.match_choice import DEFAULT, MatchChoice
from game_server.errors import ConfigError
from game_server.games import GAMES
from game_server.games.arena import Arena
from game_server.protocol import MAPS, MAX_PASSWORD, MAX_SHOWN_MATCH_NAME, MODES, Spectating
from tests.authoring.coins import Coins
from tests.cli.test_options import ARGUMENTS, MATCH


class Small(Coins):
    """For three people at most, with 20 ticks a second."""

    title, seats, tick_rate = "Small", (1, 3), 20


def test_without_a_choice_it_is_the_arena_with_four_bots_on_sixteen_seats() -> None:
    made = DEFAULT.options()
    assert (made.name, made.game, made.max_players, made.bots) == (Arena.called(), Arena, 16, 4)
    assert (made.tick_rate, made.seed, made.bot_skill, made.delay) == (Arena.tick_rate, None, "fair", 0)
    assert (made.rotation, made.spectating, made.recorded) == (0, Spectating.ALLOWED, True)
    assert (made.hashed, made.private, made.password, made.takeover) == (False, False, "", False)


def test_a_smaller_game_has_its_own_seats_and_rate_and_no_more_bots_than_seats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(GAMES, "small", Small)
    made = MatchChoice(game="small").options()
    assert (made.name, made.max_players, made.bots, made.tick_rate) == ("Small", 3, 3, 20)
    chosen = MatchChoice(game="small", max_players=2, bots=0, tick_rate=60, name="Ours").options()
    assert (chosen.name, chosen.max_players, chosen.bots, chosen.tick_rate) == ("Ours", 2, 0, 60)


@pytest.mark.parametrize(
    ("rotation", "expected"), [("none", 0), ("map", MAPS), ("mode", MODES), ("both", MAPS | MODES)]
)
def test_what_changes_from_round_to_round_is_a_word(rotation: Any, expected: int) -> None:
    assert MatchChoice(rotation=rotation).options().rotation == expected


def test_options_of_the_game_are_written_with_a_dash_or_a_line_with_a_value_or_alone() -> None:
    for text in ("friendly-fire", "friendly_fire = yes", "friendly-fire=true"):
        assert MatchChoice(option=(text,)).options().rules.chosen == {"friendly_fire": True}
    with pytest.raises(ConfigError, match="colour"):
        MatchChoice(option=("colour=red",)).options()


def parsed(*words: str) -> MatchChoice:
    _, bound, _ = app.parse_args(["host", *words], exit_on_error=False, print_error=False)
    choice: MatchChoice = bound.arguments["choice"]
    return choice


@pytest.mark.parametrize(("name", "longest"), [("name", MAX_SHOWN_MATCH_NAME), ("password", MAX_PASSWORD)])
def test_a_text_of_a_match_is_as_long_as_it_may_be_shown_without_control_characters(name: str, longest: int) -> None:
    assert getattr(parsed(f"--{name}", "x" * longest), name) == "x" * longest
    for wrong in ("x" * (longest + 1), "a\x00b"):
        with pytest.raises(cyclopts.CycloptsError, match=f"must be 1 to {longest} printable characters"):
            parsed(f"--{name}", wrong)


def test_the_password_is_not_shown() -> None:
    assert "sesame" not in repr(MatchChoice(password="sesame"))


def test_switches_of_a_match_have_no_negative_form_but_that_of_takeover() -> None:
    forms = {name: ARGUMENTS["host", name].negatives for name in MATCH}
    assert {name: negatives for name, negatives in forms.items() if negatives} == {"--takeover": ("--stand-still",)}
    assert parsed("--takeover").takeover
    assert not parsed("--stand-still", "--private").takeover


def test_experts_have_a_list_of_their_own_and_no_default_is_shown_that_is_none() -> None:
    groups: dict[str, Any] = {name: ARGUMENTS["host", name].parameter.group for name in MATCH}
    experts = {name for name, group in groups.items() if group and group[0].name == "For experts"}
    assert experts == {
        "--game", "--seed", "--tick-rate", "--takeover", "--spectators", "--spectator-delay", "--unrecorded",
        "--check-hash",
    }  # fmt: skip
    without = ("--name", "--mode", "--option", "--private", "--password")
    assert not any(ARGUMENTS["host", name].show_default for name in without)


def test_a_choice_is_as_it_is_by_default_in_each_option_that_is_left_out() -> None:
    assert parsed("--private") == attrs.evolve(DEFAULT, private=True)
