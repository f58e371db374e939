"""How long inputs waited for their answers, and how old snapshots were, from the stamps of a server."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any, Final

import attrs

from game_server.loadtest.metrics.log_histogram import LogHistogram

_TIMES: Final = {"p50": 50.0, "p99": 99.0, "max": 100.0}
WITHIN_MS: Final = 1.0
WITHIN_SHARE: Final = 0.02


@attrs.define
class Stamps:
    """Of one client. Times are in seconds of the clock that all processes share.

    Attributes:
        inputs: when each came, and its tick; both ascend.
        answers: when each went, and the newest tick that it acknowledges.
        ages: when each snapshot went, and seconds from when its tick was due to that.
    """

    inputs: list[tuple[float, int]] = attrs.Factory(list)
    answers: list[tuple[float, int]] = attrs.Factory(list)
    ages: list[tuple[float, float]] = attrs.Factory(list)


def waits(stamps: Stamps, interval: float, since: float, until: float) -> list[float]:
    """Seconds that each input waited that was answered between ``since`` and ``until``.

    Who is kept waiting cannot send. So inputs that were owed between two that came, one every ``interval``, have waited
    as well: for the answer to the next that came.
    """
    acks = [ack for _, ack in stamps.answers]
    found = []
    due: float | None = None
    for arrived, tick in stamps.inputs:
        at = bisect_left(acks, tick)
        if at == len(acks):
            break
        answered = stamps.answers[at][0]
        owed = [arrived]
        while due is not None and due < arrived - interval / 2:
            owed.append(due)
            due += interval
        due = arrived + interval
        if since <= answered <= until:
            found += [answered - when for when in owed]
    return found


def ages(stamps: Stamps, since: float, until: float) -> list[float]:
    """Seconds from when their ticks were due to when the snapshots went that did so between ``since`` and ``until``."""
    return [age for went, age in stamps.ages if since <= went <= until]


def compare(recorded: LogHistogram, true_ms: Sequence[float], lag: LogHistogram) -> dict[str, Any]:
    """Both at p50, p99 and max, whether they agree, and p99.9 beside them.

    Args:
        lag: by how much the tester itself was late. It counts from when an input was due, so at each of these it may
            rightly report so much more than what the server knows of.
    """
    known = LogHistogram()
    for value in true_ms:
        known.record(value)
    figures: dict[str, Any] = {"recorded_count": recorded.count, "true_count": known.count}
    agrees = bool(recorded.count and known.count)
    for name, percent in {**_TIMES, "p99.9": 99.9}.items():
        ours, theirs = recorded.percentile(percent), known.percentile(percent)
        figures[name] = {"recorded": _rounded(ours), "true": _rounded(theirs)}
        if name in _TIMES and ours is not None and theirs is not None:
            within = max(WITHIN_MS, WITHIN_SHARE * theirs)
            agrees = agrees and -within <= ours - theirs <= within + (lag.percentile(percent) or 0.0)
    figures["tester_lag"] = {name: _rounded(lag.percentile(percent)) for name, percent in _TIMES.items()}
    return figures | {"agrees": agrees}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
