"""Private columns: what belongs to one player reaches nobody else, in no byte."""

from __future__ import annotations

import random
from typing import Any

import attrs
import pytest
import trio
import trio.testing
from hypothesis import given, settings
from hypothesis import strategies as st

from game_server.errors import RulesError
from game_server.protocol import Snapshot, SnapshotDecoder, View, decode_server
from game_server.simulation import (
    Brain,
    Column,
    Command,
    Game,
    Inputs,
    Interest,
    Match,
    Newcomer,
    Replication,
    TickGroup,
    World,
    hidden,
    quantised,
    tick_alone,
    whole,
)
from game_server.simulation.replication.table_replicas import PRIVATE, schema_of
from tests.simulation.fake_outlet import FakeOutlet

RATE = 10
SEATS = 4
SECRETS = 2**32
"""Values of four bytes, none of them twice: a byte string that has one by chance is not to be expected."""


@attrs.define
class Pawn:
    """A player."""

    x: Column = quantised(0, 400, step=0.25, owner=True)
    y: Column = quantised(0, 400, step=0.25)


@attrs.define
class Card:
    """Everybody sees who holds it, and its holder what it is."""

    holder: Column = whole(0, SEATS)
    face: Column = whole(0, SECRETS - 1, private=True)
    price: Column = whole(0, SECRETS - 1)
    marked: Column = hidden("u4")


@attrs.define
class Note:
    """Only who has it knows that there is one."""

    by: Column = hidden("u2")
    text: Column = whole(0, SECRETS - 1, private=True)


class Cards(Game):
    """Rules that do anything with cards and notes."""

    name = "cards_by_chance"

    def __init__(self, world: World, interest: Interest | None = None) -> None:
        super().__init__(world)
        self.interest = interest
        self.owned = world.table(3, "pawn", Pawn, SEATS, position=("x", "y") if interest else None)
        self.cards = world.table(255, "card", Card, 12, owner="holder")
        self.notes = world.table(7, "note", Note, 6, owner="by")
        self.chance = random.Random(world.seed)
        self.still = False

    def secret(self) -> int:
        return self.chance.randrange(2**24, SECRETS)

    def setup(self) -> dict[str, Any]:
        return {}

    def join(self, player: int, newcomer: Newcomer) -> None:  # noqa: ARG002
        self.owned.add_at(player, x=self.chance.uniform(0, 400), y=self.chance.uniform(0, 400))

    def leave(self, player: int) -> None:
        self.owned.remove(player)

    def phase(self) -> str:
        return "playing"

    def step(self, inputs: Inputs) -> None:  # noqa: ARG002 - nobody presses anything
        if self.still:
            return
        chance, cards, notes = self.chance, self.cards, self.notes
        for player in self.owned.live.tolist():
            self.owned.rows.x[player] = min(400, max(0, self.owned.rows.x[player] + chance.uniform(-60, 60)))
        for _ in range(chance.randrange(4)):
            match chance.randrange(6):
                case 0 if len(cards) < cards.capacity:
                    cards.add(holder=chance.randint(0, SEATS), face=self.secret(), marked=self.secret())
                case 1 if len(cards):
                    cards.remove(chance.choice(cards.live.tolist()))
                case 2 if len(cards):
                    cards.rows.holder[chance.choice(cards.live.tolist())] = chance.randint(0, SEATS)
                case 3 if len(cards):
                    cards.rows.face[chance.choice(cards.live.tolist())] = self.secret()
                case 4 if len(notes) < notes.capacity:
                    notes.add(by=chance.randint(0, SEATS), text=self.secret())
                case 5 if len(notes):
                    note = chance.choice(notes.live.tolist())
                    notes.rows.by[note], notes.rows.text[note] = chance.randint(0, SEATS), self.secret()
                    if chance.random() < 0.3:
                        notes.remove(note)

    def secrets_of(self, player: int | None) -> dict[str, dict[int, int]]:
        """What is private to ``player``, by table and id; None for what all rows hold."""
        found: dict[str, dict[int, int]] = {}
        for name, table, owner, value in (
            ("card" + PRIVATE, self.cards, "holder", "face"),
            ("note", self.notes, "by", "text"),
        ):
            owners, values = table.column(owner).tolist(), table.column(value).tolist()
            found[name] = {
                row: values[row] for row in table.live.tolist() if player is None or owners[row] == player + 1
            }
        return found

    @classmethod
    def brain(cls, setup: dict[str, Any], player: int, tick_rate: int, skill: str, seed: int) -> Brain:  # noqa: ARG003
        return Watcher()


