"""When peers are looked after."""

from __future__ import annotations

import math

from game_server.transport.tick_io.heartbeat_schedule import HeartbeatSchedule


def test_those_that_are_due_come_in_the_order_of_their_times_and_once() -> None:
    schedule = HeartbeatSchedule()
    for fd, due in ((3, 2.0), (4, 1.0), (5, 9.0)):
        schedule.at(fd, due)
    assert list(schedule.due(2.0)) == [4, 3]
    assert list(schedule.due(2.0)) == []


def test_what_is_never_due_does_not_come() -> None:
    schedule = HeartbeatSchedule()
    schedule.at(3, math.inf)
    assert list(schedule.due(1e9)) == []


def test_a_descriptor_that_somebody_else_has_by_then_comes_when_that_one_is_due_alone() -> None:
    schedule = HeartbeatSchedule()
    schedule.at(3, 1.0)
    schedule.forget(3)
    schedule.at(3, 2.0)
    assert list(schedule.due(1.0)) == []
    assert list(schedule.due(3.0)) == [3]


def test_whoever_is_looked_at_may_be_given_a_next_time_meanwhile() -> None:
    schedule, seen = HeartbeatSchedule(), []
    schedule.at(3, 1.0)
    for fd in schedule.due(2.5):
        seen.append(fd)
        schedule.at(fd, 1.0 + len(seen))
    assert seen == [3, 3]
