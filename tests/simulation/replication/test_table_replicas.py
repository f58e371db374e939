"""Worlds that are followed together: each is shown as if it were alone."""

from __future__ import annotations

import random

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from game_server.protocol import Snapshot, decode_server
from game_server.simulation import Interest, World
from game_server.simulation.replication.replication import Replication
from game_server.simulation.replication.snapshot_encoder import HASH_SLOTS, SnapshotEncoder
from game_server.simulation.replication.table_replicas import shape_of
from tests.simulation.shown import snapshots
from tests.simulation.toy_game import Toy
from tests.simulation.world.test_interest import SIDE, VIEWERS, Plain, interests, stir

PEOPLE = list(range(VIEWERS))


def plain(interest: Interest | None, players: int = VIEWERS) -> Plain:
    return Plain(World(seed=1, max_players=players, tick_rate=30), interest)


@attrs.define
class Twins:
    """The same world followed twice: alone, and together with others."""

    game: Plain
    alone: Replication
    together: Replication
    behind: set[int] = attrs.field(factory=lambda: set(PEOPLE))

    @classmethod
    def of(cls, interest: Interest | None, encoder: SnapshotEncoder, *, hashed: bool) -> Twins:
        game = plain(interest)
        twins = cls(game, Replication(game, hashed=hashed), Replication(game, hashed=hashed))
        twins.together.share(encoder)
        return twins

    def shown(self, replication: Replication) -> list[bytes]:
        return snapshots(replication, PEOPLE, self.behind)


@settings(max_examples=30)
@given(st.integers(0, 2**32), st.none() | interests, st.booleans())
def test_a_world_followed_with_others_gives_the_bytes_that_it_gives_alone(
    seed: int, interest: Interest | None, hashed: bool
) -> None:
    chance = random.Random(seed)
    encoder = SnapshotEncoder(plain(interest), hashed=hashed)
    worlds = [Twins.of(interest, encoder, hashed=hashed) for _ in range(3)]
    for _ in range(6):  # fewer than the ticks before the first hash, which come in turns
        if chance.random() < 0.2 and worlds:
            worlds.pop(chance.randrange(len(worlds))).together.share(None)
        if chance.random() < 0.2:
            worlds.append(Twins.of(interest, encoder, hashed=hashed))
        assert len(encoder.replicas) == len(worlds)
        for twins in worlds:
            twins.game.world.advance()
            stir(twins.game, chance)
            twins.alone.capture()
        encoder.capture()
        for twins in worlds:
            assert twins.shown(twins.together) == twins.shown(twins.alone)
            twins.behind = {player for player in PEOPLE if chance.random() < 0.05}
            cell = chance.randrange(twins.alone.grid.cells)
            assert twins.together.rows_around(cell) == twins.alone.rows_around(cell)
            assert twins.together.rows_everywhere(()) == twins.alone.rows_everywhere(())


def test_worlds_followed_together_are_hashed_once_a_second_in_turns() -> None:
    encoder = SnapshotEncoder(plain(None))
    worlds = [Twins.of(None, encoder, hashed=False) for _ in range(6)]
    hashed_at: list[list[int]] = [[] for _ in worlds]
    for tick in range(60):
        for twins in worlds:
            twins.game.world.advance()
            stir(twins.game, random.Random(tick))
        encoder.capture()
        for twins, ticks in zip(worlds, hashed_at, strict=True):
            messages = [decode_server(message) for message in twins.shown(twins.together)]
            hashes = {message.hash for message in messages if isinstance(message, Snapshot)}
            assert hashes == {encoder.hash_of(twins.together.plane, 0)}
            ticks.extend([tick] * (hashes != {None}))
    assert [len(ticks) for ticks in hashed_at] == [2] * 6
    assert {ticks[1] - ticks[0] for ticks in hashed_at} == {30}
    assert len({ticks[0] for ticks in hashed_at}) == HASH_SLOTS


@pytest.mark.parametrize("hashed", [False, True])
def test_ticks_of_2_and_of_4_bytes_go_out_together_as_they_do_alone(hashed: bool) -> None:
    encoder = SnapshotEncoder(plain(None), hashed=hashed)
    worlds = [Twins.of(None, encoder, hashed=hashed) for _ in range(3)]
    for twins, tick in zip(worlds, (7, 70_000, 65_535), strict=True):
        twins.game.world.tick = tick
        twins.game.things.add_at(0, x=1, y=2)
        twins.alone.capture()
    encoder.capture()
    players = np.concatenate([twins.together.first + np.arange(VIEWERS) for twins in worlds])
    nothing = np.zeros(len(players), np.int64)
    made = encoder.encode(players, nothing, nothing)
    assert [made.message(at) for at in range(len(players))] == [
        message for twins in worlds for message in twins.shown(twins.alone)
    ]


def test_rows_without_a_place_are_sent_again_when_they_change_in_this_world() -> None:
    encoder = SnapshotEncoder(plain(None))
    first, second = (Twins.of(None, encoder, hashed=False) for _ in range(2))
    mark = first.game.marks.add(worth=3)
    encoder.capture()
    encoder.capture()
    second.game.marks.add(worth=4)
    encoder.capture()
    assert first.together.rows_everywhere({"mark"}) == {}
    assert second.together.rows_everywhere({"mark"}) == {"mark": {0: {"worth": 4}}}
    first.game.marks.rows.worth[mark] = 5
    encoder.capture()
    assert first.together.rows_everywhere({"mark"}) == {"mark": {0: {"worth": 5}}}


def test_worlds_of_unlike_tables_have_unlike_shapes() -> None:
    shapes = {
        shape_of(plain(None), hashed=False),
        shape_of(plain(None), hashed=True),
        shape_of(plain(Interest(SIDE, SIDE, 300, 300)), hashed=False),
        shape_of(Toy(World(seed=1, max_players=4, tick_rate=30)), hashed=False),
        shape_of(Toy(World(seed=1, max_players=5, tick_rate=30)), hashed=False),
    }
    assert len(shapes) == 5
    assert shape_of(plain(None), hashed=False) in shapes
