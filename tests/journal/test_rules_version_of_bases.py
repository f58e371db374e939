"""What the version of the rules covers beside the folder of the game."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from game_server.journal import rules_version
from game_server.journal.rules_version import version_of_rules
from game_server.simulation import Game

DECLARED = """
from game_server.author import Entity, Game, place


class Stroll(Game):
    title, size = "Stroll", (640, 360)

    class Player(Entity):
        x = place(0, 640)
        y = place(0, 360)
"""
BY_HAND = "from game_server.simulation import Game\n\n\nclass Stroll(Game):\n    name = 'stroll'\n"

Write = Callable[[str, str], None]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    """Write a file below a folder from which modules come, with an authoring in ``game_server``."""
    monkeypatch.syspath_prepend(str(tmp_path))
    package = SimpleNamespace(__file__=str(tmp_path / "game_server" / "__init__.py"))
    monkeypatch.setattr(rules_version, "game_server", package)
    before = set(sys.modules)

    def write(path: str, text: str) -> None:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)

    write("game_server/authoring/rule.py", "1")
    yield write
    for name in set(sys.modules) - before:
        del sys.modules[name]


def version(module: str) -> str:
    game: type[Game] = importlib.import_module(module).Stroll
    return version_of_rules.__wrapped__(game)


def test_a_game_of_declarations_has_other_rules_when_the_authoring_is_another(write: Write) -> None:
    write("stroll.py", DECLARED)
    before = version("stroll")
    write("game_server/authoring/rule.py", "2")
    assert version("stroll") != before


def test_what_is_written_on_the_simulation_alone_has_the_same_rules_then(write: Write) -> None:
    write("stroll.py", BY_HAND)
    before = version("stroll")
    write("game_server/authoring/rule.py", "2")
    assert version("stroll") == before


def test_a_game_that_extends_another_one_has_other_rules_when_that_has(write: Write) -> None:
    write("stroll.py", BY_HAND)
    write("race.py", "import stroll\n\n\nclass Stroll(stroll.Stroll):\n    pass\n")
    before = version("race")
    write("stroll.py", BY_HAND + "# faster\n")
    assert version("race") != before
