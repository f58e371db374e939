from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from game_server.errors import RulesError
from game_server.simulation.game import Game, Inputs
from game_server.simulation.journal import Entry, Journal, replay
from tests.simulation.journal_process import ALL_GAMES, record
from tests.simulation.toy_game import RIGHT, Toy, toy

ROOT = Path(__file__).parents[2]
TICKS = 3_000


def in_a_process_of_its_own(what: str, game: str, journal: Path, hash_seed: str) -> list[str]:
    command = [sys.executable, "-m", "tests.simulation.journal_process", what, game, str(TICKS), str(journal)]
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize("game", ALL_GAMES)
def test_a_match_and_its_journal_in_another_process_have_the_same_hash_at_each_of_3000_ticks(
    game: str, tmp_path: Path
) -> None:
    journal = tmp_path / "journal"
    played = in_a_process_of_its_own("record", game, journal, hash_seed="1")
    replayed = in_a_process_of_its_own("replay", game, journal, hash_seed="2")
    assert len(played) == len(set(played)) == TICKS
    assert replayed == played


@pytest.mark.parametrize("game", ALL_GAMES.values(), ids=ALL_GAMES)
def test_one_changed_input_changes_the_world_from_its_tick_on_and_not_before(game: type[Game]) -> None:
    journal, hashes = record(game, 200)
    changed = Journal.load(journal.dump())
    entry = next(entry for entry in changed.entries if entry.tick > 100 and entry.commands)
    player, buttons, aim, behind = entry.commands[0]
    entry.commands[0] = (player, buttons, (aim + 1024) % 4096, behind)
    replayed = [world.hash() for world in replay(changed, game)]
    assert replayed[: entry.tick - 1] == hashes[: entry.tick - 1]
    assert replayed[entry.tick - 1 :] != hashes[entry.tick - 1 :]


def test_a_journal_comes_back_from_its_bytes_as_it_was() -> None:
    journal, _ = record(Toy, 300)
    assert len(journal.entries) > 100
    assert {came for entry in journal.entries for _, came in entry.arrivals} == {True, False}
    assert Journal.load(journal.dump()) == journal


def test_only_what_differs_from_the_tick_before_is_recorded() -> None:
    journal = Journal.of(toy())
    inputs = Inputs.none(4)
    journal.arrival(1, 2, came=True)
    for tick in range(1, 6):
        inputs.buttons[2] = RIGHT if tick >= 3 else 0
        journal.inputs(tick, inputs)
    journal.arrival(6, 2, came=False)
    journal.inputs(6, Inputs.none(4))
    assert journal.entries == [
        Entry(1, arrivals=[(2, True)]),
        Entry(3, commands=[(2, RIGHT, 0, 0)]),
        Entry(6, arrivals=[(2, False)]),
    ]
    assert journal.last_tick == 6


def test_a_seat_that_changes_hands_between_two_ticks_begins_with_nothing_pressed() -> None:
    game = toy()
    journal = Journal.of(game)
    inputs = Inputs.none(4)
    journal.arrival(1, 0, came=True)
    inputs.buttons[0] = RIGHT
    journal.inputs(1, inputs)
    journal.arrival(2, 0, came=False)
    journal.arrival(2, 0, came=True)
    journal.inputs(2, Inputs.none(4))
    *_, world = replay(journal, Toy)
    assert world.tables[1].row(0)["vx"] == 0


def test_a_journal_of_no_ticks_replays_to_nothing() -> None:
    assert list(replay(Journal.of(toy()), Toy)) == []


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xc1",
        b"\x90",
        b"\x01",
        msgpack.packb([1, "toy", 1, 4, 30, 0, []]),
        msgpack.packb([2, "toy", 1, 4, 30, 0, [1]]),
    ],
    ids=["nothing", "no msgpack", "empty", "a number", "another format", "bad entries"],
)
def test_what_is_no_journal_of_this_version_is_refused(data: bytes) -> None:
    with pytest.raises(RulesError, match="not a journal of this version"):
        Journal.load(data)


@given(st.binary(max_size=60))
def test_any_bytes_are_a_journal_or_are_refused(data: bytes) -> None:
    with pytest.raises(RulesError, match="not a journal of this version"):
        Journal.load(data)
