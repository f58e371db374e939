"""Reports of made-up runs of the load test, in every form in which people and programs get them.

The files in `reports/` are what the code makes of them today: every word, threshold, sum and point of a plot. Read the
difference when one changes.
"""

from __future__ import annotations

import json
import re
import time
from io import StringIO
from pathlib import Path
from typing import Any, Final

from rich.console import Console, RenderableType

from game_server.cli.compare_reports import side_by_side
from game_server.cli.loadtest_live import picture
from game_server.client import Target
from game_server.loadtest.coordinator import LoadTest
from game_server.loadtest.metrics.conditions import parse
from game_server.loadtest.metrics.definitions import SPREADS
from game_server.loadtest.metrics.meter import Meter, Second
from game_server.loadtest.metrics.recording import Recording
from game_server.loadtest.metrics.server_metrics import Scrape
from game_server.loadtest.metrics.server_scraper import ServerScraper, figures_between
from game_server.loadtest.plan import Plan
from game_server.loadtest.report.compare import compare
from game_server.loadtest.report.html import to_html
from game_server.loadtest.report.json import report
from game_server.loadtest.report.markdown import comparison_to_markdown, to_markdown
from game_server.loadtest.report.results import NUMBER_NAMES, SPREAD_NAMES, Results
from game_server.loadtest.report.terminal import as_table
from game_server.loadtest.scenario.scenario import built_in
from game_server.telemetry import Histogram, metrics
from game_server.telemetry.exposition import Writer
from game_server.telemetry.metrics import Metric
from game_server.telemetry.process import CPU, RESIDENT_MEMORY, START_TIME

FOLDER: Final = Path(__file__).with_suffix("")
SECONDS: Final = 14
HERE: Final = Target("127.0.0.1", 8000, False)
ABOUT: Final = {
    "target": "http://127.0.0.1:8000",
    "version": "0.1.0",
    "date": "2026-01-02T03:04:05+00:00",
    "scenario": "hold",
    "players": 3,
    "swarm": 40,
    "processes": 1,
    "spread": 2,
    "network": "mobile=30%",
    "seed": 1,
    "machine": "2 cores, Linux",
}
CONDITIONS: Final = (
    "tick_lateness_ms.p99 > 500",
    "input_ack_ms.p99 > 9 and desyncs > 0",
    "snapshot_age_ms.mean < 1",
    "server_cpu >= 0.4",
    "tick_duration_ms.max > 15000",
)
COUNTED: Final = {
    "clients": 43, "connected": 41, "failed": 2, "turned_away": 1, "disconnects": 3, "lost_links": 5, "resumed": 4,
    "lost_seats": 1, "desyncs": 1, "faults": 2, "late_turns": 1, "snapshots": 1290, "inputs": 1271, "bytes_in": 181_000,
    "bytes_out": 15_300, "inputs_blocked": 4, "late_inputs": 35, "missed_ticks": 48, "unanswered_inputs": 17,
    "lobby_updates": 9, "lobby_bytes": 1234,
}  # fmt: skip
KINDS: Final = {
    "networks": {"none": 30, "mobile": 13},
    "failures": {
        "connection lost": 3,
        "refused: no match has a free seat": 1,
        "fell silent": 1,
        "odd <b>": 1,
    },
    "closes": {"1006": 3, "4006": 1},
    "refused": {"match_full": 1},
}
ONCE: Final = tuple(COUNTED)[:11]
"""Counts of the second second alone; all others come in every second, a little more in each."""
FALLING: Final = ("snapshots_per_second", "bytes_in_per_second")
"""What a slower run has less of."""
SCALE: Final = {"connect_ms": 10, "join_ms": 3, "outage_ms": 5, "door_wait_ms": 4, "tester_lag_ms": 0.5}


def a_recording(*, cpu: float = 0.42, slower: float = 1.0) -> Recording:
    """A run in which clients come for two seconds, and in which everything happens that can be counted."""
    made = Recording()
    for process, share in (("players 1", 1), ("swarm 1", 4)):
        made.expect(process)
        for second in range(SECONDS):
            made.add(process, _second(process, share, second, cpu, slower))
    return made


def _second(process: str, share: int, second: int, cpu: float, slower: float) -> Second:
    meter = Meter()
    for at, name in enumerate(SPREADS):
        for sample in range(5 * share if at % 5 != 3 or second > 2 else 0):
            value = (3 + at) * (1 + sample / 20) * (1 + (7 * second + at) % 5 / 40)
            meter.record(name, value / slower if name in FALLING else value * slower * SCALE.get(name, 1))
    meter.level(process.split(maxsplit=1)[0], share * min(10 * (second + 1), 10) - (second == SECONDS - 1))
    meter.level("cpu", cpu + share * second / 1000)
    for name, times in COUNTED.items():
        if name not in ONCE:
            meter.count(name, int(slower * times * share * (10 + second % 3) / 50))
        elif second == 1 and share == 4:
            meter.count(name, times)
    if second == 1 and share == 4:
        for name, kinds in KINDS.items():
            for kind, times in kinds.items():
                meter.count_kind(name, kind, times)
    return meter.cut(second)


