"""A match that stands still, gets another world, fails or ends: what is sent, recorded and written down then."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import attrs
import pytest

from game_server.journal import MatchJournal, Recordings
from game_server.lobby.match.after_round import AfterRound
from game_server.lobby.match.hosted_match import HostedMatch
from game_server.lobby.match.match_options import MatchContext, MatchOptions, Opening
from game_server.protocol import Home, HomeCode, LineKind, Queued, Said, Welcome
from game_server.simulation import tick_alone
from tests.lobby.people import Clock, FakePerson, hosted
from tests.simulation.toy_game import Toy


@attrs.define
class Kept:
    """A journal that shows how often it began, and how it ended."""

    begun: list[Any] = attrs.Factory(list)
    ended: list[bool] = attrs.Factory(list)

    def people_changed(self, change: Any) -> None:
        pass

    def begin(self, match: Any) -> None:
        self.begun.append(match)

    def end(self, *, failed: bool) -> str:
        self.ended.append(failed)
        return "failed/K7RW2P-1"


def kept_by(match: HostedMatch) -> Kept:
    kept = Kept()
    match.people_journal.keep(cast("MatchJournal", kept))
    return kept


def come(match: HostedMatch, name: str, clock: Clock | None = None) -> FakePerson:
    person = FakePerson(name, clock or Clock())
    match.join(person)
    return person


@pytest.mark.parametrize("turn", ["it stands still", "it ends"])
def test_what_was_said_just_before_is_heard_before_anything_else(turn: str) -> None:
    match = hosted()
    ada = come(match, "Ada")
    assert ada.voice
    match.state.chat.say(ada.voice, "first", "")
    match.state.chat.flush()
    match.state.chat.say(ada.voice, "last words", "")
    ada.socket.heard()
    match.stand_still() if turn == "it stands still" else match.end(HomeCode.ENDED, "over")
    said, *rest = [message for message in ada.socket.heard() if isinstance(message, Said | Home)]
    assert isinstance(said, Said)
    assert [line.text for line in said.lines] == ["last words"]
    assert [message.text for message in rest if isinstance(message, Home)] == ["over"] * (turn == "it ends")


class InRound(Toy):
    """A game in which a round goes on, with or without people."""

    round_goes_on = True


def test_no_round_goes_on_where_nobody_plays_nor_in_a_match_that_is_over() -> None:
    match = hosted(game=InRound, bots=1)
    assert not match.round_goes_on
    come(match, "Ada")
    assert match.round_goes_on
    match.end(HomeCode.ENDED, "")
    assert not match.round_goes_on


@pytest.mark.parametrize("number", [0, -1])
def test_a_match_that_stays_is_empty_while_nobody_is_there(number: int) -> None:
    match = HostedMatch(
        MatchOptions("Friday", Toy), MatchContext(now=Clock()), id="K7RW2P", opening=Opening(number=number)
    )
    found = [match.is_empty_and_stays]
    ada = come(match, "Ada")
    found.append(match.is_empty_and_stays)
    match.leave(ada)
    found.append(match.is_empty_and_stays)
    assert found == ([True, False, True] if number == 0 else [False] * 3)


def test_another_world_begins_in_the_journal_and_with_a_recording_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = MatchContext(now=Clock(), recordings=Recordings(tmp_path / "recordings"))
    match = HostedMatch(MatchOptions("Friday", Toy, max_players=4), context, id="K7RW2P")
    kept, ada, old = kept_by(match), come(match, "Ada"), match.match
    tick_alone(match.match)
    ada.socket.heard()
    recorder = old.recorder
    turns = iter((AfterRound.NEW_WORLD, AfterRound.CONTINUE))
    monkeypatch.setattr(match._rotation, "after_round", lambda: next(turns))
    for _ in range(2):
        match.attend()
    assert match.match is not old
    assert (kept.begun, kept.ended) == ([match.match], [])
    assert match.match.recorder not in (None, recorder)
    assert ada.socket.one(Welcome).player == 0


@pytest.mark.parametrize("fails", [True, False])
def test_a_journal_ends_with_its_match_and_the_log_says_how_to_see_it_fail_again(
    fails: bool, caplog: pytest.LogCaptureFixture
) -> None:
    match = hosted()
    kept = kept_by(match)
    come(match, "Ada")
    match._fail(ZeroDivisionError("a bug")) if fails else match.end(HomeCode.ENDED, "")
    match.end(HomeCode.ENDED, "again")
    match._fail(ZeroDivisionError("another"))
    assert kept.ended == ([True, True] if fails else [False])
    assert match.failed is fails
    assert (
        caplog.messages
        == [
            "match K7RW2P failed at tick 0 and was closed"
            "; to see it fail again: game-server journal run failed/K7RW2P-1 --until 0"
        ]
        * fails
    )


def test_places_in_the_queue_are_sent_again_half_a_second_later_and_no_sooner() -> None:
    clock = Clock()
    match = hosted(clock, max_players=1)
    come(match, "Ada", clock)
    waiting = [FakePerson(name, clock) for name in ("Grace", "Eve")]
    for person in waiting:
        match.join(person, wait=True)
    match.attend()
    for person in waiting:
        person.socket.heard()
    match.dequeue(waiting[0])
    sent = []
    for clock.now in (0.49, 0.5):
        match.attend()
        sent.append([(it.place, it.length) for it in waiting[1].socket.heard() if isinstance(it, Queued)])
    assert sent == [[], [(1, 1)]]


def test_only_a_spectator_who_sees_late_reads_how_late() -> None:
    match = hosted(delay=5)
    ada, vera = come(match, "Ada"), FakePerson("Vera", Clock())
    ada.socket.heard()
    match.watch(vera)
    assert vera.socket.lines() == [(LineKind.SERVER, "You see the match 5 s late.")]
    assert ada.socket.lines() == []
    walt = FakePerson("Walt", Clock())
    hosted().watch(walt)
    assert walt.socket.lines() == []
