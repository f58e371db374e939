"""Who has the list of matches on their screen, and what they are sent of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from game_server.lobby.match_list import Listing
from game_server.lobby.person import LOBBY_INTERVAL, Person
from game_server.protocol import MatchRow, encode

_ROUNDING: Final = 1e-6


class Browsing:
    """Sends the list: whole to whoever begins to browse, and then what changes, one message for all.

    Nobody is sent more than one message in `LOBBY_INTERVAL` seconds, if `publish` is called no more often. ``now`` is
    in seconds of any steady clock.

    Attributes:
        sent: messages, in all.
    """

    def __init__(self) -> None:
        self.sent = 0
        self._listing = Listing()
        self._browsing: dict[Person, None] = {}
        self._owed: set[Person] = set()
        """Those who are to have the whole list in their turn."""

    def __len__(self) -> int:
        """Who browses."""
        return len(self._browsing)

    def begin(self, person: Person, rows: Iterable[MatchRow], people: int, now: float) -> None:
        """Send the whole list to ``person``, at once or, if that was done just now, in their turn."""
        if _is_time(person, now):
            if not self._browsing:
                self._listing.changes(rows, people)
            person.send(self._listing.whole())
            self.sent += 1
            person.listed_at = now
            self._owed.discard(person)
        else:
            self._owed.add(person)
        self._browsing[person] = None

    def end(self, person: Person) -> None:
        """Send nothing any more."""
        self._browsing.pop(person, None)
        self._owed.discard(person)

    def publish(self, rows: Iterable[MatchRow], people: int, now: float) -> None:
        """Send what has changed to everybody who browses."""
        if not self._browsing:
            return
        changes = self._listing.changes(rows, people)
        message = encode(changes) if changes else b""
        whole = encode(self._listing.whole()) if self._owed else b""
        for person in self._browsing:
            owed = person in self._owed
            if not (owed or message):
                continue
            if _is_time(person, now):
                self._owed.discard(person)
                person.link.send(whole if owed else message)
                self.sent += 1
                person.listed_at = now
            else:
                self._owed.add(person)


def _is_time(person: Person, now: float) -> bool:
    return now - person.listed_at >= LOBBY_INTERVAL - _ROUNDING
