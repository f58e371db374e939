from __future__ import annotations

from typing import Any

import pytest

from game_server.errors import RequestRefused
from game_server.lobby.match.host_commands import moderate
from game_server.lobby.match.hosted_match import HostedMatch
from game_server.protocol import (
    BOT,
    NO_PLAYER,
    EventCode,
    Home,
    HomeCode,
    LeaveReason,
    LineKind,
    Moderate,
    ModerateDeed,
    Notice,
    NoticeCode,
    Queued,
    RefusalCode,
    Welcome,
)
from tests.lobby.match.test_hosted_match import back, come, session_of, watch
from tests.lobby.people import Clock, FakePerson, hosted
from tests.protocol_document import section_of, tables


class Hosted:
    """A match with Ada as its host, and Grace."""

    def __init__(self, **chosen: Any) -> None:
        self.clock = Clock()
        self.match: HostedMatch = hosted(self.clock, has_host=True, **chosen)
        self.ada = come(self.match, "Ada")
        self.grace = come(self.match, "Grace")
        self.ada.events()
        self.grace.events()

    def do(self, deed: ModerateDeed, player: int = NO_PLAYER, text: str = "", *, by: FakePerson | None = None) -> None:
        moderate(self.match, by or self.ada, Moderate(deed, player, text))

    def refused(self, deed: ModerateDeed, player: int = NO_PLAYER, *, by: FakePerson | None = None) -> int:
        before = self.match.state.roster.entries(), self.match.state.moderation.host, self.match.name
        with pytest.raises(RequestRefused) as caught:
            self.do(deed, player, "New", by=by)
        assert (self.match.state.roster.entries(), self.match.state.moderation.host, self.match.name) == before
        return caught.value.code


def test_the_opener_of_a_match_is_its_host_and_the_welcome_says_so() -> None:
    match = hosted(has_host=True)
    assert come(match).socket.one(Welcome).host == 0
    assert come(match, "Grace").socket.one(Welcome).host == 0


@pytest.mark.parametrize("deed", list(ModerateDeed))
def test_nobody_else_may_do_any_of_it(deed: ModerateDeed) -> None:
    some = Hosted(bots=1)
    assert some.refused(deed, 0, by=some.grace) == RefusalCode.NOT_ALLOWED
    assert some.refused(deed, 0, by=watch(some.match)) == RefusalCode.NOT_ALLOWED


def test_the_codes_that_refuse_a_deed_of_the_host_are_those_of_the_document() -> None:
    rows = tables(section_of("moderate"))[-1]
    documented = {int(number): {int(code) for code in codes.split(", ") if code} for number, _, _, codes in rows}
    full, empty = Hosted(bots=2), Hosted()
    [bot, _] = full.match.state.roster.bots()
    found: dict[int, set[int]] = {deed: set() for deed in ModerateDeed}
    players = (full.ada.player, bot.player, 9, NO_PLAYER)
    for some, deed, player, text in (
        *((full, deed, player, "New") for player in players for deed in ModerateDeed),
        (empty, ModerateDeed.RENAME, NO_PLAYER, ""),
        (empty, ModerateDeed.REMOVE_BOT, NO_PLAYER, ""),
    ):
        try:
            some.do(deed, player, text)
        except RequestRefused as refused:
            found[deed].add(refused.code)
    assert found == documented


ABOUT_SOMEBODY = [
    ModerateDeed.KICK,
    ModerateDeed.BAN,
    ModerateDeed.MUTE,
    ModerateDeed.UNMUTE,
    ModerateDeed.HAND_OVER,
]


@pytest.mark.parametrize("deed", ABOUT_SOMEBODY)
def test_what_is_done_to_somebody_is_done_to_another_person_who_is_here(deed: ModerateDeed) -> None:
    some = Hosted(bots=1)
    [bot] = some.match.state.roster.bots()
    assert some.refused(deed, 3) == RefusalCode.NO_SUCH_PLAYER
    assert some.refused(deed, NO_PLAYER) == RefusalCode.NO_SUCH_PLAYER
    assert some.refused(deed, bot.player) == RefusalCode.NO_SUCH_PLAYER
    assert some.refused(deed, some.ada.player) == RefusalCode.NOT_ALLOWED


