from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from game_server.protocol.closes import MAX_REASON_BYTES, close_reason


@given(st.text())
def test_a_reason_fits_into_a_close_frame_and_is_the_text_as_far_as_it_goes(text: str) -> None:
    reason = close_reason(text)
    assert len(reason.encode()) <= MAX_REASON_BYTES
    assert text.encode("utf-8", "replace").startswith(reason.encode())


def test_a_reason_is_never_cut_inside_a_character() -> None:
    assert close_reason("a" * 121 + "\u20ac") == "a" * 121
    assert close_reason("a" * 120 + "\u20ac") == "a" * 120 + "\u20ac"


def test_a_short_reason_stays_as_it_is() -> None:
    assert close_reason("the server is stopping") == "the server is stopping"
