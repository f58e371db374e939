"""Who may come in, where one thing that was decided meets another: passwords, queues, watching, locks, stops."""

from __future__ import annotations

import pytest

from game_server.errors import RequestRefused
from game_server.lobby.match.hosted_match import HostedMatch
from game_server.protocol import HomeCode, Queued, RefusalCode, Refused, Welcome
from game_server.throttling.attempts import PASSWORD_TRIES
from tests.lobby.people import Clock, FakePerson, hosted

SECRET = "sesame"


def person(match: HostedMatch, name: str = "Ada") -> FakePerson:
    return FakePerson(name, match.state.context.now)


def refused(match: HostedMatch, who: FakePerson, password: str = "") -> int:
    """The code with which ``who`` is not let in; 0 when there is none."""
    try:
        match.join(who, password)
    except RequestRefused as why:
        return why.code
    return 0


def test_the_right_password_forgives_the_wrong_ones_before_it() -> None:
    match = hosted(password=SECRET, max_players=2)
    for name in ("Ada", "Grace"):
        for _ in range(PASSWORD_TRIES - 1):
            assert refused(match, person(match), "open") == RefusalCode.WRONG_PASSWORD
        assert refused(match, person(match, name), SECRET) == 0


def test_asking_without_a_password_is_no_guess() -> None:
    match = hosted(password=SECRET)
    for _ in range(2 * PASSWORD_TRIES):
        assert refused(match, person(match)) == RefusalCode.WRONG_PASSWORD
    assert refused(match, person(match), SECRET) == 0


def test_one_who_queued_with_the_password_is_not_asked_for_it_again() -> None:
    match = hosted(password=SECRET, max_players=1)
    ada, grace = person(match), person(match, "Grace")
    match.join(ada, SECRET)
    match.join(grace, SECRET, wait=True)
    grace.socket.heard()
    match.join(grace, wait=True)  # asked again while queued
    assert grace.socket.one(Queued).place == 1
    match.leave(ada)
    assert grace.socket.one(Welcome).player == 0


def test_guesses_from_the_address_of_one_who_queues_take_no_turn_away() -> None:
    match = hosted(password=SECRET, max_players=1)
    ada, grace = person(match), person(match, "Grace")
    match.join(ada, SECRET)
    match.join(grace, SECRET, wait=True)
    for _ in range(PASSWORD_TRIES):
        refused(match, person(match), "open")
    match.leave(ada)
    assert grace.player == 0


def test_one_who_watches_with_the_password_is_not_asked_for_it_to_join() -> None:
    match = hosted(password=SECRET)
    vera = person(match, "Vera")
    with pytest.raises(RequestRefused) as caught:
        match.watch(vera)
    assert caught.value.code == RefusalCode.WRONG_PASSWORD
    match.watch(vera, SECRET)
    match.join(vera)
    assert vera.player == 0


def test_the_password_of_one_match_is_not_that_of_another() -> None:
    one, other = hosted(password=SECRET), hosted(password="other")
    vera = person(one, "Vera")
    one.watch(vera, SECRET)
    assert refused(other, vera) == RefusalCode.WRONG_PASSWORD
    assert vera.stays_in is one


@pytest.mark.parametrize("decided", ["kicked", "banned", "locked"])
def test_a_decision_is_asked_before_the_password(decided: str) -> None:
    match = hosted(password=SECRET)
    ada = person(match)
    if decided == "kicked":
        match.state.moderation.kick("Ada", ada.address, match.state.context.now())
    elif decided == "banned":
        match.state.moderation.ban([("Ada", "10.9.9.9")])
    else:
        match.state.moderation.locked = True
    code = RefusalCode.LOCKED if decided == "locked" else RefusalCode.BANNED
    assert refused(match, ada, "open") == refused(match, ada, SECRET) == code


@pytest.mark.parametrize("decided", ["kicked", "banned"])
def test_one_who_is_removed_while_queued_is_notified_when_it_is_their_turn(decided: str) -> None:
    clock = Clock()
    match = hosted(clock, max_players=1)
    ada, grace, linus = (person(match, name) for name in ("Ada", "Grace", "Linus"))
    match.join(ada)
    match.join(grace, wait=True)
    match.join(linus, wait=True)
    if decided == "kicked":
        match.state.moderation.kick("Grace", grace.address, clock())
    else:
        match.state.moderation.ban([("Grace", "10.9.9.9")])
    grace.socket.heard()
    match.leave(ada)
    queued, refusal = grace.socket.heard()
    assert isinstance(queued, Queued)
    assert isinstance(refusal, Refused)
    assert (queued.place, refusal.code) == (0, RefusalCode.BANNED)
    assert refusal.text.startswith("You cannot join: ")
    assert (grace.waits_for, linus.player) == (None, 0)


def test_one_who_watches_and_is_banned_meanwhile_watches_on_and_cannot_join() -> None:
    match = hosted()
    vera = person(match, "Vera")
    match.watch(vera)
    match.state.moderation.ban([("Vera", "10.9.9.9")])
    assert refused(match, vera) == RefusalCode.BANNED
    assert vera.watches


def test_admits_says_what_check_would_do_for_a_match_without_a_password() -> None:
    clock = Clock()
    match = hosted(clock)
    ada = person(match)
    assert match.entry_checks.admits(ada)
    match.state.moderation.kick("Ada", ada.address, clock())
    assert not match.entry_checks.admits(ada)
    clock.now += 30
    assert match.entry_checks.admits(ada)


def test_home_says_what_one_is_called_there() -> None:
    match = hosted()
    ada = person(match)
    match.join(ada)
    match.end(HomeCode.ENDED, "That is all.")
    assert ada.socket.heard()[-1].nickname == "Ada"  # type: ignore[union-attr]
