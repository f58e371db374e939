from __future__ import annotations

import json
from pathlib import Path

import pytest

from game_server.cli.report_files import STANDARD_OUTPUT, Files
from game_server.errors import ConfigError
from game_server.loadtest.report.markdown import to_markdown
from tests.loadtest.report.test_json import recording, told

FULL = Path("/dev/full")


def test_what_can_be_written_is_written_and_what_cannot_is_told(tmp_path: Path) -> None:
    figures = told(recording())
    for files in (Files(FULL, tmp_path / "a.html"), Files(tmp_path / "a.json", FULL)):
        with pytest.raises(ConfigError, match="cannot write /dev/full: No space left on device"):
            files.write(figures)
    assert (tmp_path / "a.html").read_text().startswith("<!doctype html>")
    assert json.loads((tmp_path / "a.json").read_text()) == figures


def test_a_file_that_could_not_be_written_is_told_beforehand_and_none_is_left(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot write .*: No such file"):
        Files(tmp_path / "missing" / "a.json").check()
    kept = tmp_path / "kept"
    kept.write_text("kept")
    Files(tmp_path / "a.json", kept).check()
    assert [(path, path.read_text()) for path in tmp_path.iterdir()] == [(kept, "kept")]


def test_markdown_is_all_that_goes_to_standard_output(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    files = Files(tmp_path / "a.json", None, markdown=True)
    files.check()
    assert files.standard_output
    files.write(told(recording()))
    assert capsys.readouterr().out == to_markdown(told(recording()))
    assert (tmp_path / "a.json").exists()
    for other in (Files(json=STANDARD_OUTPUT, markdown=True), Files(html=STANDARD_OUTPUT, markdown=True)):
        with pytest.raises(ConfigError, match="--markdown goes to standard output: name a file"):
            other.check()


@pytest.mark.parametrize(("one", "other"), [("x", "x"), ("x", "../{}/x"), (str(STANDARD_OUTPUT), str(STANDARD_OUTPUT))])
def test_two_reports_in_one_file_are_refused(
    one: str, other: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match="name two files"):
        Files(Path(one), Path(other.format(tmp_path.name))).check()
