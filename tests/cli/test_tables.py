"""What the tables of all commands look like, to the column."""

from __future__ import annotations

import io
import time

from rich.console import Console, RenderableType

from game_server.cli.admin import _table as table_of_matches
from game_server.cli.compare_reports import side_by_side
from game_server.cli.host_live import picture as picture_of_a_host
from game_server.cli.loadtest_live import picture as picture_of_a_test
from game_server.client.target import Target
from game_server.loadtest.coordinator import LoadTest
from game_server.loadtest.plan import Plan
from game_server.loadtest.report.compare import compare
from game_server.loadtest.report.terminal import as_table
from game_server.loadtest.scenario.scenario import built_in
from game_server.protocol import PRIVATE, Answer, MatchRow
from tests.live_server import OpenServer
from tests.loadtest.report.test_json import recording, told

MATCHES = [
    MatchRow("K7RW2P", "Friday", "arena", "teams", "playing", 12, 4, 16, 3, 0),
    MatchRow("ZZ9999", "Ours", "arena", "", "results", 1, 0, 4, 0, PRIVATE),
]


def drawn(it: RenderableType, width: int = 80) -> list[str]:
    """The lines of ``it``."""
    out = io.StringIO()
    Console(file=out, width=width, color_system=None, highlight=False).print(it)
    return [line.rstrip() for line in out.getvalue().splitlines()]


def styled(it: RenderableType, style: str) -> str:
    """The words of ``it`` that are in ``style``."""
    console = Console(width=80, force_terminal=True)
    return " ".join(" ".join(part.text for part in console.render(it) if str(part.style) == style).split())


def test_matches_for_an_admin() -> None:
    table = table_of_matches(Answer("", tuple(MATCHES)))
    assert drawn(table) == [
        "match           code    mode   phase    people  bots  seats  watch",
        "Friday          K7RW2P  teams  playing      12     4     16      3",
        "Ours (private)  ZZ9999  arena  results       1     0      4      0",
    ]
    assert styled(table, "dim") == "match code mode phase people bots seats watch"


def test_matches_of_several_nodes_for_an_admin() -> None:
    assert drawn(table_of_matches(Answer("", tuple(MATCHES), ("worker-1", "worker-0")))) == [
        "match           code    node      mode   phase    people  bots  seats  watch",
        "Friday          K7RW2P  worker-1  teams  playing      12     4     16      3",
        "Ours (private)  ZZ9999  worker-0  arena  results       1     0      4      0",
    ]


async def test_matches_at_the_foot_of_a_host(open_server: OpenServer) -> None:
    served = await open_server(name="Friday with friends", bots=2)
    picture = picture_of_a_host(served.server, 62)
    assert drawn(picture) == [
        "0 connected, 0 of them in the lobby",
        "match                   code    phase    people  bots  seats",
        f"Friday with friends     {served.match.id}  playing       0     2      4",
    ]
    assert styled(picture, "dim") == "match code phase people bots seats"


async def test_a_name_too_long_for_a_narrow_terminal_is_cut_and_nothing_else(open_server: OpenServer) -> None:
    served = await open_server(name="Friday evening with all my friends")
    rows = drawn(picture_of_a_host(served.server, 50))[1:]
    assert len(rows) == 2
    assert rows[1].startswith("Friday evening with a")
    assert "\u2026" in rows[1]
    assert served.match.id in rows[1]


def test_a_load_test_that_is_under_way() -> None:
    plan = Plan("swarm", Target("127.0.0.1", 8000, False), ("",), built_in("hold", 2, 30.0, 50.0))
    test = LoadTest([plan], recording=recording(desyncs=3, cpu=0.95), started=time.monotonic() - 10)
    test.recording.kinds["failures"]["connection lost"] = 7
    look = picture_of_a_test(test)
    assert drawn(look, 140) == [
        "\u2501" * 10 + 22 * " " + "10 of 30 s  2 players  0 swarm  0 snapshots/s  0 inputs/s  0.0 MB/s",
        "                  p50   p99  p99.9   max",
        "connect ms          -     -      -     -",
        "input ack ms     50.0  50.0   50.0  50.0",
        "snapshot gap ms     -     -      -     -",
        "snapshot age ms     -     -      -     -",
        "3 desyncs",
        "7 x connection lost",
        "tester: 95% of a core",
    ]
    assert (styled(look, "yellow"), styled(look, "red")) == ("3 desyncs", "7 x connection lost")
    assert styled(look, "bold red") == "tester: 95% of a core"


def test_two_runs_side_by_side() -> None:
    before = told(recording())
    table = side_by_side(compare(before, before | {"desyncs": 1}), Console(width=80))
    assert drawn(table)[:6] == [
        "                                     before  after  change  varies by",
        "connected                                 2      2    +0 %",
        "failed                                    0      0",
        "disconnects                               0      0",
        "lost_seats                                0      0",
        "desyncs                                   0      1     new             worse",
    ]
    assert styled(table, "bold red") == "desyncs 0 1 new worse"


def test_the_report_of_a_run() -> None:
    table = as_table(told(recording(desyncs=1)))
    assert drawn(table)[:3] == [
        "1 desyncs",
        "target                       http://127.0.0.1:8000",
        "version                      0.1.0",
    ]
    assert drawn(table, 50)[:3] == ["1 desyncs", "target http://127.0.0.1:8000", "version 0.1.0"]
    assert styled(table, "bold").startswith("target version date scenario players")
    assert styled(table, "bold red") == "1 desyncs FAILED"
