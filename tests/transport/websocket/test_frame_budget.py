"""What frames of one peer cost it, and its address."""

from __future__ import annotations

import pytest

from game_server.throttling import Throttling
from game_server.transport.options import BYTES_A_FRAME
from game_server.transport.websocket.frame_budget import FrameBudget
from game_server.transport.websocket.frames import INPUT_HEAD, MAX_SMALL_PAYLOAD

KEYS = ("192.0.2.1",)
INPUT = INPUT_HEAD + MAX_SMALL_PAYLOAD


class Ledger:
    """An address budget that notes what is charged, and refuses from the point of ``most`` on."""

    def __init__(self, most: float = 1e9) -> None:
        self.charged: list[float] = []
        self.most = most

    def take(self, keys: tuple[str, ...], _now: float, amount: float) -> float:
        assert keys == KEYS
        self.charged.append(amount)
        return float(sum(self.charged) > self.most)


def budget(most: float = 1e9, keys: tuple[str, ...] = KEYS, own: tuple[int, int] = (60, 90)) -> FrameBudget:
    """A peer's; its address is charged in ledgers."""
    throttling = Throttling()
    throttling.frames, throttling.bytes = Ledger(most), Ledger(10 * most)  # type: ignore[assignment]
    return FrameBudget(own, 0.0, throttling, keys)


def charged(of: FrameBudget) -> tuple[list[float], list[float]]:
    """The frames and bytes that the address was charged."""
    frames, size = of._throttling.frames, of._throttling.bytes
    assert isinstance(frames, Ledger)
    assert isinstance(size, Ledger)
    return frames.charged, size.charged


def test_two_inputs_at_once_are_free_to_the_address_of_a_player_and_the_third_is_not() -> None:
    one = budget()
    assert [one.exceeded(1, INPUT, 0.0, plays=True) for _ in range(3)] == ["", "", ""]
    assert charged(one) == ([1], [INPUT])


def test_a_third_of_a_players_frames_are_free_in_the_long_run() -> None:
    one = budget()
    for tick in range(300):
        assert one.exceeded(1, INPUT, tick / 60, plays=True) == ""
    assert len(charged(one)[0]) == pytest.approx(150, abs=3)


def test_beside_a_free_input_everything_is_charged() -> None:
    one = budget()
    one.exceeded(3, INPUT + 100, 0.0, plays=True)
    assert charged(one) == ([2], [100])


def test_nothing_is_free_to_who_does_not_play() -> None:
    one = budget()
    one.exceeded(1, INPUT, 0.0)
    assert charged(one) == ([1], [INPUT])


def test_an_address_that_is_charged_nothing_has_the_peers_own_budget_alone() -> None:
    one = budget(keys=())
    assert [one.exceeded(20, 0, 0.0) for _ in range(4)] == ["", "", "", "too many messages"]
    assert charged(one) == ([], [])


def test_bytes_count_as_frames_of_a_certain_size() -> None:
    one = budget(own=(2, 1))
    assert one.exceeded(1, 2 * BYTES_A_FRAME, 0.0) == ""
    assert one.exceeded(0, 1, 0.0) == "too many messages"


def test_what_is_too_much_is_named() -> None:
    frames, size = budget(most=1), budget(most=1)
    assert frames.exceeded(2, 0, 0.0) == "too many messages from your address"
    assert size.exceeded(1, 10, 0.0) == ""
    assert size.exceeded(0, 1, 0.0) == "too many bytes from your address"
