"""Which game ``game-server dev`` hosts."""

from __future__ import annotations

from pathlib import Path

import pytest

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
