from __future__ import annotations

import json
from pathlib import Path

import pytest

from game_server.cli.compare_reports import compare_reports
from game_server.loadtest.report.compare import compare
from game_server.loadtest.report.results import FAILED, PASSED
from tests.loadtest.report.test_json import recording, told


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Two runs, of which the second is worse."""
    before = told(recording())
    after = before | {"desyncs": 1, "bytes_in_per_second": {"p50": 123_456.0, "p99": None}}
    paths = tmp_path / "before.json", tmp_path / "after.json"
    for path, figures in zip(paths, (before, after), strict=True):
        path.write_text(json.dumps(figures))
    return paths


@pytest.mark.parametrize("columns", [40, 60, 80, 120])
def test_however_narrow_the_terminal_is_names_are_whole(
    files: tuple[Path, Path], columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    assert compare_reports(*files) == FAILED
    shown = capsys.readouterr().out
    words = shown.split()
    for change in compare(told(recording()), told(recording())).changes:
        assert set(change.name.split()) <= set(words), change.name
    assert max(map(len, shown.splitlines())) <= columns
    assert "123,456" in shown
    assert "\u2026" not in shown
    assert shown.splitlines()[-1].startswith("worse: desyncs")


def test_ten_lines_of_markdown_are_all_that_is_printed(
    files: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert compare_reports(*files, markdown=True) == FAILED
    shown = capsys.readouterr().out
    assert shown.startswith("**worse: desyncs**\n")
    assert len(shown.splitlines()) == 10
    assert compare_reports(files[0], files[0], markdown=True) == PASSED
