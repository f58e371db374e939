"""How many lines of chat somebody may still write."""

from __future__ import annotations

from typing import Final

from game_server.throttling import AddressBudget, Keys
from game_server.throttling.token_bucket import TokenBucket

CHAT_BURST: Final = 5
CHAT_PER_SECOND: Final = 1.0
"""Lines of one connection."""


class ChatRate(TokenBucket):
    """Lines out of a bucket of one's own first, and then out of the budget of the address.

    In the other order somebody who floods would use up what the neighbours behind the address may write.

    Args:
        now: seconds of any steady clock.
        budget: of all addresses.
        charged_to: whose of it is used up.
    """

    __slots__ = ("_budget", "_charged_to")

    def __init__(self, now: float, budget: AddressBudget, charged_to: Keys) -> None:
        super().__init__(CHAT_BURST, CHAT_PER_SECOND, now)
        self._budget = budget
        self._charged_to = charged_to

    def take(self, count: float, now: float) -> bool:
        """Whether ``count`` more lines are allowed at ``now``; those that are count."""
        return super().take(count, now) and self._budget.take(self._charged_to, now, count) == 0.0
