"""Whether ticks are so late that what is there must not become more."""

from __future__ import annotations

import logging
from typing import Final

from game_server.errors import RequestRefused
from game_server.protocol import RefusalCode

logger = logging.getLogger("game_server.lobby")

BEGINS_AT: Final = 0.5
"""Ticks of lateness: half of what the newest input can be late by before everybody sees it."""
ENDS_AT: Final = 0.25
"""Below it there is room again; in between nothing changes, so that the log is not written full."""
_WAIT: Final = 10


class Overload:
    """Refuses new matches while ticks are late.

    Attributes:
        lasts: ticks are late now.
        times: how often that began.
    """

    def __init__(self) -> None:
        self.lasts = False
        self.times = 0

    def look(self, lateness: float) -> None:
        """Ticks begin ``lateness`` ticks late; to be called a few times a second."""
        if not self.lasts and lateness > BEGINS_AT:
            self.lasts = True
            self.times += 1
            logger.warning(
                "overload: ticks begin %.1f ticks late; new matches are refused until that is over", lateness
            )
        elif self.lasts and lateness < ENDS_AT:
            self.lasts = False
            logger.info("the overload is over: ticks begin %.2f ticks late", lateness)

    def check(self) -> None:
        """Whether one more match may begin.

        Raises:
            RequestRefused: `BUSY`.
        """
        if self.lasts:
            raise RequestRefused(
                RefusalCode.BUSY, f"the server has all that it can do; join a match, or try again in {_WAIT} s", _WAIT
            )
