"""Session tokens, with which a client comes back to its seat, and which cannot be forged."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import Final, NamedTuple

from game_server.errors import RequestRefused
from game_server.protocol import RefusalCode

SERIAL_BYTES: Final = 8
SECRET_BYTES: Final = 32
_NOT_KEPT: Final = "your seat is no longer kept; join again"


class Session(NamedTuple):
    """One stay in one seat; each has its own ``serial``."""

    match: str
    player: int
    serial: str


class Sessions:
    """Issues tokens and checks them: HMAC-SHA256 (RFC 2104).

    A token does not outlive, by its serial, the stay that it was issued for: whether that goes on is for `Roster` to
    say.

    Attributes:
        key: signs tokens; drawn for this process alone, unless another one is given, or set before the first token is
            issued.
    """

    def __init__(self, key: bytes | None = None) -> None:
        self.key = key or secrets.token_bytes(SECRET_BYTES)

    def open(self, match: str, player: int) -> Session:
        """Begin a stay of ``player`` in ``match``."""
        return Session(match, player, secrets.token_hex(SERIAL_BYTES))

    def issue(self, session: Session) -> str:
        """The token for ``session``: at most 128 characters of ASCII."""
        text = f"{session.match}.{session.player}.{session.serial}"
        return f"{text}.{self._sign(text)}"

    def check(self, token: str) -> Session:
        """The session that ``token`` was issued for. A wrong one takes as long as a right one.

        Raises:
            RequestRefused: `NO_SUCH_SESSION`; it was not issued here.
        """
        text, _, signature = token.rpartition(".")
        if not hmac.compare_digest(self._sign(text).encode(), signature.encode("utf-8", "replace")):
            raise no_such_session()
        match, player, serial = text.split(".")
        return Session(match, int(player), serial)

    def _sign(self, text: str) -> str:
        digest = hmac.digest(self.key, text.encode("utf-8", "replace"), hashlib.sha256)
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def match_in(token: str) -> str:
    """The code of the match that ``token``, which is not checked, is for."""
    return token.partition(".")[0]


def no_such_session() -> RequestRefused:
    """The refusal of a token. It does not say why: a wrong token and an old one look the same."""
    return RequestRefused(RefusalCode.NO_SUCH_SESSION, _NOT_KEPT)
