"""Recovery: the matches that an earlier server has left in its journals, played again to where it stopped."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping

import attrs

from game_server.errors import JournalError
from game_server.journal import ATTEMPTS, ENDED, Journals, MatchJournal, Replay, StoredJournal, version_of_rules
from game_server.lobby.match.match_state import StoredWorld
from game_server.lobby.match.people_journal import StoredMatch, StoredPeople
from game_server.simulation import Game, checkpoint

logger = logging.getLogger("game_server.lobby")


@attrs.frozen(eq=False)
class Recovered:
    """A match that can go on.

    Attributes:
        code: of the match.
        match: all that there is of it.
    """

    code: str
    match: StoredMatch
    _name: str
    _journals: Journals

    def goes_on_in(self, journal: MatchJournal | None) -> None:
        """Remove the journal that it was read from as soon as the new ``journal`` is on the disk."""
        if journal:
            journal.replaces = self._name
        else:
            self._journals.forget(self._name)

    def drop(self) -> None:
        """Remove the journal that it was read from: another node has the match."""
        self._journals.forget(self._name)

    def set_aside(self, why: str) -> None:
        """Keep the journal that it was read from to be looked at: the match cannot go on."""
        _set_aside(self._journals, self._name, self.code, why)


def recover(journals: Journals, games: Mapping[str, type[Game]]) -> Iterator[Recovered]:
    """Find the matches that an earlier server has left, and play each again to where it was.

    The caller goes on with each of them, or sets it aside, before the next is asked for: a server that is killed
    meanwhile finds everything at its next start.
    """
    codes = set()
    for name in journals.unfinished():
        code = name.rpartition("-")[0]
        if code in codes:  # an older journal of a match that went on
            journals.forget(name)
            continue
        match, why = None, ""
        for _ in range(ATTEMPTS):
            try:
                stored = journals.read(name)
                if stored.records[-1].kind == ENDED:
                    break
                match = _replayed(stored, games)
                journals.note_attempt(name, failed=False)
                break
            except Exception as error:
                journals.note_attempt(name, failed=True)
                why = str(error) if isinstance(error, JournalError) else f"its rules raised {error!r}"
        else:
            _set_aside(journals, name, code, why)
            continue
        codes.add(code)
        if match is None:
            journals.put_away(name, failed=stored.records[-1].value)
            continue
        yield Recovered(code, match, name, journals)


def _replayed(stored: StoredJournal, games: Mapping[str, type[Game]]) -> StoredMatch:
    """Play ``stored`` again.

    Raises:
        JournalError: it cannot be played by these ``games``.
        Exception: whatever the rules raise.
    """
    header = stored.header
    if header.game not in games:
        raise JournalError(f"there is no game {header.game!r} here")
    replay = Replay(games[header.game])
    for _ in replay.play(stored.records, stored.last_tick):
        pass
    if replay.checkpoint is None:
        raise JournalError("it has no checkpoint")
    if replay.differences:
        changed = header.rules != version_of_rules(games[header.game])
        logger.warning(
            "match %s goes on, but played again it differs from tick %d on%s",
            header.match,
            replay.differences[0].tick,
            ", because its rules have changed" if changed else "",
        )
    if stored.unread:
        logger.warning(
            "match %s goes on from tick %d: the %d bytes that follow in its journal are damaged",
            header.match,
            stored.last_tick,
            stored.unread,
        )
    people = StoredPeople.read(replay.checkpoint.people, replay.people, games)
    world = StoredWorld(
        replay.checkpoint.seed, replay.game.rules, checkpoint(replay.game, replay.inputs, replay.players)
    )
    return StoredMatch(world, people)


def _set_aside(journals: Journals, name: str, code: str, why: str) -> None:
    logger.error("match %s cannot go on: %s; its journal is in %s", code, why, journals.set_aside(name))
