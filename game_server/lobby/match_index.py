"""The index of matches: codes, quick play, the limit on their number, and when an empty match closes."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from typing import Final, Generic, Protocol, TypeVar

from game_server.errors import RequestRefused
from game_server.lobby.opened_elsewhere import Opened, OpenedElsewhere
from game_server.protocol import RefusalCode

CODE_ALPHABET: Final = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
"""Letters and digits that cannot be confused with one another: no I, L, O, 0 or 1."""
CODE_LENGTH: Final = 6
EMPTY_FOR: Final = 60.0
"""Seconds after which a match without people is closed."""


class ListedMatch(Protocol):
    """A match, as the index lists it."""

    @property
    def id(self) -> str:
        """Its code."""
        ...

    @property
    def people(self) -> int:
        """People with a seat, those whose connection is lost included."""
        ...

    @property
    def has_seat(self) -> bool:
        """Whether there is a seat for one more person."""
        ...

    @property
    def is_open(self) -> bool:
        """Whether quick play may choose it."""
        ...

    @property
    def is_watchable(self) -> bool:
        """Whether a spectator who names no match may be shown it."""
        ...

    @property
    def deserted_at(self) -> float | None:
        """When the last person left, in seconds of a steady clock; None while somebody is there."""
        ...


M = TypeVar("M", bound=ListedMatch)


class MatchIndex(Generic[M]):
    """Matches by code.

    Args:
        most: matches in all processes.
        most_by_address: matches that people may open from one address.

    Attributes:
        others: counts the matches of other nodes; None if there is only this one.
    """

    def __init__(self, most: int, most_by_address: int) -> None:
        self._most = most
        self._most_by_address = most_by_address
        self._matches: dict[str, M] = {}
        self._opened_from: dict[str, str | None] = {}
        self.others: OpenedElsewhere | None = None

    def __iter__(self) -> Iterator[M]:
        return iter(self._matches.values())

    def __len__(self) -> int:
        return len(self._matches)

    def free_code(self) -> str:
        """Draw a code that no match has."""
        while (code := "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))) in self._matches:
            pass
        return code

    def check_room(self, address: str | None = None, *, moves: bool = False) -> None:
        """Check that one more match may be opened: from ``address``, if a person asks for it.

        One that ``moves`` here from another node is not one more of all.

        Raises:
            RequestRefused: `TOO_MANY_MATCHES`.
        """
        others = self.others.count(address) if self.others and not moves else Opened()
        if len(self) + others.matches >= self._most:
            advice = "" if moves else "; join a match, or try later"
            raise RequestRefused(RefusalCode.TOO_MANY_MATCHES, f"match limit ({self._most}) reached{advice}")
        if address is not None and not self._most_by_address:
            raise RequestRefused(RefusalCode.TOO_MANY_MATCHES, "this server does not let people open matches; join one")
        own = list(self._opened_from.values()).count(address)
        if address is not None and own + others.from_address >= self._most_by_address:
            raise RequestRefused(
                RefusalCode.TOO_MANY_MATCHES,
                f"limit of {self._most_by_address} matches from your address reached; wait until one has ended",
            )

    def add(self, match: M, *, address: str | None = None, stays: bool = False) -> None:
        """List ``match``, opened from ``address``. One that ``stays`` is not closed when it is empty."""
        self._matches[match.id] = match
        if not stays:
            self._opened_from[match.id] = address

    def opened_by_people(self) -> Iterator[tuple[M, str | None]]:
        """The matches that are closed when they are empty, each with the address from which it was opened."""
        return ((self._matches[code], address) for code, address in self._opened_from.items())

    def opened_from(self, code: str) -> str | None:
        """The address from which the match with ``code`` was opened; None for the host's own."""
        return self._opened_from.get(code)

    def remove(self, match: M) -> None:
        """Take ``match`` off the list."""
        if self._matches.get(match.id) is match:
            del self._matches[match.id]
            self._opened_from.pop(match.id, None)

    def get(self, code: str) -> M | None:
        """The match with exactly ``code``."""
        return self._matches.get(code)

    def find(self, code: str) -> M:
        """The match with ``code``, ignoring case and surrounding space.

        Raises:
            RequestRefused: `NO_SUCH_MATCH`.
        """
        match = self._matches.get(code.strip().upper())
        if match is None:
            raise no_such_match(code)
        return match

    def quick(self, admits: Callable[[M], bool] = lambda _match: True) -> M | None:
        """The open match with most people that has a seat and passes ``admits``; None when there is none."""
        seats = (match for match in self if match.is_open and match.has_seat and admits(match))
        return max(seats, key=_people, default=None)

    def busiest(self) -> M:
        """The match with most people that may be watched.

        Raises:
            RequestRefused: `NO_SUCH_MATCH`; there is none.
        """
        match = max((match for match in self if match.is_watchable), key=_people, default=None)
        if match is None:
            raise RequestRefused(RefusalCode.NO_SUCH_MATCH, "no match can be watched at the moment")
        return match

    def deserted(self, now: float) -> list[M]:
        """Matches that have been without people for `EMPTY_FOR` seconds, except for those that stay."""
        return [
            match
            for match in self
            if match.id in self._opened_from and match.deserted_at is not None and now - match.deserted_at >= EMPTY_FOR
        ]


def _people(match: ListedMatch) -> int:
    return match.people


def no_such_match(code: str) -> RequestRefused:
    """The refusal of a code that no match has."""
    return RequestRefused(RefusalCode.NO_SUCH_MATCH, f"there is no match {code!r} here; it may have ended")
