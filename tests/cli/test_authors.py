"""The commands for authors: what ``new`` writes plays at once, and ``check`` says what is wrong."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from game_server.cli import authors as module
from game_server.cli.authors import check, new, types
from game_server.errors import ConfigError
from game_server.games import GAMES, game_named, web_folder
from game_server.testing import Finding


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = dict(GAMES)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    importlib.invalidate_caches()
    yield
    GAMES.clear()
    GAMES.update(before)
    for name in [name for name in sys.modules if name.partition(".")[0] in ("apple_hunt", "faulty")]:
        del sys.modules[name]


def test_a_new_game_has_rules_of_less_than_fifty_lines_a_page_and_a_bot(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert new("apple_hunt") == 0
    assert "cd apple_hunt, then game-server dev" in capsys.readouterr().out
    monkeypatch.chdir("apple_hunt")
    game = game_named("apple_hunt:AppleHunt")
    assert (game.called(), game.name) == ("Apple hunt", "apple_hunt")
    assert (web_folder(game) / "game.js").is_file()
    rules = Path("apple_hunt/__init__.py").read_text()
    assert sum(bool(line.strip()) for line in rules.splitlines()) < 50
    assert "$" not in rules + Path("README.md").read_text() + Path("pyproject.toml").read_text()


def test_an_editor_knows_the_rows_of_a_new_game_and_of_one_that_has_changed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    new("apple_hunt")
    monkeypatch.chdir("apple_hunt")
    tsc: list[str | Path] = [Path(sys.executable).with_name("tsc"), "-p", "jsconfig.json", "--allowJs"]
    assert subprocess.run(tsc, capture_output=True, text=True, check=False).stdout == ""
    rules = Path("apple_hunt/__init__.py")
    rules.write_text(rules.read_text().replace("Coin", "Apple").replace("coin", "apple"))
    capsys.readouterr()
    assert types("apple_hunt:AppleHunt") == 0
    assert capsys.readouterr().out.strip() == str(Path.cwd() / "apple_hunt" / "web" / "game.d.ts")
    said = subprocess.run(tsc, capture_output=True, text=True, check=False).stdout
    assert "Property 'coins' does not exist on type 'Look'" in said


def test_the_tests_of_a_new_game_pass_and_nothing_is_found_in_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    new("apple_hunt", Path("elsewhere"))
    monkeypatch.chdir("elsewhere")
    done = subprocess.run([sys.executable, "-m", "pytest", "-q"], capture_output=True, text=True, check=False)
    assert "2 passed" in done.stdout, done.stdout
    assert check("apple_hunt:AppleHunt") == 0
    assert "FAULT" not in capsys.readouterr().out


@pytest.mark.parametrize("name", ["Chess", "2048", "class", "", "a-b", "x" * 33])
def test_a_name_that_is_none_for_a_package_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="cannot be used"):
        new(name)


@pytest.mark.parametrize("name", ["json", "game_server", "trio"])
def test_a_name_that_something_else_is_imported_by_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match=f"there is a module {name!r} already"):
        new(name)


def test_a_name_that_is_a_word_of_python_is_refused_as_such() -> None:
    with pytest.raises(ConfigError, match="name 'class' cannot be used: it is a word of Python itself"):
        new("class")


def test_a_name_that_is_taken_and_a_folder_that_is_not_empty_are_refused() -> None:
    with pytest.raises(ConfigError, match="there is a game 'tag' already"):
        new("tag")
    Path("full").mkdir()
    Path("full/kept.txt").write_text("mine")
    with pytest.raises(ConfigError, match="full is not empty"):
        new("apple_hunt", Path("full"))
    assert [path.name for path in Path("full").iterdir()] == ["kept.txt"]


def test_a_fault_is_code_1_and_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    Path("faulty.py").write_text(
        "from game_server.author import Entity, Game\n\n"
        "class Faulty(Game):\n    class Player(Entity): pass\n    def tick(self): raise RuntimeError('no')\n"
    )
    assert check("faulty:Faulty") == 1
    assert capsys.readouterr().out.startswith("FAULT rules               tick 1: RuntimeError: no (")


def test_a_new_game_is_written_below_missing_folders_and_into_an_empty_one() -> None:
    assert new("apple_hunt", Path("one/two")) == 0
    assert (Path("one/two") / "apple_hunt" / "web" / "game.js").is_file()
    Path("empty").mkdir()
    assert new("apple_hunt", Path("empty")) == 0
    assert sorted(path.name for path in Path("empty").iterdir()) == [
        "README.md", "apple_hunt", "jsconfig.json", "pyproject.toml", "tests",
    ]  # fmt: skip


def test_the_types_of_a_game_go_to_the_file_that_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        assert types("tag", Path("one/two/game.d.ts")) == 0
        assert capsys.readouterr().out == "one/two/game.d.ts\n"
    assert "Look" in Path("one/two/game.d.ts").read_text()
    Path("file").write_text("")
    with pytest.raises(ConfigError, match=r"cannot write file/game\.d\.ts"):
        types("tag", Path("file/game.d.ts"))


@pytest.mark.parametrize("good", [True, False])
def test_what_a_check_finds_is_a_line_each_as_it_stands(
    good: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    text = "[b]bold[/b] :smile: 'x' 12 " + " ".join(["long"] * 30)
    monkeypatch.setattr(module, "check_game", lambda _: [Finding("cost", True, text), Finding("rules", good, "fine")])
    assert check("tag") == (0 if good else 1)
    assert capsys.readouterr().out.splitlines() == [
        f"ok    cost                {text}",
        f"{'ok   ' if good else 'FAULT'} rules               fine",
    ]
