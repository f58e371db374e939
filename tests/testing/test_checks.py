"""What ``game-server check`` finds in games that are faulty, each in its own way."""

from __future__ import annotations

import importlib
import itertools
import random
import re
import shutil
import sys
import time
import types
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from game_server.games import GAMES, game_named
from game_server.games.tag import Tag
from game_server.protocol import Command, View
from game_server.simulation import Brain, Game
from game_server.testing import Finding, check_game, checks, translation_check
from tests.simulation.toy_game import Toy

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


def found_in(check: str, body: str, more: str = "") -> str:
    """What one check finds in a game with ``body`` in its tick; those after it are left out."""
    Path("faulty.py").write_text(GAME.replace("FAULT", body) + more)
    finding = next(finding for finding in check_game(game_named("faulty:Faulty")) if finding.check == check)
    assert not finding.good
    return finding.text


ALL = (
    "_plays", "_uses_no_clock", "_is_deterministic", "_is_whole_in_a_checkpoint", "_stays_in_its_ranges",
    "_only_reads_the_chat", "_has_bots", "_is_predicted_alike",
)  # fmt: skip


def alone(monkeypatch: pytest.MonkeyPatch, check: str, game: type[Game]) -> Finding:
    """What one check finds: the others, which take their time, find nothing."""
    for name in ALL:
        if name != check:
            monkeypatch.setattr(checks, name, lambda _game: "")
    return list(itertools.islice(check_game(game), len(ALL)))[ALL.index(check)]


