"""What is taken of the values that an earlier process has left."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from game_server.lobby.match.stored_values import switch, text, whole_number

NUMBER, BELOW = partial(whole_number, most=5), partial(whole_number, most=5, least=-2)
SHORT = partial(text, most=3)


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (NUMBER, 0), (NUMBER, 5), (BELOW, -2), (SHORT, ""), (SHORT, "abc"), (text, "x" * 1024),
        (switch, True), (switch, False),
    ],
)  # fmt: skip
def test_values_of_the_right_type_and_range_are_taken(read: Callable[[Any], Any], value: Any) -> None:
    assert read(value) is value


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (NUMBER, -1), (NUMBER, 6), (BELOW, -3), (NUMBER, 1.0), (NUMBER, "1"), (NUMBER, None), (NUMBER, True),
        (SHORT, "abcd"), (SHORT, b"abc"), (SHORT, 7), (text, "x" * 1025), (switch, 1), (switch, 0), (switch, None),
    ],
)  # fmt: skip
def test_all_others_are_refused(read: Callable[[Any], Any], value: Any) -> None:
    with pytest.raises(ValueError, match=r"no whole number from|no text of at most|neither true nor false"):
        read(value)
