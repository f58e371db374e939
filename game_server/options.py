"""What a host chooses for the process that hosts matches."""

from __future__ import annotations

import ssl
from ipaddress import ip_address
from pathlib import Path

import attrs

from game_server.errors import ConfigError
from game_server.lobby.lobby_options import BOTS_PER_ADDRESS, BOTS_PER_MATCH, MATCHES_PER_ADDRESS, MAX_BOTS
from game_server.lobby.match.match_options import IDLE_TO_WATCHING, SEAT_HOLD, MatchOptions
from game_server.throttling import BUDGETS, LOOPBACK, Budgets
from game_server.transport import public_url


def listening_address(text: str) -> str:
    """The address or name of this machine that a person wrote as ``text``: IPv6 without brackets, in its short form.

    Raises:
        ConfigError: it is a URL, or has a port.
    """
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    try:
        return str(ip_address(bare))
    except ValueError:
        if "/" in text:
            raise ConfigError(f"host {text!r} is no address of this machine: write one like 0.0.0.0") from None
        if ":" in text:
            raise ConfigError(f"host {text!r} is no address: the port goes with --port") from None
        return text


@attrs.frozen
class ServerOptions:
    """What a host chooses for the process.

    Attributes:
        match: what quick play opens when no match has a seat; its tick rate and bots' skill go for every match.
        matches: those that are open from the start and stay; ``match`` alone when left out, and () for none.
        host, port: where to listen; port 0 picks a free one.
        origins: pages that may connect beside the server's own.
        ping_interval, timeout: seconds (docs/PROTOCOL.md section 10).
        tls_cert, tls_key: PEM files; with them it speaks HTTPS alone.
        tick_drain: how the sockets of those in a match are read and written (`TransportOptions.drained`).
        ring: whether that may be done by io_uring, where the kernel has it.
        public_url: where players reach a proxy in front of this.
        trusted_proxies: addresses or networks of proxies whose ``X-Forwarded-For`` is believed.
        seat_hold: seconds for which the seat of a lost connection is kept; 0 not to keep it.
        idle_to_watching: seconds of match time after which a player who does nothing watches; 0 for never.
        max_matches: in this process.
        max_matches_per_address: of them, opened by people from one address.
        max_bots_per_match, max_bots_per_address, max_bots: bots in the matches that people opened: in one, in those
            from one address, in all.
        max_spectators: of one match.
        admin_token: what `admin` messages have to know, 16 characters or more; None draws one.
        word_filter: a text file of words, one a line, that nobody is shown.
        budgets: what one address may cost.
        trusted_networks: addresses or networks to which nothing is charged when they connect directly.
        metrics: whether ``GET /metrics`` is answered.
        metrics_from: addresses or networks to which it is, beside this machine.
    """

    match: MatchOptions
    matches: tuple[MatchOptions, ...] | None = None
    host: str = attrs.field(default="127.0.0.1", converter=listening_address)
    port: int = 8000
    origins: tuple[str, ...] = ()
    ping_interval: float = 5.0
    timeout: float = 15.0
    tls_cert: Path | None = None
    tls_key: Path | None = None
    tick_drain: bool = True
    ring: bool = True
    public_url: str | None = attrs.field(default=None, converter=attrs.converters.optional(public_url))
    trusted_proxies: tuple[str, ...] = ()
    seat_hold: float = SEAT_HOLD
    idle_to_watching: float = IDLE_TO_WATCHING
    max_matches: int = 64
    max_matches_per_address: int = MATCHES_PER_ADDRESS
    max_bots_per_match: int = BOTS_PER_MATCH
    max_bots_per_address: int = BOTS_PER_ADDRESS
    max_bots: int = MAX_BOTS
    max_spectators: int = 64
    admin_token: str | None = attrs.field(default=None, repr=False)
    word_filter: Path | None = None
    budgets: Budgets = BUDGETS
    trusted_networks: tuple[str, ...] = LOOPBACK
    metrics: bool = True
    metrics_from: tuple[str, ...] = ()

    @property
    def opened(self) -> tuple[MatchOptions, ...]:
        """The matches that are there from the start."""
        return (self.match,) if self.matches is None else self.matches

    def tls_context(self) -> ssl.SSLContext | None:
        """What to encrypt with; None for plain HTTP.

        Raises:
            ConfigError: the files cannot be used.
        """
        if self.tls_cert is None and self.tls_key is None:
            return None
        if self.tls_cert is None:
            raise ConfigError("--tls-key is of no use without --tls-cert: give both")
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        try:
            context.load_cert_chain(self.tls_cert, self.tls_key, password=_no_password)
        except (OSError, ValueError) as error:
            files = f"{self.tls_cert} and {self.tls_key}" if self.tls_key else f"{self.tls_cert}"
            raise ConfigError(f"cannot use {files} for TLS: {error}; both must be PEM files") from error
        return context


def _no_password() -> str:
    raise ValueError("the key is encrypted, and nobody is here to type its password")
