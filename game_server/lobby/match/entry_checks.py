"""Admission control: bans, locks, passwords."""

from __future__ import annotations

from collections.abc import Callable
from hmac import compare_digest

from game_server.errors import RequestRefused
from game_server.lobby.match.match_options import MatchOptions
from game_server.lobby.match.moderation import Moderation
from game_server.lobby.person import Person
from game_server.protocol import RefusalCode
from game_server.throttling import AttemptLimit


class EntryChecks:
    """Decides who may enter a match.

    Args:
        options: of the match, with its password.
        moderation: of the match: bans, kicks, the lock.
        now: a steady clock in seconds.
    """

    def __init__(self, options: MatchOptions, moderation: Moderation, now: Callable[[], float]) -> None:
        self._options = options
        self._moderation = moderation
        self._now = now
        self._guesses = AttemptLimit("too many wrong passwords")

    def admits(self, person: Person) -> bool:
        """Whether neither a ban, a recent kick nor the lock keeps ``person`` out."""
        try:
            self._moderation.admit(person.name, person.address, self._now())
        except RequestRefused:
            return False
        return True

    def check(self, person: Person, password: str, *, known: bool) -> None:
        """Check that ``person`` may enter.

        Args:
            known: they are in the match already, or have waited for it, and need no password.

        Raises:
            RequestRefused: `BANNED`, also for 30 s after a kick; `LOCKED`; `WRONG_PASSWORD`; `WAIT` after too many
                wrong passwords from their address.
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
                RefusalCode.WRONG_PASSWORD, "the password is wrong" if password else "this match requires a password"
            )
        self._guesses.forgive(address)
