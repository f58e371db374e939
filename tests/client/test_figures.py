from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from game_server.client import figures
from game_server.client.figures import SnapshotArrivals

INTERPOLATION_DELAY = Path(__file__).parents[2] / "web_client" / "src" / "play" / "interpolation_delay.js"
RATE = 30


def delay(late: list[float]) -> float:
    """In ticks, of snapshots that arrive this many seconds late."""
    arrivals, clear = SnapshotArrivals(RATE), 0.0
    for tick, by in enumerate(late):
        clear = max(clear, tick / RATE + by)
        arrivals.add(tick, clear)
    return arrivals.delay() * RATE


def test_on_a_good_link_the_delay_is_two_intervals() -> None:
    assert delay([0.02] * 90) == pytest.approx(2)


def test_jitter_adds_what_nine_snapshots_of_ten_stay_under() -> None:
    chance = random.Random(1)
    jitter = [chance.random() * 0.1 for _ in range(90)]
    assert delay(jitter) == pytest.approx(1 + 0.9 * 3 + 0.75, abs=0.5)


def test_a_single_stall_changes_nothing_and_the_delay_is_bounded() -> None:
    assert delay([0.0] * 60 + [0.2] + [0.0] * 29) == pytest.approx(2)
    chance = random.Random(2)
    assert delay([chance.random() for _ in range(90)]) <= figures.MOST_DELAY


def test_what_is_long_past_is_forgotten() -> None:
    chance = random.Random(3)
    bad = [chance.random() * 0.2 for _ in range(300)]
    assert delay(bad) > 3
    assert delay([*bad, *[0.2] * 100]) == pytest.approx(2)


def delay_in_ticks(*leads: tuple[float, float]) -> float:
    """Of snapshots at one tick a second, that arrive at a time, ahead of the clock by some ticks."""
    arrivals = SnapshotArrivals(1)
    for now, lead in leads:
        arrivals.add(int(now + lead), now)
    return arrivals.delay()


def test_the_delay_is_an_interval_and_a_margin_more_than_nine_of_ten_are_late() -> None:
    assert delay_in_ticks(*((float(at), 0.0 - at) for at in range(6))) == 1 + 4 + 0.75
    assert delay_in_ticks(*((float(at), 0.0 - min(at, 3)) for at in range(6))) == 1 + 3 + 0.75


def test_what_is_later_than_the_longest_delay_does_not_count() -> None:
    assert delay_in_ticks((0.0, 0.0), *[(0.0, -8.0)] * 9) == 8
    assert delay_in_ticks((0.0, 0.0), *[(0.0, -9.0)] * 9) == 2


def test_three_seconds_count_and_thirty_snapshots_at_least() -> None:
    early = (0.0, 4.0)
    assert delay_in_ticks(early, *[(3.0, 0.0)] * 40) == 1 + 4 + 0.75
    assert delay_in_ticks(early, *[(4.0, 0.0)] * 29) == 1 + 4 + 0.75
    assert delay_in_ticks(early, *[(4.0, 0.0)] * 30) == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WINDOW_SECONDS", figures.WINDOW),
        ("LEAST_ARRIVALS", figures.LEAST_ARRIVALS),
        ("USUAL", figures.USUAL),
        ("MARGIN", figures.MARGIN),
        ("LEAST_DELAY", figures.LEAST_DELAY),
        ("MOST_DELAY", figures.MOST_DELAY),
    ],
)
def test_the_browser_delays_by_the_same_figures(name: str, value: float) -> None:
    found = re.search(rf"const {name} = ([0-9.]+);", INTERPOLATION_DELAY.read_text())
    assert found
    assert float(found[1]) == value
