"""What declared games keep from others: fields and rows for the owner, or for nobody."""

from __future__ import annotations

import types
from typing import Any

import pytest

from game_server.author import Bot, Entity, Game, Single, count, flag, number, place, player
from game_server.errors import RulesError
from game_server.simulation import Match, World, tick_alone
from game_server.simulation.replication.table_replicas import schema_of

SEEN: list[Any] = []
"""What the bots below have seen: player, and rows of each kind."""


class Hands(Game):
    """Everything that can be private."""

    size = (100, 100)

    class Player(Entity):
        score = count(0, 9)
        partner = player(seen_by="owner")

    class Card(Entity, most=9):
        holder = player()
        face = count(0, 51, seen_by="owner")
        marked = flag(seen_by="owner")
        worth = count(0, 9, seen_by="nobody")

    class Note(Entity, most=9, seen_by="owner", owner="reader"):
        reader = player()
        writer = player()
        words = count(0, 99)
        heat = number(0, 1, step=0.25, seen_by="owner")

    class Trap(Entity, most=9, seen_by="nobody"):
        x = place(0, 100)
        y = place(0, 100)

    class Word(Single, seen_by="owner"):
        drawer = player()
        number = count(0, 99)


class Peek(Bot, plays=Hands):
    """Presses nothing, and notes what it sees."""

    def think(self, me: Any, seen: Any) -> Any:
        SEEN.append((me.id, seen))


def test_a_player_is_an_id_or_none_and_is_set_to_a_row_or_an_id() -> None:
    game: Any = hands().game
    card = game.cards.add(face=3)
    assert card.holder is None
    card.holder = game.players[1]
    assert card.holder == 1
    assert game.cards.where(holder=game.players[1]) == game.cards.where(holder=1) == [card]
    card.holder = 0
    assert game.cards.where(holder=game.players[1]) == []
    card.holder = None
    assert game.cards.where(holder=None) == [card]
    with pytest.raises(RulesError, match=r"Card.holder is set to 'Ada'; it is a player, its id, or None"):
        card.holder = "Ada"


def test_what_a_player_had_is_nobodys_once_left_has_been_called() -> None:
    faces: list[int] = []

    class Watched(Hands):
        def left(self, player: Any) -> None:
            faces.extend(card.face for card in self.cards.where(holder=player))  # type: ignore[attr-defined]

    match = hands(Watched)
    game: Any = match.game
    mine, others = game.cards.add(holder=0, face=5), game.cards.add(holder=1)
    game.players[1].partner = 0
    match.unseat(0)
    assert faces == [5]
    assert (mine.holder, others.holder, game.players[1].partner) == (None, 1, None)


def test_bots_see_of_hidden_rows_and_fields_what_is_their_own() -> None:
    match = hands()
    game: Any = match.game
    for holder in (0, 1, None):
        game.cards.add(holder=holder, face=20, marked=True)
        game.notes.add(reader=holder, writer=1, words=7)
    game.traps.add(x=1, y=2)
    game.word.drawer, game.word.number = 1, 42
    tick_alone(match)
    SEEN.clear()
    tick_alone(match)
    for me, seen in SEEN:
        faces = {card.holder: getattr(card, "face", None) for card in seen.cards}
        assert faces == {holder: 20 if holder == me else None for holder in (0, 1, None)}
        assert [card.marked for card in seen.cards if card.holder == me] == [True]
        assert [(note.reader, note.writer, note.words) for note in seen.notes] == [(me, 1, 7)]
        assert len(seen.traps) == 0
        assert getattr(seen.word, "number", None) == (42 if me == 1 else None)


def test_on_the_wire_private_fields_are_tables_apart_and_what_nobody_sees_is_missing() -> None:
    schema = schema_of(hands().game)
    assert {table.name: [field.name for field in table.fields] for table in schema.tables} == {
        "player": ["score"],
        "card": ["holder"],
        "card.private": ["face", "marked"],
        "note": ["reader", "writer", "words", "heat"],
        "word": ["drawer", "number"],
    }
    assert [name for name, _ in schema.own] == ["partner"]


@pytest.mark.parametrize(
    ("options", "fields", "words"),
    [
        ({}, {"face": count(0, 5, seen_by="owner")}, r"Card.face: .* whose a row is; write holder = player\(\)"),
        ({"seen_by": "owner"}, {"a": player(), "b": player()}, 'Card.a: .*; write owner="a" in its class line'),
        ({"owner": "c"}, {"a": player()}, r"Card: owner='c' is no field; write c = player\(\)"),
        ({"seen_by": "friends"}, {"a": flag()}, 'Card: seen_by=\'friends\'; it is "everybody", "owner" or "nobody"'),
        ({}, {"a": player(), "b": number(seen_by="owner")}, "Card.b: a number that its owner sees needs limits"),
    ],
)
def test_private_fields_without_an_owner_are_refused(options: Any, fields: Any, words: str) -> None:
    with pytest.raises(RulesError, match=words):
        types.new_class("Card", (Entity,), options, lambda body: body.update(fields))


def test_that_a_player_is_there_is_no_secret() -> None:
    with pytest.raises(RulesError, match="Player: everybody sees who is there"):
        types.new_class("Player", (Entity,), {"seen_by": "owner"}, lambda body: body.update(a=flag()))


@pytest.mark.parametrize("seen_by", ["owner", "nobody"])
def test_of_players_with_a_hidden_place_everybody_is_sent_that_they_are_there(seen_by: Any) -> None:
    player = type("Player", (Entity,), {name: place(0, 9, seen_by=seen_by) for name in "xy"})
    game: Any = type("Hidden", (Game,), {"size": (9, 9), "Player": player})
    [table] = schema_of(hands(game).game).tables
    assert [field.name for field in table.fields] == ["placed"]


def hands(game: type[Game] = Hands) -> Match:
    """A match of two bots."""
    match = Match(game(World(seed=1, max_players=2, tick_rate=10)), on_message=lambda _player, _message: None)
    for _ in range(2):
        match.seat(brain_for=lambda number: game.brain({}, number, 10, "normal", 1))
    return match
