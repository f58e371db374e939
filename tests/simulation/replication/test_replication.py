from __future__ import annotations

import struct
from contextlib import nullcontext
from typing import Any, ClassVar

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from game_server.errors import ProtocolError, RulesError
from game_server.protocol import (
    DELTA,
    KEYFRAME,
    MAX_SERVER_MESSAGE_BYTES,
    OutOfSync,
    Schema,
    Snapshot,
    SnapshotDecoder,
    decode_server,
)
from game_server.simulation import Brain, Column, Event, Game, Inputs, Newcomer, Table, World, hidden, quantised, whole
from game_server.simulation.replication.replication import Replication
from game_server.simulation.replication.snapshot_encoder import SnapshotEncoder
from game_server.simulation.replication.snapshot_headers import SnapshotHeaders
from game_server.simulation.replication.table_replicas import schema_of
from tests.simulation.shown import shown
from tests.simulation.toy_game import Toy, toy

CAPACITY = 4
Field = tuple[str, Any, Any, float]

# The fields of the tables under test, written down a second time: (name, low, high, step), in the order of the rows.
EIGHT: list[Field] = [
    ("a", 0, 200, 1), ("b", 0, 40_000, 1), ("c", 0, 100_000, 1), ("d", -10, 10, 1),
    ("e", 0.0, 10.0, 0.1), ("f", -100.0, 100.0, 0.25), ("g", -1e6, 1e6, 0.01), ("h", 0.0, 50.0, 1.0),
]  # fmt: skip
NINE: list[Field] = [(f"n{i}", 0, 100, 1) for i in range(8)] + [("last", 0.0, 1.0, 1 / 65535)]
SIXTEEN: list[Field] = [(f"s{i}", 0, 2**32 - 1 if i % 3 == 0 else 99, 1) for i in range(16)]
ONE: list[Field] = [("only", -(2**31), 2**31 - 1, 1)]


@attrs.define
class Eight:
    a: Column = whole(0, 200, owner=True)
    hide: Column = hidden("i4", owner=True)
    b: Column = whole(0, 40_000)
    c: Column = whole(0, 100_000)
    d: Column = whole(-10, 10, owner=True)
    e: Column = quantised(0, 10, step=0.1)
    f: Column = quantised(-100, 100, step=0.25, owner=True)
    g: Column = quantised(-1e6, 1e6, step=0.01, owner=True)
    h: Column = quantised(0, 50, step=1)


def _rows(fields: list[Field]) -> Any:
    columns: dict[str, Any] = {
        name: whole(low, high) if isinstance(low, int) else quantised(low, high, step=step)
        for name, low, high, step in fields
    }
    return attrs.make_class("Rows", columns)


TABLES: list[tuple[int, str, Any, list[Field]]] = [
    (9, "eight", Eight, EIGHT),
    (2, "nine", _rows(NINE), NINE),
    (255, "sixteen", _rows(SIXTEEN), SIXTEEN),
    (0, "one", _rows(ONE), ONE),
]
OWN = [("a", "i"), ("hide", "i"), ("d", "i"), ("f", "d"), ("g", "d")]


@attrs.define
class Secret:
    """What nobody is shown."""

    count: Column = hidden("u4")


class Sandbox(Game):
    """Tables and no rules; a test moves the rows. A table that nobody is shown is among them."""

    name = "sandbox"
    event_types: ClassVar[tuple[type[Event], ...]] = ()

    def __init__(self, world: World) -> None:
        super().__init__(world)
        for number, name, rows, _ in TABLES:
            if number == 2:
                self.secret = world.single(10, "secret", Secret, count=1)
            world.table(number, name, rows, CAPACITY)
        self.owned = world.tables[9]

    def setup(self) -> dict[str, Any]:
        return {}

    def join(self, player: int, newcomer: Newcomer) -> None: ...

    def leave(self, player: int) -> None: ...

    def step(self, inputs: Inputs) -> None: ...

    def phase(self) -> str:
        return ""

    @classmethod
    def brain(cls, setup: dict[str, Any], player: int, tick_rate: int, skill: str, seed: int) -> Brain:
        raise NotImplementedError


def sandbox() -> Sandbox:
    return Sandbox(World(seed=1, max_players=CAPACITY, tick_rate=30))


