from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from game_server.protocol.codec import encode
from game_server.protocol.events import pack_event, pack_events, pack_events_head
from game_server.protocol.server_messages import Events
from tests.protocol.strategies import scalars, ticks

events = st.lists(st.lists(scalars, max_size=5).map(lambda fields: (16, *fields)), max_size=40)


@given(ticks, events)
def test_events_packed_one_by_one_are_the_message_of_the_codec(tick: int, told: list[tuple[Any, ...]]) -> None:
    packed = pack_events(pack_events_head(tick), [pack_event(event) for event in told])
    assert packed == encode(Events(tick, tuple(told)))