def test_one_who_is_kicked_goes_home_and_may_come_back_after_30_seconds() -> None:
    some = Hosted()
    some.do(ModerateDeed.KICK, 1)
    assert some.ada.events() == [(EventCode.LEFT, 1, LeaveReason.KICKED)]
    assert some.grace.socket.one(Home).code == HomeCode.KICKED
    assert some.grace.stays_in is None
    some.clock.now = 29
    with pytest.raises(RequestRefused) as caught:
        some.match.join(some.grace)
    assert (caught.value.code, caught.value.wait) == (RefusalCode.BANNED, 1)
    some.clock.now = 30
    some.match.join(some.grace)
    assert some.grace.player == 1


def test_a_kick_applies_to_the_one_who_has_the_seat_and_the_one_who_took_it() -> None:
    some = Hosted()
    session = session_of(some.match, some.grace)
    again = FakePerson("Somebody else", some.clock, "10.0.0.7")
    some.match.resume(again, session)
    some.do(ModerateDeed.KICK, 1)
    for person in (again, FakePerson("Somebody else", some.clock, "10.0.0.7"), FakePerson("Grace", some.clock)):
        with pytest.raises(RequestRefused) as caught:
            some.match.join(person)
        assert (caught.value.code, caught.value.wait) == (RefusalCode.BANNED, 30)
    some.match.join(FakePerson("A neighbour", some.clock, "10.0.0.7"))


def test_one_who_came_back_under_another_name_stays_muted_as_both() -> None:
    some = Hosted()
    session = session_of(some.match, some.grace)
    again = FakePerson("Somebody else", some.clock, "10.0.0.7")
    some.match.resume(again, session)
    some.do(ModerateDeed.MUTE, 1)
    some.match.leave(again)
    again.part()
    some.match.join(again)
    assert again.voice
    assert again.voice.muted


def test_one_who_is_banned_does_not_come_back() -> None:
    some = Hosted()
    some.do(ModerateDeed.BAN, 1)
    assert some.ada.events() == [(EventCode.LEFT, 1, LeaveReason.BANNED)]
    assert some.grace.socket.one(Home).code == HomeCode.BANNED
    some.clock.now = 1e6
    for deed in (some.match.join, some.match.watch):
        with pytest.raises(RequestRefused) as caught:
            deed(some.grace)
        assert caught.value.code == RefusalCode.BANNED


def test_a_ban_of_a_neighbour_leaves_the_host_and_those_who_are_seated_alone() -> None:
    some = Hosted()
    edsger = come(some.match, "Edsger")
    session = session_of(some.match, edsger)
    some.ada.socket.heard()
    some.do(ModerateDeed.BAN, 1)
    assert some.ada.socket.one(Notice).code == NoticeCode.BANNED_IN_PART
    some.match.lose(edsger)
    back(some.match, session, "Edsger")
    come(some.match, "Barbara")
    some.match.leave(some.ada)
    some.ada.part()
    some.match.join(some.ada)


def test_a_ban_by_address_takes_no_seat_that_is_kept() -> None:
    some = Hosted()
    for person in (
        banned := FakePerson("Edsger", some.clock, "10.0.0.7"),
        seated := FakePerson("Alan", some.clock, "10.0.0.7"),
    ):
        some.match.join(person)
    session = session_of(some.match, seated)
    some.do(ModerateDeed.BAN, banned.player)
    assert not [message for message in some.ada.socket.heard() if isinstance(message, Notice)]
    some.match.lose(seated)
    again = FakePerson("Alan", some.clock, "10.0.0.7")
    some.match.resume(again, session)
    assert again.stays_in is some.match


def test_one_who_was_given_another_nickname_is_banned_by_the_one_wished_for() -> None:
    some = Hosted()
    first, banned = (FakePerson("Barbara", some.clock, host) for host in ("10.0.0.7", "10.0.0.8"))
    some.match.join(first)
    some.match.join(banned)
    assert some.match.state.member(banned.player).nickname == "Barbara 2"
    some.do(ModerateDeed.BAN, banned.player)
    with pytest.raises(RequestRefused):
        some.match.join(FakePerson("BARBARA", some.clock, "10.0.0.9"))
    some.match.join(FakePerson("Barbara 2", some.clock, "10.0.0.7"))


def test_one_whose_connection_is_lost_can_be_kicked_and_the_token_is_worth_nothing() -> None:
    some = Hosted()
    session = session_of(some.match, some.grace)
    some.match.lose(some.grace)
    some.do(ModerateDeed.KICK, 1)
    with pytest.raises(RequestRefused):
        back(some.match, session, "Grace")


