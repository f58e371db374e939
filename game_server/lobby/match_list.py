"""The list of matches as those who browse have it, and what has changed since they were last told."""

from __future__ import annotations

from collections.abc import Iterable

from game_server.protocol import Lobby, MatchRow


class Listing:
    """What was last told. Everybody who browses is told the same, so there is one message for all, encoded once.

    Private matches never come here.
    """

    def __init__(self) -> None:
        self._rows: dict[str, MatchRow] = {}
        self._people = 0

    def whole(self) -> Lobby:
        """All that has been told so far: what a newcomer needs before the next change."""
        return Lobby(1, self._people, tuple(self._rows.values()), ())

    def changes(self, rows: Iterable[MatchRow], people: int) -> Lobby | None:
        """What ``rows``, all that there are now, and ``people`` change; None for nothing. It counts as told."""
        now = {row.id: row for row in rows}
        before = self._rows
        changed = tuple(row for row in now.values() if before.get(row.id) != row)
        gone = tuple(id for id in before if id not in now)
        if not changed and not gone and people == self._people:
            return None
        self._rows, self._people = now, people
        return Lobby(0, people, changed, gone)
