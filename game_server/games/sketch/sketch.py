"""The rules of `sketch`: turns, the word, the pen, and guesses."""

from __future__ import annotations

from game_server.author import (
    Button,
    Command,
    Entity,
    Event,
    Game,
    Inputs,
    Pointer,
    Rounds,
    Single,
    count,
    counts,
    flag,
    player,
    text,
    total,
)
from game_server.games.sketch.words import WORDS

WIDTH, HEIGHT = 960, 720
TURN = 70
"""Seconds to draw."""
MOST_POINTS = 2000
"""Of a picture: a minute of drawing without a pause."""
MOST_LETTERS = 24
MOST_AT_ONCE = 32
"""Points of a stroke that come together: a tenth of a second has four to six."""
HINTS = (0.5, 0.75)
"""Parts of a turn after which a letter is shown."""
COLOURS, WIDTHS = 10, 4
FOR_DRAWING = 25
"""Points of the one who draws for each who finds the word."""
LEAST_OF_A_WORD, MOST_FOR_SPEED = 50, 100


class Sketch(Game):
    """Each turn is a round: who has drawn least often draws, and who finds the word sooner gets more points."""

    title, seats, tick_rate = "Sketch", (2, 12), 30
    may_idle = 300
    size, camera = (WIDTH, HEIGHT), "whole"
    inputs = Inputs(draw=Button("Mouse0"), at=Pointer())
    rounds = Rounds(countdown=3, play=TURN, results=7)

    class Player(Entity):
        drawn = count(0, 65535, seen_by="nobody")
        knows = flag()
        points = total("Points", lasting=True)
        now = total("This turn")

    class Turn(Single):
        drawer = player()
        word = count(0, len(WORDS), seen_by="owner")
        number = count(0, 65535)
        began = count(0, 2**31 - 1, seen_by="nobody")
        colour = count(0, COLOURS - 1)
        width = count(0, WIDTHS - 1)
        down = flag(seen_by="nobody")
        points = count(0, MOST_POINTS)

    class Letter(Entity, most=MOST_LETTERS):
        at = count(0, MOST_LETTERS - 1)
        code = count(0, 127)

    class Point(Entity, most=MOST_POINTS):
        at = count(0, MOST_POINTS - 1)
        x = count(0, WIDTH)
        y = count(0, HEIGHT)
        begins = flag()
        colour = count(0, COLOURS - 1)
        width = count(0, WIDTHS - 1)

    class Guess(Command):
        words = text(30)

    class Draw(Command):
        begins = flag()
        places = counts(0, WIDTH, most=2 * MOST_AT_ONCE)

    class Pen(Command):
        colour = count(0, COLOURS - 1)
        width = count(0, WIDTHS - 1)

    class Undo(Command):
        pass

    class Clear(Command):
        pass

    class Another(Command):
        pass

    class Remind(Command):
        pass

    class Word(Event):
        number: int
        word: str

    class Guessed(Event):
        player: Sketch.Player
        words: str
        line = "{player} guesses {words}"

    class Close(Event):
        words: str
        line = "{words} is close"

    class Found(Event):
        player: Sketch.Player
        line = "{player} has found the word"

    class Solved(Event):
        word: str
        line = "The word was {word}"

    def joined(self, player, who):
        # One who comes waits for those who have drawn as often; the own row is among the players.
        player.drawn = min((other.drawn for other in self.players if other.id != player.id), default=0)

    def left(self, player):
        if self.turn.drawer == player.id:
            self.end_round()

    def round_began(self):
        drawer = min(self.players, key=lambda one: (one.drawn, one.id))
        drawer.drawn += 1
        for one in self.players:
            one.knows = False
        turn = self.turn
        turn.drawer, turn.began, turn.number = drawer, self.now, (turn.number + 1) % 65536
        turn.colour, turn.width, turn.down = 0, 1, False
        self.wipe()
        self.choose()

    def round_ended(self):
        if self.turn.word:
            word = WORDS[self.turn.word - 1]
            for letter in self.letters:
                letter.code = ord(word[letter.at])
            self.emit(self.Solved(word))
        self.turn.drawer, self.turn.word = None, 0

    def tick(self):
        if self.turn.drawer is None:
            self.end_round()
            return
        if self.now - self.turn.began in [self.ticks(part * TURN) for part in HINTS]:
            self.hint()
        guessers = [other for other in self.players if other.id != self.turn.drawer]
        if guessers and all(guesser.knows for guesser in guessers):
            self.end_round()

    def choose(self):
        """Draw a word by lot, and show how long it is."""
        self.turn.word = self.chance.whole(1, len(WORDS))
        for letter in self.letters:
            self.letters.remove(letter)
        for at, letter in enumerate(WORDS[self.turn.word - 1]):
            self.letters.add(at=at, code=ord(letter) if letter == " " else 0)

    def hint(self):
        hidden = self.letters.where(code=0)
        if len(hidden) > 2:
            letter = self.chance.pick(hidden)
            letter.code = ord(WORDS[self.turn.word - 1][letter.at])

    def wipe(self, first=0):
        """Remove the points from the number ``first`` on."""
        for point in self.points:
            if point.at >= first:
                self.points.remove(point)
        self.turn.points, self.turn.down = first, False

    def guess(self, player, words):
        if not self.playing or player.knows or self.turn.drawer in (None, player.id):
            return
        word, said = WORDS[self.turn.word - 1], plain(words)
        if said != plain(word) and f" {word} " not in f" {spoken(words)} ":
            # A guess that is close would help the others: it is for the one who guesses alone.
            if is_close(said, plain(word)):
                self.emit(self.Close(words), to=player)
            else:
                self.emit(self.Guessed(player, words))
            return
        left = 1 - (self.now - self.turn.began) / self.ticks(TURN)
        player.knows = True
        for who, points in (
            (player, LEAST_OF_A_WORD + round(MOST_FOR_SPEED * left)),
            (self.players[self.turn.drawer], FOR_DRAWING),
        ):
            who.points += points
            who.now += points
        self.emit(self.Found(player))

    def draw(self, player, begins, *places):
        """Add points, each of x and y: a command is not lost when it comes late, as what is held in a tick is."""
        turn = self.turn
        if not self.draws(player):
            return
        for x, y in zip(places[::2], places[1::2], strict=False):
            if turn.points == MOST_POINTS:
                return
            begins = begins or not turn.down
            self.points.add(at=turn.points, x=x, y=min(y, HEIGHT), begins=begins, colour=turn.colour, width=turn.width)
            turn.points += 1
            turn.down, begins = True, False

    def pen(self, player, colour, width):
        if self.draws(player):
            self.turn.colour, self.turn.width = colour, width

    def undo(self, player):
        if self.draws(player):
            self.wipe(max([point.at for point in self.points.where(begins=True)], default=0))

    def clear(self, player):
        if self.draws(player):
            self.wipe()

    def another(self, player):
        if self.draws(player) and not self.turn.points:
            self.choose()

    def remind(self, player):
        """The page of one who draws asks for the word: it has come to the match, or back."""
        if self.draws(player):
            self.emit(self.Word(self.turn.word, WORDS[self.turn.word - 1]), to=player)

    def may_write(self, player, words):
        """Who knows the word writes nothing until the turn is over, which is soon: any line may give it away."""
        return not (self.draws(player) or (self.playing and player.knows))

    def draws(self, player):
        return self.playing and player.id == self.turn.drawer


def plain(words):
    """Return ``words`` as they are compared: small letters and nothing else."""
    return "".join(letter for letter in words.lower() if letter.isalpha())


def spoken(words):
    """Return the words of ``words`` in small letters, with one space between them: "A hospital!" is "a hospital"."""
    return " ".join("".join(letter if letter.isalpha() else " " for letter in words.lower()).split())


def is_close(said, word):
    """Whether ``said`` is ``word`` but for one letter that is another, missing, or too much."""
    if abs(len(said) - len(word)) > 1 or len(word) < 4:
        return False
    shorter, longer = sorted((said, word), key=len)
    at = next((at for at, letter in enumerate(shorter) if letter != longer[at]), len(shorter))
    return shorter[at + (len(shorter) == len(longer)) :] == longer[at + 1 :]
