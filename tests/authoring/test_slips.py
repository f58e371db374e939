"""Slips of beginners: each is refused when the class is made, in words that name it and say what to write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import game_server.author
from game_server.author import RulesError
from game_server.errors import ConfigError
from game_server.games import GAMES, game_named
from game_server.testing import play

GAME = """
class Slip(Game):
    size = (100, 100)
    inputs = Inputs(move=Stick(), dash=Button())
    {decl}

    class Player(Entity):
        x = place(0, 100)
        y = place(0, 100)
        {field}

    {method}
        {body}
"""


def made(decl: str = "", field: str = "", method: str = "", body: str = "", after: str = "") -> Any:
    """The class of a game with these lines in it, and others ``after`` it."""
    text = GAME.format(decl=decl, field=field, method=method, body=body or ("pass" if method else ""))
    names: dict[str, Any] = {name: getattr(game_server.author, name) for name in game_server.author.__all__}
    exec(text + after, names)  # noqa: S102 - it is what the tests below give it
    return names["Slip"]


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ({"method": "def on_tick(self):"}, r"Slip.on_tick is asked for by nobody; did you mean def tick\(self\)\?"),
        ({"method": "def joinned(self, player, who):"}, r"did you mean def joined\(self, player, who\)\?"),
        ({"method": "def on_join(self, player):"}, r"did you mean def joined\("),
        ({"method": "def Tick(self):"}, r"did you mean def tick\("),
        ({"method": "def update(self):"}, r"did you mean def tick\("),
        ({"method": "def round_start(self):"}, r"did you mean def round_began\("),
        ({"method": "def predict(me, input, dt):"}, r"did you mean predicted\?"),
        ({"decl": "round = Rounds(play=9)"}, r"Slip.round is asked for by nobody; did you mean rounds\?"),
        ({"decl": "seat = (2, 4)"}, r"did you mean seats\?"),
        ({"method": "def round_began(self):"}, r"round_began is never called: write rounds = Rounds\(play=60\), too"),
        ({"method": "def __init__(self):"}, r"what begins a match is def started\(self\)"),
        ({"decl": "seen = []"}, r"Slip.seen = \[\] is common to all matches"),
        ({"decl": "rounds = Rounds(play='60')"}, r"Rounds\(play='60'\): it is seconds"),
        ({"field": "label = text(10)"}, "Player.label = .* is no field; .*texts come with events and commands"),
        ({"field": "score: int"}, r"Player.score: int declares nothing; write score = count\(0, 100\)"),
        ({"field": "n = count(0, 1.5)"}, r"count\(0, 1.5\): whole numbers"),
        ({"field": "n = count('0', 5)"}, r"count\('0', 5\): whole numbers"),
        ({"field": "n = place('0', 5)"}, r"place\('0', 5\): two numbers"),
        ({"field": "n = number(0, '5', step=1)"}, r"number\(0, '5', step=1\): give two limits and a step"),
        ({"field": "n = total(0)"}, r'total\(0\): it has a title, for the column: total\("Points"\)'),
        ({"decl": "class Coin(Entity, most='5'): n = flag()"}, "Coin: most='5'; a table has 1 to 65535 rows"),
        ({"decl": "class Boom(Event): who = 'Player'"}, 'Boom.who = .* is no field; write who: "Player", int or str'),
        ({"decl": "class Put(Command): n: int"}, r"Put.n: int declares nothing; write n = count\(0, 51\)"),
        ({"decl": "class Put(Command): n = text('5')"}, r"text\('5'\): a text of a command has 1 to 200 characters"),
        ({"decl": "class Put(Command): n = counts(0, 9, most='5')"}, r"counts\(..., most='5'\): it is 2 to 128"),
        (
            {"after": "class Mind(Bot, plays=Slip):\n    def thinks(self, me, seen): ..."},
            "Mind does not say what it presses",
        ),
        (
            {"after": "class Mind(Bot, plays=Slip):\n    def think(self, seen): ..."},
            r"write def think\(self, me, seen\):",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_slip_is_refused_in_words(lines: dict[str, str], words: str) -> None:
    with pytest.raises(RulesError, match=words):
        made(**lines)


@pytest.mark.parametrize(
    "lines",
    [
        {"method": "def tick(self): self.start()\n    def start(self):"},
        {"method": "def tick(self): [self.joins for _ in '']\n    @property\n    def joins(self):"},
        {"decl": "class Update(Command): pass", "method": "def update(self, player):"},
        {"decl": "WORDS = ['a', 'b']"},
        {"decl": "prices = (1, 2)"},
        {"method": "def _tick(self):"},
        {"method": "def ending(self):"},
    ],
    ids=str,
)
def test_what_the_rules_need_may_be_called_nearly_as_what_the_engine_calls(lines: dict[str, str]) -> None:
    match: Any = play(made(**lines), players=1)
    match.step(2)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("self.input(player).dsh", "there is no input 'dsh'; there is move_x, move_y, dash"),
        ("self.chance.spot(60)", r"chance.spot\(60\): a field of 100 by 100 has no place so far from its rim"),
    ],
)
def test_a_slip_in_a_method_is_said_in_words_when_it_is_run(body: str, words: str) -> None:
    match: Any = play(made(method="def tick(self):", body=f"for player in self.players: {body}"), players=1)
    with pytest.raises((RulesError, AttributeError), match=words):
        match.step()


def test_a_slip_is_said_with_its_file_and_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ", ".join(name for name in game_server.author.__all__ if name.isidentifier())
    text = GAME.format(decl="", field="n = count(0, 1.5)", method="", body="")
    (tmp_path / "slipped.py").write_text(f"from game_server.author import {names}\n{text}")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ConfigError, match=r"count\(0, 1.5\): .* \(.*/slipped.py, line 11\)"):
        game_named("slipped:Slip")
    assert "slip" not in GAMES


def test_switches_of_a_game_are_true_or_false(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "switched.py").write_text(
        "from game_server.games.tag import Tag\nclass Yes(Tag): minimap = 'yes'\nclass Idle(Tag): may_idle = '9'\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    for game, words in (("Yes", "minimap = 'yes'; it is True or False"), ("Idle", "may_idle = '9'; it is seconds")):
        with pytest.raises(ConfigError, match=words):
            game_named(f"switched:{game}")
