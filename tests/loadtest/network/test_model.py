from __future__ import annotations

import math
import random
from itertools import pairwise

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from game_server.errors import ConfigError
from game_server.loadtest.network.model import PRESETS, DelayLine, Impairments, Network

networks = st.builds(
    Network,
    round_trip=st.floats(0.1, 1),
    jitter=st.floats(0, 0.1),
    stall=st.floats(0, 1),
    stall_every=st.floats(2, 10) | st.just(math.inf),
    bytes_per_second=st.floats(1_000, 1e6) | st.just(math.inf),
)
departures = st.lists(st.tuples(st.floats(0, 0.5), st.integers(0, 4096)), max_size=100)


def line(network: Network, seed: int = 1, name: str = "up") -> DelayLine:
    return DelayLine(Impairments(network, seed, 0.0), f"{name} {seed}")


def arrivals(line: DelayLine, sent: list[tuple[float, int]]) -> list[float]:
    now, arrived = 0.0, []
    for wait, size in sent:
        now += wait
        arrived.append(line.arrival(now, size))
    return arrived


def test_half_of_the_round_trip_is_spent_each_way() -> None:
    assert line(Network(0.1)).arrival(5.0, 100) == pytest.approx(5.05)


def test_jitter_spreads_the_round_trip_by_so_much_to_either_side() -> None:
    network = Network(0.1, 0.04)
    up, down = line(network), line(network, name="down")
    trips = [up.arrival(float(n), 10) + down.arrival(float(n), 10) - 2 * n for n in range(2_000)]
    assert min(trips) == pytest.approx(0.06, abs=0.003)
    assert max(trips) == pytest.approx(0.14, abs=0.003)
    assert sum(trips) / len(trips) == pytest.approx(0.1, abs=0.001)


@given(networks, st.integers(0, 99), departures)
def test_nothing_overtakes_and_nothing_is_early(network: Network, seed: int, sent: list[tuple[float, int]]) -> None:
    arrived = arrivals(line(network, seed), sent)
    assert all(earlier <= later for earlier, later in pairwise(arrived))
    now = 0.0
    for (wait, _), there in zip(sent, arrived, strict=True):
        now += wait
        assert there >= now + (network.round_trip - network.jitter) / 2


@given(networks, st.integers(0, 99), departures)
def test_the_same_seed_has_the_same_arrivals(network: Network, seed: int, sent: list[tuple[float, int]]) -> None:
    assert arrivals(line(network, seed), sent) == arrivals(line(network, seed), sent)


def test_in_a_stall_nothing_arrives_and_then_all_of_it_at_once() -> None:
    network = Network(0.1, stall=0.4, stall_every=5.0)
    arrived = arrivals(line(network), [(0.01, 10)] * 6_000)
    held = [(a, b) for a, b in pairwise(arrived) if b - a > 0.02]
    assert all(gap == pytest.approx(0.4, abs=0.011) for gap in (b - a for a, b in held))
    assert 8 <= len(held) <= 20
    for _, over in held:
        assert arrived.count(over) == pytest.approx(40, abs=2)


def test_both_directions_stall_together() -> None:
    network = Network(0.0, stall=0.5, stall_every=5.0)
    weather = Impairments(network, 3, 0.0)
    lines = [DelayLine(weather, name) for name in ("up", "down")]
    times = [[line.arrival(n / 100, 10) for line in lines] for n in range(4_000)]
    assert all(up == down for up, down in times)
    assert any(up != n / 100 for n, (up, _) in enumerate(times))


def test_the_presets_stall_as_often_as_they_say() -> None:
    for name, a_minute in (("lan", 0), ("home", 0), ("mobile", 2), ("bad", 12), ("satellite", 0)):
        weather = Impairments(PRESETS[name], 1, 0.0)
        minutes = 100
        stalls = {weather.clears(n / 20) for n in range(minutes * 60 * 20)} - {n / 20 for n in range(minutes * 60 * 20)}
        assert len(stalls) / minutes == pytest.approx(a_minute, rel=0.1), name


