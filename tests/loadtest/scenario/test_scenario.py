from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from game_server.errors import ConfigError
from game_server.loadtest.scenario.scenario import BUILT_IN, Phase, Scenario, Timeline, built_in, count_lives, timeline

PHASES = st.one_of(
    st.builds(Phase, st.just("ramp"), to=st.integers(0, 40), rate=st.floats(0.5, 50)),
    st.builds(Phase, st.just("hold"), st.floats(0, 20)),
    st.builds(Phase, st.just("churn"), st.floats(0, 5), rate=st.floats(0.5, 10)),
    st.builds(Phase, st.just("storm"), st.floats(0, 5), share=st.floats(0, 1)),
    st.builds(Phase, st.just("spike"), st.floats(0, 5), to=st.integers(0, 40)),
)


def run(*phases: Phase) -> Timeline:
    return timeline(Scenario("test", phases))


@given(st.lists(PHASES, max_size=6))
def test_every_client_comes_before_it_goes_is_cut_in_between_and_is_gone_at_the_end(phases: list[Phase]) -> None:
    lives = run(*phases)
    for life in lives.lives:
        assert 0 <= life.comes <= life.goes <= lives.end + 1e-9
        assert all(life.comes <= cut <= life.goes for cut in life.cuts)
    assert [life.number for life in lives.lives] == list(range(len(lives.lives)))
    assert lives.connected(lives.end + 1) == 0


@given(st.lists(PHASES, max_size=6))
def test_never_more_are_connected_than_the_peak(phases: list[Phase]) -> None:
    lives = run(*phases)
    moments = {time for life in lives.lives for time in (life.comes, life.goes)}
    assert lives.peak >= max(map(lives.connected, moments), default=0)


def test_a_ramp_goes_up_and_down_at_its_rate() -> None:
    lives = run(Phase("ramp", to=10, rate=5), Phase("hold", 3), Phase("ramp", to=4, rate=2))
    assert [lives.connected(time) for time in (0, 1, 1.9, 4, 5.25, 7.9)] == [1, 6, 10, 10, 9, 4]
    assert lives.end == 8


def test_in_a_churn_the_oldest_leaves_and_another_comes() -> None:
    lives = run(Phase("ramp", to=4, rate=4), Phase("churn", 3, rate=1))
    assert len(lives.lives) == 7
    assert [life.goes for life in lives.lives[:3]] == [1, 2, 3]
    assert {lives.connected(time) for time in (1, 1.5, 2.5, 3.5)} == {4}


def test_a_storm_cuts_a_share_of_all_at_one_moment() -> None:
    lives = run(Phase("ramp", to=8, rate=8), Phase("storm", 5, share=0.5))
    assert [life.cuts for life in lives.lives] == [[1.0]] * 4 + [[]] * 4


def test_a_spike_comes_and_goes_at_once() -> None:
    lives = run(Phase("ramp", to=5, rate=5), Phase("spike", 2, to=20), Phase("hold", 1))
    assert [lives.connected(time) for time in (0.9, 1, 2.9, 3.1)] == [5, 20, 20, 5]


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_scenario_without_a_file_takes_its_time_and_brings_its_clients(name: str) -> None:
    scenario = built_in(name, 40, 20.0, 20.0)
    lives = timeline(scenario)
    assert lives.end == pytest.approx(20)
    assert lives.peak == 40
    assert scenario.where == ("lobby" if name == "lobby" else "match")


def test_few_clients_are_enough_for_every_scenario() -> None:
    assert [built_in("spike", 3, 20.0, 20.0).phases[0].to, built_in("spike", 8, 20.0, 20.0).phases[0].to] == [1, 2]
    assert [built_in("churn", clients, 20.0, 20.0).phases[1].rate for clients in (3, 30)] == [1, 3]


def test_clients_who_could_not_all_come_in_the_time_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"1000 clients at 50 a second take 20 s .* lasts 10 s"):
        built_in("hold", 1000, 10.0, 50.0)
    with pytest.raises(ConfigError, match=r"take 2 s to come, but the run lasts 2 s"):
        built_in("hold", 100, 2.0, 50.0)


def test_more_lives_than_memory_holds_are_refused_before_they_are_made() -> None:
    with pytest.raises(ConfigError, match="'test': 8,640,100,000 clients would come; at most 1,000,000 may"):
        run(Phase("ramp", to=100_000, rate=1000), Phase("churn", 86_400, rate=100_000))


def test_exactly_as_many_lives_as_memory_holds_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("game_server.loadtest.scenario.scenario.MOST_LIVES", 9)
    assert len(run(Phase("ramp", to=4, rate=1), Phase("churn", 5, rate=1)).lives) == 9
    with pytest.raises(ConfigError, match="10 clients would come"):
        run(Phase("ramp", to=4, rate=1), Phase("churn", 6, rate=1))


@pytest.mark.parametrize(
    ("name", "phases"),
    [
        ("hold", [Phase("ramp", to=40, rate=20), Phase("hold", 18)]),
        ("lobby", [Phase("ramp", to=40, rate=20), Phase("hold", 18)]),
        ("ramp", [Phase("ramp", to=40, rate=2.5), Phase("hold", 4)]),
        ("churn", [Phase("ramp", to=40, rate=20), Phase("churn", 18, rate=4)]),
        ("storm", [Phase("ramp", to=40, rate=20), Phase("hold", 9), Phase("storm", 9, share=1)]),
        (
            "spike",
            [Phase("ramp", to=10, rate=20), Phase("hold", 6.5), Phase("spike", 6.5, to=40), Phase("hold", 6.5)],
        ),
    ],
)
def test_a_scenario_without_a_file_is_what_the_table_in_the_document_says(name: str, phases: list[Phase]) -> None:
    assert built_in(name, 40, 20.0, 20.0).phases == tuple(phases)


def test_a_phase_says_nothing_of_what_it_does_not_use_and_a_storm_is_for_everybody() -> None:
    assert Phase("hold") == Phase("hold", seconds=0, to=0, rate=0, share=1)


def test_a_client_is_in_from_when_it_comes_until_just_before_it_goes() -> None:
    lives = run(Phase("ramp", to=1, rate=1), Phase("hold", 2), Phase("ramp", to=0, rate=1))
    assert [lives.connected(time) for time in (-0.1, 0, 2.9, 3)] == [0, 1, 1, 0]
    assert lives.end == 4
    assert Timeline((), 0.0).peak == 0


def test_a_client_that_comes_as_another_goes_is_not_one_more() -> None:
    assert run(Phase("ramp", to=4, rate=4), Phase("churn", 3, rate=1)).peak == 4


@given(st.lists(PHASES, max_size=6))
def test_as_many_lives_are_counted_beforehand_as_are_made(phases: list[Phase]) -> None:
    assert count_lives(tuple(phases)) == len(run(*phases).lives)
