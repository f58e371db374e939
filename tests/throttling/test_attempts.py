from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from game_server.errors import RequestRefused
from game_server.protocol import RefusalCode
from game_server.throttling.attempts import REMEMBERED, AttemptLimit


def wait(attempts: AttemptLimit, key: str, now: float) -> int:
    """Seconds that ``key`` has to wait."""
    try:
        attempts.check(key, now)
    except RequestRefused as refused:
        return refused.wait
    return 0


def test_after_five_tries_a_key_waits_for_30_seconds_and_then_has_five_again() -> None:
    attempts = AttemptLimit("too many wrong passwords")
    for _ in range(2):
        for second in range(5):
            assert wait(attempts, "a", second) == 0
            attempts.count("a", second)
        assert wait(attempts, "a", 33.9) == 1
        assert wait(attempts, "a", 34) == 0
        attempts.forgive("a")


def test_one_who_has_to_wait_learns_for_how_long() -> None:
    attempts = AttemptLimit("too many wrong passwords")
    for _ in range(5):
        attempts.count("a", 0)
    with pytest.raises(RequestRefused, match="too many wrong passwords; try again in 21 s") as caught:
        attempts.check("a", 9.5)
    assert (caught.value.code, caught.value.wait) == (RefusalCode.WAIT, 21)


def test_one_who_tries_too_often_takes_nothing_from_another() -> None:
    attempts = AttemptLimit("")
    for _ in range(9):
        attempts.count("a", 0)
    assert wait(attempts, "b", 0) == 0


def test_the_right_one_forgives_what_was_wrong_before() -> None:
    attempts = AttemptLimit("")
    for _ in range(4):
        attempts.count("a", 0)
    attempts.forgive("a")
    attempts.count("a", 0)
    assert wait(attempts, "a", 0) == 0


def test_no_more_keys_are_remembered_than_fit_and_those_who_try_now_are_among_them() -> None:
    attempts = AttemptLimit("")
    for key in range(2 * REMEMBERED):
        attempts.count(key, 0)
        for _ in range(5 if key == 2 * REMEMBERED - 1 else 0):
            attempts.count(key, 0)
    assert len(attempts) == REMEMBERED
    with pytest.raises(RequestRefused):
        attempts.check(2 * REMEMBERED - 1, 0)


@given(st.lists(st.floats(0, 10), max_size=100))
def test_however_tries_are_spread_there_are_never_more_than_five_in_30_seconds(pauses: list[float]) -> None:
    attempts = AttemptLimit("")
    now, tried = 0.0, []
    for pause in pauses:
        now += pause
        seconds = wait(attempts, "a", now)
        assert 0 <= seconds <= 30
        if not seconds:
            attempts.count("a", now)
            tried.append(now)
    for first, sixth in zip(tried, tried[5:], strict=False):
        assert sixth - first >= 30 - 1e-9


def test_one_who_goes_on_trying_is_not_forgotten_however_many_others_try() -> None:
    attempts = AttemptLimit("")
    for number in range(2 * REMEMBERED):
        attempts.count(number, 0)
        attempts.count("a", 0)
    assert wait(attempts, "a", 0) == 30
