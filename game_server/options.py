"""Options of a server process, composed of the options of its rooms."""

from __future__ import annotations

import ssl
from ipaddress import ip_address
from pathlib import Path

import attrs

from game_server.errors import ConfigError
from game_server.journal import DATA_LIMIT
from game_server.lobby import MatchLimits, MatchOptions, StayOptions
from game_server.throttling import BUDGETS, LOOPBACK, Budgets
from game_server.transport import PEER_TIMEOUT, PING_INTERVAL, public_url


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
        match: what quick play opens when no match has a seat; its tick rate and bots' skill hold for every match.
        matches: open from the start, and staying; ``match`` alone when left out, and () for none.
        host, port: where to listen; port 0 picks a free one.
        origins: pages that may connect beside the server's own.
        ping_interval, timeout: seconds (docs/PROTOCOL.md section 10).
        tls_cert, tls_key: PEM files; with them it speaks HTTPS alone.
        tick_drain: how the sockets of those in a match are read and written (`TransportOptions.drained`).
        ring: whether that may be done by io_uring, where the kernel has it.
        public_url: where players reach a proxy in front of this.
        trusted_proxies: addresses or networks of proxies whose ``X-Forwarded-For`` is believed.
        limits: on matches and bots.
        stays: how long people keep their seats, and how many may watch.
        admin_token: required of `admin` messages, 16 characters or more; None draws one.
        word_filter: a text file of words, one a line, that become asterisks in chat and names.
        budgets: what one address may cost.
        trusted_networks: addresses or networks to which nothing is charged when they connect directly.
        metrics: whether ``GET /metrics`` is answered.
        metrics_from: addresses or networks to which it is, beside this machine.
        data: the directory for what outlives the process; None to keep nothing.
        recordings: whether matches are recorded, if there is a data directory.
        data_limit: bytes that may be used there.
        keep_matches: whether matches that go on when the server stops go on with its next start.
    """

    match: MatchOptions
    matches: tuple[MatchOptions, ...] | None = None
    host: str = attrs.field(default="127.0.0.1", converter=listening_address)
    port: int = 8000
    origins: tuple[str, ...] = ()
    ping_interval: float = PING_INTERVAL
    timeout: float = PEER_TIMEOUT
    tls_cert: Path | None = None
    tls_key: Path | None = None
    tick_drain: bool = True
    ring: bool = True
    public_url: str | None = attrs.field(default=None, converter=attrs.converters.optional(public_url))
    trusted_proxies: tuple[str, ...] = ()
    limits: MatchLimits = attrs.field(factory=MatchLimits)
    stays: StayOptions = attrs.field(factory=StayOptions)
    admin_token: str | None = attrs.field(default=None, repr=False)
    word_filter: Path | None = None
    budgets: Budgets = BUDGETS
    trusted_networks: tuple[str, ...] = LOOPBACK
    metrics: bool = True
    metrics_from: tuple[str, ...] = ()
    data: Path | None = None
    recordings: bool = True
    data_limit: int = DATA_LIMIT
    keep_matches: bool = False

    @property
    def opened(self) -> tuple[MatchOptions, ...]:
        """The matches that are open from the start."""
        return (self.match,) if self.matches is None else self.matches

    def tls_context(self) -> ssl.SSLContext | None:
        """The TLS context of the certificate; None for plain HTTP.

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
