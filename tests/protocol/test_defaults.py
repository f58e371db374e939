"""What a field says that nobody has set: nothing, or nobody."""

from __future__ import annotations

from typing import Any, get_args

import attrs
import msgpack
import pytest

from game_server.protocol import NO_PLAYER, ClientMessage, ServerMessage, decode_client
from tests.protocol.samples import CLIENT_SAMPLES

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


def test_what_may_be_left_out_is_what_is_seldom_said() -> None:
    assert [f"{message}.{field}" for message, field, _ in FIELDS] == [
        "Hello.key", "Input.behind", "Chat.to", "Join.password", "Join.wait", "Watch.password", "Moderate.player",
        "Moderate.text", "Admin.match", "Admin.subject", "Admin.text", "Admin.seconds", "Act.values", "Refused.wait",
        "Answer.matches", "Answer.nodes",
    ]  # fmt: skip


@pytest.mark.parametrize("sample", [sample for name, sample in CLIENT_SAMPLES.items() if name != "input"])
def test_a_message_of_a_client_is_a_value(sample: list[Any]) -> None:
    one, other = (decode_client(msgpack.packb(sample)) for _ in range(2))
    assert {one: 1}[other] == 1
