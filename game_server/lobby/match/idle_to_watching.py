"""Moves players who do nothing from their seat to watching the same match, or to the lobby."""

from __future__ import annotations

import logging
from typing import Final

from game_server.lobby.match.idleness import Idleness
from game_server.lobby.match.match_state import MatchState
from game_server.lobby.match.seating import Seating
from game_server.lobby.match.spectating import Watching
from game_server.lobby.person import Person
from game_server.protocol import HomeCode, Leaving, Notice, NoticeCode

logger = logging.getLogger("game_server.lobby")

WATCHES: Final = "You did nothing for {:g} s, so you are watching now. Take a seat to play on."
WENT_HOME: Final = "You did nothing for {:g} s, so your seat was given up. Join again to play on."


class IdleToWatching:
    """Sets people to watching who have done nothing for `Terms.idle_to_watching` seconds.

    Only where somebody else has something of it: one who is alone with bots keeps the seat. So does everybody in a
    locked match, into which they could not come back; and who has lost the connection, whose seat is kept as long as
    `Terms.hold` says, whether a bot plays it or not.
    """

    def __init__(self, state: MatchState, seating: Seating, watching: Watching, idleness: Idleness) -> None:
        self._state = state
        self._seating = seating
        self._watching = watching
        self._idleness = idleness
        self._after = state.terms.idle_to_watching

    def look(self) -> None:
        """Set those to watching for whom it is time. The rules may raise."""
        if self._after <= 0:
            return
        for player in list(self._state.match.players.people):
            if self._idleness.of(player) >= self._after and self._is_missed():
                person = self._state.member(player).person
                if person:
                    self._move(person)

    def _is_missed(self) -> bool:
        """Whether anybody plays beside the one who does nothing, or waits for a seat."""
        state = self._state
        return not state.moderation.locked and (len(state.match.players.people) > 1 or len(state.queue) > 0)

    def _move(self, person: Person) -> None:
        state = self._state
        logger.info("%s has done nothing for %g s", state.member(person.player).nickname, self._after)
        home = WENT_HOME.format(self._after)
        try:
            self._seating.vacate(person.player, Leaving.IDLE)
        except BaseException:
            # The rules have failed: there is nothing to watch any more, and the roster does not know this one.
            person.home(HomeCode.IDLE, home)
            raise
        if state.has_room_to_watch:
            self._watching.begin(person)
            person.send(Notice(NoticeCode.SET_TO_WATCHING, WATCHES.format(self._after)))
        else:
            person.home(HomeCode.IDLE, home)
