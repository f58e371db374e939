"""What one player noted, in the meter of its process: every count and every spread."""

from __future__ import annotations

from array import array
from collections import Counter
from typing import Any

import pytest

from game_server.client import Figures
from game_server.loadtest.metrics.definitions import COUNTS
from game_server.loadtest.metrics.meter import Meter, Second
from game_server.loadtest.players.drain import _COUNTED, FigureDrain
from game_server.loadtest.players.player import Outcome
from game_server.protocol import RefusalCode
from tests.loadtest.played import Played


def drained(*, connected: bool = True, **outcome: Any) -> Second:
    """What is reported at the end of a player with this ``outcome``."""
    meter = Meter()
    FigureDrain(Outcome(Played(welcomed=False).client, connected=connected, **outcome), meter).end(10.0)
    return meter.cut(0)


def test_every_count_of_a_player_is_reported_once_however_often_it_is_taken() -> None:
    outcome, meter = Outcome(Played(welcomed=False).client), Meter()
    drain = FigureDrain(outcome, meter)
    told: Counter[str] = Counter()
    for turn in (1, 2, 2):
        for number, name in enumerate(_COUNTED, 1):
            setattr(outcome.client.figures, name, turn * number)
        drain.take()
        told.update(meter.cut(0).counts)
    assert told == {name: 2 * number for number, name in enumerate(_COUNTED, 1)}
    assert set(_COUNTED) <= COUNTS.keys()


def test_every_spread_of_a_player_is_reported_in_its_unit_and_once() -> None:
    outcome, meter = Outcome(Played(welcomed=False).client, connects=[0.5], joins=[0.25]), Meter()
    figures = outcome.client.figures
    for number, noted in enumerate(("gaps", "acks", "ages", "outages", "delays", "round_trips"), 1):
        setattr(figures, noted, array("d", [number / 1000] * number))
    figures.depths = array("B", [3, 4])
    drain = FigureDrain(outcome, meter)
    for _ in range(2):
        drain.take()
    told = {name: (spread.count, spread.max) for name, spread in meter.cut(0).spreads.items()}
    assert told == {
        "connect_ms": (1, 500.0),
        "join_ms": (1, 250.0),
        "snapshot_gap_ms": (1, 1.0),
        "input_ack_ms": (2, 2.0),
        "snapshot_age_ms": (3, 3.0),
        "outage_ms": (4, 4.0),
        "interpolation_delay_ms": (5, 5.0),
        "round_trip_ms": (6, 6.0),
        "input_depth": (2, 4.0),
    }


def test_rates_and_jitter_are_over_the_time_from_the_first_snapshot_to_the_last() -> None:
    outcome, meter = Outcome(Played(welcomed=False).client, connected=True), Meter()
    figures: Figures = outcome.client.figures
    figures.first_snapshot, figures.last_snapshot, figures.snapshots = 2.0, 6.0, 121
    figures.bytes_in, figures.bytes_out = 4000, 400
    figures.round_trips = array("d", [0.010, 0.014, 0.008])
    FigureDrain(outcome, meter).end(6.0)
    told = {name: spread.max for name, spread in meter.cut(0).spreads.items()}
    assert told.items() >= {"snapshots_per_second": 30.0, "bytes_in_per_second": 1000.0}.items()
    assert told["bytes_out_per_second"] == 100.0
    assert told["jitter_ms"] == pytest.approx(5.0)


def test_one_snapshot_makes_no_rate() -> None:
    outcome, meter = Outcome(Played(welcomed=False).client, connected=True), Meter()
    outcome.client.figures.snapshots = 1
    FigureDrain(outcome, meter).end(0.0)
    assert "snapshots_per_second" not in meter.cut(0).spreads


def test_what_has_been_reported_is_kept_no_longer_but_for_what_the_jitter_is_made_of() -> None:
    outcome = Outcome(Played(welcomed=False).client, connects=[0.5], joins=[0.25], closes=[4001, 1006])
    figures, meter = outcome.client.figures, Meter()
    for noted in ("gaps", "acks", "ages", "outages", "delays", "round_trips"):
        setattr(figures, noted, array("d", [0.001] * 3))
    figures.depths = array("B", [3])
    drain = FigureDrain(outcome, meter)
    drain.take()
    drain.take()
    assert meter.cut(0).kinds == {"closes": {"4001": 1, "1006": 1}}
    kept = (outcome.connects, outcome.joins, outcome.closes, figures.gaps, figures.acks, figures.ages, figures.outages)
    assert not any((*kept, figures.delays, figures.depths))
    assert list(figures.round_trips) == [0.001] * 3


@pytest.mark.parametrize(
    ("outcome", "counts"),
    [
        ({"connected": True}, {"connected": 1, "disconnects": 1}),  # not settled: out when it was to leave
        ({"connected": True, "failure": "connection lost"}, {"connected": 1, "disconnects": 1}),
        ({"connected": False, "failure": "no"}, {"failed": 1}),
        ({"connected": False, "failure": "no", "turned_away": True}, {"failed": 1, "turned_away": 1}),
        ({"connected": False, "failure": "no", "local_shortage": True}, {"failed": 1, "tester_faults": 1}),
        ({"connected": True, "failure": "no", "turned_away": True}, {"connected": 1, "disconnects": 1}),
    ],
)
def test_one_who_never_got_in_is_distinguished_from_one_who_was_cut_off(
    outcome: dict[str, Any], counts: dict[str, int]
) -> None:
    assert +drained(**outcome).counts == counts


def test_failures_closes_and_refusals_are_reported_by_kind() -> None:
    told = drained(connected=False, failure="refused", closes=[4001, 1006, 4001], refusal=int(RefusalCode.MATCH_FULL))
    assert told.kinds == {"failures": {"refused": 1}, "closes": {"4001": 2, "1006": 1}, "refused": {"match_full": 1}}
    assert drained(connected=False, refusal=999).kinds["refused"] == {"999": 1}
