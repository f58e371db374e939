"""Outages: something that is out of order is logged when it begins and when it is over, not each time in between."""

from __future__ import annotations

import logging
import math
from typing import Final

import trio

logger = logging.getLogger("game_server.cluster")

OVER_AFTER: Final = 3.0
"""Seconds since the last failure before something works again: a Redis that answers now and then is out of order."""


class Outage:
    """Something that may be out of order.

    Args:
        begins: what is logged when it begins, before the reason.
        over: what is logged when it is over.
    """

    def __init__(self, begins: str, over: str) -> None:
        self._begins = begins
        self._over = over
        self._failed_at = -math.inf

    def failed(self, reason: str) -> None:
        """Note that it is out of order now."""
        if self._failed_at == -math.inf:
            logger.warning("%s: %s", self._begins, reason)
        self._failed_at = trio.current_time()

    def worked(self) -> None:
        """Note that it works now."""
        if self._failed_at > -math.inf and trio.current_time() - self._failed_at >= OVER_AFTER:
            self._failed_at = -math.inf
            logger.info(self._over)
