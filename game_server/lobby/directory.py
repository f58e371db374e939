"""The matches of this process."""

from __future__ import annotations

from collections.abc import Iterator

from game_server.errors import JoinRefused
from game_server.lobby.hosted_match import HostedMatch
from game_server.protocol.closes import CloseCode, close_reason


class Directory:
    """Matches by id."""

    def __init__(self) -> None:
        self._matches: dict[str, HostedMatch] = {}

    def __iter__(self) -> Iterator[HostedMatch]:
        return iter(self._matches.values())

    def __len__(self) -> int:
        return len(self._matches)

    def add(self, match: HostedMatch) -> None:
        """List ``match``."""
        self._matches[match.id] = match

    def remove(self, match: HostedMatch) -> None:
        """Take ``match`` off the list."""
        self._matches.pop(match.id, None)

    def find(self, wish: str) -> HostedMatch:
        """The match with the id ``wish``, or, when it is empty, the fullest one that has a seat for a person.

        Raises:
            JoinRefused: there is no such match, or every seat of every match is taken; or there is none at all, because
                the last one failed.
        """
        if wish:
            if wish not in self._matches:
                reason = close_reason(f"there is no match {wish!r} here; it may have ended")
                raise JoinRefused(CloseCode.NO_SUCH_MATCH, reason)
            return self._matches[wish]
        if not self._matches:
            raise JoinRefused(CloseCode.INTERNAL_ERROR, "no match is open just now; one is about to")
        open_matches = [match for match in self if match.has_seat]
        if not open_matches:
            raise JoinRefused(CloseCode.MATCH_FULL, "every seat of every match is taken; try again later")
        return max(open_matches, key=lambda match: match.people)
