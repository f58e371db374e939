"""What a field says that nobody has set: nothing, or nobody."""

from __future__ import annotations

from typing import Any, get_args

import attrs
import pytest

from game_server.protocol import NO_PLAYER, ClientMessage, ServerMessage

NOTHING = ("", 0, 0.0, (), b"", None, NO_PLAYER)
FIELDS = [
    (message.__name__, field.name, field.default)
    for message in (*get_args(ClientMessage), *get_args(ServerMessage))
    for field in attrs.fields(message)
    if field.default is not attrs.NOTHING
]


@pytest.mark.parametrize(("message", "field", "default"), FIELDS)
def test_a_field_that_may_be_left_out_is_then_empty(message: str, field: str, default: Any) -> None:
    assert default in NOTHING, f"{message}.{field}"
