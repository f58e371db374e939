"""The version of a game's rules."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from game_server.journal.rules_version import version_of_rules
from game_server.simulation import Game

RULES = "from tests.simulation.toy_game import Toy\n\n\nclass Marbles(Toy):\n    name = 'marbles'\n"
names = iter(range(1000))


def game_in(file: Path) -> type[Game]:
    """The game in ``file``, imported under a name of its own."""
    name = f"marbles_{next(names)}"
    found = importlib.util.spec_from_file_location(name, file)
    assert found
    assert found.loader
    sys.modules[name] = module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    game: type[Game] = module.Marbles
    return game


@pytest.fixture
def package(tmp_path: Path) -> Iterator[Path]:
    """The folder of a game's package."""
    (tmp_path / "bots").mkdir()
    (tmp_path / "__init__.py").write_text(RULES)
    (tmp_path / "bots" / "brain.py").touch()
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("marbles_")]:
        del sys.modules[name]


def version(package: Path) -> str:
    return version_of_rules(game_in(package / "__init__.py"))


def test_it_is_16_hex_digits_and_the_same_for_the_same_source(package: Path) -> None:
    first = version(package)
    assert len(bytes.fromhex(first)) == 8
    assert version(package) == first


def test_it_changes_with_any_file_of_the_rules(package: Path) -> None:
    versions = [version(package)]
    (package / "__init__.py").write_text(RULES + "    seats = (1, 4)\n")
    versions.append(version(package))
    (package / "combat.py").touch()
    versions.append(version(package))
    (package / "combat.py").rename(package / "fights.py")
    versions.append(version(package))
    assert len(set(versions)) == 4


def test_bots_are_no_part_of_the_rules(package: Path) -> None:
    first = version(package)
    (package / "bots" / "brain.py").write_text("CLEVER = True\n")
    assert version(package) == first


def test_of_a_game_without_a_package_it_is_that_of_its_file_alone(package: Path) -> None:
    alone = package / "alone.py"
    (package / "__init__.py").rename(alone)
    first = version_of_rules(game_in(alone))
    (package / "other.py").write_text("OTHER = True\n")
    assert version_of_rules(game_in(alone)) == first
    alone.write_text(RULES + "    seats = (1, 4)\n")
    assert version_of_rules(game_in(alone)) != first
