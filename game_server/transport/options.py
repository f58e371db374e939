"""The options of the port: origins, timeouts, budgets, proxies."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import attrs

from game_server.errors import ConfigError
from game_server.transport.http.client_address import Networks, trusted_networks
from game_server.transport.http.origins import page_origin
from game_server.transport.http.static_files import GameFiles

HEAD_TIMEOUT: Final = 10.0
"""Seconds for a whole HTTP request head."""
HELLO_TIMEOUT: Final = 10.0
"""Seconds from the upgrade to `hello`."""
SLOW_TIMEOUT: Final = 10.0
"""Seconds without progress after which a client that does not read is closed."""
MAX_CONNECTIONS: Final = 4096
BYTES_A_FRAME: Final = 2048
"""Bytes of a client that are charged as one frame: the longest message costs as much to read as several short ones."""


def message_budget(tick_rate: int) -> tuple[int, int]:
    """The token bucket of a client's messages, (capacity, messages refilled a second).

    Three messages a tick and 30 a second leave room for an input each tick, and for the lobby's messages.
    """
    refill = 3 * tick_rate + 30
    return 2 * refill, refill


PING_INTERVAL: Final = 5.0
"""Seconds. Keeps the mappings of routers and proxies alive, which drop quiet ones after 30 s or more."""
PEER_TIMEOUT: Final = 15.0
"""Seconds: three pings may be lost before a peer is given up."""


def _page_origins(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(map(page_origin, texts))


@attrs.frozen(kw_only=True)
class TransportOptions:
    """How connections are treated. All times are in seconds.

    Attributes:
        origins: pages that may connect, and import the files of the page, beside those of this very host, as
            ``https://play.example``; ``*`` allows any.
        ping_interval: time between the WebSocket pings to a peer.
        timeout: silence after which a peer is given up with 4006.
        head_timeout: time for a whole request head, and how long a kept-alive connection may idle.
        hello_timeout: time from the upgrade to the first message; 4002 after it.
        slow_timeout: time without progress after which a peer that does not read is cut off.
        close_timeout: time for a closing link to send what waits and to finish the closing handshake.
        message_budget: token bucket of a peer's frames, (capacity, refilled a second); beyond it 4005.
        max_connections: open connections of all kinds; further ones get 503.
        trusted_proxies: networks of the proxies whose ``X-Forwarded-For`` is believed, as ``10.0.0.0/8``.
        tls_ended_by_proxy: whether the trusted proxies speak TLS to the players.
        games: files of games, which are served beside those of the browser client.
        frame_ancestors: pages that may show the page in a frame, as ``https://club.example``.
        elsewhere: whether clients are sent to servers at other addresses, to which the page may connect then.
        version: of a game that is being written, for whose author the page shows more; empty for all others.
        drained: whether a seated link's socket is read and written at the tick, where that can be done.

    Raises:
        ConfigError: a value that cannot be used.
    """

    origins: tuple[str, ...] = attrs.field(default=(), converter=_page_origins)
    ping_interval: float = PING_INTERVAL
    timeout: float = PEER_TIMEOUT
    head_timeout: float = HEAD_TIMEOUT
    hello_timeout: float = HELLO_TIMEOUT
    slow_timeout: float = SLOW_TIMEOUT
    close_timeout: float = 3.0
    message_budget: tuple[int, int] = attrs.field(factory=lambda: message_budget(30))
    max_connections: int = MAX_CONNECTIONS
    trusted_proxies: Networks = attrs.field(default=(), converter=trusted_networks)
    tls_ended_by_proxy: bool = False
    games: tuple[GameFiles, ...] = ()
    frame_ancestors: tuple[str, ...] = attrs.field(default=(), converter=_page_origins)
    elsewhere: bool = False
    version: str = ""
    drained: bool = True

    def __attrs_post_init__(self) -> None:
        for field in ("ping_interval", "timeout", "head_timeout", "hello_timeout", "slow_timeout", "close_timeout"):
            if not getattr(self, field) > 0:
                raise ConfigError(f"{field} is {getattr(self, field)!r}: it must be more than 0 seconds")
        if self.timeout <= self.ping_interval:
            raise ConfigError(
                f"--timeout {self.timeout:g} is no longer than --ping-interval {self.ping_interval:g}: a peer that "
                "answers each ping would be disconnected; make it three times as long"
            )
        if min(self.message_budget) < 1:
            raise ConfigError(f"message_budget is {self.message_budget}: both numbers must be at least 1")
        if self.max_connections < 1:
            raise ConfigError(f"max_connections is {self.max_connections}: at least 1 is needed")
