from __future__ import annotations

import attrs
import numpy as np
import pytest

from game_server.client import ConnectError
from game_server.loadtest.swarm.client_frames import BINARY, masked_frame
from game_server.loadtest.swarm.connecting import Conversation
from game_server.loadtest.swarm.input_generator import FIRE, InputGenerator
from game_server.loadtest.swarm.protocol_adapter import GameServerAdapter
from game_server.protocol import (
    DELTA,
    Hello,
    Home,
    HomeCode,
    Input,
    Join,
    RefusalCode,
    ServerMessage,
    bytes_header,
    decode_client,
    encode,
    pack_hash,
    pack_snapshot,
    pack_tables,
    server_messages,
)
from tests.loadtest.played import WELCOME
from tools.bench.swarm.adapters import Colyseus, Raw


def generator(count: int = 3, *, firing: bool = False) -> InputGenerator:
    return InputGenerator(count, np.random.default_rng(1), firing=firing)


@attrs.define
class ScriptedWire:
    """A connection on which the server sends what the test passes in."""

    says: list[ServerMessage]
    heard: list[bytes] = attrs.Factory(list)

    def connect(self) -> Conversation[None]:
        yield 0, 0

    def upgrade(self, target: str, subprotocol: str) -> Conversation[None]:
        del target, subprotocol
        yield 0, 0

    def send(self, frame: bytes) -> None:
        self.heard.append(frame)

    def message(self) -> Conversation[bytes]:
        yield 0, 0
        return encode(self.says.pop(0))


def unmasked(frame: bytes) -> bytes:
    """The payload of a short frame."""
    return bytes(byte ^ frame[2 + at % 4] for at, byte in enumerate(frame[6:]))


def joined(says: list[ServerMessage]) -> tuple[ScriptedWire, str]:
    """The connection after a join, and the match that it led to."""
    connection = ScriptedWire(says)
    talk = GameServerAdapter().join(connection, "", 6, "")  # type: ignore[arg-type]
    try:
        while True:
            next(talk)
    except StopIteration as stop:
        return connection, stop.value[1].match


def test_our_server_is_asked_for_a_seat_in_any_match() -> None:
    connection, match = joined([Home(HomeCode.WELCOME, "Welcome", "Ada", ()), WELCOME])
    assert match == WELCOME.match.id
    hello, request = connection.heard
    assert request == masked_frame(BINARY, encode(Join("")))
    said = decode_client(unmasked(hello))
    assert isinstance(said, Hello)
    assert (said.nickname, said.client) == ("Swarm 7", "game-server bots")
    assert said.key.endswith(" 6")


def test_a_seat_that_our_server_refuses_is_reported() -> None:
    refused = server_messages.Refused(Join.type, RefusalCode.MATCH_FULL, "every seat is taken")
    with pytest.raises(ConnectError, match="every seat is taken"):
        joined([Home(HomeCode.WELCOME, "Welcome", "Ada", ()), refused])


def test_inputs_for_our_server_are_what_the_protocol_says() -> None:
    hands = generator()
    rows = GameServerAdapter().inputs(1, hands, np.array([7, 300, 70_000]))
    assert [decode_client(row.tobytes()) for row in rows] == [
        Input(tick, int(buttons), int(aim), 80)
        for tick, buttons, aim in zip((7, 300, 70_000), hands.buttons, hands.aim, strict=True)
    ]


def test_raw_inputs_have_20_bytes_and_begin_with_the_number_of_the_step() -> None:
    rows = Raw().inputs(258, generator(), np.zeros(3, np.int64))
    assert rows.shape == (3, 20)
    assert rows[0, :4].tobytes() == b"\x02\x01\x00\x00"


def test_inputs_for_colyseus_are_messages_of_bytes() -> None:
    hands = generator()
    row = Colyseus().inputs(1, hands, np.zeros(3, np.int64))[0].tobytes()
    assert row == bytes((17, 0, hands.buttons[0])) + int(hands.aim[0]).to_bytes(2, "little")


@pytest.mark.parametrize("tick", [1, 127, 128, 255, 256, 65_535, 65_536, 2**32 - 1])
def test_the_mark_of_a_snapshot_shows_that_it_is_one(tick: int) -> None:
    snapshot = pack_snapshot(tick, DELTA, 0, 0, pack_hash(None), bytes_header(0), pack_tables([]))
    offset, mask, value = GameServerAdapter.mark
    assert snapshot[offset] & mask == value


def test_everybody_keeps_moving_and_turning() -> None:
    hands = generator(200)
    before = hands.aim.copy()
    hands.step()
    assert (hands.buttons & 15).all()
    assert (hands.aim != before).all()


def test_the_trigger_stays_pulled_when_everybody_fires() -> None:
    hands = generator(200, firing=True)
    for _ in range(90):
        hands.step()
    assert (hands.buttons & FIRE).all()
    assert not (generator(200).buttons & FIRE).any()
