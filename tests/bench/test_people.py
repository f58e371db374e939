from __future__ import annotations

import msgpack
from hypothesis import given
from hypothesis import strategies as st

from game_server.client import Target
from game_server.protocol import Snapshot, encode
from tools.bench.people import SNAPSHOT, People, number_at


@given(st.integers(0, 2**32 - 1))
def test_a_snapshot_is_known_by_how_it_begins_and_its_tick_is_read(tick: int) -> None:
    data = encode(Snapshot(tick, 0, 0, 0, None, b"", ()))
    assert data.startswith(SNAPSHOT)
    assert number_at(data, len(SNAPSHOT)) == tick


@given(st.integers(0, 2**64 - 1), st.binary(max_size=4))
def test_numbers_are_read_as_they_are_packed(number: int, after: bytes) -> None:
    assert number_at(b"?" + msgpack.packb(number) + after, 1) == number


def test_somebody_who_sees_nothing_more_has_a_pause_that_lasts() -> None:
    people = People([Target("127.0.0.1", 1, tls=False, match="K7RW2P")] * 2)
    first, second = people.everybody
    first.seen = second.seen = 1.0
    first.longest = 1e9
    pauses = people.pauses()
    assert pauses[0] == 1e9
    assert pauses[1] > 1.0
    assert first.longest == 0.0
