"""Options of a server process, composed of the options of its rooms."""

from __future__ import annotations

import re
import ssl
from ipaddress import ip_address
from pathlib import Path
from typing import Final

import attrs

from game_server.cluster import PREFIX
from game_server.errors import ConfigError
from game_server.journal import DATA_LIMIT
from game_server.lobby import MatchLimits, MatchOptions, StayOptions
from game_server.throttling import BUDGETS, LOOPBACK, Budgets
from game_server.transport import PEER_TIMEOUT, PING_INTERVAL, public_url

MAX_NODE_NAME: Final = 40
"""Letters: with the number of a worker, a path to a socket has room for it (108 bytes, unix(7))."""


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


def node_name(text: str) -> str:
    """The beginning of the names of nodes that a person wrote as ``text``: files are called after them.

    Raises:
        ConfigError: it has other characters than letters, digits, dots, dashes and underscores, begins with a dot or a
            dash, or is too long.
    """
    if not re.fullmatch(rf"[A-Za-z0-9_][A-Za-z0-9._-]{{0,{MAX_NODE_NAME - 1}}}", text):
        raise ConfigError(f"node name {text!r} is not 1 to {MAX_NODE_NAME} letters, digits, '.', '-' or '_': berlin-1")
    return text


@attrs.frozen
class ServerOptions:
    """What a host chooses for the process.

    Attributes:
        match: what quick play opens when no match has a seat; its tick rate and bots' skill hold for every match.
        matches: open from the start, and staying; ``match`` alone when left out, and () for none.
        host, port: where to listen; port 0 picks a free one.
        origins: pages that may connect beside the server's own.
        frame_ancestors: pages that may show this server's page in a frame.
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
        drain_timeout: seconds for which a server that is asked to drain does so before it stops; 0 to stop at once.
        workers: processes that serve; 1 for this one alone.
        redis: address of the Redis that is the directory of several machines; None without any.
        redis_prefix: of what is in it.
        node_name: the names of this machine's nodes begin with it; None for the host's name and the port.
        cluster_key: a file with the secret that all machines share; None for that of the data directory.
    """

    match: MatchOptions
    matches: tuple[MatchOptions, ...] | None = None
    host: str = attrs.field(default="127.0.0.1", converter=listening_address)
    port: int = 8000
    origins: tuple[str, ...] = ()
    frame_ancestors: tuple[str, ...] = ()
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
    drain_timeout: float = 0.0
    workers: int = 1
    redis: str | None = attrs.field(default=None, repr=False)
    redis_prefix: str = PREFIX
    node_name: str | None = attrs.field(default=None, converter=attrs.converters.optional(node_name))
    cluster_key: Path | None = None

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
