"""Where each thing that somebody wishes of a new match arrives."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from game_server.games.arena import Arena
from game_server.lobby.lobby_options import LobbyOptions
from game_server.lobby.match.match_options import MatchOptions
from game_server.protocol import Create, Spectating
from game_server.simulation import Rules
from tests.live_server import wish
from tests.simulation.toy_game import Toy

ARRIVES: dict[str, tuple[Any, str, Any]] = {
    "name": ("Friday", "name", "Friday"),
    "game": ("arena", "game", Arena),
    "mode": ("teams", "rules", Rules("teams")),
    "max_players": (7, "max_players", 7),
    "bots": (2, "bots", 2),
    "rounds": (3, "rounds", 3),
    "private": (1, "private", True),
    "password": ("sesame", "password", "sesame"),
    "options": ({"friendly_fire": 1}, "rules", Rules(chosen={"friendly_fire": 1})),
    "takeover": (1, "takeover", True),
    "spectating": (Spectating.SILENT, "spectating", Spectating.SILENT),
    "delay": (5, "delay", 5),
    "rotation": (1, "rotation", 1),
    "recorded": (0, "recorded", False),
}
OPTIONS = LobbyOptions(MatchOptions("Default", Toy, seed=5, tick_rate=20), {"toy": Toy, "arena": Arena})


def chosen(**wished: Any) -> MatchOptions:
    game = "arena" if "mode" in wished or "options" in wished or "rotation" in wished else "toy"
    return OPTIONS.choose(attrs.evolve(wish(game=game), **wished), "Ada", lambda text: text)


def test_every_wish_has_a_line_here() -> None:
    assert {field.name for field in attrs.fields(Create)} == set(ARRIVES)


@pytest.mark.parametrize("name", ARRIVES)
def test_a_wish_arrives_at_the_match(name: str) -> None:
    wished, option, expected = ARRIVES[name]
    assert getattr(chosen(**{name: wished}), option) == expected
    assert getattr(chosen(), option) != expected


def test_what_nobody_can_wish_is_as_in_every_match_but_for_the_seed() -> None:
    assert (chosen().tick_rate, chosen().seed) == (20, None)
    assert chosen(name=" ").name == "Ada's match"


def test_nobody_can_have_recorded_what_the_host_does_not_record() -> None:
    unrecorded = attrs.evolve(OPTIONS, default=attrs.evolve(OPTIONS.default, recorded=False))
    assert not unrecorded.choose(wish(recorded=1), "Ada", lambda text: text).recorded


def test_a_game_of_one_map_and_mode_goes_on_in_its_world_whatever_is_wished() -> None:
    assert OPTIONS.choose(wish(game="toy", rotation=3), "Ada", lambda text: text).rotation == 0
    assert OPTIONS.choose(wish(game="arena", rotation=3), "Ada", lambda text: text).rotation == 3


def test_a_match_of_a_game_without_rounds_has_no_end_whatever_is_wished() -> None:
    class Endless(Toy):
        has_rounds = False

    options = attrs.evolve(OPTIONS, games={"toy": Endless})
    assert options.choose(wish(game="toy", rounds=3), "Ada", lambda text: text).rounds == 0


def test_a_match_of_another_game_than_the_default_one_ticks_as_that_game_does() -> None:
    assert chosen(mode="teams").tick_rate == Arena.tick_rate != 20
