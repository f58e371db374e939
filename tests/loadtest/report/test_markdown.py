from __future__ import annotations

from typing import Any

import pytest

from game_server.loadtest.report.compare import compare
from game_server.loadtest.report.json import report
from game_server.loadtest.report.markdown import comparison_to_markdown, to_markdown
from game_server.loadtest.report.results import Results
from tests.loadtest.report.test_json import ABOUT, recording, server_that_stood_still, told, unseated


def rows(text: str) -> list[list[str]]:
    """The cells of its table, without the line below the head."""
    lines = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("|")]
    assert len({len(line) for line in lines}) == 1
    return [[cell.strip() for cell in line] for line in lines[:1] + lines[2:]]


def test_a_run_is_summed_up_in_ten_lines_with_its_outcome_first() -> None:
    figures = report(Results(recording(), server_that_stood_still(0.012), 5.0), ABOUT)
    text = to_markdown(figures)
    assert len(text.splitlines()) == 10
    assert text.startswith("**passed**: `Everybody got in and stayed; no desync, no snapshot out of order.`\n\n`http")
    head, ack, gap, age, lateness = rows(text)
    assert head == ["ms", "p50", "p99", "max"]
    assert (ack[0].split(" (")[0], ack[1:]) == ("input to acknowledgement", ["50"] * 3)
    assert (gap[1:], age[1:]) == (["-"] * 3, ["-"] * 3)
    assert float(lateness[3]) >= 12


def test_of_a_run_that_failed_only_what_is_wrong_is_reported() -> None:
    first = to_markdown(told(recording(), "input_ack_ms.p99 > 40", "desyncs > 0")).splitlines()[0]
    assert first == "**FAILED**: `FAILED: fail if input_ack_ms.p99 > 40: input_ack_ms.p99 is 50`"


def test_where_nobody_got_in_there_is_the_cause_and_no_table() -> None:
    assert to_markdown(unseated()).startswith("**FAILED**: `None of 4 clients got in: 4 x refused: all 7 seats")
    assert rows_of_nothing(to_markdown(unseated())) == 3


def rows_of_nothing(text: str) -> int:
    assert "|" not in text
    return len(text.splitlines())


@pytest.mark.parametrize("failing", [0, 300])
def test_what_others_wrote_is_no_markup_and_no_line_of_its_own(failing: int) -> None:
    made = recording(failed=1)
    made.kinds["failures"]["closed with 4009 `</td>` @somebody | ![x](y)\n# forged"] = 1
    figures = told(made, *["desyncs >= 0"] * failing) | {"target": "http://127.0.0.1/?match=`\r\n@me"}
    lines = to_markdown(figures).splitlines()
    assert len(lines) == 9
    assert all(line.count("`") == 2 for line in (lines[0], lines[2]))
    assert lines[0].split("`")[0] == "**FAILED**: "
    assert max(map(len, lines)) < 700


def test_a_comparison_is_summed_up_in_ten_lines_worst_first() -> None:
    before = told(recording())
    after = before | {"input_ack_ms": before["input_ack_ms"] | {"p99": 1080.0}, "desyncs": 2, "failed": 0}
    text = comparison_to_markdown(compare(before, after))
    assert len(text.splitlines()) == 10
    assert text.startswith("**worse: desyncs, input_ack_ms.p99**\n")
    head, *changes = rows(text)
    assert head == ["figure", "before", "after", "change"]
    assert changes[:2] == [["desyncs", "0", "2", "new worse"], ["input_ack_ms.p99", "50", "1,080", "+2060 % worse"]]
    assert "worse" not in "".join(map("".join, changes[2:]))


def test_what_makes_a_comparison_doubtful_is_within_the_ten_lines() -> None:
    before: dict[str, Any] = told(recording())
    text = comparison_to_markdown(compare(before, before | {"target": "http://`x`\n"}))
    assert len(text.splitlines()) == 10
    assert text.splitlines()[2].startswith("Not to be trusted: `target is")
    assert text.splitlines()[2].count("`") == 2
