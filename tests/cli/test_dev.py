"""Which game ``game-server dev`` hosts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import trio

from game_server.cli import dev as module
from game_server.cli.authors import new
from game_server.cli.dev import dev, game_in
from game_server.errors import ConfigError


def test_without_a_name_it_is_the_game_of_the_folder_as_new_has_written_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    new("apple_hunt")
    assert game_in(tmp_path / "apple_hunt") == "apple_hunt:AppleHunt"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "there is no pyproject.toml here: name the game, as module:Class"),
        ("[project]\nname = 'x'\n", "declares no game in"),
        ('[project.entry-points."game_server.games"]\na = "a:A"\nb = "b:B"\n', "declares the games a, b in"),
        ("[project", "cannot be read"),
        ("project = 3", "cannot be read"),
    ],
)
def test_a_folder_that_declares_no_game_or_several_is_refused_in_words(
    tmp_path: Path, text: str | None, words: str
) -> None:
    if text is not None:
        (tmp_path / "pyproject.toml").write_text(text)
    with pytest.raises(ConfigError, match=words):
        game_in(tmp_path)


async def test_an_unknown_game_is_refused_before_anything_begins() -> None:
    with pytest.raises(ConfigError, match="no game 'chess'; there is"):
        await dev("chess", port=0)


async def test_a_server_for_an_author_has_the_game_of_the_folder_and_what_was_chosen(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made: list[tuple[tuple[object, ...], dict[str, object]]] = []

    class Dev:
        def __init__(self, *given: object, say: Callable[[str], None], **chosen: object) -> None:
            made.append((given, chosen))
            self.say = say

        async def run(self, *, task_status: trio.TaskStatus[str]) -> None:
            self.say("one\ntwo\x1b[31m")
            task_status.started("http://127.0.0.1:8000")

    monkeypatch.setattr(module, "DevServer", Dev)
    assert await dev("tag", bots=3, host="0.0.0.0", port=0) == 0
    assert await dev("tag") == 0
    assert [chosen for _, chosen in made] == [
        {"bots": 3, "host": "0.0.0.0", "port": 0}, {"bots": 2, "host": "127.0.0.1", "port": 8000},
    ]  # fmt: skip
    assert {given[0] for given, _ in made} == {"tag"}
    out, err = capsys.readouterr()
    assert out.splitlines()[0] == "Listening on http://127.0.0.1:8000"
    assert out.endswith("Listening on http://127.0.0.1:8000\n")
    assert err == "one\ntwo\ufffd[31m\n" * 2
