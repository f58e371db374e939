"""When peers are looked after."""

from __future__ import annotations

import math

from game_server.transport.tick_io.heartbeat_schedule import Looks


def test_those_that_are_due_come_in_the_order_of_their_times_and_once() -> None:
    looks = Looks()
    for fd, due in ((3, 2.0), (4, 1.0), (5, 9.0)):
        looks.at(fd, due)
    assert list(looks.due(2.0)) == [4, 3]
    assert list(looks.due(2.0)) == []


def test_what_is_never_due_does_not_come() -> None:
    looks = Looks()
    looks.at(3, math.inf)
    assert list(looks.due(1e9)) == []


def test_a_descriptor_that_somebody_else_has_by_then_comes_when_that_one_is_due_alone() -> None:
    looks = Looks()
    looks.at(3, 1.0)
    looks.forget(3)
    looks.at(3, 2.0)
    assert list(looks.due(1.0)) == []
    assert list(looks.due(3.0)) == [3]


def test_whoever_is_looked_at_may_be_given_a_next_time_meanwhile() -> None:
    looks, seen = Looks(), []
    looks.at(3, 1.0)
    for fd in looks.due(2.5):
        seen.append(fd)
        looks.at(fd, 1.0 + len(seen))
    assert seen == [3, 3]
