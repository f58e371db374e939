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


def test_a_second_is_waited_for_until_five_newer_ones_have_begun_and_counts_in_the_totals_even_then() -> None:
    made = Recording()
    for number in range(10):
        made.add("swarm 1", second(number, 10, 100))
    for number in (4, 5):
        made.add("swarm 2", second(number, 7, 50))
    rows = {row["second"]: row for row in made.rows()}
    assert [(rows[n]["swarm"], rows[n]["snapshots"]) for n in (4, 5)] == [(10, 100), (17, 150)]
    assert made.counts["snapshots"] == 1100


def test_what_is_counted_while_clients_come_is_left_out_but_for_who_came_and_what_was_wrong() -> None:
    made = Recording(since=2)
    for number in range(4):
        made.add("swarm 1", second(number, 10, 100, late_inputs=5, failed=1, disconnects=1, faults=1))
    assert (made.counts["snapshots"], made.counts["late_inputs"]) == (200, 10)
    assert (made.counts["failed"], made.counts["disconnects"], made.counts["faults"]) == (4, 4, 4)
