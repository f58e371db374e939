"""Which files of a game are watched, and when a change is noticed."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
import trio

from game_server.dev import watching
from game_server.dev.watching import changed, folders_of, settled, stamps


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    return tmp_path


def write(*paths: str) -> None:
    for name in paths:
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")


def grow(size: int) -> None:
    Path("watched_e/__init__.py").write_text("x" * size)


def watched(module: str) -> set[str]:
    return {os.path.relpath(path) for path in stamps(folders_of(module))}


def test_of_a_package_its_python_and_all_that_browsers_are_served_is_watched() -> None:
    write("watched_a/__init__.py", "watched_a/part/more.py", "watched_a/web/game.js", "watched_a/web/a/sky.png")
    write("watched_a/notes.txt", "watched_a/__pycache__/x.py", "watched_a/web/.hidden", "other.py")
    assert watched("watched_a.part") == {
        "watched_a/__init__.py",
        "watched_a/part/more.py",
        "watched_a/web/game.js",
        "watched_a/web/a/sky.png",
    }


def test_files_of_a_package_below_a_folder_called_web_are_not_those_of_a_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("web/watched_g/__init__.py", "web/watched_g/log.txt", "web/watched_g/web/game.d.ts")
    monkeypatch.syspath_prepend(tmp_path / "web")
    assert watched("watched_g") == {"web/watched_g/__init__.py"}


def test_of_a_folder_that_is_no_package_all_that_browsers_are_served_is_watched() -> None:
    write("pages/game.js")
    assert [os.path.relpath(path) for path in stamps([(Path("pages").resolve(), True)])] == ["pages/game.js"]


def test_of_a_single_file_its_neighbours_and_the_folder_web_are_watched() -> None:
    write("watched_b.py", "helper.py", "web/game.js", "venv/lib/big.py")
    assert watched("watched_b") == {"watched_b.py", "helper.py", "web/game.js"}


def test_a_module_that_is_missing_is_waited_for_in_the_working_directory() -> None:
    before = stamps(folders_of("watched_c"))
    write("watched_c.py")
    assert changed(before, stamps(folders_of("watched_c"))) == [str(Path("watched_c.py").resolve())]


def test_files_beyond_the_bound_are_not_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "MOST_FILES", 3)
    write(*(f"watched_d/part{number}.py" for number in range(9)), "watched_d/__init__.py")
    assert len(watched("watched_d")) == 3


async def test_a_save_in_two_steps_is_waited_for_and_one_without_end_is_not(autojump_clock: trio.abc.Clock) -> None:
    del autojump_clock
    write("watched_e/__init__.py")
    folders, steps = folders_of("watched_e"), 0

    async def write_on() -> None:
        nonlocal steps
        while True:
            steps += 1
            grow(steps)
            await trio.sleep(watching.SETTLED / 2)

    before = stamps(folders)
    with trio.fail_after(60):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(write_on)
            await settled(folders, before)
            nursery.cancel_scope.cancel()
    assert steps > 3
