from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from game_server.client import Purpose, Target
from game_server.errors import ConfigError
from game_server.loadtest.capacity import check_search
from game_server.loadtest.options import LoadTestOptions
from game_server.loadtest.probe import stay
from game_server.loadtest.scenario.scenario import timeline

URL = "http://127.0.0.1:8000"


def order(**options: Any) -> LoadTestOptions:
    return LoadTestOptions(URL, Target.from_url(URL), **options)


@pytest.fixture
def file(tmp_path: Path) -> str:
    """40 clients, for 6 s."""
    path = tmp_path / "own.toml"
    path.write_text('[[phase]]\nkind = "ramp"\nto = 40\nrate = 20\n[[phase]]\nkind = "hold"\nseconds = 4\n')
    return str(path)


@pytest.fixture
def lobby_file(file: str) -> str:
    path = Path(file)
    path.write_text('where = "lobby"\n' + path.read_text())
    return file


def test_a_report_says_to_the_second_when_the_run_was() -> None:
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", order().about_any()["date"])


def test_without_a_word_eight_players_stay_for_half_a_minute() -> None:
    assert order().numbers == {"players": 8, "swarm": 0}
    assert order().line.end == 30


def test_a_file_sets_the_number_of_clients_and_the_swarm_option_their_kind(file: str) -> None:
    assert order(scenario=file).numbers == {"players": 40, "swarm": 0}
    assert order(scenario=file, swarm=40).numbers == {"players": 0, "swarm": 40}
    assert order(scenario=file, swarm=40, count=3).numbers == {"players": 3, "swarm": 40}
    assert order(scenario=file).about().items() >= {"scenario": "own", "players": 40, "swarm": 0}.items()


def test_players_beside_a_swarm_stay_for_as_long_as_its_file_takes(file: str) -> None:
    swarm, players = order(scenario=file, swarm=40, count=3).plans(("",))
    assert (swarm.whole().peak, players.whole().peak) == (40, 3)
    assert swarm.whole().end == players.whole().end == 6


@pytest.mark.parametrize(
    ("options", "saying"),
    [
        ({"swarm": 1}, "--swarm 1 contradicts .*own.toml, which brings 40 clients: say --swarm 40$"),
        ({"count": 1}, "--count 1 contradicts .*own.toml, which brings 40 clients: say --count 40, or leave it out"),
        ({"duration": 99.0}, "--duration 99 contradicts .*own.toml, which takes 6 s"),
        ({"rate": 3.0}, "--rate 3 contradicts .*own.toml, which has its own"),
        ({"processes": 41}, "--processes 41 is more than there are clients"),
        ({"spread": 1, "swarm": 40, "count": 30}, "40 .* 30|30 .* 40"),
    ],
)
def test_what_contradicts_a_file_is_refused(file: str, options: dict[str, Any], saying: str) -> None:
    with pytest.raises(ConfigError, match=saying):
        order(scenario=file, **options).check()


@pytest.mark.parametrize("options", [{"count": 40}, {"duration": 6.0}, {"processes": 2}, {"spread": 2}])
def test_what_agrees_with_a_file_is_not(file: str, options: dict[str, Any]) -> None:
    order(scenario=file, **options).check()


@pytest.mark.parametrize(
    ("options", "saying"),
    [
        ({"watch": True, "swarm": 4}, "--watch is for players, but there is only a --swarm"),
        ({"browse": True, "swarm": 4}, "--browse is for players, but there is only a --swarm"),
        ({"scenario": "ramp", "rate": 3.0}, "leave out --rate"),
        ({"scenario": "lobby", "spread": 3}, "--spread is for clients that play"),
        ({"scenario": "lobby", "watch": True}, "--watch is for matches"),
        ({"scenario": "churn", "swarm": 100_000, "duration": 86_400.0}, "clients would come; at most 1,000,000"),
    ],
)
def test_options_that_could_not_be_obeyed_are_refused(options: dict[str, Any], saying: str) -> None:
    with pytest.raises(ConfigError, match=saying):
        order(**options).check()


def test_beside_a_swarm_that_plays_players_may_watch_or_browse() -> None:
    for options, purpose in (({"watch": True}, Purpose.WATCH), ({"browse": True}, Purpose.BROWSE)):
        asked = order(swarm=4, count=2, **options)
        asked.check()
        assert [plan.purpose for plan in asked.plans(("",))] == [Purpose.PLAY, purpose]


def test_in_the_lobby_both_kinds_stay_there(lobby_file: str) -> None:
    for asked in (order(scenario="lobby", swarm=10, count=4), order(scenario=lobby_file, swarm=40, count=4)):
        swarm, players = asked.plans(("",))
        assert (swarm.scenario.where, players.purpose) == ("lobby", Purpose.BROWSE)


@pytest.mark.parametrize(("swarm", "count", "matches"), [(15, 15, 2), (9, 0, 3), (7, 5, 4), (1, 1, 2)])
def test_every_match_of_a_spread_has_a_seat_for_each_that_goes_there(swarm: int, count: int, matches: int) -> None:
    asked = order(swarm=swarm, count=count, spread=matches)
    going = [0] * matches
    for plan in asked.plans(tuple(map(str, range(matches)))):
        for life in plan.whole().lives:
            going[int(plan.places[life.number % matches])] += 1
    assert max(going) <= asked.seats


@pytest.mark.parametrize(
    ("options", "saying"),
    [
        ({"scenario": "storm"}, "all clients come and stay.*not 'storm'"),
        ({"scenario": "some.toml"}, "all clients come and stay.*not 'some.toml'"),
        ({"swarm": 4, "count": 4}, "one kind of clients"),
        ({"swarm": 50}, "--most 40 is less than the 50 clients"),
        ({"swarm": 4, "processes": 8}, "--processes 8 is more than the 4 clients"),
        ({"scenario": "lobby", "spread": 2}, "--spread is for clients that play"),
        ({"swarm": 4, "browse": True}, "--browse is for players"),
    ],
)
def test_a_search_refuses_what_it_could_not_obey(options: dict[str, Any], saying: str) -> None:
    with pytest.raises(ConfigError, match=saying):
        check_search(order(**options), 40)


def test_a_search_goes_to_the_lobby_and_takes_the_given_rate_however_long_it_takes() -> None:
    asked = order(swarm=10, scenario="lobby", duration=4.0, rate=1.0)
    check_search(asked, 40)
    scenario = stay(asked, 20, 1.0)
    assert timeline(scenario).end == pytest.approx(26.3)
    assert asked.plan(asked.kind, ("",), scenario).purpose is Purpose.BROWSE
