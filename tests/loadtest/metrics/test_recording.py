from __future__ import annotations

from game_server.loadtest.metrics.meter import Meter, Second
from game_server.loadtest.metrics.recording import Recording


def second(number: int, swarm: int = 30, snapshots: int = 0, **counts: int) -> Second:
    meter = Meter()
    meter.level("swarm", swarm)
    for name, times in {"snapshots": snapshots, **counts}.items():
        meter.count(name, times)
    return meter.cut(number)


def test_levels_of_one_process_are_not_added_when_it_reports_a_second_twice() -> None:
    made = Recording()
    made.add("swarm 1", second(0, 30, 900))
    made.add("swarm 1", second(0, 20, 49))
    made.add("swarm 2", second(0, 5, 1))
    assert [(row["swarm"], row["snapshots"]) for row in made.rows()] == [(25, 950)]
    assert made.levels["swarm"] == 25


def test_the_newest_second_is_the_last_that_all_running_processes_reported() -> None:
    made = Recording()
    made.expect("swarm 1")
    made.expect("swarm 2")
    made.add("swarm 1", second(0, snapshots=900))
    assert made.newest() == {}
    made.add("swarm 2", second(0, snapshots=600))
    made.add("swarm 1", second(1, snapshots=100))
    assert (made.newest()["second"], made.newest()["snapshots"]) == (0, 1500)
    made.add("swarm 2", second(1, snapshots=200))
    assert (made.newest()["second"], made.newest()["snapshots"]) == (1, 300)


def test_a_process_that_has_ended_is_not_waited_for() -> None:
    made = Recording()
    for name in ("swarm 1", "players 1"):
        made.expect(name)
        made.add(name, second(0))
    made.ended("players 1")
    for number in range(1, 20):
        made.add("swarm 1", second(number, snapshots=number))
        assert made.newest()["snapshots"] == number
    made.ended("swarm 1")
    assert made.newest()["second"] == 19


def test_a_second_stays_open_until_five_newer_ones_begin_and_totals_still_count_it() -> None:
    made = Recording()
    for number in range(10):
        made.add("swarm 1", second(number, 10, 100))
    for number in (4, 5):
        made.add("swarm 2", second(number, 7, 50))
    rows = {row["second"]: row for row in made.rows()}
    assert [(rows[n]["swarm"], rows[n]["snapshots"]) for n in (4, 5)] == [(10, 100), (17, 150)]
    assert made.counts["snapshots"] == 1100


def test_counts_while_clients_come_are_left_out_but_for_who_came_and_what_was_wrong() -> None:
    made = Recording(since=2)
    for number in range(4):
        made.add("swarm 1", second(number, 10, 100, late_inputs=5, failed=1, disconnects=1, faults=1))
    assert (made.counts["snapshots"], made.counts["late_inputs"]) == (200, 10)
    assert (made.counts["failed"], made.counts["disconnects"], made.counts["faults"]) == (4, 4, 4)


def test_of_a_run_that_nobody_has_reported_there_is_no_second() -> None:
    assert (Recording().newest(), Recording().rows(), Recording().levels) == ({}, [], {})


def test_levels_of_processes_add_up_and_the_busiest_cpu_counts() -> None:
    made = Recording()
    for process, cpu in (("swarm 1", 0.5), ("swarm 2", 0.75), ("players 1", 0.25)):
        meter = Meter()
        meter.level("cpu", cpu)
        meter.level("swarm", 10)
        made.add(process, meter.cut(0))
    assert made.levels == {"cpu": 0.75, "swarm": 30}
    assert made.rows()[0].items() >= {"second": 0, "cpu": 0.75, "swarm": 30}.items()
    assert made.cpu == {"swarm 1": [0.5], "swarm 2": [0.75], "players 1": [0.25]}


def test_a_row_has_the_median_two_high_percentiles_and_the_largest_of_each_spread() -> None:
    made = Recording()
    for process in range(2):
        meter = Meter()
        for sample in range(1000):
            meter.record("input_depth", float(sample % 100))
        made.add(f"swarm {process}", meter.cut(0))
    assert made.rows() == [
        {"second": 0, "input_depth.p50": 49, "input_depth.p99": 98, "input_depth.p99.9": 99, "input_depth.max": 99}
    ]


def test_figures_of_the_server_join_the_row_of_their_second_and_no_other() -> None:
    made = Recording()
    made.add("swarm 1", second(1))
    made.server = {0: {"server_cpu": 0.1}, 1: {"server_cpu": 0.2}}
    assert [(row["second"], row["server_cpu"]) for row in made.rows()] == [(1, 0.2)]


def test_the_newest_second_is_known_after_it_has_closed() -> None:
    made = Recording()
    for number in (*range(8), 3):
        made.add("swarm 1", second(number, snapshots=number))
    made.expect("swarm 1")
    assert made.newest()["second"] == 7
    made.rows()
    assert made.newest()["second"] == 7


def test_the_first_second_that_counts_is_the_one_that_is_said() -> None:
    made = Recording(since=1)
    for number in range(3):
        meter = Meter()
        for name in ("connect_ms", "join_ms", "door_wait_ms", "round_trip_ms"):
            meter.record(name, 1.0)
        for name in WHOLE_RUN:
            meter.count(name)
        meter.count("inputs")
        meter.count_kind("closes", "1006")
        made.add("swarm 1", meter.cut(number))
    counts = {name: made.spreads[name].count for name in ("connect_ms", "join_ms", "door_wait_ms", "round_trip_ms")}
    assert counts == {"connect_ms": 3, "join_ms": 3, "door_wait_ms": 3, "round_trip_ms": 2}
    assert made.counts == {**dict.fromkeys(WHOLE_RUN, 3), "inputs": 2}
    assert made.kinds == {"closes": {"1006": 3}}


WHOLE_RUN = (
    "clients", "connected", "failed", "turned_away", "tester_faults", "disconnects", "lost_links", "resumed",
    "lost_seats", "desyncs", "faults",
)  # fmt: skip
"""Counts of the whole run, whenever figures begin to count."""
