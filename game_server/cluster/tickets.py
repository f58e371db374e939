"""Tickets: what a client that is sent to another process shows there, so that it is not treated as a stranger."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable
from typing import Final

import attrs

VALID_FOR: Final = 30.0
"""Seconds: a client follows at once, over whatever network."""
MOST_USED: Final = 4096
"""Tickets that are remembered as used; with more in their lifetime, the oldest may be used a second time."""
_NONCE_BYTES: Final = 9
_DOMAIN: Final = b"ticket "
"""Keeps tickets apart from session tokens, which are signed with the same key."""


@attrs.frozen
class Ticket:
    """A right to be served.

    Attributes:
        code: of the match that the client is sent to.
        hops: times in a row that it has been sent to another process, this time included.
    """

    code: str
    hops: int


class Tickets:
    """Issues tickets and checks those of all processes that share the key: HMAC-SHA256 (RFC 2104).

    Args:
        key: of all of them.
        now: seconds since 1970.
    """

    def __init__(self, key: bytes, now: Callable[[], float]) -> None:
        self._key = key
        self._now = now
        self._used: dict[str, None] = {}

    def issue(self, ticket: Ticket) -> str:
        """The text of ``ticket``: at most 128 characters of ASCII."""
        expiry = int(self._now() + VALID_FOR)
        text = f"{ticket.code}.{ticket.hops}.{expiry}.{secrets.token_urlsafe(_NONCE_BYTES)}"
        return f"{text}.{self._sign(text)}"

    def use(self, text: str) -> bool:
        """Use up the ticket ``text``; False if it is none, or was used in this process before."""
        nonce = text.rpartition(".")[0].rpartition(".")[2]
        if self.read(text) is None or nonce in self._used:
            return False
        self._used[nonce] = None
        if len(self._used) > MOST_USED:
            del self._used[next(iter(self._used))]
        return True

    def read(self, text: str) -> Ticket | None:
        """The ticket ``text``; None if it was not issued with this key, or is too old."""
        signed, _, signature = text.rpartition(".")
        if not hmac.compare_digest(self._sign(signed).encode(), signature.encode("utf-8", "replace")):
            return None
        code, hops, expiry, _ = signed.split(".")
        return Ticket(code, int(hops)) if self._now() <= int(expiry) else None

    def _sign(self, text: str) -> str:
        digest = hmac.digest(self._key, _DOMAIN + text.encode("utf-8", "replace"), hashlib.sha256)
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
