"""The game `cards`: crazy eights, in which nobody sees the hands of the others."""

from __future__ import annotations

from game_server.author import Bot, Command, Entity, Event, Game, Rounds, Single, count, flag, player, total

SUITS, RANKS, EIGHT = 4, 13, 7
TURN_SECONDS, PAUSE_SECONDS = 20, 5
GOAL = 100


class Cards(Game):
    """Who puts down all cards gets the points of those that the others hold; who has 100 wins the round.

    Faces are 0 to 51: four suits of an ace, 2 to 10, jack, queen and king. A card fits one of its suit or rank, and an
    eight fits any and names the suit that is wanted. Everybody sees which rows of ``Card`` are in which hand, so faces
    are given to rows by lot whenever nobody may know any more which card is where.
    """

    title, seats, tick_rate = "Crazy eights", (2, 6), 10
    rounds = Rounds(countdown=3, play=1800, results=10)

    class Player(Entity):
        points = total("Points")
        deals = total("Deals won")

    class Card(Entity, most=SUITS * RANKS):
        holder = player()
        face = count(0, SUITS * RANKS - 1, seen_by="owner")
        used = flag()

    class Table(Single):
        turn = player()
        winner = player()
        top = count(0, SUITS * RANKS - 1)
        suit = count(0, SUITS - 1)
        taken = flag()
        ends = count(0, 2**31 - 1)
        stuck = count(0, 255, seen_by="nobody")

    class Put(Command):
        card = count(0, SUITS * RANKS - 1)
        suit = count(0, SUITS - 1)

    class Take(Command):
        """Take a card from the deck."""

    class Skip(Command):
        """Let the next one play, after having taken a card."""

    class Laid(Event):
        player: Cards.Player
        face: int

    class Took(Event):
        player: Cards.Player

    class Won(Event):
        player: Cards.Player
        points: int
        line = "{player} is out and gets {points} points"

    def started(self):
        for face in range(SUITS * RANKS):
            self.cards.add(face=face)

    def left(self, player):
        for card in self.cards.where(holder=player):
            card.holder = None
        self.mix(self.deck())
        if self.table.turn == player.id:
            self.next_turn(player)
        if self.table.turn is not None and len(self.playing_ids()) < 2:
            self.pause(None)

    def round_began(self):
        self.deal()

    def round_ended(self):
        self.table.turn = None

    def tick(self):
        if self.now < self.table.ends * self.tick_rate:
            return
        if self.table.turn is None:
            self.deal()
            return
        late = self.players[self.table.turn]
        self.take(late)
        if self.table.turn == late.id:
            self.skip(late)

    # What players ask for

    def put(self, player, card, suit):
        row = self.cards[card]
        if not self.may_play(player) or row.holder != player.id or not fits(row.face, self.table):
            return
        row.holder, row.used = None, True
        self.show(row.face, suit)
        self.emit(self.Laid(player, row.face))
        if self.cards.where(holder=player):
            self.next_turn(player)
        else:
            self.win(player)

    def take(self, player):
        if not self.may_play(player) or self.table.taken:
            return
        self.table.taken = True
        row = self.chance.pick(self.deck() or self.turn_over())
        self.table.stuck = 0 if row else self.table.stuck + 1
        if row:
            row.holder = player
            self.emit(self.Took(player))
        if self.table.stuck >= len(self.playing_ids()):
            self.win(min(self.players, key=lambda other: (self.held(other) or 1000, other.id)))
        elif not row or not fits(row.face, self.table):
            self.next_turn(player)

    def skip(self, player):
        if self.may_play(player) and self.table.taken:
            self.next_turn(player)

    # The course of a deal

    def deal(self):
        players = self.players.where()
        self.mix(self.cards, everything=True)
        rows = iter(self.cards)
        for row in rows:
            if row.face % RANKS != EIGHT:
                break
        row.used = True
        self.show(row.face, 0)
        others = [other for other in self.cards if other is not row]
        for at in range(len(players) * (7 if len(players) == 2 else 5)):
            others[at].holder = players[at % len(players)]
        self.table.winner = None
        self.begin_turn(self.chance.pick(players).id)

    def mix(self, rows, *, everything=False):
        rows = list(rows)
        faces = self.chance.shuffle(row.face for row in rows)
        for row, face in zip(rows, faces, strict=True):
            row.face = face
            if everything:
                row.holder, row.used = None, False

    def turn_over(self):
        """Make the pile the deck, but for its top, and return it."""
        rows = [row for row in self.cards.where(used=True) if row.face != self.table.top]
        for row in rows:
            row.used = False
        self.mix(rows)
        return rows

    def show(self, face, suit):
        self.table.top = face
        self.table.suit = suit if face % RANKS == EIGHT else face // RANKS

    def win(self, player):
        points = sum(self.held(other) for other in self.players if other is not player)
        player.points += points
        player.deals += 1
        self.emit(self.Won(player, points))
        self.pause(player)
        if player.points >= GOAL:
            self.end_round(winner=player)

    def next_turn(self, player):
        ids = self.playing_ids()
        self.begin_turn(next((other for other in ids if other > player.id), ids[0] if ids else None))

    def begin_turn(self, turn):
        self.table.turn, self.table.taken = turn, False
        self.table.ends = self.now // self.tick_rate + TURN_SECONDS

    def pause(self, winner):
        self.table.turn, self.table.winner, self.table.stuck = None, winner, 0
        self.table.ends = self.now // self.tick_rate + PAUSE_SECONDS

    # What is where

    def deck(self):
        return self.cards.where(holder=None, used=False)

    def may_play(self, player):
        return self.playing and self.table.turn == player.id

    def playing_ids(self):
        return sorted({row.holder for row in self.cards if row.holder is not None})

    def held(self, player):
        return sum(points_of(row.face) for row in self.cards.where(holder=player))


def fits(face, table):
    return face % RANKS in (EIGHT, table.top % RANKS) or face // RANKS == table.suit


def points_of(face):
    return 50 if face % RANKS == EIGHT else min(face % RANKS + 1, 10)


class Shark(Bot, plays=Cards):
    """Gets rid of what costs most, keeps its eights, and wants the suit that it has most of."""

    acts_at = 0

    def think(self, me, seen):
        table = seen.table
        if table.turn != me.id:
            self.acts_at = 0
            return
        if not self.acts_at:
            self.acts_at = seen.tick + self.chance.whole(self.tick_rate, 2 * self.tick_rate)
        if seen.tick < self.acts_at:
            return
        self.acts_at = 0
        hand = [card for card in seen.cards if card.holder == me.id]
        good = [card for card in hand if fits(card.face, table)]
        if good:
            card = self.chance.pick(good) if self.skill in ("gentle", "easy") else max(good, key=worth_putting)
            suits = [other.face // RANKS for other in hand if other is not card]
            self.send.put(card.id, max(range(SUITS), key=suits.count))
        elif table.taken:
            self.send.skip()
        else:
            self.send.take()


def worth_putting(card):
    return (card.face % RANKS != EIGHT, points_of(card.face), card.face)
