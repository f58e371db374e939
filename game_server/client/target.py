"""The address of a server and of a match there, as a link has it."""

from __future__ import annotations

import ssl
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import attrs

from game_server.client.trust import Trust
from game_server.errors import ConfigError, ProtocolError
from game_server.protocol import MAX_MATCH_ID, WEBSOCKET_PATH, CloseCode, Elsewhere


@attrs.frozen
class Target:
    """A server, a match there, and which certificates to trust.

    Attributes:
        match: the code of a match; empty for any.
        ticket: from the server that has sent the client here; empty without one.
    """

    host: str
    port: int
    tls: bool
    match: str = ""
    trust: Trust = Trust()
    ticket: str = ""

    @property
    def resource(self) -> str:
        """The path of the WebSocket, with the match, so that the process that has it is found before the handshake."""
        named = {"match": self.match, "ticket": self.ticket}
        query = urlencode({name: value for name, value in named.items() if value})
        return f"{WEBSOCKET_PATH}?{query}" if query else WEBSOCKET_PATH

    @property
    def authority(self) -> str:
        """Host and port for the Host header, an IPv6 address in brackets."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_here(self) -> bool:
        """Whether the server is on this machine, and so shares its clock and its cores."""
        return self.host == "localhost" or self.host == "::1" or self.host.startswith("127.")

    def context(self) -> ssl.SSLContext | None:
        """Return the context to encrypt with; None for plain HTTP."""
        return self.trust.context() if self.tls else None

    def to(self, match: str) -> Target:
        """Return the target with another match, by its code."""
        return attrs.evolve(self, match=match)

    def elsewhere(self, message: Elsewhere) -> Target:
        """Return the target to which ``message`` sends a client of this one.

        Raises:
            ProtocolError: it is no WebSocket's address, or one without TLS in place of one with it.
        """
        base = f"{'wss' if self.tls else 'ws'}://{self.authority}/"
        wrong = ProtocolError(CloseCode.BAD_MESSAGE, f"it sends clients to {message.url!r}, where they cannot go")
        try:
            parts = urlsplit(urljoin(base, message.url))
            host, port = parts.hostname, parts.port
        except ValueError:
            raise wrong from None
        if not host or parts.scheme not in ("ws", "wss") or (self.tls and parts.scheme == "ws"):
            raise wrong
        tls = parts.scheme == "wss"
        match = parse_qs(parts.query).get("match", [""])[0][:MAX_MATCH_ID]
        return Target(host, port or (443 if tls else 80), tls, match, self.trust, message.ticket)

    @classmethod
    def from_url(cls, url: str, trust: Trust = Trust()) -> Target:  # noqa: B008 - frozen
        """Read the link that ``game-server host`` prints, with or without ``?match=ID``.

        Raises:
            ConfigError: it is not such a link, or ``trust`` is given for a link without TLS.
        """
        try:
            parts = urlsplit(url if "//" in url else f"http://{url}")
            host, port = parts.hostname, parts.port
        except ValueError as error:
            raise ConfigError(f"{url!r} is not a URL: {error}") from error
        if parts.scheme not in ("http", "https", "ws", "wss") or not host:
            raise ConfigError(f"{url!r} is not a link to a server; one looks like http://127.0.0.1:8000")
        if "//" not in url and port is None and host != "localhost" and not {".", ":"} & set(host):
            raise ConfigError(f"{url!r} is not a link to a server; write http://{host} if that is the name of one")
        match = parse_qs(parts.query).get("match", [""])[0]
        if len(match) > MAX_MATCH_ID:
            raise ConfigError(f"the match id {match!r} has {len(match)} characters; at most {MAX_MATCH_ID} are allowed")
        if port == 0:
            raise ConfigError(f"{url!r} names port 0, on which nothing can listen")
        try:
            host.encode("idna")
        except UnicodeError as error:
            raise ConfigError(f"{host!r} is not a host name: {error.__cause__ or error}") from error
        tls = parts.scheme in ("https", "wss")
        if trust != Trust() and not tls:
            raise ConfigError(f"{url!r} is not an https link and has no certificate: leave out --ca and --pin")
        return cls(host, port or (443 if tls else 80), tls, match, trust)
