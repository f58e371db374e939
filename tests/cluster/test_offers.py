"""The bytes of an offer: they come from other programs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from game_server.cluster import Claim, ClaimNote, Offer, pack_offer, unpack_offer


def test_an_offer_comes_back_as_it_was() -> None:
    offer = Offer(Claim("K7RW2P", "a", 3), "b", "key")
    assert unpack_offer(pack_offer(offer)) == offer


@given(st.binary(max_size=40))
def test_no_bytes_of_an_offer_raise(data: bytes) -> None:
    assert unpack_offer(data) is None or isinstance(unpack_offer(data), Offer)


@pytest.mark.parametrize("note", [ClaimNote(), ClaimNote(3), ClaimNote(1, Offer(Claim("K7RW2P", "a", 3), "b", "key"))])
def test_what_a_journal_says_of_a_claim_comes_back_as_it_was(note: ClaimNote) -> None:
    assert ClaimNote.from_plain(note.to_plain()) == note


@pytest.mark.parametrize(
    "values", [(-1, None), (True, None), (1.0, None), ("1", None), (1,), (1, ["K7RW2P", "a", "3", "b", "key"]), None]
)
def test_another_note_of_a_claim_is_refused(values: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        ClaimNote.from_plain(values)


def test_the_key_of_an_offer_is_not_shown_since_it_lets_anybody_take_the_match() -> None:
    assert "secret" not in repr(Offer(Claim("K7RW2P", "a", 3), "b", "secret"))
