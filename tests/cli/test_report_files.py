from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest

from game_server.cli.report_files import STANDARD_OUTPUT, Files, write_atomically
from game_server.errors import ConfigError
from game_server.loadtest.report.markdown import to_markdown
from tests.loadtest.report.test_json import recording, told


def test_a_file_is_made_or_replaced_whole_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    for text in ("first, a long one", "zwéi \ud800"):
        write_atomically(path, text)
    assert path.read_text("utf-8") == "zwéi \\ud800"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("at", ["write", "fsync", "replace"])
def test_whatever_fails_on_the_way_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    path = tmp_path / "report.json"
    path.write_text("old")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    if at == "replace":
        monkeypatch.setattr(Path, "replace", fail)
    elif at == "fsync":
        monkeypatch.setattr(os, "fsync", fail)
    else:
        monkeypatch.setattr(os, "fchmod", fail)
    with pytest.raises(OSError, match="No space"):
        write_atomically(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_what_a_killed_process_of_the_same_number_has_left_is_in_nobody_s_way(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    (tmp_path / f".report.json.{os.getpid()}.part").write_text("half")
    write_atomically(path, "new")
    assert path.read_text() == "new"


def test_permissions_stay_and_a_link_still_leads_where_it_led(tmp_path: Path) -> None:
    path, link = tmp_path / "report.json", tmp_path / "latest.json"
    path.write_text("old")
    path.chmod(0o640)
    link.symlink_to(path)
    write_atomically(link, "new")
    assert link.is_symlink()
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("new", 0o640)


def test_a_pipe_is_written_to_as_it_is(tmp_path: Path) -> None:
    path, read = tmp_path / "pipe", []
    os.mkfifo(path)
    reader = threading.Thread(target=lambda: read.append(path.read_text()))
    reader.start()
    write_atomically(path, "new")
    reader.join(10)
    assert read == ["new"]
    assert path.is_fifo()


def test_a_file_in_a_folder_that_takes_no_new_one_is_written_in_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "report.json"
    path.write_text("old")

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    monkeypatch.setattr(Path, "write_bytes", lambda self, data: os.write(os.open(self, os.O_WRONLY | os.O_TRUNC), data))
    write_atomically(path, "new")
    monkeypatch.undo()
    assert path.read_text() == "new"


FULL = Path("/dev/full")


def test_what_can_be_written_is_written_and_what_cannot_is_reported(tmp_path: Path) -> None:
    figures = told(recording())
    for files in (Files(FULL, tmp_path / "a.html"), Files(tmp_path / "a.json", FULL)):
        with pytest.raises(ConfigError, match="cannot write /dev/full: No space left on device"):
            files.write(figures)
    assert (tmp_path / "a.html").read_text().startswith("<!doctype html>")
    assert json.loads((tmp_path / "a.json").read_text()) == figures


def test_a_file_that_could_not_be_written_is_reported_beforehand_and_none_is_left(tmp_path: Path) -> None:
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