def test_a_game_of_ours_has_no_fault_and_findings_say_what_was_played(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = itertools.count()
    monkeypatch.setattr(
        checks, "time", types.SimpleNamespace(**{**vars(time), "perf_counter": lambda: next(clock) / 4000})
    )
    findings = list(check_game(Tag))
    assert all(finding.good for finding in findings), findings
    assert [(finding.check, re.sub(r"[\d.]+ kB", "... kB", finding.text)) for finding in findings] == [
        ("rules", "600 ticks of 8 players who come, go and press anything raise nothing"),
        ("no clock, no chance", "the rules use no wall clock, and no randomness but that of the world"),
        ("deterministic", "two processes have the same world in each of 600 ticks"),
        ("checkpoint", "a match that is cut goes on alike, at the ticks 1, 50, 200, 400"),
        ("ranges", "every field stays within its declared range for 600 ticks"),
        ("chat", "who may write in the chat is decided without a change of the world"),
        ("bots", "2 bots (Runner) decide for 150 ticks, and raise nothing"),
        ("prediction", "the predicted rule is the same in both languages, in 2,000 random rows, to the bit"),
        ("cost", "2 players: 250 us a tick for the rules; ... kB a second for one who sees everything"),
        ("cost", "16 players: 250 us a tick for the rules; ... kB a second for one who sees everything"),
    ]


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
    fault = found_in(check, f"if len(self.players) and 0 in [p.id for p in self.players]:\n            {body}")
    assert text in fault


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


def test_rules_that_change_something_when_asked_about_the_chat_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("faulty.py").write_text(GAME.replace("FAULT", LISTENS))
    found = alone(monkeypatch, "_only_reads_the_chat", game_named("faulty:Faulty"))
    assert found.text.startswith("tick 1: may_write changes a field, or draws by lot")


def test_after_rules_that_raise_nothing_else_is_checked() -> None:
    assert list(faults("1 / 0")) == ["rules"]


def test_a_field_beyond_its_range_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("faulty.py").write_text(GAME.replace("FAULT", "self.owned.rows.x[:] = 130.0"))
    found = alone(monkeypatch, "_stays_in_its_ranges", game_named("faulty:Faulty"))
    assert found.text.startswith("tick 1: player 0 x is 130; it is declared from 0 to 100")


def test_a_rule_that_is_another_one_in_javascript_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("faulty.py").write_text(GAME.replace("FAULT", "pass"))
    game = game_named("faulty:Faulty")
    monkeypatch.setattr(game, "rules_script", game.rules_script.replace("/ 3", "/ 3.0000000000000004"))
    finding = alone(monkeypatch, "_is_predicted_alike", game)
    assert not finding.good
    assert "energy is" in finding.text
    assert "in JavaScript" in finding.text


@pytest.mark.parametrize(
    ("seats", "shown"),
    [((1, 500), [2, 16, 100]), ((1, 101), [2, 16, 100]), ((1, 99), [2, 16, 99]), ((3, 16), [16]), ((1, 1), [1])],
)
def test_costs_are_those_of_few_players_of_a_usual_match_and_of_all_seats_up_to_100(
    monkeypatch: pytest.MonkeyPatch, seats: tuple[int, int], shown: list[int]
) -> None:
    for name in ALL:
        monkeypatch.setattr(checks, name, lambda _game: "")
    monkeypatch.setattr(checks, "COST_TICKS", 4)
    game = type("Big", (Toy,), {"seats": seats, "brain": classmethod(lambda _game, *_given: Still())})
    findings = [finding for finding in check_game(game) if finding.check == "cost"]
    assert all(finding.good for finding in findings), findings
    assert [finding.text.partition(" player")[0] for finding in findings] == [str(players) for players in shown]


class Still(Brain):
    """Presses nothing."""

    def decide(self, view: View) -> Command:  # noqa: ARG002
        return Command(0, 0)


CALLS = [
    "random.random()", "random.randrange(3)", "random.randint(1, 2)", "random.choice('ab')", "random.shuffle([1])",
    "random.uniform(1, 2)", "random.gauss(0, 1)", "random.sample('ab', 1)", "random.getrandbits(3)",
    "np.random.random()", "np.random.randint(3)", "np.random.choice(3)", "np.random.shuffle([1])",
    "np.random.uniform(1, 2)", "np.random.default_rng()", "time.time()", "time.monotonic()", "time.perf_counter()",
    "time.time_ns()", "time.monotonic_ns()", "time.perf_counter_ns()",
]  # fmt: skip


@pytest.mark.parametrize("call", CALLS)
def test_every_clock_and_chance_without_a_seed_is_noticed_and_works_on(
    monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    monkeypatch.setattr(checks, "TICKS", 8)
    name = call.partition("(")[0]
    before = eval(name, {"random": random, "np": np, "time": time})  # noqa: S307 - of the list above
    shown = f"tick 2: {name.replace('np.', 'numpy.')}() is called in {Path('faulty.py').resolve()}, line 23; rules draw"
    assert found_in("no clock, no chance", f"if self.now == 2: {call}").startswith(shown)
    assert eval(name, {"random": random, "np": np, "time": time}) == before  # noqa: S307


def test_a_process_that_takes_too_long_or_fails_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    fails = "\nimport os\nif os.environ.get('PYTHONHASHSEED') == '2': raise RuntimeError('not twice')\n"
    monkeypatch.setattr(checks, "TICKS", 8)
    found = found_in("deterministic", "pass", fails)
    assert re.match("in another process: .*RuntimeError: not twice", found), found
    monkeypatch.setattr(checks, "PATIENCE", 0.001)
    assert found_in("deterministic", "pass") == "8 ticks in another process took more than 0.001 s"


def test_a_rule_that_fails_or_hangs_in_javascript_is_a_fault(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Path("faulty.py").write_text(GAME.replace("FAULT", "pass"))
    game = game_named("faulty:Faulty")
    script = game.rules_script

    def prediction() -> Finding:
        return alone(monkeypatch, "_is_predicted_alike", game)

    monkeypatch.setattr(game, "rules_script", script.replace("energy / 3", "energy / missing"))
    assert prediction() == Finding(
        "prediction", False, "the rule fails in JavaScript: ReferenceError: missing is not defined"
    )
    monkeypatch.setattr(game, "rules_script", "while (true);" + script)
    monkeypatch.setattr(translation_check, "PATIENCE", 0.3)
    assert "timed out after 0.3 seconds" in prediction().text
    monkeypatch.setattr(game, "rules_script", "")
    nothing = Finding(
        "prediction", True, "nothing was compared: there is no rule that is translated, or no Node.js here"
    )
    assert prediction() == nothing
    monkeypatch.setattr(game, "rules_script", script)
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    assert prediction() == nothing


@pytest.mark.parametrize(
    ("x", "found"), [(100.001, ""), (-0.001, ""), (101, "is 101"), (-1, "is -1"), (float("nan"), "is nan")]
)
def test_a_field_may_be_beyond_its_range_by_less_than_a_step(
    monkeypatch: pytest.MonkeyPatch, x: float, found: str
) -> None:
    monkeypatch.setattr(checks, "TICKS", 8)
    Path("faulty.py").write_text(GAME.replace("FAULT", f"self.owned.rows.x[:] = float('{x}')"))
    finding = alone(monkeypatch, "_stays_in_its_ranges", game_named("faulty:Faulty"))
    assert found in finding.text
    assert finding.good == (not found)
