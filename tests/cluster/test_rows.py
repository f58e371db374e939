"""The bytes of what a node publishes: they come from other programs."""

from __future__ import annotations

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from game_server.cluster import pack_row, pack_summary, unpack_row, unpack_summary
from tests.cluster.directories import row_of, summary_of


def test_a_row_and_a_summary_come_back_as_they_were() -> None:
    assert unpack_row(pack_row(row_of("a"))) == row_of("a")
    assert unpack_summary(pack_summary(summary_of("a"))) == summary_of("a")


@pytest.mark.parametrize("position", range(12))
def test_a_summary_with_a_value_of_another_type_is_no_summary(position: int) -> None:
    values = list(msgpack.unpackb(pack_summary(summary_of("a"))))
    values[position] = None
    assert unpack_summary(msgpack.packb(values)) is None
    assert unpack_row(msgpack.packb((values, []))) is None


@pytest.mark.parametrize("position", range(4))
def test_a_row_with_a_match_of_another_form_is_no_row(position: int) -> None:
    summary, [match] = msgpack.unpackb(pack_row(row_of("a")))
    match[position] = ["what"]
    assert unpack_row(msgpack.packb((summary, [match]))) is None


@given(st.binary(max_size=40) | st.recursive(st.none() | st.integers(-9, 9), st.lists).map(msgpack.packb))
def test_no_bytes_at_all_raise(data: bytes) -> None:
    assert unpack_row(data) is None
    assert unpack_summary(data) is None
