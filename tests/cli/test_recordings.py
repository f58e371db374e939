"""`game-server recordings`: clips, and a folder for any web server."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from game_server.cli import app as command
from game_server.games import GAMES
from game_server.journal import RecordingReader
from tests.journal.recording.recorded import ID, recorded
from tests.simulation.toy_game import Toy

BYTES = recorded(12)


def run(*arguments: str) -> int:
    """The exit code of ``game-server recordings`` with ``arguments``."""
    with pytest.raises(SystemExit) as ended:
        command.main(["recordings", *arguments])
    assert isinstance(ended.value.code, int)
    return ended.value.code


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory with one recording."""
    folder = tmp_path / "data"
    (folder / "recordings").mkdir(parents=True)
    (folder / "recordings" / f"{ID}.gsrec").write_bytes(BYTES)
    return folder


def test_a_clip_is_a_recording_of_its_own(data: Path, tmp_path: Path) -> None:
    assert run("cut", ID, str(tmp_path / "clip"), "--from", "6", "--to", "8", "--data", str(data)) == 0
    reader = RecordingReader(io.BytesIO((tmp_path / "clip").read_bytes()))
    assert reader.whole
    assert reader.header.id != ID
    [chunk] = reader.index.chunks
    assert (chunk.first, chunk.last) == (150, 241)


def test_a_recording_may_be_a_file(tmp_path: Path) -> None:
    (tmp_path / "mine.gsrec").write_bytes(BYTES)
    assert run("cut", str(tmp_path / "mine.gsrec"), str(tmp_path / "clip")) == 0
    clip = RecordingReader(io.BytesIO((tmp_path / "clip").read_bytes()))
    assert clip.index.marks == RecordingReader(io.BytesIO(BYTES)).index.marks


def test_an_export_is_the_page_the_file_and_what_draws_the_game(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "game.js").write_text("export default {};")
    monkeypatch.setitem(GAMES, "toy", type("Toy", (Toy,), {"web": tmp_path / "web", "rules_script": "// rules"}))
    site = tmp_path / "site"
    assert run("export", ID, str(site), "--data", str(data)) == 0
    assert (site / "recordings" / ID).read_bytes() == BYTES
    assert f'<meta name="replay" content="{ID}">' in (site / "index.html").read_text()
    assert (site / "src" / "app" / "main.js").is_file()
    assert (site / "sdk.js").is_file()
    assert (site / "games" / "toy" / "game.js").read_text() == "export default {};"
    assert (site / "games" / "toy" / "rules.js").read_text() == "// rules"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["cut", "nothing", "clip"], 2, "there is no recording 'nothing'"),
        (["cut", ID, "clip", "--from", "100"], 1, "nothing is from 100 s"),
        (["cut", ID, "clip", "--from", "5", "--to", "5"], 1, "nothing is from 5 s to 5 s"),
        (["cut", ID, "no/such/folder"], 2, "cannot cut"),
        (["export", ID, "."], 2, "is not empty"),
        (["export", ID, "site"], 2, "no game 'toy'; there is arena, cards, sketch, tag"),
        (["export", ID, "site", "--game", "no_such_module:Game"], 2, "cannot be imported"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: int,
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(*arguments, "--data", str(data)) == code
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1


def test_a_file_that_is_no_recording_is_said_to_be_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "notes").write_text("hello")
    assert run("cut", str(tmp_path / "notes"), str(tmp_path / "clip")) == 1
    assert "this file is no recording" in capsys.readouterr().err
