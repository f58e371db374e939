"""What ``game-server check`` finds in games that are faulty, each in its own way."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from game_server.games import GAMES, game_named
from game_server.games.tag import Tag
from game_server.testing import check_game

GAME = """
import random, time
import numpy as np
from game_server.author import Command, Entity, Game, Inputs, Stick, count, number, place
from game_server.simulation import Switch

class Faulty(Game):
    size = (100, 100)
    inputs = Inputs(move=Stick())

    class Player(Entity):
        x = place(0, 100)
        y = place(0, 100)
        energy = number(seen_by="owner")

    def predicted(me, input, dt):
        me.energy = me.energy / 3 + input.move_x * dt

    def joined(self, player, who):
        player.place(50, 50)

    def tick(self):
        FAULT
"""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = dict(GAMES)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    importlib.invalidate_caches()
    yield
    GAMES.clear()
    GAMES.update(before)
    sys.modules.pop("faulty", None)


def faults(body: str, more: str = "") -> dict[str, str]:
    """What is found in a game with ``body`` in its tick."""
    Path("faulty.py").write_text(GAME.replace("FAULT", body) + more)
    return {finding.check: finding.text for finding in check_game(game_named("faulty:Faulty")) if not finding.good}


def test_a_game_of_ours_has_no_fault_and_a_cost_for_each_number_of_players() -> None:
    findings = list(check_game(Tag))
    assert all(finding.good for finding in findings), findings
    costs = [finding.text for finding in findings if finding.check == "cost"]
    assert [text.partition(":")[0] for text in costs] == ["2 players", "16 players"]
    assert "to the bit" in next(finding.text for finding in findings if finding.check == "prediction")


def test_the_cost_is_shown_for_as_many_players_as_the_game_has_seats() -> None:
    class Small(Tag):
        seats = (2, 8)

    text = [finding.text for finding in check_game(Small) if finding.check == "cost"]
    assert [line.partition(":")[0] for line in text] == ["2 players", "8 players"]


@pytest.mark.parametrize("raised", ["SystemExit(3)", "KeyboardInterrupt"])
def test_rules_that_would_end_the_process_are_a_fault(raised: str) -> None:
    assert raised.partition("(")[0] in faults(f"if self.now == 40: raise {raised}")["rules"]


def test_what_the_engine_refuses_is_said_with_the_line_of_the_rules() -> None:
    text = faults("if len(self.players): self.players[0].size = 3")["rules"]
    assert "faulty.py, line 23)" in text, text


BOT = """
from game_server.author import Bot

class Mind(Bot, plays=Faulty):
    def think(self, me, seen):
        return 1 / 0
"""


def test_a_bot_that_raises_is_a_fault_of_bots_and_the_check_goes_on() -> None:
    found = faults("pass", BOT)
    assert "ZeroDivisionError" in found["bots"]
    assert "ZeroDivisionError" in found["cost"]


CASES: dict[str, tuple[str, str, str]] = {
    "raises": ("if self.now == 40: 1 / 0", "rules", "tick 40: ZeroDivisionError: division by zero"),
    "chance": (
        "if self.now == 9: random.random()", "no clock, no chance", "tick 9: random.random() is called in",
    ),
    "numpy's chance": (
        "np.random.random()", "no clock, no chance", "tick 1: numpy.random.random() is called in",
    ),
    "clock": ("time.monotonic()", "no clock, no chance", "tick 1: time.monotonic() is called in"),
    "hashes": (
        "self.players[0].x = hash('a') % 100 if self.now == 30 and len(self.players) else 50",
        "deterministic",
        "tick 30: two processes with the same seed and inputs have different worlds: player 0 x is",
    ),
    "kept outside": (
        "self.__dict__['n'] = self.__dict__.get('n', 0) + 1; self.players[0].x = self.__dict__['n'] % 100",
        "checkpoint",
        "player 0 x is",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("body", "check", "text"), CASES.values(), ids=CASES)
def test_a_fault_is_found_and_named_with_its_tick(body: str, check: str, text: str) -> None:
    found: dict[str, Any] = faults(f"if len(self.players) and 0 in [p.id for p in self.players]:\n            {body}")
    assert text in found[check], found


COMMAND = """pass

    class Give(Command):
        much = count(1, 9)

    def give(self, player, much):
        much / 0
"""


def test_commands_are_asked_for_and_what_one_raises_is_found() -> None:
    assert "ZeroDivisionError" in faults(COMMAND)["rules"]


LISTENS = """pass

    def may_write(self, player, words):
        player.x = player.x / 2
        return True
"""


def test_rules_that_change_something_when_asked_about_the_chat_are_found() -> None:
    assert faults(LISTENS)["chat"].startswith("tick 1: may_write changes a field, or draws by lot")


def test_after_rules_that_raise_nothing_else_is_checked() -> None:
    assert list(faults("1 / 0")) == ["rules"]


def test_a_field_beyond_its_range_is_found() -> None:
    found = faults("self.owned.rows.x[:] = 130.0")
    assert found["ranges"].startswith("tick 1: player 0 x is 130; it is declared from 0 to 100")


def test_a_rule_that_is_another_one_in_javascript_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("faulty.py").write_text(GAME.replace("FAULT", "pass"))
    game = game_named("faulty:Faulty")
    monkeypatch.setattr(game, "rules_script", game.rules_script.replace("/ 3", "/ 3.0000000000000004"))
    found = {finding.check: finding.text for finding in check_game(game) if not finding.good}
    assert "energy is" in found["prediction"]
    assert "in JavaScript" in found["prediction"]
