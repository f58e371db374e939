"""The sentences of a report: the same on the page, in the terminal and in Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, Literal

import attrs

from game_server.loadtest.metrics.conditions import Verdict
from game_server.loadtest.report.results import FAILED, PASSED, TESTER_WAS_THE_LIMIT

Tone = Literal["bad", "warn", "good"]

_TROUBLES: Final = {
    "failed": "did not get in",
    "disconnects": "were cut off",
}
_FAULTS: Final = ("desyncs", "faults")
_LONG_ENTRY_WAIT_MS: Final = 100.0
"""p99 of the wait in the swarm's own queue above which connect_ms says too little of the server."""
_MOST_CAUSES: Final = 3
"""Causes in the sentence; all of them are among the figures."""
_WORDS: Final[dict[Verdict, str]] = {"passed": "passed", "failed": "FAILED", "unknown": "UNKNOWN"}
_OUTCOMES: Final = {PASSED: "passed", FAILED: "FAILED", TESTER_WAS_THE_LIMIT: "THE TESTER WAS THE LIMIT"}


@attrs.frozen
class Banner:
    """One sentence, and whether it is good news."""

    tone: Tone
    text: str


def banners(figures: dict[str, Any]) -> list[Banner]:
    """Return all sentences of a report, the worst first."""
    tester = figures["tester"]["limit"]
    said = [Banner("bad", f"THE TESTER WAS THE LIMIT, not the server: {tester}")] if tester else []
    good, how = how_it_went(figures)
    said.append(Banner("good" if good else "bad", how))
    said += [
        Banner(
            "good" if judged["verdict"] == "passed" else "bad",
            f"{_WORDS[judged['verdict']]}: fail if {judged['condition']}: {judged['said']}",
        )
        for judged in figures["fail_if"]
    ]
    said += [Banner("warn", caution) for caution in _cautions(figures)]
    tones: tuple[Tone, ...] = ("bad", "warn", "good")
    return sorted(said, key=lambda banner: tones.index(banner.tone))


def outcome(figures: dict[str, Any]) -> Banner:
    """Return the exit code in words."""
    return Banner("good" if figures["exit_code"] == PASSED else "bad", _OUTCOMES[figures["exit_code"]])


def nobody_in(figures: dict[str, Any]) -> bool:
    """Return whether nobody got in, so that there are no figures to show."""
    return not figures["connected"]


def about(figures: dict[str, Any]) -> str:
    """Return what was run, in one line."""
    said = [f"{figures['players']} players", f"{figures['swarm']} swarm clients", f"{figures['seconds']:g} s"]
    said += [f"scenario: {figures['scenario']}", f"processes: {figures['processes']}", f"seed: {figures['seed']}"]
    said += [f"{name}: {figures[name]}" for name in ("spread", "network") if figures[name]]
    return ", ".join((figures["target"], *said))


def how_it_went(figures: dict[str, Any]) -> tuple[bool, str]:
    """Return whether all clients got in, stayed, and received no wrong snapshot; and that in a sentence."""
    troubles = list(_troubles(figures))
    if troubles:
        causes = sorted(figures["failures"].items(), key=lambda cause: -cause[1])
        shown = "; ".join(f"{times:,} x {cause}" for cause, times in causes[:_MOST_CAUSES])
        more = f"; and {len(causes) - _MOST_CAUSES} other causes" if len(causes) > _MOST_CAUSES else ""
        return False, ", ".join(troubles) + (f": {shown}{more}" if shown else "")
    unanswered = figures["unanswered_inputs"]
    rest = f" {unanswered:,} inputs were still unanswered and overdue at the end." if unanswered else ""
    if figures["lost_links"]:
        links = f"{figures['lost_links']:,} connections broke, and all of their clients returned"
        return True, f"Everybody got in and was there at the end; {links}.{rest}"
    return True, f"Everybody got in and stayed; no desync, no snapshot out of order.{rest}"


def _troubles(figures: dict[str, Any]) -> Iterator[str]:
    clients, connected = figures["clients"], figures["connected"]
    if not connected:
        yield f"None of {clients:,} clients got in"
    for name, said in _TROUBLES.items():
        if figures[name] and not (name == "failed" and nobody_in(figures)):
            yield f"{figures[name]:,} of {clients:,} {said}"
    never_came = figures["never_came"]
    if never_came:
        why = "never came" if figures["interrupted"] else "are unknown: their process of the tester ended"
        yield f"{never_came:,} of {clients:,} {why}"
    if 0 < connected < clients - figures["failed"] - never_came:
        yield f"{connected:,} of {clients:,} got in"
    if figures["lost_seats"]:
        yield f"{figures['lost_seats']:,} lost their seats"
    for name in _FAULTS:
        if figures[name]:
            yield f"{figures[name]:,} {name}"


def _cautions(figures: dict[str, Any]) -> Iterator[str]:
    """Yield what to keep in mind when reading the figures."""
    if figures["interrupted"]:
        yield "The run was ended early."
    silent = figures["server_silent_since"]
    if silent is not None:
        yield (
            f"The server reported no metrics from second {silent:g} on: its figures cover the time before, and "
            "conditions on them are unknown."
        )
    wait = figures["door_wait_ms"]["p99"]
    if wait is not None and wait > _LONG_ENTRY_WAIT_MS:
        yield (
            f"Clients of the swarm waited for one another for up to {wait:,.0f} ms (p99) before they could connect, "
            "which is part of connect_ms: use a lower --rate, or more --processes."
        )
