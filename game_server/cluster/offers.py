"""Offers of matches to other nodes, as they are sent, and as the journals of the matches keep them."""

from __future__ import annotations

from typing import Any

import attrs
import msgpack

from game_server.cluster.directory import Claim


@attrs.frozen
class Offer:
    """A match that stands still, offered to another node.

    Attributes:
        claim: of the node that offers it, which the other node replaces when it takes the match over.
        to: the name of the other node.
        key: of the blob that has the match, and lets anybody at the directory take it.
    """

    claim: Claim
    to: str
    key: str = attrs.field(repr=False)

    def to_plain(self) -> list[Any]:
        """Values for a message or a journal."""
        return [*attrs.astuple(self.claim), self.to, self.key]

    @classmethod
    def from_plain(cls, values: Any) -> Offer:
        """Read what `to_plain` has made.

        Raises:
            TypeError, ValueError: it is something else.
        """
        if [type(value) for value in values] != [str, str, int, str, str]:
            raise ValueError(f"{values!r} is no offer")
        code, node, epoch, to, key = values
        return cls(Claim(code, node, epoch), to, key)


@attrs.frozen
class ClaimNote:
    """What the journal of a match says of its claim.

    Attributes:
        epoch: of the claim; 0 for none.
        offer: of a match that stands still, which another node or this one may have; None while it is this node's.
    """

    epoch: int = 0
    offer: Offer | None = None

    def to_plain(self) -> list[Any]:
        """Values for a journal."""
        return [self.epoch, self.offer and self.offer.to_plain()]

    @classmethod
    def from_plain(cls, values: Any) -> ClaimNote:
        """Read what `to_plain` has made.

        Raises:
            TypeError, ValueError: it is something else.
        """
        epoch, offered = values
        if type(epoch) is not int or epoch < 0:
            raise ValueError(f"{epoch!r} is no epoch")
        return cls(epoch, None if offered is None else Offer.from_plain(offered))


def pack_offer(offer: Offer) -> bytes:
    """The message of ``offer`` to the other node."""
    packed: bytes = msgpack.packb(offer.to_plain())
    return packed


def unpack_offer(data: bytes) -> Offer | None:
    """The offer in ``data``; None if it is of another form."""
    try:
        return Offer.from_plain(msgpack.unpackb(data))
    except (TypeError, ValueError, msgpack.UnpackException):
        return None
