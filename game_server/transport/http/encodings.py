"""Which form of a body a client asks for: as it is, or compressed by gzip (RFC 9110, 12.5.3)."""

from __future__ import annotations

import gzip
import re
from typing import Final

_WEIGHT: Final = re.compile(r"[01](?:\.\d{0,3})?")
_LEAST_BYTES: Final = 256
"""Below, what is saved is less than a header line."""
_WORTH: Final = 0.95
"""A compressed body is kept when it is smaller than this part of the plain one."""


def compressed(body: bytes) -> bytes | None:
    """``body`` by gzip, always the same bytes for the same body; None when it hardly gets smaller."""
    if len(body) < _LEAST_BYTES:
        return None
    smaller = gzip.compress(body, compresslevel=9, mtime=0)
    return smaller if len(smaller) < len(body) * _WORTH else None


def takes_gzip(accept_encoding: str | None) -> bool:
    """Whether a client takes gzip at least as gladly as a plain body.

    Args:
        accept_encoding: the header's value, None without one. A member with a weight that is none does not count.
    """
    weights: dict[str, float] = {}
    for member in (accept_encoding or "").split(","):
        name, *parameters = (part.strip().lower() for part in member.split(";"))
        weight = 1.0
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip() == "q":
                weight = float(value) if _WEIGHT.fullmatch(value.strip()) else 0.0
        weights.setdefault("gzip" if name == "x-gzip" else name, weight)
    gzip_weight = weights.get("gzip", weights.get("*", 0.0))
    return gzip_weight > 0 and gzip_weight >= weights.get("identity", 0.0)
