"""The rules of cards: who may put what, who sees what, and who wins."""

from __future__ import annotations

from typing import Any

import pytest

from game_server.games.cards import EIGHT, GOAL, PAUSE_SECONDS, TURN_SECONDS, Cards, points_of
from game_server.protocol import SnapshotDecoder
from game_server.simulation import Match, View, World, tick_alone
from game_server.testing import check_game, play
from tests.simulation.fake_outlet import FakeOutlet

SPADES, HEARTS, DIAMONDS, CLUBS = range(4)


def card(suit: int, rank: int) -> int:
    """The face of a card; rank 1 is an ace, 8 an eight, 13 a king."""
    return suit * 13 + rank - 1


class Dealt:
    """A deal in which the hands are what the test says."""

    def __init__(self, *hands: list[int], top: int = card(HEARTS, 5), turn: int = 0, seed: int = 1) -> None:
        self.match: Any = play(Cards, players=len(hands), seats=6, seed=seed)
        self.match.step_until("playing")
        self.game: Any = self.match.game
        left = [face for face in range(52) if face not in [top, *(face for hand in hands for face in hand)]]
        for row, (face, holder) in zip(
            self.game.cards,
            [
                *((face, player) for player, hand in enumerate(hands) for face in hand),
                (top, None),
                *((face, None) for face in left),
            ],
            strict=True,
        ):
            row.face, row.holder, row.used = face, holder, face == top
        self.game.show(top, 0)
        self.game.begin_turn(turn)

    def hand(self, player: int) -> list[int]:
        return sorted(row.face for row in self.game.cards.where(holder=player))

    def put(self, player: int, face: int, suit: int = 0) -> None:
        [row] = self.game.cards.where(face=face)
        self.match.send(player, "put", row.id, suit)
        self.match.step()

    def ask(self, player: int, command: str) -> None:
        self.match.send(player, command)
        self.match.step()


def test_a_deal_gives_everybody_a_hand_and_shows_a_card_that_is_no_eight() -> None:
    for players, size in ((2, 7), (3, 5), (6, 5)):
        match: Any = play(Cards, players=players, seats=6)
        match.step_until("playing")
        hands = [len(match.game.cards.where(holder=player)) for player in range(players)]
        assert hands == [size] * players
        assert sorted(row.face for row in match.game.cards) == list(range(52))
        assert match.game.table.top % 13 != EIGHT
        assert len(match.game.cards.where(used=True)) == 1


