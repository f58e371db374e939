"""The people's side of a match: what its journal is given and when, and what another process takes of it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, cast

import pytest

from game_server.cluster import ClaimNote
from game_server.errors import GameServerError, JournalError
from game_server.journal import MatchJournal
from game_server.lobby.match.hosted_match import HostedMatch
from game_server.lobby.match.match_options import MatchContext
from game_server.lobby.match.match_state import StoredWorld
from game_server.lobby.match.people_journal import StoredMatch, StoredPeople
from game_server.protocol import LeaveReason, LineKind, VoteChoice
from tests.lobby.people import Clock, FakePerson, hosted
from tests.simulation.toy_game import Toy

GAMES = {"toy": Toy}


class Kept:
    """A journal that shows what it was given."""

    def __init__(self) -> None:
        self.changes: list[Any] = []

    def people_changed(self, change: Any) -> None:
        self.changes.append(change)

    def news(self) -> list[str]:
        """The kinds of the changes since the last call."""
        kinds = [change[0] for change in self.changes]
        self.changes.clear()
        return kinds


@pytest.fixture
def match() -> HostedMatch:
    """Ada, who is the host, Grace and a bot."""
    match = hosted(has_host=True, bots=1)
    for name in ("Ada", "Grace"):
        match.join(FakePerson(name, Clock(), key=name))
    return match


@pytest.fixture
def kept(match: HostedMatch) -> Kept:
    kept = Kept()
    match.people_journal.keep(cast("MatchJournal", kept))
    return kept


def whole(match: HostedMatch) -> dict[str, Any]:
    return copy.deepcopy(match.people_journal.whole())


def again(match: HostedMatch, people: StoredPeople) -> HostedMatch:
    """The match in another process."""
    world = StoredWorld(match.state.seed, match.match.game.rules, match.match.checkpoint())
    return HostedMatch(
        people.options,
        MatchContext(now=Clock()),
        id=match.id,
        opening=people.opening,
        stored=StoredMatch(world, people),
    )


CHANGES: dict[str, tuple[Callable[[HostedMatch], object], list[str]]] = {
    "nothing": (lambda _: None, []),
    "somebody comes": (lambda it: it.join(FakePerson("Eve", Clock())), ["member"]),
    "a seat is free": (lambda it: it.seating.vacate(2, LeaveReason.LEFT), ["member"]),
    "the host goes": (lambda it: it.seating.vacate(1, LeaveReason.LEFT), ["member", "match"]),
    "somebody votes": (lambda it: it.state.votes.cast(1, VoteChoice.NEXT), ["match"]),
    "more bots are wanted": (lambda it: setattr(it.bot_seats, "wanted", 2), ["match"]),
    "it is locked": (lambda it: setattr(it.state.moderation, "locked", True), ["match"]),
    "another is the host": (lambda it: it.state.appoint(2), ["match"]),
    "somebody is muted": (lambda it: it.state.moderation.mute("Eve", "", True), ["match"]),
    "it has another name": (lambda it: it.seating.rename("Saturday"), ["match"]),
    "a line is said": (lambda it: it.state.chat.announce("hello"), ["lines"]),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_journal_is_given_what_has_changed_once(match: HostedMatch, kept: Kept, what: str) -> None:
    change, kinds = CHANGES[what]
    match.people_journal.look()
    assert kept.news() == []
    change(match)
    match.people_journal.look()
    assert sorted(kept.news()) == sorted(kinds)
    match.people_journal.look()
    assert kept.news() == []


def test_the_whole_and_the_changes_make_what_there_is_now(match: HostedMatch, kept: Kept) -> None:
    before = whole(match)
    match.join(FakePerson("Eve", Clock()))
    match.seating.vacate(1, LeaveReason.LEFT)
    match.seating.rename("Saturday")
    match.state.chat.announce("hello")
    match.people_journal.look()
    match.people_journal.note(ClaimNote(7))
    now = StoredPeople.read(whole(match), [], GAMES)
    assert StoredPeople.read(before, kept.changes, GAMES) == now
    assert now.claim == ClaimNote(7)
    assert [values["nickname"] for _, values in sorted(now.members.items())] == ["Argon", "Grace", "Eve"]


def test_without_a_journal_changes_are_written_nowhere(match: HostedMatch) -> None:
    match.join(FakePerson("Eve", Clock()))
    match.people_journal.look()
    match.people_journal.note(ClaimNote(7))
    assert match.state.roster.touched
    assert match.people_journal.claim == ClaimNote(7)


def test_what_was_written_before_there_were_claims_has_none(match: HostedMatch) -> None:
    values = whole(match)
    del values["claim"]
    assert StoredPeople.read(values, [], GAMES).claim == ClaimNote()


def test_a_match_goes_on_as_it_was_and_its_people_may_come_back(match: HostedMatch) -> None:
    match.state.votes.cast(2, VoteChoice.NEXT)
    match.state.chat.announce("hello")
    match.seating.rename("Saturday")
    match.state.moderation.ban([("Mallory", "10.0.0.9")])
    people = StoredPeople.read(whole(match), [], GAMES)
    other = again(match, people)
    assert whole(other) == whole(match)
    ada = other.state.member(1)
    assert (ada.held, ada.held_until, ada.taken_over) == (True, other.state.roster.hold, False)
    assert other.state.context.sessions.check(ada.token) == ada.session
    assert other.state.roster.of_client("Ada") is ada
    assert [player.number for player in other.match.players.bots] == [0]


@pytest.mark.parametrize("takeover", [True, False])
def test_bots_play_for_those_who_are_away_if_the_match_says_so(takeover: bool) -> None:
    match = hosted(takeover=takeover)
    match.join(FakePerson("Ada", Clock()))
    other = again(match, StoredPeople.read(whole(match), [], GAMES))
    assert other.state.member(0).taken_over is takeover
    assert [player.number for player in other.match.players.bots] == [0] * takeover


MEMBER = {"nickname": "Eve", "wish": "Eve", "address": "", "key": "", "back_as": ["Eve", ""], "serial": "0a"}


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        (["member", 3, MEMBER], False),
        (["member", 4, MEMBER], True),
        (["member", -1, MEMBER], True),
        (["member", 3, {**MEMBER, "nickname": "x" * 20}], False),
        (["member", 3, {**MEMBER, "nickname": "x" * 21}], True),
        (["member", 3, {**MEMBER, "wish": "x" * 1024, "key": "x" * 1024}], False),
        (["member", 3, {**MEMBER, "wish": "x" * 1025}], True),
        (["member", 3, {**MEMBER, "address": None}], True),
        (["member", 3, {name: value for name, value in MEMBER.items() if name != "key"}], True),
        (["lines", [[int(LineKind.MATCH), 3, "Eve", "hello"]]], False),
        (["lines", [[int(LineKind.MATCH), 3, "Eve"]]], True),
        (["claim", [7, None]], False),
        (["claim", ["x", None]], True),
        (["nonsense", 7], False),
        ([], True),
    ],
)
def test_members_lines_and_claims_are_checked_when_they_are_read(
    match: HostedMatch, change: list[Any], refused: bool
) -> None:
    values, changes = whole(match), [change]
    if refused:
        with pytest.raises(JournalError, match="the people's side of the match cannot be read"):
            StoredPeople.read(values, changes, GAMES)
    else:
        StoredPeople.read(values, changes, GAMES)


@pytest.mark.parametrize(
    ("name", "value", "refused"),
    [
        ("name", "x" * 200, False),
        ("name", "x" * 201, True),
        ("wanted", 4, False),
        ("wanted", 0, False),
        ("wanted", 5, True),
        ("wanted", -1, True),
        ("votes", [[0, 1], [3, 2]], False),
        ("votes", [[4, 1]], True),
        ("votes", [[0, 9]], True),
        ("rounds", [0, 0], False),
        ("rounds", [2**32 - 1, 2**32 - 1], False),
        ("rounds", [2**32, 0], True),
        ("rounds", [0, 2**32], True),
        ("moderation", [65_535, True, [["Eve", ""]], ["Eve"], [""]], False),
        ("moderation", [-1, False, [], [], []], True),
    ],
)
def test_all_else_is_checked_before_a_match_goes_on(match: HostedMatch, name: str, value: Any, refused: bool) -> None:
    people = StoredPeople.read(whole(match), [["match", {**whole(match)["match"], name: value}]], GAMES)
    if refused:
        with pytest.raises(JournalError, match="the people's side does not fit the match"):
            again(match, people)
    else:
        made = whole(again(match, people))["match"]
        assert [list(one) for one in made[name]] == value if name == "votes" else made[name] == value


def test_a_match_of_a_game_or_of_options_that_are_not_there_is_not_read(match: HostedMatch) -> None:
    values = whole(match)
    with pytest.raises(JournalError):
        StoredPeople.read(values, [], {})
    for name, wrong in (
        ("bots", 5),
        ("max_players", 5_000),
        ("private", 1),
        ("rules", ["chess", {}]),
        ("rules", [[], {}]),
    ):
        with pytest.raises(GameServerError):
            StoredPeople.read({**values, "options": {**values["options"], name: wrong}}, [], GAMES)
