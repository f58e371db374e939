"""Who may come into a match: neither the banned, nor those who do not know the password."""

from __future__ import annotations

from collections.abc import Callable
from hmac import compare_digest

from game_server.errors import RequestRefused
from game_server.lobby.access.attempts import Attempts
from game_server.lobby.match.match_options import MatchOptions
from game_server.lobby.match.moderation import Moderation
from game_server.lobby.person import Person
from game_server.protocol import RefusalCode


class Admission:
    """Guards a match.

    Args:
        options: have the password.
        moderation: knows who is banned.
        now: a steady clock in seconds.
    """

    def __init__(self, options: MatchOptions, moderation: Moderation, now: Callable[[], float]) -> None:
        self._options = options
        self._moderation = moderation
        self._now = now
        self._guesses = Attempts("too many wrong passwords")

    def admits(self, person: Person) -> bool:
        """Whether ``person`` is neither banned nor just kicked."""
        try:
            self._moderation.admit(person.name, person.address, self._now())
        except RequestRefused:
            return False
        return True

    def check(self, person: Person, password: str, *, known: bool) -> None:
        """Whether ``person`` may come in.

        Raises:
            RequestRefused: they are banned, or were just kicked, or do not know the ``password``; it is locked.
        """
        now, address = self._now(), person.address
        self._moderation.admit(person.name, address, now)
        if not self._options.password or known:
            return
        self._guesses.check(address, now)
        if not compare_digest(password.encode("utf-8", "replace"), self._options.password.encode("utf-8", "replace")):
            if password:
                self._guesses.count(address, now)
            raise RequestRefused(
                RefusalCode.WRONG_PASSWORD, "the password is wrong" if password else "it has a password"
            )
        self._guesses.forgive(address)