@pytest.mark.parametrize("face", [card(HEARTS, 9), card(CLUBS, 5), card(SPADES, 8)])
def test_a_card_of_the_suit_or_the_rank_and_any_eight_fits(face: int) -> None:
    deal = Dealt([face, card(SPADES, 2)], [card(CLUBS, 2)])
    deal.put(0, face, DIAMONDS)
    assert (deal.game.table.top, deal.game.table.turn) == (face, 1)
    assert deal.hand(0) == [card(SPADES, 2)]
    assert deal.game.table.suit == (DIAMONDS if face % 13 == EIGHT else face // 13)


def test_what_does_not_fit_is_not_ones_own_or_out_of_turn_stays_where_it_is() -> None:
    deal = Dealt([card(SPADES, 2), card(SPADES, 3)], [card(HEARTS, 2), card(HEARTS, 3)])
    deal.put(0, card(SPADES, 2))
    deal.put(0, card(HEARTS, 2))
    deal.put(1, card(HEARTS, 2))
    deal.ask(1, "take")
    deal.ask(0, "skip")
    assert (deal.game.table.turn, deal.game.table.top) == (0, card(HEARTS, 5))
    assert (len(deal.hand(0)), len(deal.hand(1))) == (2, 2)


def test_after_an_eight_the_suit_that_was_named_is_wanted() -> None:
    deal = Dealt([card(SPADES, 8), card(SPADES, 2)], [card(SPADES, 9), card(CLUBS, 9)])
    deal.put(0, card(SPADES, 8), CLUBS)
    deal.put(1, card(SPADES, 9))
    assert deal.game.table.turn == 1
    deal.put(1, card(CLUBS, 9))
    assert deal.game.table.top == card(CLUBS, 9)


def test_one_who_takes_a_card_that_fits_may_put_it_or_skip_and_no_second_one() -> None:
    deal = Dealt([card(SPADES, 2)], [card(SPADES, 3)])
    for row in deal.game.deck():
        if row.face // 13 != HEARTS:
            row.used = True
    deal.ask(0, "take")
    assert (len(deal.hand(0)), deal.game.table.turn, deal.game.table.taken) == (2, 0, True)
    deal.ask(0, "take")
    assert len(deal.hand(0)) == 2
    deal.ask(0, "skip")
    assert (deal.game.table.turn, deal.game.table.taken) == (1, False)


def test_a_taken_card_that_does_not_fit_ends_the_turn() -> None:
    deal = Dealt([card(SPADES, 2)], [card(SPADES, 3)])
    for row in deal.game.deck():
        if row.face // 13 != CLUBS or row.face % 13 in (4, EIGHT):
            row.used = True
    deal.ask(0, "take")
    assert (len(deal.hand(0)), deal.game.table.turn) == (2, 1)


def test_the_pile_becomes_the_deck_in_an_order_that_nobody_knows() -> None:
    deal = Dealt([card(SPADES, 2)], [card(SPADES, 3)])
    for row in deal.game.deck():
        row.used = True
    before = {row.id: row.face for row in deal.game.cards}
    deal.ask(0, "take")
    moved = [row for row in deal.game.deck() if row.face != before[row.id]]
    assert len(moved) > 40
    [top] = deal.game.cards.where(used=True)
    assert top.face == deal.game.table.top == before[top.id]
    assert len(deal.hand(0)) == 2


def test_who_puts_the_last_card_gets_the_points_of_the_others_and_a_pause_follows() -> None:
    deal = Dealt([card(HEARTS, 2)], [card(SPADES, 8), card(SPADES, 13)], [card(CLUBS, 1), card(CLUBS, 9)])
    deal.put(0, card(HEARTS, 2))
    assert [player.points for player in deal.game.players] == [50 + 10 + 1 + 9, 0, 0]
    assert (deal.game.table.turn, deal.game.table.winner) == (None, 0)
    deal.match.step(PAUSE_SECONDS * 10 + 10)
    assert deal.game.table.winner is None
    assert deal.game.table.turn is not None
    assert [len(deal.hand(player)) for player in range(3)] == [5, 5, 5]


def test_who_has_enough_points_wins_the_round() -> None:
    deal = Dealt([card(HEARTS, 2)], [card(SPADES, 8), card(CLUBS, 8)])
    deal.put(0, card(HEARTS, 2))
    assert deal.game.players[0].points == GOAL
    assert (deal.game.phase(), deal.game.winners) == ("results", (0,))


def test_a_turn_that_takes_too_long_ends_with_a_card_more() -> None:
    deal = Dealt([card(SPADES, 2)], [card(SPADES, 3)])
    deal.match.step(TURN_SECONDS * 10 + 10)
    assert (len(deal.hand(0)), deal.game.table.turn) == (2, 1)


def test_when_nobody_can_play_the_smallest_hand_wins() -> None:
    deal = Dealt([card(SPADES, 2)], [card(SPADES, 3), card(SPADES, 4)])
    for row in deal.game.deck():
        deal.game.cards.remove(row)
    deal.ask(0, "take")
    assert deal.game.table.turn == 1
    deal.ask(1, "take")
    assert (deal.game.table.winner, deal.game.players[0].points) == (0, 7)


def test_the_cards_of_one_who_leaves_go_back_and_nobody_knows_which_are_where() -> None:
    deal = Dealt([card(SPADES, 2), card(SPADES, 3)], [card(CLUBS, 3)], [card(CLUBS, 4)])
    before = {row.id: row.face for row in deal.game.deck()}
    deal.match.leave(0)
    assert deal.game.table.turn == 1
    assert len(deal.game.deck()) == len(before) + 2
    assert sum(row.face != before.get(row.id) for row in deal.game.deck()) > 40
    deal.match.leave(1)
    assert deal.game.table.turn is None
    deal.match.join()
    deal.match.step(PAUSE_SECONDS * 10 + 10)


def test_one_who_comes_during_a_deal_is_in_the_next() -> None:
    deal = Dealt([card(HEARTS, 2)], [card(SPADES, 3)])
    late = deal.match.join()
    deal.put(0, card(HEARTS, 2))
    assert deal.hand(late) == []
    deal.match.step(PAUSE_SECONDS * 10 + 10)
    assert len(deal.hand(late)) == 5


def test_bots_play_rounds_to_their_end() -> None:
    game: Any = Cards(World(seed=1, max_players=4, tick_rate=10))
    match = Match(game, on_message=lambda _number, _message: None)
    for skill in ("hard", "easy", "normal", "gentle"):
        match.seat(brain_for=lambda number, skill=skill: Cards.brain({}, number, 10, skill, number))  # type: ignore[misc]
    left = []
    for _ in range(18_000):
        tick_alone(match)
        if game.table.turn is not None:
            left.append(game.table.ends - game.world.tick // 10)
        if game.rounds_finished:
            break
    assert game.rounds_finished == 1
    assert min(left) > TURN_SECONDS - 6, "seconds that a bot has left when it has put a card, or taken one"


def test_people_are_sent_their_own_hands_and_spectators_none() -> None:
    game: Any = Cards(World(seed=3, max_players=4, tick_rate=10))
    match = Match(game, on_message=lambda _number, _message: None, hashed=True)
    schema = match.replication.schema
    outlets, decoders = ([FakeOutlet() for _ in range(3)], [SnapshotDecoder(schema, seat) for seat in (0, 1, 65535)])
    for outlet in outlets[:2]:
        match.seat(outlet=outlet)
    match.seat(brain_for=lambda number: Cards.brain({}, number, 10, "hard", number))
    match.watch(outlets[2])
    seen = 0
    for _ in range(1500):  # two who let their time run out, and one who plays
        tick_alone(match)
        for seat, (outlet, decoder) in enumerate(zip(outlets, decoders, strict=True)):
            for snapshot in outlet.snapshots():
                decoder.apply(snapshot)
            hand = {row.id: {"face": row.face} for row in game.cards.where(holder=seat)} if seat < 2 else {}
            assert decoder.view.tables["card.private"] == hand
            seen += len(hand)
    assert seen


def test_the_checks_find_no_fault() -> None:
    assert [finding for finding in check_game(Cards) if not finding.good] == []


def test_cards_are_worth_what_they_show_pictures_ten_and_eights_fifty() -> None:
    points = [*range(1, 8), 50, 9, 10, 10, 10, 10]
    assert [points_of(face) for face in range(52)] == 4 * points  # type: ignore[no-untyped-call]


def test_one_has_twenty_seconds_for_a_turn_and_all_have_five_to_see_who_has_won() -> None:
    deal = Dealt([card(SPADES, 2), card(HEARTS, 3)], [card(SPADES, 3)], [card(CLUBS, 3)])
    begun = deal.match.world.tick
    assert deal.game.table.ends == begun // 10 + 20
    while deal.game.table.turn == 0:
        deal.match.step()
    assert 200 - 9 <= deal.match.world.tick - begun <= 200
    deal = Dealt([card(HEARTS, 2)], [card(SPADES, 3)])
    deal.put(0, card(HEARTS, 2))
    paused = deal.match.world.tick
    assert deal.game.table.ends == paused // 10 + 5
    while deal.game.table.turn is None:
        deal.match.step()
    assert 50 - 9 <= deal.match.world.tick - paused <= 50


def test_turns_go_round_by_seat_past_those_without_cards() -> None:
    deal = Dealt([card(HEARTS, 2)], [card(HEARTS, 3)], [card(HEARTS, 4)], turn=2)
    assert deal.match.join() == 3
    turns = []
    for player in (2, 0, 1):
        deal.game.table.taken = True
        deal.ask(player, "skip")
        turns.append(deal.game.table.turn)
    assert turns == [0, 1, 2]


def test_one_who_leaves_out_of_turn_leaves_the_turn_where_it_is() -> None:
    deal = Dealt([card(SPADES, 2)], [card(SPADES, 3)], [card(SPADES, 4)], turn=1)
    deal.match.leave(0)
    assert (deal.game.table.turn, deal.game.phase()) == (1, "playing")
    deal.match.leave(1)
    assert deal.game.table.turn is None


def test_one_who_has_no_cards_yet_does_not_win_when_nobody_can_play() -> None:
    deal = Dealt([card(SPADES, 2)], [card(SPADES, 3), card(SPADES, 4)])
    late = deal.match.join()
    for row in deal.game.deck():
        deal.game.cards.remove(row)
    deal.ask(0, "take")
    assert (deal.game.table.stuck, deal.game.table.turn) == (1, 1)
    deal.ask(1, "take")
    assert deal.game.table.winner == 0
    assert (deal.game.players[0].points, deal.game.players[0].deals, deal.game.players[late].points) == (7, 1, 0)
    assert deal.game.table.stuck == 0


def test_a_card_that_is_taken_begins_the_count_of_those_who_could_not_afresh() -> None:
    deal = Dealt([card(SPADES, 2)], [card(SPADES, 3)])
    deal.game.table.stuck = 1
    deal.ask(0, "take")
    assert deal.game.table.stuck == 0


def test_everybody_sees_what_is_laid_and_that_a_card_is_taken() -> None:
    deal = Dealt([card(HEARTS, 2), card(HEARTS, 3)], [card(SPADES, 3)])
    deal.put(0, card(HEARTS, 2))
    assert [event.to_wire() for event in deal.match.events] == [[16, 0, card(HEARTS, 2)]]
    deal.ask(1, "take")
    assert [event.to_wire() for event in deal.match.events] == [[17, 1]]


def test_who_wins_has_the_goal_and_less_goes_on() -> None:
    deal = Dealt([card(HEARTS, 2)], [card(SPADES, 8), card(CLUBS, 8)])
    deal.put(0, card(HEARTS, 2))
    assert (deal.game.players[0].points, deal.game.phase()) == (100, "results")
    deal = Dealt([card(HEARTS, 2)], [card(SPADES, 8), card(CLUBS, 9), *(card(suit, 10) for suit in range(4))])
    deal.put(0, card(HEARTS, 2))
    assert (deal.game.players[0].points, deal.game.phase()) == (99, "playing")


def hand_of(*faces: int, top: int, turn: int = 0, taken: int = 0, tick: int = 100) -> View:
    """What the bot of player 0 sees, with these cards in its hand."""
    cards: Any = {number: {"holder": 1, "used": 0} for number in range(len(faces))}
    table: Any = {"turn": turn + 1, "winner": 0, "top": top, "suit": top // 13, "taken": taken, "ends": 50}
    return View(
        0,
        tick,
        {"points": 0},
        {
            "player": {0: {"points": 0, "deals": 0}, 1: {"points": 0, "deals": 0}},
            "card": {**cards, 40: {"holder": 2, "used": 0}},
            "card.private": {number: {"face": face} for number, face in enumerate(faces)},
            "table": {0: table},
        },
    )


def decided(skill: str, *faces: int, seed: int = 1, **seen: Any) -> tuple[int, Any]:
    """After how many ticks a bot asks for something, and what."""
    brain = Cards.brain({}, 0, 10, skill, seed)
    for tick in range(100):
        asks = brain.decide(hand_of(*faces, tick=100 + tick, **seen)).asks
        if asks:
            return tick, asks
    return -1, ()


PUT, TAKE, SKIP = 0, 1, 2


def test_a_bot_takes_a_second_or_two_for_its_turn() -> None:
    ticks = {decided("hard", card(HEARTS, 2), top=card(HEARTS, 5), seed=seed)[0] for seed in range(60)}
    assert ticks == set(range(10, 21))
    assert decided("hard", card(HEARTS, 2), top=card(HEARTS, 5), turn=1) == (-1, ())


def test_a_bot_puts_what_costs_most_and_with_an_eight_wants_the_suit_it_has_most_of() -> None:
    hand = [card(HEARTS, 2), card(HEARTS, 9), card(CLUBS, 8), card(CLUBS, 3), card(CLUBS, 4)]
    for skill in ("hard", "normal"):
        assert decided(skill, *hand, top=card(HEARTS, 5))[1] == ((PUT, (1, CLUBS)),)
    eights = [card(SPADES, 8), card(DIAMONDS, 2), card(DIAMONDS, 3), card(CLUBS, 4)]
    assert decided("hard", *eights, top=card(HEARTS, 5))[1] == ((PUT, (0, DIAMONDS)),)
    weak = {decided("easy", *hand, top=card(HEARTS, 5), seed=seed)[1][0][1][0] for seed in range(40)}
    assert weak == {0, 1, 2}
    assert {decided("gentle", *hand, top=card(HEARTS, 5), seed=seed)[1][0][1][0] for seed in range(40)} == weak


def test_a_bot_that_cannot_put_takes_a_card_and_then_skips() -> None:
    assert decided("hard", card(SPADES, 2), top=card(HEARTS, 5))[1] == ((TAKE, ()),)
    assert decided("hard", card(SPADES, 2), top=card(HEARTS, 5), taken=1)[1] == ((SKIP, ()),)
