"""Bots of sketch: they draw some of the words, and guess by how long a word is and which letters are shown."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final

from game_server.author import Bot
from game_server.games.sketch.drawings import DRAWINGS, Place, Stroke
from game_server.games.sketch.sketch import Sketch
from game_server.games.sketch.words import WORDS

LEFT, TOP, SCALE = 180.0, 60.0, 6.0
"""Where on the field the square of a drawing is."""
STEP: Final = 8.0
"""World units that a bot's pen moves in a tick: a drawing takes some ten seconds."""
TICKS: Final = 3
"""Ticks from one command to the next, each with a point for a tick: ten a second."""
PACE: Final = {"easy": 1.6, "gentle": 2.5, "hard": 0.6}
"""How long a bot takes for a guess, beside one of usual skill."""
SOONEST, LATEST = 4.0, 11.0
"""Seconds from guess to guess."""
WIDTH_OF_A_BOT: Final = 1


class Artist(Bot, plays=Sketch):
    """Draws what it can, and asks for another word until it can; guesses words of the right length."""

    def think(self, me: Any, seen: Any) -> dict[str, Any]:
        """Return nothing that is pressed: what it draws and guesses are commands."""
        turn = seen.turn
        if turn.number != getattr(self, "_turn", None):
            self._turn = turn.number
            self._path: Iterator[tuple[bool, int, list[Place]]] | None = None
            self._colour, self._next = 0, 0
            self._tried: set[str] = set()
            self._wait(seen)
        if turn.drawer == self.player:
            self._draw(turn, seen)
        elif turn.drawer is not None and not me.knows and seen.tick >= self._due:
            self._guess(seen)
            self._wait(seen)
        return {}

    def _wait(self, seen: Any) -> None:
        seconds = self.chance.number(SOONEST, LATEST) * PACE.get(self.skill, 1.0)
        self._due = seen.tick + round(seconds * self.tick_rate)

    def _guess(self, seen: Any) -> None:
        shown = [letter.code for letter in sorted(seen.letters, key=lambda letter: letter.at)]
        fitting = [word for word in WORDS if fits(word, shown) and word not in self._tried]
        word = self.chance.pick(fitting)
        if word:
            self._tried.add(word)
            self.send.guess(word)

    def _draw(self, turn: Any, seen: Any) -> None:
        if self._path is None:
            drawing = DRAWINGS.get(WORDS[turn.word - 1]) if turn.word else None
            if drawing is None:
                # What it sees is a little old: the answer is waited for.
                if turn.word and seen.tick % 10 == 0:
                    self.send.another()
                return
            self._path = path_of(drawing)
        if seen.tick < self._next:
            return
        self._next = seen.tick + TICKS
        begins, colour, places = next(self._path, (False, self._colour, []))
        if colour != self._colour:
            self._colour = colour
            self.send.pen(colour, WIDTH_OF_A_BOT)
        if places:
            self.send.draw(begins, *(round(part) for place in places for part in place))


def fits(word: str, shown: list[int]) -> bool:
    """Whether ``word`` may be the one whose letters are ``shown``, 0 for those that are not."""
    return len(word) == len(shown) and all(
        code == ord(letter) if code else letter != " " for letter, code in zip(word, shown, strict=True)
    )


def path_of(strokes: tuple[Stroke, ...]) -> Iterator[tuple[bool, int, list[Place]]]:
    """Walk along ``strokes``: whether one begins, its colour, and the next points of it; none between two strokes."""
    for stroke in strokes:
        corners = [(LEFT + SCALE * x, TOP + SCALE * y) for x, y in stroke.places]
        places = corners[:1]
        for (x, y), (to_x, to_y) in pairwise(corners):
            steps = max(1, round(max(abs(to_x - x), abs(to_y - y)) / STEP))
            places += [(x + (to_x - x) * at / steps, y + (to_y - y) * at / steps) for at in range(1, steps + 1)]
        yield False, stroke.colour, []
        for at in range(0, len(places), TICKS):
            yield at == 0, stroke.colour, places[at : at + TICKS]
