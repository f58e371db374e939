"""What frames come to, on frames whose truth is known."""

from __future__ import annotations

import math
from typing import Any

import pytest

from tools.bench.feel.figures import jumps, percentile, recovery, share_within, speeds

RATE = 30
FRAME = 1000 / 60


def frame(at: float, *, behind: float = 4.0, offset: float = 0.0, **values: Any) -> dict[str, Any]:
    """A frame at ``at`` ms of a page on a perfect link."""
    own = at / 1000 * RATE
    found = {"at": at, "own_time": own, "time": own - behind, "x": 0.0, "y": 0.0, "others": {}}
    return {**found, "offset_x": offset, "offset_y": 0.0, **values}


def test_percentiles_are_values_that_were_there() -> None:
    assert [percentile([3, 1, 2, 4], percent) for percent in (0, 25, 50, 99, 100)] == [1, 1, 2, 4, 4]
    assert percentile([], 50) is None


def test_speeds_are_of_frames_in_which_the_ship_flies_straight() -> None:
    places = [80, 105, 110, 100, 120, None, 130, 135]
    frames = [frame(n * FRAME, others={} if x is None else {"0": [float(x), 7.0]}) for n, x in enumerate(places)]
    assert speeds(frames, 0, (100, 140)) == pytest.approx([5 * 60, 5 * 60])


def test_the_share_within_a_tolerance_counts_both_sides() -> None:
    assert share_within([271, 269, 300, 331, 329], 300, 0.1) == 0.6
    assert share_within([], 300, 0.1) is None


def test_a_correction_is_seen_as_it_fades_and_not_as_it_begins() -> None:
    frames = [frame(n * FRAME, offset=offset) for n, offset in enumerate((0, 0, 10, 6, 3.6))]
    assert jumps(frames, scale=2.0) == pytest.approx([0, 0, 8, 4.8])


def test_what_is_too_large_to_fade_is_seen_whole_but_no_respawn() -> None:
    frames = [frame(n * FRAME, x=x) for n, x in enumerate((0.0, 5.0, 205.0, None, 900.0, 905.0))]
    assert jumps(frames, scale=1.0) == pytest.approx([0, 200, 0])


def after_a_stall(catches_up: float) -> list[dict[str, Any]]:
    """The others stand from 5,000 to 6,000 ms and are back in their place ``catches_up`` ms later."""
    frames = []
    for n in range(600):
        at = n * FRAME
        own = at / 1000 * RATE
        shown = own - 4
        if 5000 <= at < 6000 + catches_up:
            shown = 5000 / 1000 * RATE - 4
        frames.append(frame(at, behind=own - shown))
    return frames


@pytest.mark.parametrize("catches_up", [0, 100, 450])
def test_recovery_is_from_the_end_of_the_stall_to_the_first_normal_frame(catches_up: float) -> None:
    found = recovery(after_a_stall(catches_up), 6000, RATE)
    assert found is not None
    # The frame of the jump is not normal, the one after it is.
    assert catches_up <= found <= catches_up + 3 * FRAME


def test_who_never_plays_on_never_recovers() -> None:
    assert recovery(after_a_stall(math.inf), 6000, RATE) is None


def test_a_correction_still_to_be_seen_is_no_recovery() -> None:
    frames = after_a_stall(0)
    for at, shown in enumerate(frames):
        if 6000 <= shown["at"] < 6300:
            frames[at] = {**shown, "offset_x": 30.0}
    found = recovery(frames, 6000, RATE)
    assert found is not None
    assert found >= 300