class Watcher:
    """A bot that remembers what it saw."""

    def __init__(self) -> None:
        self.seen: dict[str, dict[int, Any]] = {}

    def decide(self, view: View) -> Command:
        self.seen = {name: dict(rows) for name, rows in view.tables.items()}
        return Command(0, 0)


class Tape:
    """A recorder that keeps what it takes."""

    def __init__(self) -> None:
        self.bytes = b""

    def record(self, replication: Replication, events: bytes, /) -> None:
        encoder = replication.encoder
        for keyframe in (False, True):
            self.bytes += encoder.panorama(keyframe=keyframe).of(replication.plane)
        self.bytes += events

    def restart(self) -> None: ...
    def send(self, message: bytes, /) -> bool:
        self.bytes += message
        return True


@attrs.define
class Viewer:
    """A person, and what they have received."""

    outlet: FakeOutlet
    decoder: SnapshotDecoder


class Court:
    """A match with people, spectators, bots and a recording, of whom each sees what it may."""

    def __init__(self, seed: int, interest: Interest | None) -> None:
        self.game = Cards(World(seed=seed, max_players=SEATS, tick_rate=RATE), interest)
        self.match = Match(self.game, on_message=lambda _player, _message: None, hashed=True)
        self.people: dict[int, Viewer] = {}
        self.bots: dict[int, Watcher] = {}
        self.before: dict[int, dict[str, dict[int, int]]] = {}
        """What was private to each in the tick before, which bots decide by."""
        self.tape = self.match.recorder = Tape()
        self.spectators = [self.viewer() for _ in range(2)]
        for spectator, follow in zip(self.spectators, (0, 65535), strict=True):
            self.match.watch(spectator.outlet, follow)

    def viewer(self, player: int = 65535) -> Viewer:
        return Viewer(FakeOutlet(), SnapshotDecoder(self.match.replication.schema, player))

    def stir(self, chance: random.Random) -> None:
        """Let people and bots come, go, lose their connection and come back."""
        if len(self.match.players) < SEATS and chance.random() < 0.3:
            if chance.random() < 0.5:
                bot = Watcher()
                self.bots[self.match.seat(brain_for=lambda _seat: bot).number] = bot
            else:
                viewer = self.viewer()
                self.people[self.match.seat(outlet=viewer.outlet).number] = viewer
        elif self.match.players and chance.random() < 0.1:
            number = chance.choice(sorted(self.match.players))
            self.match.unseat(number)
            self.people.pop(number, None)
            self.bots.pop(number, None)
        for number in list(self.people):
            self.people[number].outlet.full = chance.random() < 0.1
            if chance.random() < 0.05:
                self.match.detach(number)
                self.people[number] = self.viewer()
                self.match.attach(number, self.people[number].outlet)

    def tick(self) -> None:
        tick_alone(self.match)
        self.check()

    def faces(self, player: int) -> dict[int, int]:
        return values(self.people[player].decoder.view.tables["card" + PRIVATE])

    def check(self) -> None:
        """Compare what each has, and the bytes of this tick, with what it may know."""
        for number, viewer in self.people.items():
            if self.received(viewer, self.game.secrets_of(number)):
                mine = self.game.secrets_of(number)
                assert {name: values(viewer.decoder.view.tables[name]) for name in mine} == mine
        for number, bot in self.bots.items():
            if bot.seen and number in self.before:
                assert {name: values(bot.seen[name]) for name in self.before[number]} == self.before[number]
        self.before = {number: self.game.secrets_of(number) for number in range(SEATS)}
        for spectator in self.spectators:
            self.received(spectator, {})
            assert not spectator.decoder.view.tables["note"]
            assert not spectator.decoder.view.tables["card" + PRIVATE]
        self.no_secrets(self.tape.bytes, {})
        self.tape.bytes = b""

    def received(self, viewer: Viewer, known: dict[str, dict[int, int]]) -> bool:
        sent, viewer.outlet.sent = viewer.outlet.sent, []
        for data in sent:
            self.no_secrets(data, known)
            if isinstance(message := decode_server(data), Snapshot):
                viewer.decoder.apply(message)  # which compares the hash
        view = viewer.decoder.view
        if view.tick == self.game.world.tick:
            cards = self.game.cards
            assert {row: card["holder"] for row, card in view.tables["card"].items()} == {
                row: cards.rows.holder[row] for row in cards.live.tolist()
            }
        return view.tick == self.game.world.tick

    def no_secrets(self, data: bytes, known: dict[str, dict[int, int]]) -> None:
        allowed = {value for rows in known.values() for value in rows.values()}
        for rows in self.game.secrets_of(None).values():
            for secret in rows.values():
                assert secret in allowed or secret.to_bytes(4, "little") not in data
        hidden_ones = self.game.cards.rows.marked[self.game.cards.live].tolist()
        assert not any(marked and marked.to_bytes(4, "little") in data for marked in hidden_ones)


