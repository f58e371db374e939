"""Budgets of addresses over several nodes."""

from __future__ import annotations

import pytest
import trio

from game_server.cluster import MemoryDirectory, NodeCalls, SharedBudgets
from game_server.throttling import AddressBudget, Throttling

KEYS = ("2001:db8::/64", "2001:db8::/48")


@pytest.mark.usefixtures("jumping_clock")
@pytest.mark.parametrize("name", ["chat", "creations", "guesses"])
async def test_what_an_address_has_used_up_at_one_node_is_used_up_at_all(nursery: trio.Nursery, name: str) -> None:
    directory, budgets = MemoryDirectory(), list[AddressBudget]()
    for node in ("a", "b", "c"):
        throttling, calls = Throttling(), NodeCalls(directory, node)
        budgets.append(getattr(throttling, name))
        await nursery.start(calls.run)
        nursery.start_soon(SharedBudgets(throttling, calls).run)
    first, *others = budgets
    while not first.take(KEYS, trio.current_time()):
        pass
    waits = first.wait(KEYS, trio.current_time()) - 1
    await trio.sleep(1)
    for budget in others:
        assert budget.wait(KEYS, trio.current_time()) == pytest.approx(max(0.0, waits), abs=0.3)
        assert not budget.wait(("192.0.2.1",), trio.current_time())
    await trio.sleep(1)  # nobody passes on what was passed on
    assert first.wait(KEYS, trio.current_time()) <= max(0.0, waits)
