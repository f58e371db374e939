"""Budgets of all addresses: options, and the buckets that they fill."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network
from typing import Final

import attrs

from game_server.errors import ConfigError
from game_server.throttling.addresses import Keys, address_keys, is_within
from game_server.throttling.budget import AddressBudget, AddressCount
from game_server.throttling.turns import Turns

LOOPBACK: Final = ("127.0.0.0/8", "::1")
"""Trusted by default."""
_MINUTE: Final = 60.0
_TLS_PER_PASS: Final = 1
"""Steps of TLS handshakes from one pass of the scheduler to the next: the one that signs takes 1 to 2 ms."""


@attrs.frozen
class Budgets:
    """What one address may cost. An IPv6 /64 is one address, and its /48 may cost four times as much.

    Each is for a steady rate; a multiple of it, which `Throttling` has, may come at once. 0 takes a budget away.

    Attributes:
        connections_per_address: Connections that one address may have open.
        accepts_per_address: Connections a second from one address.
        handshakes_per_address: WebSockets a second opened from one address.
        requests_per_address: HTTP requests a second from one address.
        frames_per_address: WebSocket frames a second from one address; one input a tick from each player is free.
        bytes_per_address: Bytes a second over WebSockets from one address; one input a tick from each player is free.
        chat_per_address: Lines of chat a second from one address.
        creations_per_address: New matches a minute from one address.
        guesses_per_address: Codes of matches that do not exist, or wrong passwords, a minute from one address.

    Raises:
        ConfigError: a number is negative.
    """

    # A class of 64 behind one router loads the page at once: 90 files over 6 connections each. The rates are what a
    # core does in a few hundredths of a second.
    connections_per_address: int = 256
    accepts_per_address: float = 64.0
    handshakes_per_address: float = 16.0
    requests_per_address: float = 400.0
    frames_per_address: float = 3000.0
    bytes_per_address: float = 262144.0
    chat_per_address: float = 4.0
    creations_per_address: float = 2.0
    guesses_per_address: float = 10.0

    def __attrs_post_init__(self) -> None:
        for field in attrs.fields(Budgets):
            value = getattr(self, field.name)
            if not 0 <= value < float("inf"):
                option = field.name.replace("_", "-")
                raise ConfigError(f"--{option} is {value!r}: it must be at least 0; 0 removes the budget")


BUDGETS: Final = Budgets()


class Throttling:
    """The budgets of all addresses, and the networks that nothing is charged to.

    Args:
        budgets: what one address may cost.
        trusted: networks that nothing is charged to, when they connect directly.

    Attributes:
        trusted: those networks.
        connections: that are open.
        accepts, handshakes, requests: of them, and on them.
        frames, bytes: over WebSockets, but for what the tick reads the short way.
        chat, creations, guesses: what people do.
        turns: of connections, those of trusted networks as well: when what has come over one may be dealt with.
        tls_turns: the same for what has come before the end of a TLS handshake.
    """

    def __init__(
        self,
        budgets: Budgets = BUDGETS,
        trusted: tuple[IPv4Network | IPv6Network, ...] = (IPv4Network(LOOPBACK[0]), IPv6Network(LOOPBACK[1])),
    ) -> None:
        self.trusted = trusted
        self.connections = AddressCount(budgets.connections_per_address)
        self.accepts = _budget(budgets.accepts_per_address, 8)
        self.handshakes = _budget(budgets.handshakes_per_address, 8)
        self.requests = _budget(budgets.requests_per_address, 4)
        self.frames = _budget(budgets.frames_per_address, 2)
        self.bytes = _budget(budgets.bytes_per_address, 8)
        self.chat = _budget(budgets.chat_per_address, 5)
        self.creations = _budget(budgets.creations_per_address / _MINUTE, 150)
        self.guesses = _budget(budgets.guesses_per_address / _MINUTE, 30)
        self.turns = Turns()
        self.tls_turns = Turns(_TLS_PER_PASS)

    def keys(self, host: str, *, forwarded: bool = False) -> Keys:
        """The keys that actions of ``host`` are charged to.

        None for a trusted network, and for connections from inside this process, which have no address.

        Args:
            forwarded: a proxy has reported the address. Those are always charged: it might be the proxy's own, or one
                that the proxy believes of a stranger.
        """
        if not forwarded and (not host or is_within(host, self.trusted)):
            return ()
        return address_keys(host)

    def refused(self) -> dict[str, int]:
        """How often each budget has refused something, by its name."""
        return {
            "connections": self.connections.refused,
            "accepts": self.accepts.refused,
            "handshakes": self.handshakes.refused,
            "requests": self.requests.refused,
            "frames": self.frames.refused,
            "bytes": self.bytes.refused,
            "chat": self.chat.refused,
            "creations": self.creations.refused,
            "guesses": self.guesses.refused,
        }


def _budget(rate: float, seconds: float) -> AddressBudget:
    """``rate`` a second, and at once what that is in ``seconds``, at least one."""
    return AddressBudget(max(1.0, rate * seconds), rate)