def test_the_network_may_change_on_the_way_and_a_stall_may_be_called_for() -> None:
    weather = Impairments(Network(0.1), 1, 0.0)
    line = DelayLine(weather, "up")
    assert line.arrival(1.0, 1) == pytest.approx(1.05)
    weather.network = Network(0.3)
    assert line.arrival(2.0, 1) == pytest.approx(2.15)
    weather.stall(3.0, 4.0)
    assert [line.arrival(time, 1) for time in (2.8, 2.9, 3.8, 3.9)] == pytest.approx([2.95, 4.0, 4.0, 4.05])


def test_a_narrow_line_passes_its_number_of_bytes_a_second() -> None:
    narrow = line(Network(0.1, bytes_per_second=1_000))
    assert [narrow.arrival(0.0, 100) for _ in range(3)] == pytest.approx([0.15, 0.25, 0.35])
    assert narrow.arrival(10.0, 100) == pytest.approx(10.15)


def test_a_connection_is_cut_after_half_to_one_and_a_half_of_the_time() -> None:
    network = Network(cut_after=10.0)
    cuts = [Impairments(network, seed, 100.0).cut_at - 100.0 for seed in range(300)]
    assert 5 <= min(cuts) < 5.5
    assert 14.5 < max(cuts) <= 15
    assert Impairments(Network(), 1, 0.0).cut_at == math.inf


def test_what_is_remembered_of_stalls_is_bounded() -> None:
    weather = Impairments(Network(stall=0.01, stall_every=0.1), 1, 0.0)
    chance = random.Random(1)
    for n in range(10_000):
        weather.clears(n + chance.random())
    assert len(weather._stalls) <= 8


@pytest.mark.parametrize(
    "figures",
    [
        {"round_trip": 0.0},
        {"round_trip": 0.1, "jitter": 0.1},
        {"stall": 2.0, "stall_every": 4.0},
        {"bytes_per_second": 0.5},
        {"cut_after": 0.0},
    ],
)
def test_a_network_may_be_as_bad_as_that(figures: dict[str, float]) -> None:
    assert attrs.asdict(Network(**figures)).items() >= figures.items()


def test_a_network_of_which_nothing_is_said_does_nothing() -> None:
    assert Network() == Network(0, 0, 0, math.inf, math.inf, math.inf)


def test_the_presets_are_what_their_names_say_in_milliseconds() -> None:
    told = {
        name: [round(1000 * figure) for figure in (one.round_trip, one.jitter, one.stall)]
        for name, one in PRESETS.items()
    }
    assert told == {
        "lan": [1, 0, 0],
        "home": [30, 3, 0],
        "mobile": [90, 25, 250],
        "bad": [150, 40, 400],
        "satellite": [600, 20, 0],
    }


def test_bytes_that_would_arrive_as_a_stall_begins_wait_and_those_at_its_end_do_not() -> None:
    weather = Impairments(Network(), 1, 0.0)
    weather.stall(3.0, 4.0)
    weather.stall(3.5, 5.0)
    assert [weather.clears(time) for time in (2.9, 3.0, 3.4, 3.5, 5.0)] == [2.9, 4.0, 4.0, 5.0, 5.0]


def test_eight_stalls_are_remembered() -> None:
    weather = Impairments(Network(), 1, 0.0)
    for begins in range(9):
        weather.stall(begins, begins + 0.5)
    assert [weather.clears(begins + 0.25) for begins in range(9)] == [0.25, *(begins + 0.5 for begins in range(1, 9))]


@pytest.mark.parametrize(
    "figures",
    [{"round_trip": -1}, {"bytes_per_second": 0}, {"round_trip": 0.1, "jitter": 0.2}, {"stall": 3, "stall_every": 4}],
)
def test_a_network_that_cannot_be_is_refused(figures: dict[str, float]) -> None:
    with pytest.raises(ConfigError):
        Network(**figures)
