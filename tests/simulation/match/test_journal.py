from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from game_server.errors import RulesError
from game_server.protocol import Input
from game_server.simulation import END_ROUND, START_ROUND, Inputs, Match, Rules, World, tick_alone
from game_server.simulation.match.journal import CAME, LEFT, ORDERED, Entry, Journal, replay
from tests.simulation.fake_outlet import FakeOutlet
from tests.simulation.journal_process import KINDS, record
from tests.simulation.toy_game import RIGHT, Toy, toy

ROOT = Path(__file__).parents[3]
TICKS = 3_000


def in_a_process_of_its_own(what: str, game: str, journal: Path, hash_seed: str) -> list[str]:
    command = [sys.executable, "-m", "tests.simulation.journal_process", what, game, str(TICKS), str(journal)]
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize("kind", KINDS)
def test_a_match_and_its_journal_in_another_process_have_the_same_hash_at_each_of_3000_ticks(
    kind: str, tmp_path: Path
) -> None:
    journal = tmp_path / "journal"
    played = in_a_process_of_its_own("record", kind, journal, hash_seed="1")
    replayed = in_a_process_of_its_own("replay", kind, journal, hash_seed="2")
    assert len(played) == len(set(played)) == TICKS
    assert replayed == played


@pytest.mark.parametrize("kind", KINDS)
def test_one_changed_input_changes_the_world_from_its_tick_on_and_not_before(kind: str) -> None:
    journal, hashes = record(kind, 200)
    changed = Journal.load(journal.dump())
    entry = next(entry for entry in changed.entries if entry.tick > 100 and entry.commands)
    player, buttons, aim, behind = entry.commands[0]
    entry.commands[0] = (player, buttons, (aim + 1024) % 4096, behind)
    replayed = [world.hash() for world in replay(changed, KINDS[kind][0])]
    assert replayed[: entry.tick - 1] == hashes[: entry.tick - 1]
    assert replayed[entry.tick - 1 :] != hashes[entry.tick - 1 :]


def test_a_journal_comes_back_from_its_bytes_as_it_was() -> None:
    journal, _ = record("toy", 600)
    assert len(journal.entries) > 100
    assert {what for entry in journal.entries for what, _ in entry.changes} == {CAME, LEFT, ORDERED}
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
        Entry(1, changes=[(CAME, 2)]),
        Entry(3, commands=[(2, RIGHT, 0, 0)]),
        Entry(6, changes=[(LEFT, 2)]),
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


def test_the_rules_and_orders_of_a_match_are_in_its_journal() -> None:
    game = Toy(World(seed=1, max_players=4, tick_rate=30), Rules(friendly_fire=True))
    match = Match(game, on_message=lambda _number, _message: None, journal=True)
    tick_alone(match)
    match.order(END_ROUND)
    match.seat(outlet=FakeOutlet())
    match.order(START_ROUND)
    tick_alone(match)
    assert match.journal is not None
    assert match.journal.rules == Rules(friendly_fire=True)
    assert match.journal.entries == [Entry(2, changes=[(ORDERED, END_ROUND), (CAME, 0), (ORDERED, START_ROUND)])]


DOINGS = st.one_of(
    st.tuples(st.just("tick"), st.integers(1, 60)),
    st.tuples(st.just("seat"), st.integers(0, 5)),
    st.tuples(st.just("press"), st.tuples(st.integers(0, 5), st.integers(0, 63), st.integers(0, 4095))),
    st.tuples(st.just("order"), st.sampled_from((START_ROUND, END_ROUND))),
)


@settings(max_examples=30)
@given(st.sampled_from(sorted(KINDS)), st.integers(0, 2**32), st.lists(DOINGS, max_size=40))
def test_the_journal_gives_the_same_world_for_all_arrivals_inputs_and_orders(
    kind: str, seed: int, doings: list[tuple[str, Any]]
) -> None:
    game, rules = KINDS[kind]
    world = World(seed=seed, max_players=6, tick_rate=30)
    match = Match(game(world, rules), on_message=lambda _number, _message: None, journal=True)
    outlets: dict[int, FakeOutlet] = {}
    hashes = []
    for what, which in [*doings, ("tick", 1)]:
        if what == "order":
            match.order(which)
        elif what == "press":
            player, buttons, aim = which
            if player in outlets:
                outlets[player].say(Input(world.tick + 1, buttons, aim, 0))
        elif what == "tick":
            for _ in range(which):
                tick_alone(match)
                hashes.append(world.hash())
        elif which in outlets:
            del outlets[which]
            match.unseat(which)
        elif len(outlets) < 6:
            outlet = FakeOutlet()
            outlets[match.seat(outlet=outlet).number] = outlet
    assert match.journal is not None
    journal = Journal.load(match.journal.dump())
    assert [replayed.hash() for replayed in replay(journal, game)] == hashes


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xc1",
        b"\x90",
        b"\x01",
        msgpack.packb([2, "toy", 1, 4, 30, 0, []]),
        msgpack.packb([3, "toy", 1, 4, 30, ["", False], 0, [1]]),
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