def values(rows: dict[int, Any]) -> dict[int, int]:
    return {row: value for row, fields in rows.items() for value in fields.values()}


@settings(max_examples=12)
@given(st.integers(0, 2**32), st.sampled_from((None, Interest(400, 400, 120, 120))))
def test_each_viewer_has_its_own_secrets_and_no_byte_of_anothers(seed: int, interest: Interest | None) -> None:
    async def main() -> None:
        chance = random.Random(seed)
        group = TickGroup(RATE)
        courts = [Court(seed + at, interest) for at in range(2)]
        async with trio.open_nursery() as nursery:
            nursery.start_soon(group.run)
            for court in courts:
                nursery.start_soon(group.drive, court.match)
            await trio.testing.wait_all_tasks_blocked()
            for _ in range(60):
                for court in courts:
                    court.stir(chance)
                group.tick()
                for court in courts:
                    court.check()
            nursery.cancel_scope.cancel()

    trio.run(main, clock=trio.testing.MockClock())


def test_a_row_that_changes_hands_appears_to_its_new_owner_and_vanishes_for_the_old() -> None:
    court = court_of(people=2)
    card = court.game.cards.add(holder=1, face=77)
    court.tick()
    assert [court.faces(player) for player in (0, 1)] == [{card: 77}, {}]
    court.game.cards.rows.holder[card] = 2
    court.tick()
    assert [court.faces(player) for player in (0, 1)] == [{}, {card: 77}]
    court.game.cards.rows.holder[card] = 0
    court.tick()
    assert [court.faces(player) for player in (0, 1)] == [{}, {}]


def test_one_who_reconnects_has_what_is_private_again() -> None:
    court = court_of(people=2)
    card = court.game.cards.add(holder=1, face=77)
    court.tick()
    court.match.detach(0)
    court.game.cards.rows.face[card] = 78
    court.tick()
    court.people[0] = court.viewer()
    court.match.attach(0, court.people[0].outlet)
    court.tick()
    assert court.faces(0) == {card: 78}


def test_private_columns_need_the_name_of_the_column_that_says_whose_a_row_is() -> None:
    world = World(seed=1, max_players=SEATS, tick_rate=RATE)
    with pytest.raises(RulesError, match="owner= names the column"):
        world.table(1, "card", Card, 12)
    with pytest.raises(RulesError, match="'face_up' does not name a column of whole numbers"):
        world.table(1, "card", Card, 12, owner="face_up")


def test_a_table_with_private_and_other_columns_is_two_tables_on_the_wire() -> None:
    schema = schema_of(Cards(World(seed=1, max_players=SEATS, tick_rate=RATE)))
    assert [(table.number, table.name, [field.name for field in table.fields]) for table in schema.tables] == [
        (3, "pawn", ["x", "y"]),
        (255, "card", ["holder", "price"]),
        (254, "card.private", ["face"]),
        (7, "note", ["text"]),
    ]


def court_of(people: int) -> Court:
    """A match in which nothing happens but what the test does."""
    court = Court(1, None)
    court.game.still = True
    for _ in range(people):
        viewer = court.viewer()
        court.people[court.match.seat(outlet=viewer.outlet).number] = viewer
    return court
