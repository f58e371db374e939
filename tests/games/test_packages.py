"""Games are found by name: built in, installed, or in a module of a host's own."""

from __future__ import annotations

import importlib
import logging
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from game_server.errors import ConfigError
from game_server.games import GAMES, all_games, authors_line, game_named, module_of, packages, reference_of, web_folder
from game_server.games.arena import Arena
from game_server.games.tag import Tag
from game_server.simulation import Inputs, World
from game_server.testing import play
from tests.simulation.toy_game import Toy

GAME = """
from typing import Any, ClassVar
import attrs
from game_server.simulation import *

@attrs.define
class Dot:
    x: Column = whole(0, 100)

class Dots(Game):
    name = "dots"
    NAMES

    def __init__(self, world, rules=Rules()):
        super().__init__(world, rules)
        self.owned = world.table(1, "dot", Dot, world.max_players)
    def setup(self): return {}
    def join(self, player, newcomer): self.owned.add_at(player)
    def leave(self, player): self.owned.remove(player)
    def step(self, inputs): pass
    def phase(self): return "playing"
    @classmethod
    def brain(cls, setup, player, tick_rate, skill, seed): raise NotImplementedError
"""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty working directory; what is imported from it, and known of it, is forgotten."""
    before, modules = dict(GAMES), set(sys.modules)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    importlib.invalidate_caches()
    yield
    GAMES.clear()
    GAMES.update(before)
    for name in set(sys.modules) - modules:
        if getattr(sys.modules[name], "__file__", None) and str(tmp_path) in str(sys.modules[name].__file__):
            del sys.modules[name]


def write(names: str = "", module: str = "dots", text: str = GAME) -> Path:
    path = Path(f"{module}.py")
    path.write_text(text.replace("NAMES", names))
    return path


def install(name: str = "dots", value: str = "dots:Dots", package: str = "dotted") -> None:
    """Install a package with an entry point into the working directory."""
    info = Path(f"{package}-1.0.dist-info")
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{packages.ENTRY_POINTS}]\n{name} = {value}\n")
    sys.path.insert(0, str(Path.cwd()))
    importlib.invalidate_caches()


def test_the_arena_is_found_by_its_name() -> None:
    assert game_named("arena") is Arena


def test_every_game_is_known_by_its_own_name() -> None:
    assert all(game.name == name for name, game in all_games().items())


def test_an_unknown_name_is_refused_with_a_list_of_what_there_is() -> None:
    with pytest.raises(ConfigError, match=r"no game 'chess'; there is .*arena.*, or name your own as module:Class"):
        game_named("chess")


def test_a_class_in_the_working_directory_is_a_game_and_then_known_by_its_name() -> None:
    write()
    game = game_named("dots:Dots")
    assert game.name == "dots"
    assert game_named("dots") is game
    assert game_named(reference_of(game)) is game
    assert web_folder(game) == Path.cwd().resolve() / "web"
    for folder in ("pages", Path("pages"), Path.cwd() / "pages"):
        game.web = folder
        assert web_folder(game) == Path.cwd().resolve() / "pages"


def test_an_entry_point_of_a_package_is_a_game() -> None:
    write()
    install()
    assert game_named("dots").name == "dots"
    assert "dots" in all_games()


def test_a_package_that_cannot_be_imported_is_left_out_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    install(value="nowhere:Dots")
    assert "dots" not in all_games()
    assert "the game 'dots' of the package dotted cannot be imported" in caplog.text
    with pytest.raises(ConfigError, match="cannot be imported: ModuleNotFoundError: No module named 'nowhere'"):
        game_named("dots")


def test_an_entry_point_with_another_name_than_its_game_is_refused() -> None:
    write()
    install(name="spots")
    with pytest.raises(ConfigError, match="'spots' of the package dotted calls itself 'dots'; give both the same name"):
        game_named("spots")


def test_two_games_of_one_name_are_refused() -> None:
    write()
    write(module="more")
    game_named("dots:Dots")
    with pytest.raises(ConfigError, match="more:Dots is called 'dots', and so is dots:Dots; give it another name"):
        game_named("more:Dots")


def test_what_a_module_raises_is_said_with_its_file_and_line() -> None:
    path = write(text="import attrs\n\n1 / 0\n")
    with pytest.raises(
        ConfigError, match=r"cannot be imported: ZeroDivisionError: division by zero \(.*, line 3\)"
    ) as e:
        game_named("dots:Dots")
    assert str(path.resolve()) in str(e.value)


@pytest.mark.parametrize("declared", ["size = 800", "rounds = Rounds(play=-3)"])
def test_a_refused_declaration_is_said_with_a_line_of_its_class(declared: str) -> None:
    text = "from game_server.author import Game, Rounds\n\n\nclass Dots(Game):"
    path = write(text=f"{text} {declared}\n")
    with pytest.raises(ConfigError, match=r"cannot be imported: .* \(.*, line 4\)") as e:
        game_named("dots:Dots")
    assert str(path.resolve()) in str(e.value)


def test_a_module_with_an_error_of_syntax_is_said_with_its_file_and_line() -> None:
    write(text="class Dots\n")
    with pytest.raises(ConfigError, match=r"dots\.py, line 1: expected ':'"):
        game_named("dots:Dots")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("dots:", "write module:Class"),
        (":Dots", "write module:Class"),
        ("dots:Dots()", "write module:Class"),
        ("dots:Spots", "module 'dots' has no attribute 'Spots'"),
        ("dots:GAMES", "module 'dots' has no attribute 'GAMES'"),
        ("dots:attrs", "it must be a class derived from Game"),
        ("dots:Dot", "it must be a class derived from Game"),
        ("dots:Game", "lacks brain, join, leave, phase, setup, step; every game has these methods"),
    ],
)
def test_what_is_no_game_is_refused_in_words(name: str, why: str) -> None:
    write()
    with pytest.raises(ConfigError, match=re.escape(why)):
        game_named(name)


@pytest.mark.parametrize(
    ("names", "why"),
    [
        ("name = 'Dots'", "has the name 'Dots'; small letters, digits and _ are allowed, a letter first"),
        ("name = 7", "has the name 7"),
        ("title = 'x' * 81", "it has 1 to 80 printable characters"),
        ("title = 'x\\n'", "it has 1 to 80 printable characters"),
        ("seats = 16", "has seats = 16; write the least and the most, as in (2, 16)"),
        ("seats = (4, 2)", "has seats = (4, 2); the least and the most are from 1 to 4096"),
        ("tick_rate = 0", "has tick_rate = 0; it is from 1 to 240"),
        ("camera = 'free'", "has camera = 'free'; it is 'follow' or 'whole'"),
        ("modes = ('duel',)", "has the mode 'duel'; write Mode('name', 'Title')"),
        ("modes = (Mode('duel', ''),)", "it has 1 to 80 printable characters"),
        ("options = ('fog',)", "has the option"),
        ("options = Switch('fog', 'Fog')", "write options = (Switch(...),)"),
        ("modes = Mode('duel', 'Duel')", "write modes = (Mode(...),)"),
        ("options = (Switch('fog', 'Fog'), Switch('fog', 'Fog'))", "at most 16, each with another name"),
        ("options = (Number('speed', 'Speed', 1, 9, 10),)", "the option 'speed' is a whole number from 1 to 9, not 10"),
        ("options = (Choice('map', 'Map', ()),)", "has no choices, or more than 64"),
        ("options = (Choice('map', 'Map', (('park', 'Park'),), 'sea'),)", "is one of park, not 'sea'"),
    ],
)
def test_a_game_that_says_nonsense_of_itself_is_refused_in_words(names: str, why: str) -> None:
    write(names)
    with pytest.raises(ConfigError, match=re.escape(why)):
        game_named("dots:Dots")


def test_a_game_of_an_installed_package_that_fails_does_not_hide_the_others(caplog: pytest.LogCaptureFixture) -> None:
    write()
    install()
    install(name="broken", value="broken:Broken", package="broken")
    write(module="broken", text=dedent("raise RuntimeError('no')"))
    with caplog.at_level(logging.ERROR):
        assert {"arena", "dots"} <= all_games().keys()
    assert "RuntimeError: no" in caplog.text


@pytest.mark.parametrize(
    "names",
    [
        "name = 'a' * 32",
        "name = 'a_2'",
        "title = 'x' * 80",
        "title = ''",
        "seats = (1, 4096)",
        "seats = (4096, 4096)",
        "tick_rate = 1",
        "tick_rate = 240",
        "camera = 'whole'",
        "may_idle = 0.5",
        "modes = [Mode('du-el_2', 'x' * 80)]",
        "options = tuple(Switch(f'o{n}', 'x') for n in range(16))",
        "options = (Choice('map', 'Map', tuple((f'c{n}', 'x') for n in range(64))),)",
        "options = (Choice('map', 'Map', (('a-b', 'x' * 80),)), Number('speed', 'Speed', 1, 9, 9))",
    ],
)
def test_a_game_may_say_of_itself_what_is_just_within_its_limits(names: str) -> None:
    write(names)
    assert game_named("dots:Dots").__name__ == "Dots"


@pytest.mark.parametrize(
    ("names", "why"),
    [
        ("name = 'a' * 33", "small letters, digits and _ are allowed, a letter first"),
        ("title = 'x' * 81", "it has 1 to 80 printable characters"),
        ("title = None", "it has 1 to 80 printable characters"),
        ("seats = (0, 4)", "the least and the most are from 1 to 4096"),
        ("seats = (1, 4097)", "the least and the most are from 1 to 4096"),
        ("seats = (2,)", "write the least and the most, as in (2, 16)"),
        ("seats = [2, 4]", "write the least and the most, as in (2, 16)"),
        ("seats = (1, 2.0)", "write the least and the most, as in (2, 16)"),
        ("tick_rate = 241", "it is from 1 to 240"),
        ("tick_rate = True", "it is from 1 to 240"),
        ("maps = 1", "has maps = 1; it is True or False"),
        ("has_rounds = None", "has has_rounds = None; it is True or False"),
        ("modes = (Mode('Du', 'x'),)", "write Mode('name', 'Title')"),
        ("modes = (Mode('duel', 'x' * 81),)", "the title of the mode 'duel'"),
        ("options = tuple(Switch(f'o{n}', 'x') for n in range(17))", "at most 16, each with another name"),
        ("options = (Switch('Fog', 'x'),)", "write Switch, Number or Choice, named like a_b"),
        ("options = (Switch('fog', ''),)", "the label of the option 'fog'"),
        ("options = (Choice('map', 'Map', tuple((f'c{n}', 'x') for n in range(65))),)", "or more than 64"),
        ("options = (Choice('map', 'Map', (('A', 'x'),)),)", "has the choice 'A': small letters"),
        ("options = (Choice('map', 'Map', (('a', ''),)),)", "the title of the choice 'a'"),
    ],
)
def test_a_game_that_is_just_beyond_a_limit_is_refused(names: str, why: str) -> None:
    write(names)
    with pytest.raises(ConfigError, match=re.escape(why)):
        game_named("dots:Dots")


def test_a_predicted_rule_that_is_refused_is_said_with_its_own_line_alone() -> None:
    write(
        text="from game_server.author import Entity, Game, count\n\n\nclass Dots(Game):\n    class Player(Entity):\n"
        "        n = count(0, 9)\n\n    def predicted(me, input, dt):\n        me.n = me.n ** 2\n"
    )
    with pytest.raises(ConfigError) as e:
        game_named("dots:Dots")
    assert str(e.value).endswith("cannot be imported: dots.py, line 9: in predicted(), there is no **; write x * x")


def test_the_line_of_an_author_is_the_last_that_is_none_of_the_engine() -> None:
    class Failing(Toy):
        def step(self, inputs: Inputs) -> None:
            inputs.give(0, ())

    def ours() -> None:
        Tag(World(seed=1, max_players=2, tick_rate=30)).pass_on(3)  # type: ignore[no-untyped-call]

    def engines() -> None:
        game_named("chess")

    for call, file in (
        (play(Failing, players=1).step, "test_packages.py"),
        (ours, "games/tag/__init__.py"),
        (engines, "test_packages.py"),
    ):
        with pytest.raises(Exception) as raised:  # noqa: PT011 - whatever it is
            call()
        assert re.search(rf"{file}, line \d+$", authors_line(raised.value)), authors_line(raised.value)
    assert authors_line(ValueError()) == ""


def test_the_module_of_a_game_is_known_without_importing_it() -> None:
    install(value="nowhere.dots:Dots")
    assert (module_of("dots"), module_of("mine.own:Game"), module_of("tag")) == (
        "nowhere.dots",
        "mine.own",
        "game_server.games.tag",
    )
    with pytest.raises(ConfigError, match="no game 'chess'"):
        module_of("chess")


def test_the_working_directory_is_looked_in_before_other_places_and_added_once() -> None:
    sys.path[:] = [path for path in sys.path if path not in ("", str(Path.cwd()))]
    write()
    game_named("dots:Dots")
    write(module="others", text=GAME.replace('"dots"', '"others"'))
    game_named("others:Dots")
    assert sys.path[0] == str(Path.cwd())
    assert sys.path.count(str(Path.cwd())) == 1
