from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from game_server.errors import JournalError
from game_server.games import GAMES
from game_server.journal import Replay
from game_server.journal.records import (
    CAME,
    CHECKPOINT,
    ENDED,
    HASH,
    INPUTS,
    LEFT,
    ORDERED,
    Record,
    find_last,
    read,
)
from game_server.protocol import Input
from game_server.simulation import END_ROUND, START_ROUND, Inputs, Match, Newcomer, Rules, World, tick_alone
from tests.journal.journal_process import KINDS, Kept, hashes_of, record
from tests.simulation.fake_outlet import FakeOutlet
from tests.simulation.toy_game import RIGHT, Toy, Welcoming, toy

ROOT = Path(__file__).parents[2]
TICKS = 3_000


def in_a_process_of_its_own(what: str, folder: Path, hash_seed: str) -> dict[str, list[str]]:
    """The hashes of each kind."""
    command = [sys.executable, "-m", "tests.journal.journal_process", what, str(TICKS), str(folder)]
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return {kind: line.split() for kind, line in zip(KINDS, done.stdout.splitlines(), strict=True)}


def test_matches_replayed_in_another_process_have_the_same_hash_at_all_3000_ticks(tmp_path: Path) -> None:
    played = in_a_process_of_its_own("record", tmp_path, hash_seed="1")
    replayed = in_a_process_of_its_own("replay", tmp_path, hash_seed="2")
    assert [len(set(hashes)) for hashes in played.values()] == [TICKS] * len(KINDS)
    assert replayed == played


def reads_inputs(kind: str) -> bool:
    """Whether the rules read what players hold; a game of commands alone does not, and of sketch only the page does."""
    inputs = getattr(KINDS[kind][0], "inputs", None)
    return inputs is None or (bool(inputs.controls) and kind != "sketch")


@pytest.mark.parametrize("kind", [kind for kind in KINDS if reads_inputs(kind)])
def test_a_changed_input_changes_the_world_from_its_tick_on_as_the_next_hash_shows(kind: str) -> None:
    journal, hashes = record(kind, 200)
    records = list(read(journal.data))
    changed = next(record for record in records if record.kind == INPUTS and record.tick > 100)
    other = changed.value.copy()
    other[0] ^= 0b1001  # up and right: no two directions that cancel each other
    records[records.index(changed)] = attrs.evolve(changed, value=other)
    replay = Replay(KINDS[kind][0])
    replayed = [world.hash() for world in replay.play(records, 200)]
    assert replayed[: changed.tick - 1] == hashes[: changed.tick - 1]
    assert replayed[changed.tick - 1 :] != hashes[changed.tick - 1 :]
    assert replay.differences[0].same_until < changed.tick <= replay.differences[0].tick


def test_a_checkpoint_is_as_good_as_all_that_was_before_it() -> None:
    journal, hashes = record("arena, teams", 700)
    start = find_last(journal.data, CHECKPOINT)
    replay = Replay(KINDS["arena, teams"][0])
    replayed = [world.hash() for world in replay.play(read(journal.data, start), 700)]
    assert len(replayed) < 300
    assert replayed == hashes[-len(replayed) :]
    assert replay.differences == []
    assert replay.checked > 0


def test_the_inputs_of_ticks_on_end_are_one_record_up_to_what_is_no_input() -> None:
    match = Match(toy(), on_message=lambda _number, _message: None)
    journal, outlet = Kept(match), FakeOutlet()
    match.seat(outlet=outlet)
    for tick in range(1, 6):
        outlet.say(Input(tick, RIGHT if tick >= 3 else 0, 0, 0))
        tick_alone(match)
    match.unseat(0)
    tick_alone(match)
    found = [(record.kind, record.tick, record.end) for record in read(journal.data)]
    kinds = [(kind, tick) for kind, tick, _ in found]
    assert kinds == [(CHECKPOINT, 0), (CAME, 0), *((INPUTS, tick) for tick in range(1, 6)), (LEFT, 5), (INPUTS, 6)]
    assert len({end for kind, _, end in found if kind == INPUTS}) == 2


def test_a_seat_that_changes_hands_between_two_ticks_begins_with_nothing_pressed() -> None:
    match = Match(toy(), on_message=lambda _number, _message: None)
    journal, outlet = Kept(match), FakeOutlet()
    match.seat(outlet=outlet)
    outlet.say(Input(1, RIGHT, 0, 0))
    tick_alone(match)
    match.unseat(0)
    match.seat(outlet=FakeOutlet())
    tick_alone(match)
    *_, world = Replay(Toy).play(read(journal.data), 2)
    assert world.hash() == match.world.hash()
    assert world.tables[1].row(0)["vx"] == 0


