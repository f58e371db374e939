from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from game_server.bots.compare import compare, read_report
from game_server.errors import ConfigError
from tests.bots.test_report_json import recording, told


@pytest.fixture
def before() -> dict[str, Any]:
    return told(recording())


def changed(report: dict[str, Any], **figures: Any) -> dict[str, Any]:
    other = deepcopy(report)
    for name, value in figures.items():
        other[name] = other[name] | value if isinstance(value, dict) else value
    return other


def test_a_run_is_like_itself(before: dict[str, Any]) -> None:
    comparison = compare(before, before)
    assert not comparison.worse
    assert comparison.verdict == "no change that matters"
    assert comparison.doubts == ()


def test_what_grows_beyond_what_runs_differ_by_is_worse_and_the_other_way_round_better(before: dict[str, Any]) -> None:
    after = changed(before, input_ack_ms={"p99": 80.0})
    assert compare(before, after).verdict == "worse: input_ack_ms.p99"
    assert compare(before, after).worse
    assert compare(after, before).verdict == "better: input_ack_ms.p99"
    assert not compare(after, before).worse


@pytest.mark.parametrize("p99", [45.5, 54.5])
def test_a_small_change_is_none(before: dict[str, Any], p99: float) -> None:
    assert compare(before, changed(before, input_ack_ms={"p99": p99})).verdict == "no change that matters"


def test_one_desync_more_is_always_worse(before: dict[str, Any]) -> None:
    assert compare(before, changed(before, desyncs=1)).verdict == "worse: desyncs"


def test_a_figure_that_only_one_run_has_is_shown_but_judged_by_nobody(before: dict[str, Any]) -> None:
    after = changed(before, connect_ms={"p99": 500.0})
    [change] = [change for change in compare(before, after).changes if change.name == "connect_ms.p99"]
    assert (change.before, change.after, change.trend, change.percent) == (None, 500.0, "same", "not measured in both")


def test_runs_that_are_no_twins_are_told(before: dict[str, Any]) -> None:
    after = changed(before, players=50, interrupted=True, tester={"limit": "too slow"})
    assert compare(before, after).doubts == (
        "players is 2 in one and 50 in the other",
        "in the second run the tester was the limit",
        "the second run was ended before its time",
    )


def test_a_report_is_read_as_it_was_written(before: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(before))
    assert read_report(path) == before


@pytest.mark.parametrize(
    "lacking",
    ["tester", "tester.limit", "interrupted", "swarm", "failed", "input_ack_ms", "input_ack_ms.p99", "server"],
)
def test_a_report_that_lacks_a_key_is_refused_with_its_name(
    before: dict[str, Any], lacking: str, tmp_path: Path
) -> None:
    head, _, rest = lacking.partition(".")
    del (before[head] if rest else before)[rest or head]
    path = tmp_path / "a.json"
    path.write_text(json.dumps(before))
    with pytest.raises(ConfigError, match=f"a.json has no '{lacking}'"):
        read_report(path)


def test_a_report_with_a_word_where_figures_have_to_be_is_refused(before: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(before | {"tester": "ok"}))
    with pytest.raises(ConfigError, match="'tester' is 'ok', where 'limit' has to be in it"):
        read_report(path)


@pytest.mark.parametrize(
    ("text", "saying"), [("{", "is no JSON"), ("[]", "is no report"), ('{"format": 9}', "is no report")]
)
def test_what_is_no_report_is_refused(text: str, saying: str, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(ConfigError, match=saying):
        read_report(path)
    with pytest.raises(ConfigError, match="No such file"):
        read_report(tmp_path / "b.json")
