"""A player who does nothing gives up the seat; time is match time."""

from __future__ import annotations

from typing import Any

import pytest

from game_server.errors import RequestRefused
from game_server.lobby.match.hosted_match import HostedMatch
from game_server.protocol import (
    BOT,
    INPUT_WINDOW,
    NO_PLAYER,
    Chat,
    EventCode,
    Home,
    HomeCode,
    Input,
    LeaveReason,
    Notice,
    NoticeCode,
    RefusalCode,
    Snapshot,
    Spectating,
    Vote,
    VoteChoice,
    Welcome,
)
from game_server.simulation import tick_alone
from tests.lobby.match.test_hosted_match import back, come, session_of, watch
from tests.lobby.people import Clock, FakePerson, hosted
from tests.simulation.toy_game import Toy

AFTER = 2.0
"""Seconds, of 30 ticks each."""
GONE = AFTER + 0.4
"""By then there has been a look, which comes five times a second."""


def opened(clock: Clock | None = None, **chosen: Any) -> HostedMatch:
    stays = {"idle_to_watching": AFTER, **chosen.pop("stays", {})}
    return hosted(clock, stays=stays, **chosen)


def play(match: HostedMatch, seconds: float, *active: FakePerson) -> None:
    """Let the match go on; ``active`` press a key now and then, the others hold what they held."""
    for _ in range(round(30 * seconds)):
        tick = match.match.world.tick + 1
        for person in active:
            person.socket.say(Input(tick, tick // 10 % 2, 0, 0))
        tick_alone(match.match)
        if tick % 6 == 0:
            match.attend()


class Turns(Toy):
    """Players wait for their turns."""

    may_idle = 2 * AFTER


def test_a_game_may_let_its_players_do_nothing_for_longer() -> None:
    match = opened(game=Turns, max_players=2)
    ada, grace = come(match, "Ada"), come(match, "Grace")
    play(match, GONE, grace)
    assert not ada.watches
    play(match, AFTER, grace)
    assert (ada.watches, grace.watches) == (True, False)


def test_an_idle_player_watches_the_same_match_and_is_notified_why() -> None:
    match = opened(bots=1, max_players=2)
    ada, grace = come(match, "Ada"), come(match, "Grace")
    play(match, AFTER - 0.2, ada)
    assert not grace.watches
    grace.socket.heard()
    play(match, 0.4, ada)
    assert grace.watches
    assert grace.stays_in is match
    heard = [it for it in grace.socket.heard() if isinstance(it, Welcome | Notice | Home)]
    welcome, notice = heard
    assert isinstance(welcome, Welcome)
    assert (welcome.player, welcome.nickname, welcome.token) == (NO_PLAYER, "Grace", "")
    assert notice == Notice(
        NoticeCode.SET_TO_WATCHING, "You did nothing for 2 s, so you are watching now. Take a seat to play on."
    )


def test_the_seat_is_free_a_bot_fills_it_and_the_others_hear_why() -> None:
    match = opened(bots=1, max_players=2)
    ada, grace = come(match, "Ada"), come(match, "Grace")
    seat = grace.player
    play(match, GONE, ada)
    left, joined = [event for event in ada.socket.events() if event[0] in (EventCode.LEFT, EventCode.JOINED)][-2:]
    assert left == (EventCode.LEFT, seat, LeaveReason.IDLE)
    assert (joined[0], joined[3]) == (EventCode.JOINED, BOT)
    assert (match.people, match.state.roster.bot_count) == (1, 1)


def test_who_was_set_to_watching_sees_the_match_and_has_a_seat_again_for_asking() -> None:
    match = opened()
    ada, grace = come(match, "Ada"), come(match, "Grace")
    play(match, GONE, ada)
    grace.socket.heard()
    play(match, 0.2, ada)
    assert any(isinstance(message, Snapshot) for message in grace.socket.heard())
    match.join(grace)
    assert grace.player != NO_PLAYER
    play(match, AFTER - 0.2, ada)
    assert not grace.watches


def test_holding_a_key_is_doing_nothing() -> None:
    match = opened()
    ada, grace = come(match, "Ada"), come(match, "Grace")
    for _ in range(round(30 * GONE) + INPUT_WINDOW):
        grace.socket.say(Input(match.match.world.tick + 1, 1, 900, 0))
        play(match, 1 / 30, ada)
    assert grace.watches


@pytest.mark.parametrize("done", [Chat("hm", ""), Vote(VoteChoice.REMATCH)])
def test_a_line_or_a_vote_is_doing_something(done: Chat | Vote) -> None:
    match = opened()
    ada, grace = come(match, "Ada"), come(match, "Grace")
    for _ in range(3):
        play(match, AFTER - 0.5, ada)
        grace.socket.say(done)
    play(match, AFTER - 0.5, ada)
    assert not grace.watches


@pytest.mark.parametrize("chosen", [{"spectating": Spectating.FORBIDDEN}, {"stays": {"max_spectators": 1}}])
def test_where_nobody_more_may_watch_they_go_to_the_lobby(chosen: dict[str, Any]) -> None:
    match = opened(**chosen)
    ada, grace = come(match, "Ada"), come(match, "Grace")
    if match.options.spectating != Spectating.FORBIDDEN:
        watch(match)
    play(match, GONE, ada)
    assert grace.stays_in is None
    home = grace.socket.one(Home)
    assert (home.code, home.text) == (
        HomeCode.IDLE, "You did nothing for 2 s, so your seat was given up. Join again to play on.",
    )  # fmt: skip
    assert match.people == 1


def test_who_practises_alone_keeps_the_seat_also_when_somebody_watches() -> None:
    match = opened(bots=2)
    ada = come(match)
    watch(match)
    play(match, 3 * AFTER)
    assert not ada.watches


def test_of_two_who_do_nothing_one_goes_and_the_other_is_alone() -> None:
    match = opened()
    ada, grace = come(match, "Ada"), come(match, "Grace")
    play(match, 3 * AFTER)
    assert (ada.watches, grace.watches) == (True, False)


def test_one_who_waits_gets_the_seat_of_one_who_does_nothing() -> None:
    match = opened(max_players=1)
    ada, grace = come(match, "Ada"), come(match, "Grace", wait=True)
    play(match, GONE)
    assert ada.watches
    assert (match.people, grace.player) == (1, 0)
    play(match, GONE)
    assert not grace.watches


def test_in_a_locked_match_which_nobody_could_come_back_into_everybody_stays() -> None:
    match = opened()
    ada, grace = come(match, "Ada"), come(match, "Grace")
    match.state.moderation.locked = True
    play(match, 2 * AFTER, ada)
    assert not grace.watches


def test_a_host_who_does_nothing_is_followed_by_another() -> None:
    match = opened(has_host=True)
    ada, grace = come(match, "Ada"), come(match, "Grace")
    assert match.state.moderation.host == ada.player
    ada.socket.heard()
    play(match, GONE, grace)
    assert ada.watches
    assert match.state.moderation.host == grace.player
    assert ada.socket.one(Welcome).host == grace.player


def test_a_password_is_not_asked_for_again_on_the_way_back() -> None:
    match = opened(password="sesame", private=True)
    ada, grace = come(match, "Ada", password="sesame"), come(match, "Grace", password="sesame")
    play(match, GONE, ada)
    assert grace.watches
    match.join(grace)
    assert not grace.watches


@pytest.mark.parametrize("takeover", [False, True])
def test_a_seat_that_is_kept_for_a_lost_connection_stays_kept(takeover: bool) -> None:
    match = opened(takeover=takeover)
    ada, grace = come(match, "Ada"), come(match, "Grace")
    session = session_of(match, grace)
    play(match, AFTER - 0.5, ada)
    match.lose(grace)
    play(match, 2 * AFTER, ada)
    grace = back(match, session, "Grace")
    play(match, AFTER - 0.2, ada)
    assert not grace.watches
    play(match, 0.4, ada)
    assert grace.watches
    with pytest.raises(RequestRefused) as caught:
        back(match, session, "Grace")
    assert caught.value.code == RefusalCode.NO_SUCH_SESSION


def test_for_0_seconds_nobody_is_ever_set_to_watching() -> None:
    match = opened(stays={"idle_to_watching": 0})
    ada, grace = come(match, "Ada"), come(match, "Grace")
    play(match, 90, ada)
    assert not grace.watches


def test_while_the_match_stands_still_nobody_is_idle() -> None:
    clock = Clock()
    match = opened(clock)
    come(match, "Ada")
    grace = come(match, "Grace")
    clock.now += 3600
    match.attend()
    assert not grace.watches


def test_rules_that_fail_when_the_seat_is_given_up_end_the_match_for_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    match = opened()
    ada, grace = come(match, "Ada"), come(match, "Grace")

    def fail(_player: int) -> None:
        raise ValueError

    monkeypatch.setattr(match.match.game, "leave", fail)
    play(match, GONE, ada)
    assert match.failed
    assert (ada.socket.one(Home).code, grace.socket.one(Home).code) == (HomeCode.FAILED, HomeCode.IDLE)


def test_the_log_says_who_has_done_nothing_and_for_how_long(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "game_server.lobby")
    match = opened(max_players=2)
    ada, _ = come(match, "Ada"), come(match, "Grace")
    caplog.clear()
    play(match, GONE, ada)
    assert caplog.messages == ["Grace has done nothing for 2 s", "Grace left"]