def test_one_who_is_muted_stays_so_after_coming_back() -> None:
    some = Hosted()
    session = session_of(some.match, some.grace)
    some.do(ModerateDeed.MUTE, 1)
    assert some.grace.voice
    assert some.grace.voice.muted
    assert some.ada.socket.lines() == [(LineKind.SERVER, "Grace was muted.")]
    some.match.lose(some.grace)
    again = back(some.match, session, "Grace")
    assert again.voice
    assert again.voice.muted
    some.do(ModerateDeed.UNMUTE, 1)
    assert not again.voice.muted


def test_a_locked_match_lets_nobody_in_but_those_who_are_back() -> None:
    some = Hosted()
    session = session_of(some.match, some.grace)
    some.do(ModerateDeed.LOCK)
    assert some.ada.events() == [(EventCode.LOCKED, 1)]
    with pytest.raises(RequestRefused) as caught:
        come(some.match, "Edsger")
    assert caught.value.code == RefusalCode.LOCKED
    some.match.lose(some.grace)
    back(some.match, session, "Grace")
    some.do(ModerateDeed.UNLOCK)
    come(some.match, "Edsger")


def test_those_who_wait_wait_for_the_lock_too() -> None:
    some = Hosted(max_players=2)
    edsger = come(some.match, "Edsger", wait=True)
    some.do(ModerateDeed.LOCK)
    some.match.leave(some.grace)
    assert edsger.stays_in is None
    some.do(ModerateDeed.UNLOCK)
    assert edsger.player == 1


def test_a_new_name_is_one_line_of_40_characters() -> None:
    some = Hosted()
    some.do(ModerateDeed.RENAME, text="  Sunday\n" + "x" * 55)
    assert some.match.name == "Sunday " + "x" * 33
    assert some.ada.events() == [(EventCode.RENAMED, some.match.name)]
    with pytest.raises(RequestRefused) as caught:
        some.do(ModerateDeed.RENAME, text="\u200b")
    assert caught.value.code == RefusalCode.BAD_OPTION


def test_those_who_wait_for_a_seat_are_sent_the_new_name() -> None:
    some = Hosted(max_players=2)
    waiting = come(some.match, "Edsger", wait=True)
    assert waiting.socket.one(Queued).name == "Friday"
    some.do(ModerateDeed.RENAME, text="Sunday")
    some.match.attend()
    assert waiting.socket.one(Queued) == Queued("K7RW2P", 1, 1, "Sunday")


def test_bots_come_and_go_one_at_a_time() -> None:
    some = Hosted(max_players=3)
    assert some.refused(ModerateDeed.REMOVE_BOT) == RefusalCode.NO_SUCH_PLAYER
    some.do(ModerateDeed.ADD_BOT)
    assert some.refused(ModerateDeed.ADD_BOT) == RefusalCode.MATCH_FULL
    some.do(ModerateDeed.REMOVE_BOT)
    joined, left = some.ada.events()
    assert (joined[0], joined[3], left) == (EventCode.JOINED, BOT, (EventCode.LEFT, 2, LeaveReason.LEFT))


def test_a_bot_that_was_removed_does_not_come_back_when_somebody_leaves() -> None:
    some = Hosted(max_players=4, bots=2)
    some.do(ModerateDeed.REMOVE_BOT)
    some.match.leave(some.grace)
    assert some.match.state.roster.bot_count == 1


def test_the_role_is_handed_on() -> None:
    some = Hosted()
    some.do(ModerateDeed.HAND_OVER, 1)
    assert some.grace.events() == [(EventCode.HOST, 1)]
    assert some.refused(ModerateDeed.LOCK) == RefusalCode.NOT_ALLOWED
    some.do(ModerateDeed.LOCK, by=some.grace)


def test_when_the_host_leaves_the_connected_person_there_longest_is_the_host() -> None:
    some = Hosted()
    edsger = come(some.match, "Edsger")
    some.match.lose(some.grace)
    some.match.leave(some.ada)
    assert some.match.state.moderation.host == edsger.player


def test_a_host_whose_connection_is_lost_is_still_the_host() -> None:
    some = Hosted()
    some.match.lose(some.ada)
    assert some.match.state.moderation.host == 0


def test_in_a_match_of_people_the_first_who_comes_after_all_have_left_is_the_host() -> None:
    some = Hosted()
    some.match.leave(some.ada)
    some.match.leave(some.grace)
    assert some.match.state.moderation.host == NO_PLAYER
    assert come(some.match, "Edsger").socket.one(Welcome).host == 0


def test_a_match_of_the_process_has_no_host() -> None:
    match = hosted()
    person = come(match)
    assert person.socket.one(Welcome).host == NO_PLAYER
    with pytest.raises(RequestRefused):
        moderate(match, person, Moderate(ModerateDeed.LOCK))
