"""What the frames of a page amount to."""

from __future__ import annotations

from tools.bench.page import frame_figures

ON_TIME = 16.7


def test_the_share_of_late_frames_counts_each_refresh_that_was_missed_once() -> None:
    figures = frame_figures([ON_TIME] * 97 + [33.3, 50.0, 33.3], [8.0] * 100)
    assert (figures["frames"], figures["late_percent"]) == (100, 3.0)


def test_quantiles_of_frames_and_of_their_work_are_kept_apart() -> None:
    figures = frame_figures([ON_TIME] * 90 + [33.3] * 10, [*range(100)])
    assert [figures[f"frame_ms_p{part}"] for part in (50, 95, 99)] == [16.7, 33.3, 33.3]
    assert [figures[f"main_ms_p{part}"] for part in (50, 95, 99)] == [50, 95, 99]
