"""The report of a run, and a comparison of two, as ten lines of Markdown for a pull request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from game_server.loadtest.report.compare import ReportComparison, in_short
from game_server.loadtest.report.summary import Banner, about, banners, nobody_in, outcome

_SHOWN: Final = (
    ("input to acknowledgement (with the wait for its tick and the client's lead)", "input_ack_ms"),
    ("gap between snapshots", "snapshot_gap_ms"),
    ("age of snapshots", "snapshot_age_ms"),
)
_STATISTICS: Final = ("p50", "p99", "max")
_MOST_CHANGES: Final = 6
"""Rows of a comparison, which make ten lines in all."""
_LONGEST: Final = 600
"""Characters of a sentence: of a hundred conditions, only the first are shown."""


def to_markdown(figures: dict[str, Any]) -> str:
    """Return the outcome with its reasons, what was run, and four figures, in at most ten lines.

    Args:
        figures: from `report`.
    """
    return "\n".join(_run(figures)) + "\n"


def comparison_to_markdown(comparison: ReportComparison) -> str:
    """Return the verdict, doubts about it, and what changed, worst first, in at most ten lines."""
    return "\n".join(_comparison(comparison)) + "\n"


def _run(figures: dict[str, Any]) -> Iterator[str]:
    said = banners(figures)
    if outcome(figures).tone == "bad":
        said = [banner for banner in said if banner.tone == "bad"]
    yield f"**{outcome(figures).text}**: {_sentences(said)}"
    yield ""
    yield _code(about(figures))
    if nobody_in(figures):
        return
    server = figures["server"] or {}
    rows = [(label, figures[name]) for label, name in _SHOWN]
    rows += [("lateness of the server's ticks", server["tick_lateness_ms"])] if server else []
    yield ""
    yield from _table(
        ("ms", *_STATISTICS), ((label, *(in_short(spread[name]) for name in _STATISTICS)) for label, spread in rows)
    )


def _comparison(comparison: ReportComparison) -> Iterator[str]:
    yield f"**{comparison.verdict}**"
    yield ""
    if comparison.doubts:
        yield f"Not to be trusted: {_code('; '.join(comparison.doubts))}"
        yield ""
    trends = ("worse", "better", "same")
    changes = sorted(comparison.changes, key=lambda change: trends.index(change.trend))
    yield from _table(
        ("figure", "before", "after", "change"),
        (
            (
                change.name,
                in_short(change.before),
                in_short(change.after),
                f"{change.percent} {change.trend_shown}".strip(),
            )
            for change in changes[: _MOST_CHANGES - 2 * bool(comparison.doubts)]
        ),
    )


def _sentences(said: Iterable[Banner]) -> str:
    return _code("; ".join(banner.text for banner in said))


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"| --- |{' ---: |' * (len(head) - 1)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _code(text: str) -> str:
    """Return ``text`` as inline code, in which nothing from outside can be markup, a link or a mention."""
    plain = "".join(letter if letter.isprintable() and letter != "`" else " " for letter in text)
    return f"`{plain[:_LONGEST]}`"
