from __future__ import annotations

from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from game_server.lobby.match.spectator_delay import MAX_DELAYED_BYTES, SpectatorDelay
from tests.simulation.fake_outlet import FakeOutlet


def test_everything_comes_late_by_the_number_of_ticks_and_in_order() -> None:
    outlet = FakeOutlet()
    delay = SpectatorDelay(outlet, 2, count().__next__)
    for tick in range(4):
        delay.send(b"events %d" % tick)
        assert delay.offer(b"snapshot %d" % tick)
    assert outlet.sent == [b"events 0", b"snapshot 0", b"events 1", b"snapshot 1"]


def test_what_is_shown_between_two_ticks_is_no_later_and_no_earlier_than_the_rest() -> None:
    outlet = FakeOutlet()
    delay = SpectatorDelay(outlet, 2, iter((0, 1, 1, 1, 2, 3)).__next__)
    for snapshot in (b"0", b"1", b"1 again", b"", b"", b"3"):
        assert delay.offer(snapshot)
    assert outlet.sent == [b"0", b"1", b"1 again"]


def test_a_peer_that_does_not_read_gets_no_change_to_what_it_missed_but_a_keyframe() -> None:
    outlet = FakeOutlet()
    delay = SpectatorDelay(outlet, 2, count().__next__)
    delay.offer(b"keyframe")
    delay.offer(b"delta 1")
    outlet.full = True
    delay.send(b"events")
    assert not delay.offer(b"delta 2")
    outlet.full = False
    for snapshot in (b"keyframe again", b"delta 4", b"delta 5"):
        assert delay.offer(snapshot)
    assert outlet.sent == [b"events", b"keyframe again"]


def test_chat_is_late_in_order_and_left_out_where_the_outlet_leaves_it_out() -> None:
    outlet = FakeOutlet()
    delay = SpectatorDelay(outlet, 1, count().__next__)
    assert delay.try_send(b"one")
    delay.send(b"events")
    delay.offer(b"snapshot")
    delay.offer(b"snapshot")
    assert outlet.sent == [b"one", b"events", b"snapshot"]
    delay.try_send(b"two")
    outlet.full = True
    delay.offer(b"snapshot")
    assert outlet.sent == [b"one", b"events", b"snapshot"]


def test_chat_takes_no_more_room_than_there_is_for_one_who_sees_late() -> None:
    delay = SpectatorDelay(FakeOutlet(), 1, count().__next__)
    while delay.try_send(bytes(1 << 20)):
        pass
    assert len(delay) == MAX_DELAYED_BYTES >> 20


def test_no_more_waits_than_there_is_room_for() -> None:
    delay = SpectatorDelay(FakeOutlet(), 1_000_000, count().__next__)
    big = bytes(MAX_DELAYED_BYTES // 4)
    assert [delay.offer(big) for _ in range(6)] == [True, True, True, True, False, True]
    assert len(delay) == 1


def test_closing_is_not_late_and_nothing_follows() -> None:
    outlet = FakeOutlet()
    delay = SpectatorDelay(outlet, 1, count().__next__)
    delay.offer(b"snapshot")
    delay.close(4009, "removed")
    assert outlet.closed == (4009, "removed")
    delay.offer(b"snapshot")
    assert outlet.sent == []


@given(st.integers(1, 5), st.lists(st.booleans(), max_size=40))
def test_whatever_is_shown_every_change_follows_what_it_changes(ticks: int, full: list[bool]) -> None:
    """Snapshots are numbered; a keyframe is negative and changes nothing."""
    outlet = FakeOutlet()
    delay = SpectatorDelay(outlet, ticks, count().__next__)
    keyframe = True
    for tick, outlet.full in enumerate(full, 1):
        keyframe = not delay.offer(b"%d" % (-tick if keyframe else tick))
    shown = [int(snapshot) for snapshot in outlet.sent]
    assert [abs(tick) for tick in shown] == sorted({abs(tick) for tick in shown})
    assert all(tick <= len(full) - ticks for tick in map(abs, shown))
    for before, after in zip([0, *shown], shown, strict=False):
        assert after < 0 or after == abs(before) + 1
