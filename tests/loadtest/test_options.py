from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from game_server.client import Purpose, Target
from game_server.errors import ConfigError
from game_server.loadtest.capacity import check_search
from game_server.loadtest.network.shares import Shares
from game_server.loadtest.options import LoadTestOptions
from game_server.loadtest.probe import stay
from game_server.loadtest.scenario.scenario import Phase, timeline

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
        ({"duration": 6.06}, "--duration 6.06 contradicts .*own.toml, which takes 6 s"),
        ({"duration": 99.0}, "--duration 99 contradicts .*own.toml, which takes 6 s"),
        ({"rate": 3.0}, "--rate 3 contradicts .*own.toml, which has its own"),
        ({"processes": 41}, "--processes 41 is more than there are clients"),
        ({"spread": 1, "swarm": 40, "count": 30}, "40 .* 30|30 .* 40"),
    ],
)
def test_what_contradicts_a_file_is_refused(file: str, options: dict[str, Any], saying: str) -> None:
    with pytest.raises(ConfigError, match=saying):
        order(scenario=file, **options).check()


@pytest.mark.parametrize(
    "options",
    [{"count": 40}, {"duration": 6.0}, {"duration": 5.96}, {"processes": 2}, {"processes": 40}, {"spread": 2}],
)
def test_what_agrees_with_a_file_is_not(file: str, options: dict[str, Any]) -> None:
    order(scenario=file, **options).check()


@pytest.mark.parametrize(
    ("options", "saying"),
    [
        ({"watch": True, "swarm": 4}, "--watch is for players, but there is only a --swarm"),
        ({"browse": True, "swarm": 4}, "--browse is for players, but there is only a --swarm"),
        ({"scenario": "ramp", "rate": 3.0}, "leave out --rate"),
        ({"count": 0}, "--count 0 without --swarm sends no clients"),
        ({"watch": True, "browse": True}, "--watch and --browse exclude one another"),
        ({"watch": True, "spread": 2}, "--spread is for clients that play"),
        ({"browse": True, "spread": 2}, "--spread is for clients that play"),
        ({"scenario": "nosuch"}, "no scenario 'nosuch': there are hold, ramp, churn, storm, spike, lobby"),
        ({"scenario": "nosuch.toml"}, "cannot read nosuch.toml"),
        ({"spread": 1, "count": 65}, "65 clients need 65 seats in a match; a new one has 64"),
        ({"scenario": "lobby", "spread": 3}, "--spread is for clients that play"),
        ({"scenario": "lobby", "watch": True}, "--watch is for matches"),
        ({"scenario": "churn", "swarm": 100_000, "duration": 86_400.0}, "clients would come; at most 1,000,000"),
    ],
)
def test_options_that_could_not_be_obeyed_are_refused(options: dict[str, Any], saying: str) -> None:
    with pytest.raises(ConfigError, match=saying):
        order(**options).check()


@pytest.mark.parametrize(
    ("url", "options", "saying"),
    [
        ("https://play.example", {"swarm": 4}, "the swarm does not speak TLS"),
        (f"{URL}?match=K7RW2P", {"spread": 2}, "--spread and .match= exclude one another"),
    ],
)
def test_options_that_do_not_fit_the_link_are_refused(url: str, options: dict[str, Any], saying: str) -> None:
    with pytest.raises(ConfigError, match=saying):
        LoadTestOptions(url, Target.from_url(url), **options).check()
    LoadTestOptions(url, Target.from_url(url)).check()


@pytest.mark.parametrize(
    "options",
    [
        {"count": 0, "swarm": 4},
        {"scenario": "ramp"},
        {"scenario": "lobby", "browse": True},
        {"spread": 1, "count": 64},
        {"processes": 8},
        {"scenario": "hold", "rate": 3.0},
    ],
)
def test_options_that_fit_together_are_not(options: dict[str, Any]) -> None:
    order(**options).check()


@pytest.mark.parametrize(
    ("options", "rate", "seconds"),
    [
        ({"count": 8}, 50, 30),
        ({"count": 375}, 50, 30),
        ({"count": 750}, 100, 30),
        ({"count": 100, "duration": 4.0}, 100, 4),
        ({"swarm": 750, "count": 3}, 100, 30),
        ({"count": 750, "rate": 30.0}, 30, 30),
    ],
)
def test_clients_come_at_50_a_second_or_within_a_quarter_of_the_time(
    options: dict[str, Any], rate: float, seconds: float
) -> None:
    come, stay = order(**options).main.phases
    assert (come.rate, come.to / come.rate + stay.seconds) == (rate, seconds)


@pytest.mark.parametrize(("count", "rate"), [(3, 50.0), (300, 200.0)])
def test_players_beside_a_swarm_come_within_a_quarter_of_its_time_too(file: str, count: int, rate: float) -> None:
    _, players = order(scenario=file, swarm=40, count=count).plans(("",))
    assert players.scenario.phases == (Phase("ramp", to=count, rate=rate), Phase("hold", 6.0 - count / rate))


def test_a_plan_has_all_that_the_options_say() -> None:
    asked = order(count=3, seed=7, network=Shares.parse("bad"), reconnect=True, game="toy:Toy")
    [plan] = asked.plans(("A", "B"))
    said = (plan.kind, plan.target, plan.places, plan.seed, str(plan.network), plan.reconnect, plan.game, plan.parts)
    assert said == ("players", asked.target, ("A", "B"), 7, "bad=100%", True, "toy:Toy", 1)


def test_a_report_says_what_was_asked_for() -> None:
    about = order(count=3, seed=7, network=Shares.parse("bad"), processes=2, spread=3).about()
    assert about.items() >= {
        "target": URL, "processes": 2, "spread": 3, "network": "bad=100%", "seed": 7, "players": 3, "swarm": 0,
        "scenario": "hold",
    }.items()  # fmt: skip


def test_what_nobody_has_asked_for_is_not_done() -> None:
    asked = order()
    assert (asked.processes, asked.seed, asked.swarm, asked.spread) == (1, 1, 0, 0)
    assert not any((asked.reconnect, asked.watch, asked.browse, asked.opens))


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


@pytest.mark.parametrize("options", [{"swarm": 40}, {"swarm": 4, "processes": 4}, {"count": 40, "spread": 1}])
def test_a_search_may_begin_where_it_ends_and_with_a_client_for_each_process(options: dict[str, Any]) -> None:
    check_search(order(**options), 40)


def test_a_search_refuses_matches_that_are_too_small() -> None:
    with pytest.raises(ConfigError, match="a new one has 64"):
        check_search(order(count=65, spread=1), 100)


def test_a_search_goes_to_the_lobby_and_takes_the_given_rate_however_long_it_takes() -> None:
    asked = order(swarm=10, scenario="lobby", duration=4.0, rate=1.0)
    check_search(asked, 40)
    scenario = stay(asked, 20, 1.0)
    assert timeline(scenario).end == pytest.approx(26.3)
    assert asked.plan(asked.kind, ("",), scenario).purpose is Purpose.BROWSE
