"""The bytes of an offer: they come from other programs."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from game_server.cluster import Claim, Offer, pack_offer, unpack_offer


def test_an_offer_comes_back_as_it_was() -> None:
    offer = Offer(Claim("K7RW2P", "a", 3), "b", "key")
    assert unpack_offer(pack_offer(offer)) == offer


@given(st.binary(max_size=40))
def test_no_bytes_of_an_offer_raise(data: bytes) -> None:
    assert unpack_offer(data) is None or isinstance(unpack_offer(data), Offer)