HISTOGRAMS: Final = (
    (metrics.TICK_LATENESS, ("K7RW2P",)),
    (metrics.TICK_DURATION, ("K7RW2P",)),
    (metrics.TICK_DURATION, ("M3XQ9D",)),
    *((metrics.TICK_PHASE, (phase,)) for phase in ("drain", "rules", "encode", "write")),
    (metrics.GC_PAUSE, ("young",)),
)


def a_server(made: Recording, *, answers: int = SECONDS, busy: float = 1.0) -> ServerScraper:
    """A server that answered for ``answers`` seconds, and once stood still for longer than its buckets go."""
    server = ServerScraper(HERE)
    histograms: dict[tuple[Metric, tuple[str, ...]], Histogram] = {}
    before: tuple[float, Scrape] | None = None
    for second in range(answers):
        reading: dict[Metric, dict[tuple[str, ...], float | Histogram]] = {
            metrics.TICKS_DROPPED: {(): busy * second},
            metrics.SNAPSHOTS_SKIPPED: {(): 7 * second},
            CPU: {(): 100 + 0.45 * busy * second},
            RESIDENT_MEMORY: {(): 5.5e7 + 1e5 * second},
            START_TIME: {(): 1.7e9},
        }
        for at, (metric, labels) in enumerate(HISTOGRAMS):
            histogram = histograms.setdefault((metric, labels), Histogram())
            for tick in range(30):
                histogram.record(0.0004 * busy * (at + 1) * (1 + (tick * 7 + second) % 11))
            if second == 5 and metric is metrics.TICK_DURATION:
                histogram.record(12.0)
            reading.setdefault(metric, {})[labels] = histogram
        scrape = Scrape.read(Writer().write(reading).decode())
        if before:
            made.server[second - 1] = figures_between(before, (1000.0 + second, scrape))
        before = (1000.0 + second, scrape)
        server.note(second, scrape, before[0])
    if answers < SECONDS:
        server.unanswered = answers
    return server


def runs() -> dict[str, dict[str, Any]]:
    """The runs, by name."""
    usual, slower, ended, limited = a_recording(), a_recording(cpu=0.5, slower=2.5), a_recording(), a_recording(cpu=0.9)
    closed = Recording()
    meter = Meter()
    meter.count("clients", 43)
    meter.count("failed", 43)
    meter.count_kind("failures", "refused: all 7 seats are taken by people", 43)
    closed.add("swarm 1", meter.cut(0))
    ended.counts["never_came"] = 2
    return {
        "usual": _report(Results(usual, a_server(usual), 13.97)),
        "slower": _report(Results(slower, a_server(slower, busy=2.5), 14.0)),
        "ended": _report(Results(ended, a_server(ended, answers=8), 13.97, interrupted=True)),
        "limited": _report(Results(limited, None, 12.0)),
        "closed": _report(Results(closed, None, 1.0)),
    }


def _report(results: Results) -> dict[str, Any]:
    judged = results.evaluate([parse(text, SPREAD_NAMES, NUMBER_NAMES) for text in CONDITIONS])
    return report(results, ABOUT, judged)


def documents() -> dict[str, str]:
    """Every file, by name."""
    reports = runs()
    files = {f"{name}.json": _json(figures) for name, figures in reports.items() if name == "usual"}
    for name in ("usual", "limited", "closed"):
        files[f"{name}.html"] = to_html(reports[name]).replace("><", ">\n<")
    for name, figures in reports.items():
        files[f"{name}.txt"] = "\n".join(_printed(as_table(figures), width) for width in (100, 60, 50))
        files[f"{name}.md"] = to_markdown(figures)
    for before, after in (("usual", "slower"), ("slower", "usual"), ("usual", "closed")):
        comparison = compare(reports[before], reports[after])
        shown = [_printed(side_by_side(comparison, a_console(width)), width) for width in (120, 50)]
        lines = [*shown, *comparison.doubts, comparison.verdict, "", comparison_to_markdown(comparison)]
        files[f"from_{before}_to_{after}.txt"] = "\n".join(lines)
    files["live.txt"] = _printed(picture(_live()), 140)
    return files


def _json(figures: dict[str, Any]) -> str:
    series = ",\n".join(json.dumps(row) for row in figures["series"])
    return json.dumps(figures | {"series": []}, indent=1)[:-2] + f',\n"series of each second": [\n{series}\n]}}\n'


def _live() -> LoadTest:
    plan = Plan("swarm", HERE, ("",), built_in("hold", 43, 13.0, 50.0))
    return LoadTest([plan], recording=a_recording(cpu=0.8), started=time.monotonic() - 1000)


def a_console(width: int) -> Console:
    """A terminal with the eight colours."""
    return Console(width=width, file=StringIO(), force_terminal=True, color_system="standard", legacy_windows=False)


def _printed(what: RenderableType, width: int) -> str:
    """What a terminal of this width shows, with its colours as ``{31}``."""
    console = a_console(width)
    with console.capture() as captured:
        console.print(what)
    text = re.sub("\x1b\\[([0-9;]*)m", r"{\1}", captured.get())
    while (joined := re.sub(r"(\{([\d;]+)\}[^{}\n]*)\{0\}\{\2\}", r"\1", text)) != text:
        text = joined
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines())


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, text in documents().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
