"""The matches that an earlier server has left: which go on, are forgotten, or set aside, and what the log says."""

from __future__ import annotations

from typing import Any, cast

import attrs
import pytest

from game_server.journal import ENDED, Journals, StoredJournal, version_of_rules
from game_server.journal.records import CHECKPOINT, HASH, Checkpoint, Header, Record
from game_server.lobby.match.hosted_match import HostedMatch
from game_server.lobby.recovery import Recovered, recover
from game_server.simulation import tick_alone
from tests.lobby.people import Clock, FakePerson, hosted
from tests.simulation.toy_game import Toy

CODE = "K7RW2P"


def played() -> HostedMatch:
    """A match with somebody in it, after a few ticks."""
    match = hosted()
    match.join(FakePerson("Ada", Clock()))
    for _ in range(3):
        tick_alone(match.match)
    return match


MATCH = played()


def journal(*more: Record, rules: str = "", game: str = "toy", unread: int = 0, whole: bool = True) -> StoredJournal:
    """The journal of that match: a checkpoint, and what follows it."""
    tick, rules = MATCH.match.world.tick, rules or version_of_rules(Toy)
    checkpoint = Checkpoint(5, 4, 30, "", {}, MATCH.match.checkpoint(), MATCH.people_journal.whole())
    records = [Record(CHECKPOINT, tick, checkpoint)] if whole else []
    return StoredJournal(Header(CODE, game, rules, 0.0), [*records, *more], unread)


@attrs.define
class Left:
    """What an earlier server has left, and what has become of it."""

    found: dict[str, StoredJournal | Exception]
    fate: list[str] = attrs.Factory(list)

    def unfinished(self) -> list[str]:
        return list(self.found)

    def read(self, name: str) -> StoredJournal:
        found = self.found[name]
        if isinstance(found, Exception):
            raise found
        return found

    def note_attempt(self, name: str, *, failed: bool) -> None:
        self.fate.append(f"{name} {'failed' if failed else 'played'}")

    def forget(self, name: str) -> None:
        self.fate.append(f"{name} forgotten")

    def put_away(self, name: str, *, failed: bool) -> None:
        self.fate.append(f"{name} put away{' as failed' if failed else ''}")

    def set_aside(self, name: str) -> str:
        self.fate.append(f"{name} set aside")
        return f"failed/{name}"


def recovered(left: Left) -> list[Recovered]:
    return list(recover(cast("Journals", left), {"toy": Toy}))


def test_a_match_goes_on_where_its_journal_stops(caplog: pytest.LogCaptureFixture) -> None:
    left = Left({"K7RW2P-1": journal()})
    [found] = recovered(left)
    assert (found.code, left.fate, caplog.messages) == (CODE, ["K7RW2P-1 played"], [])
    assert found.match.people.options == MATCH.options
    assert [values["nickname"] for values in found.match.people.members.values()] == ["Ada"]
    found.drop()
    found.goes_on_in(None)
    found.set_aside("why")
    assert left.fate[1:] == ["K7RW2P-1 forgotten", "K7RW2P-1 forgotten", "K7RW2P-1 set aside"]
    assert caplog.messages == ["match K7RW2P cannot go on: why; its journal is in failed/K7RW2P-1"]
    new: Any = attrs.make_class("New", {"replaces": attrs.field(default="")})()
    found.goes_on_in(new)
    assert (new.replaces, len(left.fate)) == ("K7RW2P-1", 4)


def test_of_a_match_with_two_journals_the_newer_one_counts() -> None:
    left = Left({"K7RW2P-2": journal(), "K7RW2P-1": journal(), "OTHER2-1": journal()})
    assert [found.code for found in recovered(left)] == [CODE, "OTHER2"]
    assert left.fate == ["K7RW2P-2 played", "K7RW2P-1 forgotten", "OTHER2-1 played"]


@pytest.mark.parametrize(("failed", "fate"), [(False, "K7RW2P-1 put away"), (True, "K7RW2P-1 put away as failed")])
def test_the_journal_of_a_match_that_has_ended_is_put_away(failed: bool, fate: str) -> None:
    left = Left({"K7RW2P-1": journal(Record(ENDED, 3, failed))})
    assert recovered(left) == []
    assert left.fate == [fate]


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (journal(game="chess"), "there is no game 'chess' here"),
        (journal(Record(HASH, 3, b""), whole=False), "it has no checkpoint"),
        (ZeroDivisionError("no"), "its rules raised ZeroDivisionError('no')"),
    ],
)
def test_a_journal_that_cannot_be_played_twice_is_set_aside(
    found: StoredJournal | Exception, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    left = Left({"K7RW2P-1": found, "OTHER2-1": journal()})
    assert [one.code for one in recovered(left)] == ["OTHER2"]
    assert left.fate == ["K7RW2P-1 failed", "K7RW2P-1 failed", "K7RW2P-1 set aside", "OTHER2-1 played"]
    assert caplog.messages == [f"match K7RW2P cannot go on: {why}; its journal is in failed/K7RW2P-1"]


@pytest.mark.parametrize(
    ("stored", "logged"),
    [
        (
            journal(Record(HASH, 3, b"another")),
            "match K7RW2P goes on, but played again it differs from tick 3 on",
        ),
        (
            journal(Record(HASH, 3, b"another"), rules="older"),
            "match K7RW2P goes on, but played again it differs from tick 3 on, because its rules have changed",
        ),
        (
            journal(unread=7),
            "match K7RW2P goes on from tick 3: the 7 bytes that follow in its journal are damaged",
        ),
    ],
)
def test_the_log_says_what_differs_or_is_damaged_in_a_match_that_goes_on(
    stored: StoredJournal, logged: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert len(recovered(Left({"K7RW2P-1": stored}))) == 1
    assert caplog.messages == [logged]
