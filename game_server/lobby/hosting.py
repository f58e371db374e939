"""The matches of a process: opened, driven by their tick groups, attended to, and closed when deserted."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Awaitable, Callable, Collection, Mapping
from functools import partial
from typing import Final, Protocol

import attrs
import trio

from game_server.cluster import ClaimNote
from game_server.errors import ConfigError, GameServerError, JournalError, RequestRefused
from game_server.journal import Journals, version_of_rules
from game_server.lobby.lobby_options import LobbyOptions
from game_server.lobby.match.hosted_match import HostedMatch
from game_server.lobby.match.match_options import MatchContext, MatchOptions, Opening
from game_server.lobby.match.people_journal import StoredMatch
from game_server.lobby.match_index import MatchIndex
from game_server.lobby.opening_limits import OpeningLimits
from game_server.lobby.person import Person
from game_server.lobby.recovery import Recovered, recover
from game_server.lobby.tick_groups import LinkSockets, Placement, TickGroups
from game_server.protocol import HomeCode, RefusalCode
from game_server.simulation import Game
from game_server.telemetry import Garbage

logger = logging.getLogger("game_server.lobby")

ATTEND_EVERY: Final = 0.2
"""Seconds between two looks at what is due in matches."""
REOPEN_AFTER: Final = 1.0
"""Seconds between the end of a match that stays, if nobody ended it on purpose, and its next beginning."""
BOTS_REST_AFTER: Final = 60.0
"""Seconds without anything done by a person, after which the bots of a match that people opened rest."""


class Claims(Protocol):
    """Which matches this node has the right to run, as those see it who open and recover matches."""

    def new_code(self, *, needed: bool) -> str | None:
        """The code of a new match; None when there is none in hand, unless it is ``needed``."""
        ...

    def note_of(self, code: str) -> ClaimNote:
        """What the journal of the match with ``code`` says of its claim."""
        ...

    async def settle(self, code: str, note: ClaimNote) -> bool:
        """Whether a match with a journal that has ``note`` may go on here; waits until that is known."""
        ...

    def ended(self, code: str) -> None:
        """Note that the match with ``code`` is over."""
        ...


class Hosting:
    """Opens matches, and runs them until they end. `run` it once.

    Args:
        options: what the host of the process chose.
        context: what holds for every match.
        make_sockets: makes the sockets of matches that tick together.
        garbage: collected between ticks.
        ended: called with each match that has ended.

    Attributes:
        match_index: the matches.
        limits: whether a person may open one more.
        journals: keep the matches; None to keep nothing.
        claims: of the matches in a cluster; None outside of one.
        handed_over: matches by code that go on here when it is run, since another process had them until now.
        draining: no more matches are opened here, and those that there are leave or end.
        recovered: set when it is known which matches an earlier process has left.
    """

    def __init__(
        self,
        options: LobbyOptions,
        context: MatchContext,
        make_sockets: Callable[[], LinkSockets],
        garbage: Garbage | None,
        ended: Callable[[HostedMatch], object],
    ) -> None:
        self.match_index: MatchIndex[HostedMatch] = MatchIndex(
            options.limits.max_matches, options.limits.max_matches_per_address
        )
        self.limits = OpeningLimits(options.limits, context, self.match_index)
        self._options = options
        self._terms = context
        self._ended = ended
        self._groups = TickGroups(make_sockets, garbage)
        self.journals: Journals | None = None
        self.claims: Claims | None = None
        self.handed_over: dict[str, StoredMatch] = {}
        self.draining = False
        self.recovered = trio.Event()
        self._rules = {name: version_of_rules(game) for name, game in options.games.items()}
        """As they are loaded: their files may be replaced while they are played."""
        self._placements: dict[str, Placement] = {}
        self._numbers: dict[str, int] = {}
        """Of the matches, and of those of which it is not known yet whether they are here."""
        self._nursery: trio.Nursery

    async def run(
        self, journals: Journals | None, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
    ) -> None:
        """Run matches until cancelled. It has started when the host's own matches are there, and recovered ones.

        Args:
            journals: keep the matches, and have those of an earlier server; None to keep nothing.

        Raises:
            ConfigError: a match of the host's own cannot begin as it was chosen, or because its rules fail.
        """
        async with trio.open_nursery() as self._nursery:
            self.journals = journals
            going_on = await self._recover()
            for code, stored in self.handed_over.items():
                self._open(stored.people.options, stored.people.opening, code=code, stored=stored)
                going_on.add(stored.people.opening.number)
            self.handed_over.clear()
            self.recovered.set()
            for number in await self._missing(going_on):
                self._open_own(self._options.opened[number], number)
            if self.journals:
                self._nursery.start_soon(self.journals.run)
            task_status.started()
            while True:
                await trio.sleep(ATTEND_EVERY)
                self._attend()

    async def open_own(self) -> None:
        """Open those of the host's own matches that are nowhere: a drain that is over has ended them."""
        for number in await self._missing(self.numbers):
            try:
                self._open_own(self._options.opened[number], number)
            except ConfigError as error:
                logger.error("%s", error)

    async def _missing(self, there: Collection[int]) -> Collection[int]:
        """The numbers of the host's own matches to open here: those that are not ``there``, nor at other processes."""
        missing = [number for number in range(len(self._options.opened)) if number not in there]
        return await self._options.to_open(missing)

    def _open_own(self, chosen: MatchOptions, number: int) -> None:
        try:
            self._open(chosen, Opening(number=number))
        except ConfigError:
            raise
        except GameServerError as error:
            cause = error.__cause__ or error
            place = traceback.extract_tb(cause.__traceback__)[-1]
            raise ConfigError(
                f"the match {chosen.name!r} cannot begin: {type(cause).__name__}: {cause} "
                f"({place.filename}, line {place.lineno})"
            ) from error

    def sockets_of(self, code: str) -> LinkSockets | None:
        """The sockets of the people in the match with ``code``; None when there is no such match."""
        placement = self._placements.get(code)
        return placement.sockets if placement else None

    def quick_match(self, person: Person) -> HostedMatch | None:
        """The match that quick play gives ``person``; None when one has to be opened."""
        if self.draining:  # the match would leave or end soon
            return None
        return self.match_index.quick(lambda match: match.entry_checks.admits(person))

    def open_for(self, person: Person, chosen: MatchOptions, *, has_host: bool = False) -> HostedMatch:
        """Begin a match that ``person`` asks for.

        Raises:
            RequestRefused: as for `OpeningLimits.charge`; or `BAD_OPTION`, the rules have failed; or
                `TOO_MANY_MATCHES`, the system has no descriptors left for one more. No match has begun.
        """
        if self.draining:
            raise RequestRefused(RefusalCode.BUSY, "this server opens no more matches; ask again, for another one", 1)
        self.limits.charge(person)
        match = self._open(chosen, Opening(has_host, person.address))
        if person.link.charged_to:
            self.limits.pace.opened()
        return match

    @property
    def numbers(self) -> list[int]:
        """The numbers, among those that the host opened from the start, of the matches that are here."""
        return [number for number in self._numbers.values() if number >= 0]

    @property
    def games(self) -> Mapping[str, type[Game]]:
        """What can be played here, by name."""
        return self._options.games

    def rules_of(self, game: str) -> str:
        """The version of the rules of ``game`` that are played here; empty for a game that is not."""
        return self._rules.get(game, "")

    def in_background(self, task: Callable[[], Awaitable[None]]) -> None:
        """Run ``task`` as long as matches are run, whatever becomes of those who asked for it."""
        self._nursery.start_soon(task)

    def take_in(self, code: str, came: tuple[StoredMatch, str], note: ClaimNote, *, keeps_number: bool) -> None:
        """Open a match of another node, standing still.

        Args:
            code: of the match.
            came: the match, and the hash of its world; empty for a match that begins again.
            note: what its journal says of its claim.
            keeps_number: it stays, if the host of the server has opened it. On another machine it does not: its own
                machine opens it again.

        Raises:
            GameServerError: it cannot go on here, or there is no room; nothing has changed.
        """
        if self.draining:
            raise JournalError("the node drains")
        stored, world_hash = came
        self.match_index.check_room(moves=True)
        opening = stored.people.opening if keeps_number else attrs.evolve(stored.people.opening, number=-1)
        match = self._open(stored.people.options, opening, code=code, stored=stored, note=note)
        if world_hash and match.match.world.hash() != world_hash:
            match.end(HomeCode.ENDED, "")
            raise JournalError("its world, restored, has another hash")

    async def _recover(self) -> set[int]:
        """Go on with the matches that an earlier server has left; returns the numbers of those that stay.

        Of some it has to be found out whether another node has them, which others do not wait for.
        """
        if self.journals is None:
            return set()
        opened, numbers = self._options.opened, set[int]()
        for found in recover(self.journals, self._options.games):
            opening, number = found.match.people.opening, found.match.people.opening.number
            if number in numbers or not (0 <= number < len(opened) and found.match.people.options == opened[number]):
                opening = attrs.evolve(opening, number=-1)  # it is no longer opened from the start
            numbers.add(opening.number)
            self._numbers[found.code] = opening.number
            if self.claims and found.match.people.claim.offer:
                self._nursery.start_soon(self._recover_one, found, opening)
            else:
                await self._recover_one(found, opening)
        return numbers

    async def _recover_one(self, found: Recovered, opening: Opening) -> None:
        if self.claims and not await self.claims.settle(found.code, found.match.people.claim):
            logger.info("match %s goes on at another node", found.code)
            self._numbers.pop(found.code, None)
            found.drop()
            return
        try:
            match = self._open(found.match.people.options, opening, code=found.code, stored=found.match)
        except GameServerError as error:
            self._numbers.pop(found.code, None)
            if self.claims:
                self.claims.ended(found.code)
            found.set_aside(str(error))
            return
        found.goes_on_in(match.people_journal.journal)

    def _open(
        self,
        chosen: MatchOptions,
        opening: Opening,
        *,
        code: str | None = None,
        stored: StoredMatch | None = None,
        note: ClaimNote | None = None,
    ) -> HostedMatch:
        """Begin a match, or go on with one that was ``stored``, and list it, with ``code`` or one that is free.

        With a ``note``, it stands still.

        Raises:
            RulesError: the game cannot be played as ``chosen``.
            RequestRefused: `BAD_OPTION`, the rules have failed; `TOO_MANY_MATCHES`, the system has no descriptors left
                for one more. Nothing has changed.
        """
        drawn = code is None
        code = code or self._new_code(needed=opening.stays)
        try:
            return self._begin(chosen, opening, code, stored, note)
        except BaseException:
            if self.claims and drawn:
                self.claims.ended(code)
            raise

    def _begin(
        self,
        chosen: MatchOptions,
        opening: Opening,
        code: str,
        stored: StoredMatch | None,
        note: ClaimNote | None,
    ) -> HostedMatch:
        try:
            match = HostedMatch(
                chosen, self._terms, id=code, opening=opening,
                rests_after=None if opening.stays else BOTS_REST_AFTER, stored=stored, still=note is not None,
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
        self.match_index.add(match, address=opening.address, stays=opening.stays)
        self._placements[match.id] = placement
        self._numbers[match.id] = opening.number
        if opening.address is not None:
            match.bot_room = partial(self.limits.bot_room, opening.address, match)
        if self.claims:
            match.people_journal.claim = note or self.claims.note_of(code)
        if self.journals and (journal := self.journals.open(match.match, match.id, match.people_journal.whole)):
            match.people_journal.keep(journal)
        self._nursery.start_soon(self._host, match, placement, opening)
        return match

    async def _host(self, match: HostedMatch, placement: Placement, opening: Opening) -> None:
        try:
            await match.run(placement.group, placement.first)
        finally:
            self.match_index.remove(match)
            del self._placements[match.id]
            begins_again = opening.stays and (match.failed or match.played_out)
            if not begins_again:
                self._numbers.pop(match.id, None)
            placement.leave()
            self._ended(match)
        if self.claims and not begins_again:
            self.claims.ended(match.id)
        while begins_again:
            await trio.sleep(REOPEN_AFTER)
            if self.draining:
                continue
            try:
                self._open(match.options, opening, code=match.id)  # links to it stay good
            except GameServerError as error:
                logger.error("the match %r cannot begin again: %s", match.options.name, error)
            else:
                return

    def _new_code(self, *, needed: bool) -> str:
        """A code for a new match.

        Raises:
            RequestRefused: `BUSY`; it is not ``needed``, and the directory is gone or slower than people are.
        """
        if self.claims is None:
            return self.match_index.free_code()
        code = self.claims.new_code(needed=needed)
        if code is None:
            raise RequestRefused(RefusalCode.BUSY, "no match can be opened here now; join one, or try again", 2)
        return code

    def _attend(self) -> None:
        """Do what is due in every match, and close those that nobody has been in for a while."""
        overload = self.limits.overload
        overload.look(self._groups.lateness)
        for match in list(self.match_index):
            match.late = overload.lasts
            match.attend()
        deserted = [match for match in self.match_index.deserted(self._terms.now()) if not match.stands_still]
        for match in deserted:
            match.end(HomeCode.ENDED, "Nobody was there for a while.")
            self.match_index.remove(match)
