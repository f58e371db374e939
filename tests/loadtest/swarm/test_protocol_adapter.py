"""What a light client of the swarm asks for, and its inputs, byte for byte."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from game_server.loadtest.swarm.protocol_adapter import GameServerAdapter, SwarmSeat
from game_server.protocol import Input, decode_client


def inputs(ticks: list[int], buttons: list[int], aim: list[int]) -> list[bytes]:
    generator: Any = SimpleNamespace(buttons=np.array(buttons, np.uint8), aim=np.array(aim, np.uint16))
    payloads = GameServerAdapter().inputs(0, generator, np.array(ticks, np.int64))
    return [bytes(payload) for payload in payloads]


def test_an_input_is_the_bytes_of_the_example() -> None:
    assert inputs([1], [9], [513]) == [bytes.fromhex("95 02 ce 00 00 00 01 09 cd 02 01 50")]


def test_all_inputs_are_as_long_as_the_longest_and_say_what_each_player_does() -> None:
    ticks, buttons, aim = [0, 70_000, 2**32 - 1], [0, 31, 127], [0, 255, 4095]
    told = [decode_client(payload) for payload in inputs(ticks, buttons, aim)]
    assert told == [Input(*fields, 80) for fields in zip(ticks, buttons, aim, strict=True)]


@pytest.mark.parametrize("in_lobby", [False, True])
def test_only_clients_that_are_not_in_the_lobby_play(in_lobby: bool) -> None:
    adapter = GameServerAdapter(in_lobby=in_lobby)
    assert (adapter.plays, adapter.has_ticks, adapter.mark) == (not in_lobby, True, (1, 0xFF, 17))
    assert GameServerAdapter().plays


def test_the_token_of_a_seat_is_in_no_log_and_a_seat_in_the_lobby_has_none() -> None:
    assert "secret" not in repr(SwarmSeat("K7RW2P", 30, "secret"))
    assert SwarmSeat("") == SwarmSeat("", 0, "", -1, None)
