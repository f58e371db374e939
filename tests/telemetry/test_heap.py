from __future__ import annotations

import ctypes

import pytest

from game_server.telemetry.heap import Heap


def resident() -> int:
    """KB of memory that this process has of the system."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def test_what_lies_free_between_what_is_in_use_is_given_back() -> None:
    heap = Heap()
    pieces = [bytes(60_000) for _ in range(1000)]
    kept = pieces[::10]
    before = resident()
    del pieces
    assert heap.give_back()
    assert before - resident() > 20_000
    assert len(kept) == 100


def test_where_the_system_cannot_do_so_nothing_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda _name: object())
    assert not Heap().give_back()
