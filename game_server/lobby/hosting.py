"""The matches of a process: opened, driven by their tick groups, attended to, and closed when deserted."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Final

import attrs
import trio

from game_server.errors import GameServerError, RequestRefused
from game_server.journal import Journals
from game_server.lobby.directory import Directory
from game_server.lobby.lobby_options import LobbyOptions
from game_server.lobby.match.hosted_match import HostedMatch
from game_server.lobby.match.match_options import MatchContext, MatchOptions, Opening
from game_server.lobby.match.people_journal import StoredMatch
from game_server.lobby.opening_limits import OpeningLimits
from game_server.lobby.person import Person
from game_server.lobby.recovery import recover
from game_server.lobby.tick_groups import LinkSockets, Placement, TickGroups
from game_server.protocol import HomeCode, RefusalCode
from game_server.telemetry import Garbage

logger = logging.getLogger("game_server.lobby")

ATTEND_EVERY: Final = 0.2
"""Seconds between two looks at what is due in matches."""
REOPEN_AFTER: Final = 1.0
"""Seconds between the end of a match that stays, if nobody ended it on purpose, and its next beginning."""
BOTS_REST_AFTER: Final = 60.0
"""Seconds without anything done by a person, after which the bots of a match that people opened rest."""


class Hosting:
    """Opens matches, and runs them until they end. `run` it once.

    Args:
        options: what the host of the process chose.
        context: what holds for every match.
        make_sockets: makes the sockets of matches that tick together.
        garbage: collected between ticks.
        ended: called with each match that has ended.

    Attributes:
        directory: the matches.
        limits: whether a person may open one more.
        journals: keep the matches; None to keep nothing.
    """

    def __init__(
        self,
        options: LobbyOptions,
        context: MatchContext,
        make_sockets: Callable[[], LinkSockets],
        garbage: Garbage | None,
        ended: Callable[[HostedMatch], object],
    ) -> None:
        self.directory: Directory[HostedMatch] = Directory(
            options.limits.max_matches, options.limits.max_matches_per_address
        )
        self.limits = OpeningLimits(options.limits, context, self.directory)
        self._options = options
        self._terms = context
        self._ended = ended
        self._groups = TickGroups(make_sockets, garbage)
        self.journals: Journals | None = None
        self._placements: dict[str, Placement] = {}
        self._nursery: trio.Nursery

    async def run(
        self, journals: Journals | None, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
    ) -> None:
        """Run matches until cancelled. It has started when the host's own matches are there, and recovered ones.

        Args:
            journals: keep the matches, and have those of an earlier server; None to keep nothing.

        Raises:
            GameServerError: a match of the host's own cannot begin as it was chosen.
        """
        async with trio.open_nursery() as self._nursery:
            self.journals = journals
            going_on = self._recover()
            for number, chosen in enumerate(self._options.opened):
                if number not in going_on:
                    self._open(chosen, Opening(number=number))
            if self.journals:
                self._nursery.start_soon(self.journals.run)
            task_status.started()
            while True:
                await trio.sleep(ATTEND_EVERY)
                self._attend()

    def sockets_of(self, code: str) -> LinkSockets | None:
        """The sockets of the people in the match with ``code``; None when there is no such match."""
        placement = self._placements.get(code)
        return placement.sockets if placement else None

    def quick_match(self, person: Person) -> HostedMatch | None:
        """The match that quick play gives ``person``; None when one has to be opened."""
        return self.directory.quick(lambda match: match.entry_checks.admits(person))

    def open_for(self, person: Person, chosen: MatchOptions, *, has_host: bool = False) -> HostedMatch:
        """Begin a match that ``person`` asks for.

        Raises:
            RequestRefused: as for `OpeningLimits.charge`; or `BAD_OPTION`, the rules have failed; or
                `TOO_MANY_MATCHES`, the system has no descriptors left for one more. No match has begun.
        """
        self.limits.charge(person)
        match = self._open(chosen, Opening(has_host, person.address))
        if person.link.charged_to:
            self.limits.pace.opened()
        return match

    def _recover(self) -> set[int]:
        """Go on with the matches that an earlier server has left; returns the numbers of those that stay."""
        if self.journals is None:
            return set()
        opened, numbers = self._options.opened, set()
        for found in recover(self.journals, self._options.games):
            opening, number = found.match.people.opening, found.match.people.opening.number
            if number in numbers or not (number < len(opened) and found.match.people.options == opened[number]):
                opening = attrs.evolve(opening, number=-1)  # it is no longer opened from the start
            try:
                match = self._open(found.match.people.options, opening, code=found.code, stored=found.match)
            except GameServerError as error:
                found.set_aside(str(error))
                continue
            numbers.add(opening.number)
            found.goes_on_in(match.people_journal.journal)
        return numbers

    def _open(
        self,
        chosen: MatchOptions,
        opening: Opening,
        *,
        code: str | None = None,
        stored: StoredMatch | None = None,
    ) -> HostedMatch:
        """Begin a match, or go on with one that was ``stored``, and list it, with ``code`` or one that is free.

        Raises:
            RulesError: the game cannot be played as ``chosen``.
            RequestRefused: `BAD_OPTION`, the rules have failed; `TOO_MANY_MATCHES`, the system has no descriptors left
                for one more. Nothing has changed.
        """
        try:
            match = HostedMatch(
                chosen, self._terms, id=code or self.directory.free_code(), opening=opening,
                rests_after=None if opening.stays else BOTS_REST_AFTER, stored=stored,
            )  # fmt: skip
        except GameServerError:
            raise
        except BaseException as error:
            logger.exception("the match %r could not begin", chosen.name)
            raise RequestRefused(RefusalCode.BAD_OPTION, "the match could not begin: its rules failed") from error
        try:
            placement = self._groups.place(chosen.tick_rate, chosen.max_players, self._nursery)
        except OSError as error:
            logger.error("the match %r could not begin: %s; raise the limit of open files", chosen.name, error)
            raise RequestRefused(
                RefusalCode.TOO_MANY_MATCHES, "this server has no room for more matches; join one, or try later"
            ) from error
        self.directory.add(match, address=opening.address, stays=opening.stays)
        self._placements[match.id] = placement
        if opening.address is not None:
            match.bot_room = partial(self.limits.bot_room, opening.address, match)
        if self.journals and (journal := self.journals.open(match.match, match.id, match.people_journal.whole)):
            match.people_journal.keep(journal)
        self._nursery.start_soon(self._host, match, placement, opening)
        return match

    async def _host(self, match: HostedMatch, placement: Placement, opening: Opening) -> None:
        try:
            await match.run(placement.group, placement.first)
        finally:
            self.directory.remove(match)
            del self._placements[match.id]
            placement.leave()
            self._ended(match)
        while opening.stays and (match.failed or match.played_out):
            await trio.sleep(REOPEN_AFTER)
            try:
                self._open(match.options, opening, code=match.id)  # links to it stay good
            except GameServerError as error:
                logger.error("the match %r cannot begin again: %s", match.options.name, error)
            else:
                return

    def _attend(self) -> None:
        """Do what is due in every match, and close those that nobody has been in for a while."""
        overload = self.limits.overload
        overload.look(self._groups.lateness)
        for match in list(self.directory):
            match.late = overload.lasts
            match.attend()
        for match in self.directory.deserted(self._terms.now()):
            match.end(HomeCode.ENDED, "Nobody was there for a while.")
            self.directory.remove(match)
