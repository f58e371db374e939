"""Moderation of a match: its lock, kicks, bans and mutes, and who of its people may moderate."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, Final

from game_server.errors import RequestRefused
from game_server.lobby.match.stored_values import switch, text, whole_number
from game_server.lobby.text.nicknames import likenesses
from game_server.protocol import NO_PLAYER, RefusalCode

Known = tuple[str, str]
"""The nickname that a person asked for, and their address."""
KICKED_FOR: Final = 30.0
"""Seconds after a kick before the person may come back."""
_ROUNDING: Final = 1e-6
_SPARED: Final = {
    (False, False): "",
    (False, True): "The ban goes by name alone: the address is yours, too.",
    (True, False): "The ban goes by address alone: the name is yours, too.",
    (True, True): "They may come back: name and address are yours, too.",
}


class Moderation:
    """Decisions of the host of a match. ``now`` is in seconds of any steady clock.

    A kick and a mute go by nickname and address together: neighbours behind one address have nothing to do with it.
    A ban goes by either, except for the host's own. Names are the same when one could be taken for the other.

    Attributes:
        host: the player who may moderate; `NO_PLAYER` for none.
        locked: nobody new may enter.
        decisions: how often the host has banned, muted or the like.
    """

    def __init__(self) -> None:
        self.host = NO_PLAYER
        self.locked = False
        self.decisions = 0
        self._kicked: dict[tuple[str, str], float] = {}
        self._muted: set[tuple[str, str]] = set()
        self._banned_names: set[str] = set()
        self._banned_addresses: set[str] = set()

    def to_plain(self) -> list[Any]:
        """Everything but kicks, which last for seconds, as values that msgpack can pack."""
        return [
            self.host,
            self.locked,
            sorted(map(list, self._muted)),
            sorted(self._banned_names),
            sorted(self._banned_addresses),
        ]

    def restore(self, values: Sequence[Any]) -> None:
        """Take back what `to_plain` has made in another process.

        Raises:
            ValueError: it has not made it.
        """
        host, locked, muted, names, addresses = values
        self.host, self.locked = whole_number(host, NO_PLAYER), switch(locked)
        self._muted = {(text(name), text(address)) for name, address in muted}
        self._banned_names = {text(name) for name in names}
        self._banned_addresses = {text(address) for address in addresses}

    def authorise(self, player: int) -> None:
        """Check that ``player`` may moderate.

        Raises:
            RequestRefused: `NOT_ALLOWED`.
        """
        if player == NO_PLAYER or player != self.host:
            raise RequestRefused(RefusalCode.NOT_ALLOWED, "only the host of the match may do that")

    def admit(self, nickname: str, address: str, now: float) -> None:
        """Check that a person who calls themselves ``nickname`` may enter from ``address``.

        Raises:
            RequestRefused: `BANNED`, after a kick with the seconds that are left; `LOCKED`.
        """
        names = likenesses(nickname)
        if not self._banned_names.isdisjoint(names) or address in self._banned_addresses:
            raise RequestRefused(RefusalCode.BANNED, "you are banned from this match")
        until = max(self._kicked.get((name, address), now) for name in names)
        left = math.ceil(until - now - _ROUNDING)
        if left > 0:
            raise RequestRefused(RefusalCode.BANNED, f"you were kicked; you may come back in {left} s", left)
        if self.locked:
            raise RequestRefused(RefusalCode.LOCKED, "this match is locked")

    def kick(self, nickname: str, address: str, now: float) -> None:
        """Keep ``nickname`` from ``address`` out for `KICKED_FOR` seconds."""
        self._kicked = {who: until for who, until in self._kicked.items() if until > now}
        for name in likenesses(nickname):
            self._kicked[name, address] = now + KICKED_FOR

    def ban(self, banned: Iterable[Known], spared: Iterable[Known] = ()) -> str:
        """Keep out everybody with the nickname or the address of one of the ``banned``, but never the ``spared``.

        Returns:
            A text for the host about the part that was left out; empty for none.
        """
        self.decisions += 1
        banned, spared = list(banned), list(spared)
        spared_names = {form for name, _ in spared for form in likenesses(name)}
        spared_addresses = {address for _, address in spared}
        names = {name for name, _ in banned}
        addresses = {address for _, address in banned}
        own_names = {name for name in names if not spared_names.isdisjoint(likenesses(name))}
        own_addresses = addresses & spared_addresses
        for name in names - own_names:
            self._banned_names |= likenesses(name)
        self._banned_addresses |= addresses - own_addresses
        return _SPARED[bool(own_names), bool(own_addresses)]

    def mute(self, nickname: str, address: str, muted: bool) -> None:
        """Hold back, or pass on again, what ``nickname`` from ``address`` says."""
        self.decisions += 1
        these = {(name, address) for name in likenesses(nickname)}
        self._muted = self._muted | these if muted else self._muted - these

    def is_muted(self, nickname: str, address: str) -> bool:
        """Whether lines of ``nickname`` from ``address`` are held back."""
        return any((name, address) in self._muted for name in likenesses(nickname))
