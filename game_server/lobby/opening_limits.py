"""Limits on opening matches: overload, pace, matches in a row, matches and bots of an address."""

from __future__ import annotations

import logging
import math
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

import trio

from game_server.errors import RequestRefused
from game_server.lobby.lobby_options import MatchLimits
from game_server.lobby.match.hosted_match import HostedMatch
from game_server.lobby.match.match_options import MatchContext
from game_server.lobby.match_index import MatchIndex
from game_server.lobby.opened_elsewhere import Opened
from game_server.lobby.person import Person
from game_server.protocol import RefusalCode
from game_server.throttling import AttemptLimit

logger = logging.getLogger("game_server.lobby")

MATCHES_IN_A_ROW: Final = 5
MATCHES_WAIT: Final = 30.0
"""Seconds to wait after that many new matches from one address, and after which one more is no longer in a row."""
OVERLOAD_BEGINS: Final = 0.5
"""Ticks of lateness: half of the lateness at which the newest input is too late and everybody sees it."""
OVERLOAD_ENDS: Final = 0.25
"""Ticks of lateness; in between nothing changes, so that the log does not fill with changes."""
OPENING_INTERVAL: Final = 0.05
"""Seconds between two matches that people open: to open one of 64 seats takes some milliseconds, a tick is 33 ms."""
MOST_WAITING: Final = 64
"""People who may wait for that: the last of them waits for three seconds."""

_OVERLOAD_WAIT: Final = 10
_ROUNDING: Final = 1e-6


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
        """Note that ticks begin ``lateness`` ticks late; to be called a few times a second."""
        if not self.lasts and lateness > OVERLOAD_BEGINS:
            self.lasts = True
            self.times += 1
            logger.warning(
                "overload: ticks begin %.1f ticks late; new matches are refused until that is over", lateness
            )
        elif self.lasts and lateness < OVERLOAD_ENDS:
            self.lasts = False
            logger.info("the overload is over: ticks begin %.2f ticks late", lateness)

    def check(self) -> None:
        """Check that one more match may begin.

        Raises:
            RequestRefused: `BUSY`.
        """
        if self.lasts:
            text = f"the server is at its limit; join a match, or try again in {_OVERLOAD_WAIT} s"
            raise RequestRefused(RefusalCode.BUSY, text, _OVERLOAD_WAIT)


class OpeningPace:
    """Opens the matches of a process one at a time, with ticks in between, in the order in which people asked.

    Args:
        now: a steady clock in seconds.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._opened_at = float("-inf")
        self._line = trio.Lock()  # first come, first served

    def check(self) -> None:
        """Check that a match may be opened now.

        Raises:
            RequestRefused: `BUSY`.
        """
        if self._wait() > 0:
            raise RequestRefused(RefusalCode.BUSY, "too many matches are being opened here; try again in a second", 1)

    def opened(self) -> None:
        """Note that a match has been opened."""
        self._opened_at = self._now()

    @asynccontextmanager
    async def turn(self, opens: Callable[[], bool]) -> AsyncIterator[None]:
        """Enter when a match may be opened, unless ``opens`` says that none would be, or too many wait already.

        A caller that enters too early is refused by `check`. Cancelled, the place in the line is given up.
        """
        if self._line.statistics().tasks_waiting >= MOST_WAITING or not (self._wait() > 0 and opens()):
            yield
            return
        async with self._line:
            if opens():
                await trio.sleep(self._wait())
            yield

    def _wait(self) -> float:
        wait = self._opened_at + OPENING_INTERVAL - self._now()
        return wait if wait > _ROUNDING else 0.0


class OpeningLimits:
    """Decides whether a person may open one more match, by a request or by quick play: the same limits hold.

    New matches of an address are counted twice. Matches in a row hold for everybody, also for those that no budget is
    charged to, and are a part of the protocol; the budget is what the host of the server chooses, for the wider
    networks of an address as well.

    Args:
        limits: how many matches and bots there may be.
        context: clock and budgets.
        match_index: the matches.

    Attributes:
        overload: whether ticks are late.
        pace: when the next match may be opened.
    """

    def __init__(self, limits: MatchLimits, context: MatchContext, match_index: MatchIndex[HostedMatch]) -> None:
        self._limits = limits
        self._terms = context
        self._match_index = match_index
        self._in_a_row = AttemptLimit("too many new matches", tries=MATCHES_IN_A_ROW, wait=MATCHES_WAIT)
        self.overload = Overload()
        self.pace = OpeningPace(context.now)

    def charge(self, person: Person) -> None:
        """Count one more match of ``person``, if it may be opened.

        Raises:
            RequestRefused: `WAIT`, `TOO_MANY_MATCHES` or `BUSY`; nothing is counted.
        """
        address, keys, now = person.address, person.link.charged_to, self._terms.now()
        self.overload.check()
        self._in_a_row.check(address, now)
        self._match_index.check_room(address)
        if keys:
            self.pace.check()
        if (wait := self._terms.throttling.creations.take(keys, now)) > 0:
            raise too_often("too many new matches", wait)
        self._in_a_row.count(address, now)

    def bot_room(self, address: str, within: HostedMatch | None = None) -> int:
        """Bots that may still play in one more match from ``address``, or ``within`` one that is there."""
        limits = self._limits
        wanted = [(match.bot_seats.wanted, opened_from) for match, opened_from in self._match_index.opened_by_people()]
        others = self._match_index.others
        there = others.count(address) if others else Opened()
        room = min(
            limits.max_bots_per_match - (within.bot_seats.wanted if within else 0),
            limits.max_bots_per_address
            - sum(bots for bots, opened_from in wanted if opened_from == address)
            - there.bots_from_address,
            limits.max_bots - sum(bots for bots, _ in wanted) - there.bots,
        )
        return max(0, room)


def too_often(what: str, wait: float) -> RequestRefused:
    """The refusal of ``what`` an address has had too often, for ``wait`` seconds more."""
    seconds = math.ceil(wait)
    return RequestRefused(RefusalCode.WAIT, f"{what} from your address; try again in {seconds} s", seconds)
