from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from game_server.transport.budget import TokenBucket


def test_a_full_bucket_gives_its_capacity_at_once_and_then_its_refill() -> None:
    bucket = TokenBucket(capacity=10, refill=2, now=100.0)
    assert bucket.take(10, 100.0)
    assert not bucket.take(1, 100.0)
    assert not bucket.take(2, 100.9)
    assert bucket.take(2, 101.0)


def test_a_refusal_takes_nothing() -> None:
    bucket = TokenBucket(capacity=10, refill=1, now=0.0)
    assert not bucket.take(11, 0.0)
    assert bucket.take(10, 0.0)


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 30))))
def test_never_more_than_capacity_and_refill_are_taken(asks: list[tuple[int, int]]) -> None:
    bucket, now, taken = TokenBucket(capacity=50, refill=4, now=0.0), 0, 0
    for wait, tokens in asks:
        now += wait
        if bucket.take(tokens, float(now)):
            taken += tokens
        assert taken <= 50 + 4 * now
