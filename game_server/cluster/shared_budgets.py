"""Budgets of addresses that hold over all nodes: each charges what the others do."""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from typing import Any, Final

import trio

from game_server.cluster.calls import NodeCalls
from game_server.errors import DirectoryUnavailable
from game_server.throttling import Keys, Throttling

SHARED: Final = ("chat", "creations", "guesses")
"""Budgets of what people do seldom. What comes with each connection and frame would cost more to share than to do."""
SHARE_EVERY: Final = 0.25
"""Seconds: what an address does at several nodes within that time is allowed by each, and charged by all."""
MOST_SHARED: Final = 400
"""Charges that one message has room for; of addresses beyond that, what they do here is charged here alone."""


class SharedBudgets:
    """Passes on to the other nodes what addresses are charged here, and charges here what they pass on. `run` it once.

    Args:
        throttling: the budgets of this node.
        calls: to the others.
    """

    def __init__(self, throttling: Throttling, calls: NodeCalls) -> None:
        self._budgets = {name: getattr(throttling, name) for name in SHARED}
        self._calls = calls
        self._charged: defaultdict[tuple[str, Keys], float] = defaultdict(float)
        for name, budget in self._budgets.items():
            budget.charged = partial(self._note, name)
        calls.answer("charged", self._hear)

    async def run(self) -> None:
        """Pass on what is charged until cancelled; what cannot be passed on is charged here alone."""
        while True:
            await trio.sleep(SHARE_EVERY)
            if not self._charged:
                continue
            charged = [(name, keys, count) for (name, keys), count in self._charged.items()]
            self._charged.clear()
            try:
                await self._calls.announce("charged", self._calls.name, charged)
            except DirectoryUnavailable:
                continue

    def _note(self, name: str, keys: Keys, count: float) -> None:
        if len(self._charged) < MOST_SHARED or (name, keys) in self._charged:
            self._charged[name, keys] += count

    def _hear(self, sender: str, charged: tuple[Any, ...]) -> None:
        if sender == self._calls.name:
            return
        for name, keys, count in charged:
            if (budget := self._budgets.get(name)) is not None:  # an empty one is false
                budget.charge(tuple(map(str, keys)), trio.current_time(), float(count), from_afar=True)
