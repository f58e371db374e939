from __future__ import annotations

from pathlib import Path

import attrs
import pytest

from game_server.cli.app import main
from game_server.games.arena import Arena
from game_server.games.arena.movement import Mover
from game_server.games.arena.rounds import Rounds
from game_server.journal import version_of_rules
from game_server.journal.records import Header, pack_header, read
from tests.journal.journal_process import record

TICKS = 700
HEADER = Header("K7RW2P", "arena", "0123", 1.8e9)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A journal of 700 ticks, with checkpoints at 0, 300 and 600."""
    path = tmp_path_factory.mktemp("kept") / "000000000000.journal"
    path.write_bytes(pack_header(HEADER) + record("arena, free-for-all", TICKS)[0].data)
    return path


def run(capsys: pytest.CaptureFixture[str], *words: str | Path | int) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["journal", *map(str, words)])
    out, err = capsys.readouterr()
    code = ended.value.code
    assert isinstance(code, int)
    return code, out, err


def test_what_a_journal_has_is_shown(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "info", kept)
    assert code == 0
    assert "K7RW2P, arena, begun 20" in out
    assert "rules    0123 have changed since" in out
    assert "ticks    0 to 7" in out


def test_a_folder_is_read_as_one_journal(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "info", kept.parent) == run(capsys, "info", kept)


def test_a_journal_whose_end_is_missing_says_so(kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "cut").write_bytes(kept.read_bytes()[:-3])
    _, out, _ = run(capsys, "info", tmp_path / "cut")
    assert "bytes of a record that was not written to its end" in out


def test_a_journal_that_plays_as_it_was_played_is_good(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "verify", kept)
    assert code == 0
    assert "23 hashes" in out
    assert "everything is the same" in out


def test_rules_that_have_changed_are_found_to_the_field(
    kept: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Mover.step

    def faster(self: Mover, rows: object, buttons: object, aim: object) -> object:
        fired = real(self, rows, buttons, aim)  # type: ignore[arg-type]
        rows.x[0] += 0.25  # type: ignore[attr-defined]
        return fired

    monkeypatch.setattr(Mover, "step", faster)
    code, out, _ = run(capsys, "verify", kept)
    assert code == 1
    assert "the world differs from tick 30 on at the latest; at tick 0 it was the same" in out
    assert "first difference known: tick 300: ship 0 x is" in out
    assert "the rules have changed since" in out


def test_two_journals_are_compared_tick_by_tick(kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "verify", kept, "--against", kept)
    assert (code, "everything is the same" in out) == (0, True)
    other = tmp_path / "other"
    other.write_bytes(pack_header(HEADER) + record("arena, teams", TICKS)[0].data)
    code, out, _ = run(capsys, "verify", kept, "--against", other)
    assert (code, "first difference known: tick 1: " in out) == (1, True)


def test_a_part_begins_with_the_checkpoint_before_it(
    kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, "cut", kept, tmp_path / "part", "--from", 400, "--to", 500)[0] == 0
    assert "ticks    300 to 500" in run(capsys, "info", tmp_path / "part")[1]
    assert (tmp_path / "part").stat().st_mode & 0o777 == 0o600
    assert run(capsys, "verify", tmp_path / "part")[0] == 0
    code, _, err = run(capsys, "cut", kept, tmp_path / "part", "--from", 800, "--to", 900)
    assert (code, "it has the ticks from 0 to 7" in err) == (1, True)
    code, _, err = run(capsys, "cut", kept, tmp_path / "no" / "part", "--from", 400, "--to", 500)
    assert (code, "cannot be written" in err) == (2, True)


def test_a_journal_is_played_to_a_tick(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hashes = record("arena, free-for-all", 450)[1]
    code, out, _ = run(capsys, "run", kept, "--until", 450)
    assert code == 0
    assert f"tick 450, hash {hashes[-1]}, " in out
    assert "not 0" in run(capsys, "run", kept, "--until", 0)[2]
    assert "not 9000" in run(capsys, "run", kept, "--until", 9000)[2]


def test_a_journal_of_a_checkpoint_alone_has_nothing_to_play(
    kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, "cut", kept, tmp_path / "cut", "--to", 0)[0] == 0
    code, _, err = run(capsys, "run", tmp_path / "cut")
    assert code == 1
    assert "it has a checkpoint of tick 0 and no tick after it: there is nothing to play" in err


def test_what_the_rules_raise_is_shown_with_its_tick(
    kept: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Rounds.step

    def broken(self: Rounds) -> None:
        real(self)
        if self.world.tick == 333:
            raise ZeroDivisionError("by the rules")

    monkeypatch.setattr(Rounds, "step", broken)
    code, _, err = run(capsys, "run", kept, "--until", 333)
    assert code == 1
    assert "ZeroDivisionError: by the rules" in err
    assert "the rules raised at tick 333" in err
    code, out, _ = run(capsys, "verify", kept)
    assert (code, "the rules raised at tick 333: ZeroDivisionError" in out) == (1, True)


def test_the_debugger_stops_in_the_rules_of_the_tick(
    kept: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    hashes = record("arena, free-for-all", 450)[1]
    commands = iter(["p self.world.tick", "continue"])
    monkeypatch.setattr("builtins.input", lambda _prompt="": next(commands))
    code, out, _ = run(capsys, "run", kept, "--until", 450, "--pdb")
    assert code == 0
    assert "450\n" in out
    assert f"tick 450, hash {hashes[-1]}, " in out


@pytest.mark.parametrize("data", [b"", b"x", b"x" * 5000, pack_header(HEADER)])
@pytest.mark.parametrize("command", [["info"], ["verify"], ["run", "--until", "7"]])
def test_what_is_no_journal_is_one_line(
    command: list[str], data: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_bytes(data)
    code, out, err = run(capsys, command[0], tmp_path / "file", *command[1:])
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert str(tmp_path / "file") in err


@pytest.mark.parametrize("name", ["missing", "too long" * 50])
def test_what_cannot_be_read_is_one_line(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "info", tmp_path / name)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert f"{tmp_path / name} cannot be read: " in err


def test_a_journal_of_another_game_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "other"
    path.write_bytes(pack_header(Header("K7RW2P", "chess", "", 1.0)) + record("toy", 10)[0].data)
    assert (
        run(capsys, "verify", path)[2]
        == "game-server: there is no game 'chess' here; there is arena, cards, sketch, tag\n"
    )
    path.write_bytes(pack_header(HEADER) + record("toy", 10)[0].data)
    assert "a checkpoint does not fit the game 'arena'" in run(capsys, "verify", path)[2]


def test_the_last_tick_can_be_played_to_and_the_one_after_a_checkpoint(
    kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, "cut", kept, tmp_path / "cut", "--from", 300, "--to", 305)[0] == 0
    hashes = record("arena, free-for-all", 305)[1]
    for until in (301, 305):
        code, out, _ = run(capsys, "run", tmp_path / "cut", "--until", until)
        assert (code, out.startswith(f"tick {until}, hash {hashes[until - 1]}, ")) == (0, True)
    assert run(capsys, "run", tmp_path / "cut")[1].startswith("tick 305, ")
    for until in (300, 306):
        assert (
            f"it has the ticks from 301 to 305, not {until}"
            in run(capsys, "run", tmp_path / "cut", "--until", until)[2]
        )


def test_what_a_journal_has_is_shown_in_seconds_and_records(
    kept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, "cut", kept, tmp_path / "cut", "--from", 300, "--to", 390)[0] == 0
    _, out, _ = run(capsys, "info", tmp_path / "cut")
    lines = dict(line.split(None, 1) for line in out.splitlines())
    assert lines["ticks"] == "300 to 390: 3 s at 30 a second"
    assert int(lines["records"]) == len(list(read((tmp_path / "cut").read_bytes()))) - 1
    assert "end" not in lines


def test_rules_that_have_not_changed_are_shown_without_a_word(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    header = Header("K7RW2P", "arena", version_of_rules(Arena), 1.8e9)
    (tmp_path / "same").write_bytes(pack_header(header) + record("arena, free-for-all", 3)[0].data)
    assert f"rules    {header.rules}\n" in run(capsys, "info", tmp_path / "same")[1]
    (tmp_path / "none").write_bytes(pack_header(attrs.evolve(header, rules="")) + record("arena, teams", 3)[0].data)
    assert "rules    unknown have changed since\n" in run(capsys, "info", tmp_path / "none")[1]
    other = pack_header(attrs.evolve(header, game="chess")) + record("arena, teams", 3)[0].data
    (tmp_path / "other").write_bytes(other)
    assert f"rules    {header.rules}\n" in run(capsys, "info", tmp_path / "other")[1]
