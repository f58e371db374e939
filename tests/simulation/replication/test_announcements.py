from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from game_server.protocol import pack_event
from game_server.simulation.replication.announcements import Announcements

LISTENERS = range(4)
happenings = st.lists(
    st.tuples(st.just("came"), st.sampled_from(LISTENERS))
    | st.tuples(st.just("but"), st.sampled_from([None, *LISTENERS]))
)


@given(happenings)
def test_everybody_hears_in_order_what_was_announced_after_they_came_but_for_what_leaves_them_out(
    what: list[tuple[str, int | None]],
) -> None:
    announcements = Announcements()
    heard: dict[int, list[bytes]] = {listener: [] for listener in LISTENERS}
    everything = []
    for number, (kind, listener) in enumerate(what):
        if kind == "came" and listener is not None:
            announcements.came(listener)
            heard[listener].clear()
        else:
            announcements.add([(number,)], listener)
            everything.append(pack_event((number,)))
            for other in LISTENERS:
                if other != listener:
                    heard[other].append(pack_event((number,)))
    assert announcements.everything() == everything
    for listener in LISTENERS:
        assert announcements.heard_by(listener) == heard[listener]
        assert listener in announcements.exceptions() or heard[listener] == everything
