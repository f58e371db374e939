"""What is left out while nothing is new: a client that gets less has the same."""

from __future__ import annotations

from copy import deepcopy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from game_server.protocol import KEEPALIVE_SECONDS, Input, Resync, Snapshot, SnapshotDecoder, decode_server
from game_server.simulation import Match, World, tick_alone
from game_server.simulation.replication.silence import NO_TABLES, Silence
from tests.simulation.fake_outlet import FakeOutlet
from tests.simulation.toy_game import LEFT, RIGHT, SNATCH, Restless, Toy

RATE = 5
SEATS = 3
KEEPALIVE = KEEPALIVE_SECONDS * RATE
STILL = 3 * 7
"""Ticks after which the toy has all the prizes that it can have: nothing changes any more by itself."""


def match_of(people: int, game: type[Toy] = Toy, *, hashed: bool = False) -> tuple[Match, list[FakeOutlet]]:
    world = World(seed=1, max_players=SEATS, tick_rate=RATE)
    match = Match(game(world), on_message=lambda _number, _message: None, hashed=hashed)
    outlets = [FakeOutlet() for _ in range(people)]
    for outlet in outlets:
        match.seat(outlet=outlet)
    return match, outlets


def tick(match: Match, times: int = 1) -> None:
    for _ in range(times):
        tick_alone(match)


def still(people: int = 1, *, watched: bool = False) -> tuple[Match, list[FakeOutlet]]:
    """A match in which nothing has changed for a while, just after a keepalive."""
    match, outlets = match_of(people)
    if watched:
        outlets.append(FakeOutlet())
        match.watch(outlets[-1])
    tick(match, 2 * KEEPALIVE)
    for _ in range(KEEPALIVE):
        for outlet in outlets:
            outlet.sent.clear()
        tick(match)
        if outlets[0].sent:
            break
    for outlet in outlets:
        outlet.sent.clear()
    return match, outlets


def test_while_nothing_is_new_only_a_keepalive_with_a_hash_comes() -> None:
    match, outlets = still(2, watched=True)
    began = match.world.tick
    tick(match, 2 * KEEPALIVE)
    for outlet in outlets:
        snapshots = outlet.snapshots()
        assert [snapshot.tick - began for snapshot in snapshots] == [KEEPALIVE, 2 * KEEPALIVE]
        assert all(snapshot.hash is not None and not snapshot.tables for snapshot in snapshots)


def test_after_the_last_change_one_snapshot_says_that_all_stands_still() -> None:
    match, (outlet, other) = still(2)
    began = match.world.tick
    match.game.owned.column("taken")[0] += 1
    tick(match, 5)
    assert [[snapshot.tick - began for snapshot in each.snapshots()] for each in (outlet, other)] == [[1, 2]] * 2


def test_a_change_of_the_own_row_alone_is_news_for_its_player() -> None:
    match, (outlet, other) = still(2)
    match.game.owned.column("tired")[0] = 3
    began = match.world.tick
    tick(match, 6)
    assert [snapshot.tick - began for snapshot in outlet.snapshots()] == [1, 2, 3, 4]
    assert other.snapshots() == []


@pytest.mark.parametrize("ahead", [1, 0], ids=["used", "late"])
def test_an_answer_to_an_input_is_news(ahead: int) -> None:
    match, (outlet,) = still()
    began = match.world.tick
    outlet.say(Input(began + ahead, 0, 0))
    tick(match, 4)
    assert [snapshot.tick - began for snapshot in outlet.snapshots()] == [1, 2]


def test_an_event_comes_with_a_snapshot() -> None:
    match, outlets = still(1, watched=True)
    match.announce((3, 0))
    tick(match, 3)
    for outlet in outlets:
        assert [type(message).__name__ for message in outlet.heard()] == ["Events", "Snapshot"]


def test_a_keyframe_that_is_asked_for_comes_at_once() -> None:
    match, (outlet,) = still()
    outlet.say(Resync(1))
    tick(match)
    (snapshot,) = outlet.snapshots()
    assert snapshot.kind


def test_where_all_moves_every_tick_has_a_snapshot() -> None:
    match, (outlet,) = match_of(1, Restless)
    tick(match, 50)
    assert [snapshot.tick for snapshot in outlet.snapshots()] == list(range(1, 51))


def test_others_who_come_and_go_do_not_make_anybody_miss_a_snapshot() -> None:
    silence, none, one = Silence(), np.array([], np.intp), np.array([4])
    said = [np.array([1])]
    assert silence.due(one, [NO_TABLES], np.array([True]), said).tolist() == [True]
    assert silence.due(none, [], np.array([], np.bool_), [np.array([], np.intp)]).tolist() == []
    assert silence.due(one, [NO_TABLES], np.array([False]), said).tolist() == [True]
    assert silence.due(one, [NO_TABLES], np.array([False]), said).tolist() == [True]
    assert silence.due(one, [NO_TABLES], np.array([False]), said).tolist() == [False]


presses = st.lists(
    st.tuples(
        st.integers(1, 12), st.integers(0, SEATS - 1), st.sampled_from([0, 0, LEFT, RIGHT, SNATCH]), st.integers(0, 2)
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(presses, st.booleans())
def test_a_client_that_gets_less_has_the_same_after_each_tick(
    chosen: list[tuple[int, int, int, int]], hashed: bool
) -> None:
    match, outlets = match_of(SEATS, hashed=hashed)
    decoders = [SnapshotDecoder(match.replication.schema, number) for number in range(SEATS)]
    got = 0
    for wait, number, buttons, aim in [*chosen, (2 * KEEPALIVE, 0, 0, 0)]:
        outlets[number].say(Input(match.world.tick + 1, buttons, aim))
        for _ in range(wait):
            tick(match)
            everything = match.replication.rows_everywhere(()) | match.replication.rows_around(0)
            for outlet, decoder in zip(outlets, decoders, strict=True):
                for data in outlet.sent:
                    message = decode_server(data)
                    if isinstance(message, Snapshot):
                        got += 1
                        decoder.apply(message)
                outlet.sent.clear()
                view = deepcopy(decoder.view)
                assert view.tables == everything
                own = match.game.owned
                assert view.own == {spec.name: own.column(spec.name)[view.player] for spec in own.specs if spec.owner}
    assert got <= SEATS * match.world.tick


@settings(max_examples=60, deadline=None)
@given(presses)
def test_inputs_that_press_nothing_and_repeat_the_one_before_may_be_left_out(
    chosen: list[tuple[int, int, int, int]],
) -> None:
    (repeating, all_of_them), (sparing, some_of_them) = match_of(SEATS), match_of(SEATS)
    held = [(0, 0)] * SEATS
    for wait, number, buttons, aim in chosen:
        changed = held[number] != (buttons, aim)
        held[number] = buttons, aim
        for _ in range(wait):
            soon = repeating.world.tick + 1
            for seat, (pressed, aimed) in enumerate(held):
                all_of_them[seat].say(Input(soon, pressed, aimed))
                if pressed or (seat == number and changed):
                    some_of_them[seat].say(Input(soon, pressed, aimed))
            changed = False
            tick(repeating)
            tick(sparing)
            assert repeating.world.hash() == sparing.world.hash()
