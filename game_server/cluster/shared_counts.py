"""Counts of what addresses have open at all nodes of a machine: each knows what the others have."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from heapq import nlargest
from typing import Any, Final

import trio

from game_server.cluster.calls import NodeCalls
from game_server.throttling import AddressCount

SHARE_EVERY: Final = 0.25
"""Seconds: what an address opens at several nodes within that time is allowed by each, and counted by all."""
MOST_SHARED: Final = 1000
"""Addresses that one message has room for: those with most. Of the others, each node counts its own alone."""


class SharedCounts:
    """Reports to the other nodes of this machine what addresses have open here, and adds what those report.

    `run` it once.

    Args:
        counts: of this node.
        calls: to the others.
        near: the names of the other nodes of this machine.
        is_fresh: returns whether a node works; what one had that was killed is not counted.
    """

    def __init__(
        self, counts: AddressCount, calls: NodeCalls, near: Iterable[str], is_fresh: Callable[[str], bool]
    ) -> None:
        self._counts = counts
        self._calls = calls
        self._is_fresh = is_fresh
        self._knows = dict.fromkeys(near, False)
        """Whether a node has everything that was here at the last report."""
        self._there: dict[str, dict[str, int]] = {}
        """What others have reported, by node and key."""
        counts.touched = set()
        counts.elsewhere = self._elsewhere
        calls.answer("open", self._hear)

    async def run(self) -> None:
        """Report what has changed until cancelled; who has missed a report is sent everything with the next one."""
        while True:
            await trio.sleep(SHARE_EVERY)
            changed, self._counts.touched = self._counts.touched or set(), set()
            async with trio.open_nursery() as nursery:
                for node, knows in self._knows.items():
                    if changed or not knows:
                        nursery.start_soon(self._report, node, changed)

    async def _report(self, node: str, changed: set[str]) -> None:
        held = self._counts.held
        if whole := not self._knows[node] or len(changed) > MOST_SHARED:
            values = dict(nlargest(MOST_SHARED, held.items(), key=lambda item: item[1]))
        else:
            values = {key: held.get(key, 0) for key in changed}
        answers = await self._calls.ask_all([node], "open", self._calls.name, whole, values)
        self._knows[node] = answers.values.get(node, False)

    def _hear(self, sender: str, whole: bool, values: dict[Any, Any]) -> bool:
        """Note what ``sender`` has; False if something before that is missing."""
        if sender not in self._knows or not (whole or sender in self._there):
            return False
        there = {} if whole else self._there[sender]
        there.update({str(key): int(count) for key, count in values.items()})
        self._there[sender] = {key: count for key, count in there.items() if count}
        return True

    def _elsewhere(self, key: str) -> int:
        """What ``key`` has at the other nodes."""
        return sum(there.get(key, 0) for node, there in self._there.items() if self._is_fresh(node))
