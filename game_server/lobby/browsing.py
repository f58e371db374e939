"""The list of matches, and its updates to those who browse it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from game_server.lobby.person import LOBBY_INTERVAL, Person
from game_server.protocol import Lobby, MatchRow, encode

_ROUNDING: Final = 1e-6


class ListUpdates:
    """The list as it was last sent, and what has changed since.

    Everybody who browses is sent the same, so there is one message for all, encoded once. Private matches are never
    among the rows.
    """

    def __init__(self) -> None:
        self._rows: dict[str, MatchRow] = {}
        self._people = 0

    def whole(self) -> Lobby:
        """The whole list as it was last sent: what a newcomer needs before the next change."""
        return Lobby(1, self._people, tuple(self._rows.values()), ())

    def changes(self, rows: Iterable[MatchRow], people: int) -> Lobby | None:
        """What ``rows``, all that there are now, and ``people`` change; None for nothing. It counts as sent."""
        now = {row.id: row for row in rows}
        before = self._rows
        changed = tuple(row for row in now.values() if before.get(row.id) != row)
        gone = tuple(id for id in before if id not in now)
        if not changed and not gone and people == self._people:
            return None
        self._rows, self._people = now, people
        return Lobby(0, people, changed, gone)


class Browsing:
    """Sends those who browse the list: whole when they begin, then what changes, one message for all.

    Nobody is sent more than one message in `LOBBY_INTERVAL` seconds, provided that `publish` is called no more often.
    ``now`` is in seconds of any steady clock.

    Attributes:
        sent: messages, in all.
    """

    def __init__(self) -> None:
        self.sent = 0
        self._updates = ListUpdates()
        self._browsing: dict[Person, None] = {}
        self._owed: set[Person] = set()
        """People who are sent the whole list at the next `publish`."""

    def __len__(self) -> int:
        """People who browse."""
        return len(self._browsing)

    def begin(self, person: Person, rows: Iterable[MatchRow], people: int, now: float) -> None:
        """Send the whole list to ``person``: at once or, if that was done just now, at a later `publish`."""
        if _is_time(person, now):
            if not self._browsing:
                self._updates.changes(rows, people)
            person.send(self._updates.whole())
            self.sent += 1
            person.listed_at = now
            self._owed.discard(person)
        else:
            self._owed.add(person)
        self._browsing[person] = None

    def end(self, person: Person) -> None:
        """Send ``person`` nothing any more."""
        self._browsing.pop(person, None)
        self._owed.discard(person)

    def publish(self, rows: Iterable[MatchRow], people: int, now: float) -> None:
        """Send what has changed to everybody who browses."""
        if not self._browsing:
            return
        changes = self._updates.changes(rows, people)
        message = encode(changes) if changes else b""
        whole = encode(self._updates.whole()) if self._owed else b""
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