def test_the_rules_and_orders_of_a_match_are_in_its_journal() -> None:
    game = Toy(World(seed=1, max_players=4, tick_rate=30), Rules(chosen={"generous": True}))
    match = Match(game, on_message=lambda _number, _message: None)
    journal = Kept(match)
    tick_alone(match)
    match.order(END_ROUND)
    match.seat(outlet=FakeOutlet())
    match.order(START_ROUND)
    first, *rest = (record for record in read(journal.data) if record.kind != INPUTS)
    assert first.value.options == {"generous": True}
    assert [(record.kind, record.tick, record.value) for record in rest] == [
        (ORDERED, 1, END_ROUND),
        (CAME, 1, (0, "", False)),
        (ORDERED, 1, START_ROUND),
    ]


def test_rules_get_to_know_the_same_newcomers_as_in_the_match() -> None:
    Welcoming.came_lately()
    match = Match(Welcoming(World(seed=1, max_players=4, tick_rate=30)), on_message=lambda _number, _message: None)
    journal = Kept(match)
    match.seat(Newcomer("Ada"), outlet=FakeOutlet())
    match.seat(Newcomer("Argon", bot=True))
    assert Welcoming.came_lately() == [(0, Newcomer("Ada")), (1, Newcomer("Argon", bot=True))]
    assert list(Replay(Welcoming).play(read(journal.data))) == []
    assert Welcoming.came_lately() == [(0, Newcomer("Ada")), (1, Newcomer("Argon", bot=True))]


def test_the_tick_in_which_rules_raise_raises_again() -> None:
    class Broken(Toy):
        def step(self, inputs: Inputs) -> None:
            super().step(inputs)
            if inputs.aim.any():
                raise ZeroDivisionError("by the rules")

    match = Match(Broken(World(seed=1, max_players=4, tick_rate=30)), on_message=lambda _number, _message: None)
    journal, outlet = Kept(match), FakeOutlet()
    match.seat(outlet=outlet)
    for tick in range(1, 9):
        outlet.say(Input(tick, 0, 7 if tick == 8 else 0, 0))
        if tick < 8:
            tick_alone(match)
    with pytest.raises(ZeroDivisionError):
        tick_alone(match)
    replay = Replay(Broken)
    with pytest.raises(ZeroDivisionError):
        list(replay.play(read(journal.data), 8))
    assert replay.world.tick == 8


@pytest.mark.parametrize(
    ("kind", "value", "says"),
    [
        (CAME, (0, "Ada", False), "player 0 cannot come"),
        (CAME, (4, "Ada", False), "player 4 cannot come"),
        (LEFT, 1, "player 1 cannot leave"),
        (INPUTS, np.zeros((3, 5), "<u2"), "inputs of 5 players at tick 9, and the match has fewer seats"),
    ],
)
def test_records_that_do_not_fit_one_another_are_refused(kind: int, value: Any, says: str) -> None:
    with pytest.raises(JournalError, match=says):
        list(Replay(Toy).play([*one_player(), Record(kind, 9, value)]))


def test_a_record_of_a_tick_far_away_is_refused_and_not_played_to() -> None:
    with pytest.raises(JournalError, match="a record of tick 4294967295 does not follow on tick 0"):
        list(Replay(Toy).play([*one_player(), Record(HASH, 2**32 - 1, bytes(16))]))


@pytest.mark.parametrize("failed", [False, True])
def test_nobody_leaves_at_the_end_of_a_journal(failed: bool) -> None:
    replay = Replay(Toy)
    list(replay.play([*one_player(), Record(ENDED, 9, failed)]))
    assert replay.players == {0}


def one_player() -> list[Record]:
    match = Match(toy(), on_message=lambda _number, _message: None)
    journal = Kept(match)
    match.seat(outlet=FakeOutlet())
    return list(read(journal.data))


def test_a_checkpoint_of_another_game_is_refused() -> None:
    journal, _ = record("toy", 1)
    with pytest.raises(JournalError, match="a checkpoint does not fit the game 'arena'"):
        list(Replay(GAMES["arena"]).play(read(journal.data)))


def test_records_before_the_first_checkpoint_are_passed_over() -> None:
    assert list(Replay(Toy).play([Record(CAME, 7, 9), Record(HASH, 8, b"")], 9)) == []


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
    match = Match(game(world, rules), on_message=lambda _number, _message: None)
    journal = Kept(match)
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
    assert hashes_of(kind, journal.data, world.tick) == hashes
