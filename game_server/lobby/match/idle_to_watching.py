"""Idle players: moved from their seat to watching the same match, or to the lobby."""

from __future__ import annotations

import logging
from typing import Final

from game_server.lobby.match.match_state import MatchState
from game_server.lobby.match.seating import Seating
from game_server.lobby.match.spectating import SpectatorViews
from game_server.lobby.person import Person
from game_server.protocol import HomeCode, LeaveReason, Notice, NoticeCode

logger = logging.getLogger("game_server.lobby")

WATCHES: Final = "You did nothing for {:g} s, so you are watching now. Take a seat to play on."
WENT_HOME: Final = "You did nothing for {:g} s, so your seat was given up. Join again to play on."


class IdleToWatching:
    """Sets people who have done nothing for `StayOptions.idle_to_watching` seconds to watching.

    If `Game.may_idle` is longer, that many.

    Only where somebody else gains by it: a person alone with bots keeps the seat. So does everybody in a locked match,
    which they could not join again. A seat whose connection is lost is kept for `StayOptions.seat_hold` seconds,
    whether or not a bot plays it.
    """

    def __init__(self, state: MatchState, seating: Seating, views: SpectatorViews) -> None:
        self._state = state
        self._seating = seating
        self._views = views
        after = state.context.stays.idle_to_watching
        self._after = max(after, state.options.game.may_idle or 0) if after > 0 else 0.0

    def look(self) -> None:
        """Move those who have been idle for too long. The rules may raise."""
        if self._after <= 0:
            return
        for player in list(self._state.match.players.people):
            if self._state.idleness.of(player) >= self._after and self._is_missed():
                person = self._state.member(player).person
                if person:
                    self._move(person)

    def _is_missed(self) -> bool:
        """Whether another person plays, or waits for a seat."""
        state = self._state
        return not state.moderation.locked and (len(state.match.players.people) > 1 or len(state.queue) > 0)

    def _move(self, person: Person) -> None:
        state = self._state
        logger.info("%s has done nothing for %g s", state.member(person.player).nickname, self._after)
        home = WENT_HOME.format(self._after)
        try:
            self._seating.vacate(person.player, LeaveReason.IDLE)
        except BaseException:
            # The rules have failed: there is nothing left to watch, and the person is no longer in the roster.
            person.home(HomeCode.IDLE, home)
            raise
        if state.has_room_to_watch:
            self._views.begin(person)
            person.send(Notice(NoticeCode.SET_TO_WATCHING, WATCHES.format(self._after)))
        else:
            person.home(HomeCode.IDLE, home)
