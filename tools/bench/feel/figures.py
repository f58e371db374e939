"""Measures of frames that a page drew: pure functions over `window.gameServer.frames` (debug/recorder.js)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final

Frame = dict[str, Any]

SNAP: Final = 60.0
"""World units in one frame that no rule explains: a dash makes 15 at 60 frames a second, 60 at 15."""


def percentile(values: Sequence[float], percent: float) -> float | None:
    """Return the value at or below which this many percent lie; None without values."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)] if ordered else None


def speeds(frames: Sequence[Frame], target: int, straight: tuple[float, float]) -> list[float]:
    """World units a second at which a ship was drawn from frame to frame, where it flies straight along x."""
    found = []
    for before, after in pairwise(frames):
        a, b = (frame["others"].get(str(target)) for frame in (before, after))
        if a and b and all(straight[0] < place[0] < straight[1] for place in (a, b)) and after["at"] > before["at"]:
            found.append(abs(b[0] - a[0]) / (after["at"] - before["at"]) * 1000)
    return found


def share_within(values: Sequence[float], truth: float, tolerance: float) -> float | None:
    """The share of ``values`` within ``tolerance`` of ``truth``, a share of it."""
    return sum(abs(value - truth) <= tolerance * truth for value in values) / len(values) if values else None


def jumps(frames: Sequence[Frame], scale: float) -> list[float]:
    """CSS pixels by which corrections moved the own ship in each frame.

    A correction is shown as an offset that fades, so what is seen of it is the fading; one that is too large for that
    is seen whole.
    """
    seen = []
    for before, after in pairwise(frames):
        if before["x"] is None or after["x"] is None:
            continue
        moved = math.dist((before["x"], before["y"]), (after["x"], after["y"]))
        old, new = ((frame["offset_x"], frame["offset_y"]) for frame in (before, after))
        faded = math.dist(old, new) if math.hypot(*new) <= math.hypot(*old) else 0.0
        seen.append(scale * (moved if moved > SNAP else faded))
    return seen


def recovery(frames: Sequence[Frame], ended: float, tick_rate: int) -> float | None:
    """Milliseconds from ``ended`` (local milliseconds) until everything is as before a stall, to stay so for a second.

    That is: the others' time passes as real time does, within a tenth; they are no more than two ticks further behind
    than they were before; and no correction is left to be seen. None: never.
    """
    before = [frame["own_time"] - frame["time"] for frame in frames if frame["at"] < ended - 1500]
    usual = percentile(before, 50)
    if usual is None:
        return None
    since: float | None = None
    for earlier, frame in pairwise(frames):
        elapsed = (frame["at"] - earlier["at"]) / 1000 * tick_rate
        if frame["at"] <= ended or elapsed <= 0:
            continue
        normal = (
            0.9 <= (frame["time"] - earlier["time"]) / elapsed <= 1.1
            and frame["own_time"] - frame["time"] <= usual + 2
            and math.hypot(frame["offset_x"], frame["offset_y"]) < 2
        )
        if not normal:
            since = None
        elif since is None:
            since = frame["at"]
        if since is not None and frame["at"] >= since + 1000:
            return since - ended
    return None