class Model:
    """What a viewer ought to see, one row and one field at a time."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[int, dict[str, float]]] = {name: {} for _, name, _, _ in TABLES}

    def seen(self) -> dict[str, dict[int, dict[str, float]]]:
        return {
            name: {
                row: {field[0]: on_the_wire(field, values[field[0]]) for field in fields}
                for row, values in rows.items()
            }
            for (_, name, _, fields), rows in zip(TABLES, self.rows.values(), strict=True)
        }

    def own(self, player: int) -> bytes:
        row = self.rows["eight"].get(player)
        return b"" if row is None else b"".join(struct.pack("<" + code, row[name]) for name, code in OWN)


def on_the_wire(field: Field, value: float) -> float:
    _, low, high, step = field
    most = round((high - low) / step)
    steps = min(max(round((value - low) / step), 0), most)
    return float(low + step * steps)


# One thing done to one table: (table, what, row, field, where in the field's range, with half of it beyond each end).
deeds = st.lists(
    st.tuples(
        st.integers(0, len(TABLES) - 1),
        st.sampled_from(["add", "add", "set", "set", "set", "remove", "reborn"]),
        st.integers(0, CAPACITY - 1),
        st.integers(0, 15),
        st.floats(-0.5, 1.5) | st.sampled_from([0.0, 1.0]),
    ),
    max_size=8,
)
histories = st.lists(st.tuples(deeds, st.booleans()), min_size=1, max_size=12)


def do(game: Sandbox, model: Model, deed: tuple[int, str, int, int, float]) -> None:
    index, what, row, field_index, where = deed
    number, name, _, fields = TABLES[index]
    table, rows = game.world.tables[number], model.rows[name]
    if what in ("remove", "reborn") and row in rows:
        table.remove(row)
        old = rows.pop(row)
        if what == "reborn":
            table.add_at(row, **old)
            rows[row] = old
    elif what == "add" and row not in rows:
        values = {field[0]: _value(field, where) for field in fields}
        if name == "eight":
            values["hide"] = row - 2
        table.add_at(row, **values)
        rows[row] = values
    elif what == "set" and row in rows:
        field = fields[field_index % len(fields)]
        value = _value(field, where)
        table.column(field[0])[row] = value
        rows[row][field[0]] = value


def _value(field: Field, where: float) -> float:
    name, low, high, _ = field
    value = float(low + where * (high - low))
    if isinstance(low, float):
        return value
    if name == "only":
        return int(min(max(value, low), high))
    return int(value)


def read(data: bytes) -> Snapshot:
    message = decode_server(data)
    assert isinstance(message, Snapshot)
    return message


@settings(max_examples=150)
@given(histories, st.booleans(), st.integers(0, CAPACITY - 1))
def test_a_viewer_sees_exactly_the_quantised_rows_after_every_snapshot_it_gets(
    history: list[tuple[list[tuple[int, str, int, int, float]], bool]], hashed: bool, player: int
) -> None:
    game, model = sandbox(), Model()
    replication = Replication(game, hashed=hashed)
    schema = Schema.from_wire(replication.schema.to_wire())
    steady, skipping = SnapshotDecoder(schema, player), SnapshotDecoder(schema, player)
    needs_keyframe = True
    for number, (todo, skipped) in enumerate(history):
        game.world.advance()
        for deed in todo:
            do(game, model, deed)
        replication.capture()
        expected = model.seen()
        snapshot = read(shown(replication, player, keyframe=number == 0, ack=7, depth=2))
        view = steady.apply(snapshot)
        assert view.tables == expected
        assert snapshot.own == model.own(player)
        assert (view.tick, snapshot.ack, snapshot.depth) == (number + 1, 7, 2)
        assert snapshot.kind == (KEYFRAME if number == 0 else DELTA)
        assert (snapshot.hash is None) is not hashed
        if skipped:
            needs_keyframe = True
        else:
            kept = skipping.apply(read(shown(replication, player, keyframe=needs_keyframe)))
            assert kept.tables == expected
            needs_keyframe = False


@pytest.mark.parametrize("value", [0.1 + 0.2, -0.0, 5e-324, 1e300, -1 / 3])
def test_an_own_double_comes_bit_for_bit(value: float) -> None:
    game = sandbox()
    replication = Replication(game)
    game.world.advance()
    game.owned.add_at(2, f=value)
    replication.capture()
    decoder = SnapshotDecoder(replication.schema, 2)
    own = decoder.apply(read(shown(replication, 2, keyframe=True))).own
    assert struct.pack("<d", own["f"]) == struct.pack("<d", value)


# What a snapshot holds


class Watched:
    """A sandbox with one viewer that has had its keyframe."""

    def __init__(self, *, hashed: bool = False) -> None:
        self.game = sandbox()
        self.table: Table[Any] = self.game.owned
        self.table.add_at(0, a=1, b=2)
        self.table.add_at(1, a=3, b=4)
        self.replication = Replication(self.game, hashed=hashed)
        self.decoder = SnapshotDecoder(self.replication.schema, 0)
        self.decoder.apply(self.next(keyframe=True))

    def next(self, *, keyframe: bool = False) -> Snapshot:
        self.game.world.advance()
        self.replication.capture()
        return read(shown(self.replication, 0, keyframe=keyframe))


def test_a_world_in_which_nothing_changed_sends_no_table() -> None:
    assert Watched().next().tables == ()


def test_only_the_changed_fields_of_the_changed_rows_are_sent() -> None:
    watched = Watched()
    watched.table.rows.b[1] = 5
    assert watched.next().tables == ((9, b"\x01\x00\x02\x05\x00"),)


def test_a_change_too_small_for_the_wire_is_not_sent() -> None:
    watched = Watched()
    watched.table.rows.f[1] += 0.01
    assert watched.next().tables == ()


def test_a_row_that_went_is_sent_once_as_an_empty_mask() -> None:
    watched = Watched()
    watched.table.remove(1)
    assert watched.next().tables == ((9, b"\x01\x00\x00"),)
    assert watched.next().tables == ()


def test_a_row_that_came_and_went_between_two_ticks_is_never_sent() -> None:
    watched = Watched()
    watched.table.add_at(2)
    watched.table.remove(2)
    assert watched.next().tables == ()


def test_a_new_row_with_an_old_id_and_old_values_is_sent_whole() -> None:
    watched = Watched()
    watched.table.remove(1)
    watched.table.add_at(1, a=3, b=4)
    ((number, records),) = watched.next().tables
    assert number == 9
    assert records[:3] == b"\x01\x00\xff"


def test_all_viewers_of_a_tick_get_the_same_tables() -> None:
    game = toy()
    replication = Replication(game)
    for player in range(4):
        game.join(player, Newcomer())
    game.world.advance()
    game.step(Inputs.none(4))
    replication.capture()
    snapshots = [read(shown(replication, player, keyframe=True, ack=player, depth=0)) for player in range(4)]
    assert len({snapshot.tables for snapshot in snapshots}) == 1
    assert len({snapshot.own for snapshot in snapshots}) == 4


def test_one_who_has_no_row_has_no_own_bytes() -> None:
    watched = Watched()
    assert watched.next().own != b""
    watched.table.remove(0)
    assert watched.next().own == b""


@pytest.mark.parametrize(("beyond", "end"), [(-(10**9), 1), (10**9, 2)])
def test_a_value_beyond_its_range_is_sent_as_the_end_of_the_range(beyond: int, end: int) -> None:
    game = sandbox()
    for number, _, _, fields in TABLES[:2]:
        game.world.tables[number].add_at(0, **{field[0]: beyond for field in fields})
    replication = Replication(game)
    game.world.advance()
    replication.capture()
    view = SnapshotDecoder(replication.schema, 0).apply(read(shown(replication, 0, keyframe=True)))
    for _, name, _, fields in TABLES[:2]:
        assert view.tables[name][0] == pytest.approx({field[0]: field[end] for field in fields})


# Faults on the way are found


def test_a_flipped_bit_anywhere_in_the_records_is_found_by_the_hash() -> None:
    for bit in range(8 * 6):
        watched = Watched(hashed=True)
        watched.table.rows.a[1], watched.table.rows.b[1] = 9, 1_000
        snapshot = watched.next()
        ((number, records),) = snapshot.tables
        assert len(records) == 6
        damaged = bytearray(records)
        damaged[bit // 8] ^= 1 << bit % 8
        with pytest.raises(ProtocolError):
            watched.decoder.apply(attrs.evolve(snapshot, tables=((number, bytes(damaged)),)))


def test_a_lost_snapshot_is_found_by_the_hash_of_the_next() -> None:
    watched = Watched(hashed=True)
    watched.table.rows.a[1] = 9
    watched.next()
    with pytest.raises(OutOfSync, match=r"hash \d+ of tick 3, the server has \d+"):
        watched.decoder.apply(watched.next())


def test_a_keyframe_mends_a_view_that_was_out_of_sync() -> None:
    watched = Watched(hashed=True)
    watched.table.rows.a[1] = 9
    watched.next()
    watched.table.rows.b[1] = 9
    with pytest.raises(OutOfSync):
        watched.decoder.apply(watched.next())
    view = watched.decoder.apply(watched.next(keyframe=True))
    assert (view.tables["eight"][1]["a"], view.tables["eight"][1]["b"]) == (9, 9)
    watched.table.rows.c[1] = 70_000
    assert watched.decoder.apply(watched.next()).tables["eight"][1]["c"] == 70_000


def test_a_removal_takes_the_row_out_of_the_hash() -> None:
    watched = Watched(hashed=True)
    watched.table.remove(1)
    assert list(watched.decoder.apply(watched.next()).tables["eight"]) == [0]


def test_one_snapshot_a_second_carries_a_hash() -> None:
    watched = Watched()
    with_hash = [message.tick for message in (watched.next() for _ in range(90)) if message.hash is not None]
    assert with_hash == [30, 60, 90]


@settings(max_examples=50)
@given(deeds, deeds.filter(bool))
def test_a_view_that_missed_anything_is_found_out_within_a_second(
    before: list[tuple[int, str, int, int, float]], missed: list[tuple[int, str, int, int, float]]
) -> None:
    game, model = sandbox(), Model()
    replication = Replication(game)
    decoder = SnapshotDecoder(replication.schema, 0)
    for todo in (before, missed):
        game.world.advance()
        for deed in todo:
            do(game, model, deed)
        replication.capture()
        snapshot = read(shown(replication, 0, keyframe=todo is before))
        if todo is before:
            decoder.apply(snapshot)
    wrong = decoder.view.tables != model.seen()
    found = False
    for _ in range(30):
        game.world.advance()
        replication.capture()
        try:
            decoder.apply(read(shown(replication, 0, keyframe=False)))
        except OutOfSync:
            found = True
    assert found is wrong


# The schema


def test_the_schema_says_what_was_declared() -> None:
    schema = schema_of(toy())
    assert schema.to_wire() == [
        [
            [1, "runner", [["x", 2, -100, 0.25], ["y", 2, -100, 0.25], ["mood", 1, -5, 1], ["taken", 4, 0, 1]]],
            [7, "prize", [["worth", 1, 1, 1], ["born", 2, 0, 1]]],
        ],
        [["x", "f8"], ["y", "f8"], ["vx", "f8"], ["tired", "u2"]],
        [[16, "snatched", ["player", "worth"]], [20, "dawn", ["greeting"]]],
    ]
    assert Schema.from_wire(schema.to_wire()) == schema


def test_a_table_that_nobody_is_shown_is_in_no_schema_and_in_no_snapshot() -> None:
    watched = Watched()
    watched.game.secret.count += 1
    assert [table.name for table in watched.replication.schema.tables] == [name for _, name, *_ in TABLES]
    assert watched.next().tables == ()
    assert {number for number, _ in watched.next(keyframe=True).tables} == {9}


def test_the_table_of_the_players_own_rows_is_not_one_that_nobody_is_shown() -> None:
    game = toy()
    game.owned = game.world.table(9, "secret", Secret, 4)
    with pytest.raises(RulesError, match="table 'secret', the players' own, has no field with a wire form"):
        schema_of(game)


def test_an_event_with_a_code_of_the_protocols_is_refused() -> None:
    @attrs.frozen
    class Early(Event):
        code = 15
        name = "early"

    class Wrong(Toy):
        event_types = (Early,)

    with pytest.raises(RulesError, match=r"events \[15\]; their codes are from 16 on"):
        schema_of(Wrong(World(seed=1, max_players=2, tick_rate=30)))


def test_two_events_with_one_code_are_refused() -> None:
    class Twice(Toy):
        event_types = (*Toy.event_types, *Toy.event_types)

    with pytest.raises(RulesError, match="one each"):
        schema_of(Twice(World(seed=1, max_players=2, tick_rate=30)))


def test_an_owned_table_with_fewer_rows_than_seats_is_refused() -> None:
    game = toy(max_players=4)
    game.owned = game.prizes
    with pytest.raises(RulesError, match="'prize' has 3 rows for 4 players"):
        schema_of(game)


def test_ids_up_to_65534_go_over_the_wire() -> None:
    world = World(seed=1, max_players=65535, tick_rate=30)
    game = Toy(world)
    game.runners.add_at(65534, x=1.5)
    replication = Replication(game)
    world.advance()
    replication.capture()
    decoder = SnapshotDecoder(replication.schema, 65534)
    view = decoder.apply(read(shown(replication, 65534, keyframe=True)))
    assert view.tables["runner"][65534]["x"] == 1.5
    assert view.own["x"] == 1.5
    assert np.flatnonzero(game.runners.alive).tolist() == [65534]


def test_ticks_beyond_2_bytes_are_sent_in_4() -> None:
    game = toy(max_players=2)
    replication, world = Replication(game), game.world
    for tick in (65535, 65536, 70_000):
        world.tick = tick
        replication.capture()
        message = read(shown(replication, 1, keyframe=True, ack=tick - 1, depth=3))
        assert (message.tick, message.ack, message.depth) == (tick, tick - 1, 3)


@pytest.mark.parametrize(("more", "fits"), [(0, True), (1, False)])
def test_a_snapshot_may_be_as_long_as_a_message_beside_its_longest_header(more: int, fits: bool) -> None:
    encoder = SnapshotEncoder(toy())
    headers = SnapshotHeaders(toy().owned.specs)
    room = MAX_SERVER_MESSAGE_BYTES - headers.most_bytes
    with nullcontext() if fits else pytest.raises(RulesError, match=f"a snapshot has {room + 1} bytes of tables"):
        encoder._check(room + more)
