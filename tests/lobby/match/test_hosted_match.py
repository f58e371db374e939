from __future__ import annotations

import logging
import signal
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
import trio

from game_server.errors import RequestRefused
from game_server.lobby.match.hosted_match import ENDED, FAILED, HostedMatch
from game_server.lobby.sessions import Session
from game_server.lobby.text.chat import NOTICES
from game_server.protocol import (
    BOT,
    DELTA,
    KEYFRAME,
    MAPS,
    MODES,
    NO_PLAYER,
    PERSON,
    PRIVATE,
    WITH_PASSWORD,
    CameraKind,
    Chat,
    EventCode,
    Events,
    Home,
    HomeCode,
    Input,
    Join,
    LeaveReason,
    LineKind,
    Notice,
    NoticeCode,
    Queued,
    RefusalCode,
    Refused,
    RosterEntry,
    Said,
    Schema,
    Snapshot,
    Spectating,
    Vote,
    VoteChoice,
    Welcome,
)
from game_server.simulation import Mode, Newcomer, Rules, tick_alone
from tests.lobby.people import Clock, FakePerson, hosted
from tests.simulation.toy_game import Restless, Toy, Welcoming


def come(match: HostedMatch, name: str = "Ada", *, password: str = "", wait: bool = False) -> FakePerson:
    person = FakePerson(name, match.state.context.now)
    match.join(person, password, wait=wait)
    return person


def watch(match: HostedMatch, name: str = "Vera") -> FakePerson:
    person = FakePerson(name, match.state.context.now)
    match.watch(person)
    return person


def session_of(match: HostedMatch, person: FakePerson) -> Session:
    return match.state.context.sessions.check(match.state.member(person.player).token)


def back(match: HostedMatch, session: Session, name: str = "Ada") -> FakePerson:
    person = FakePerson(name, match.state.context.now)
    match.resume(person, session)
    return person


def refusal(caught: pytest.ExceptionInfo[RequestRefused]) -> int:
    return caught.value.code


# Coming


def test_a_welcome_has_all_that_it_takes_to_read_what_follows() -> None:
    match = hosted(bots=1, rotation=MAPS, password="sesame", private=True, rules=Rules(chosen={"generous": True}))
    for _ in range(3):
        tick_alone(match.match)
    person = come(match, password="sesame")
    welcome = person.socket.one(Welcome)
    assert (welcome.player, welcome.nickname, welcome.host) == (1, "Ada", NO_PLAYER)
    assert welcome.match == ("K7RW2P", "Friday", "toy", 4, CameraKind.FOLLOW, 0)
    assert (welcome.tick_rate, welcome.tick, welcome.timeout) == (30, 3, 15)
    assert Schema.from_wire(welcome.schema) == match.match.replication.schema
    assert welcome.setup == {"size": 100}
    assert welcome.roster == (RosterEntry(0, "Argon", BOT), RosterEntry(1, "Ada", PERSON))
    assert welcome.settings == ("", {"generous": 1}, 0, 0, Spectating.ALLOWED, 0, MAPS, PRIVATE | WITH_PASSWORD)
    assert match.state.context.sessions.check(welcome.token).player == 1


def test_the_welcome_is_the_first_message_and_the_next_tick_brings_a_keyframe() -> None:
    match = hosted()
    person = come(match)
    tick_alone(match.match)
    welcome, snapshot = person.socket.heard()
    assert isinstance(welcome, Welcome)
    assert isinstance(snapshot, Snapshot)
    assert (snapshot.tick, snapshot.kind) == (1, 1)


def test_the_others_hear_who_came_and_who_left() -> None:
    match = hosted()
    ada, grace = come(match, "Ada"), come(match, "ADA")
    match.leave(grace)
    assert ada.events() == [
        (EventCode.JOINED, 1, "ADA 2", PERSON),
        (EventCode.LEFT, 1, LeaveReason.LEFT),
    ]


def test_bots_hold_the_seats_that_people_do_not_need() -> None:
    match = hosted(max_players=2, bots=2)
    ada = come(match, "Ada")
    assert (match.people, match.state.roster.bot_count) == (1, 1)
    grace = come(match, "Grace")
    assert (match.people, match.state.roster.bot_count) == (2, 0)
    ada.events()
    match.leave(grace)
    left, joined = ada.events()
    assert left[:1] == (EventCode.LEFT,)
    assert (joined[0], joined[3]) == (EventCode.JOINED, BOT)


def test_bots_beyond_the_names_there_are_still_have_names_of_their_own() -> None:
    assert len({member.nickname for member in hosted(max_players=60, bots=60).state.roster}) == 60


@pytest.mark.parametrize(("password", "why"), [("", "requires a password"), ("open", "is wrong")])
def test_without_the_password_nobody_comes_in(password: str, why: str) -> None:
    match = hosted(password="sesame")
    with pytest.raises(RequestRefused, match=why) as caught:
        come(match, password=password)
    assert refusal(caught) == RefusalCode.WRONG_PASSWORD
    assert match.people == 0


def test_after_five_wrong_passwords_even_the_right_one_has_to_wait() -> None:
    clock = Clock()
    match = hosted(clock, password="sesame")
    for _ in range(5):
        with pytest.raises(RequestRefused, match="wrong"):
            come(match, password="open")
    with pytest.raises(RequestRefused) as caught:
        come(match, password="sesame")
    assert (refusal(caught), caught.value.wait) == (RefusalCode.WAIT, 30)
    clock.now = 30
    assert come(match, password="sesame").player == 0


# Full


def test_a_match_full_of_people_refuses_and_stays_as_it_was() -> None:
    match = hosted(max_players=2, bots=2)
    ada = come(match, "Ada")
    come(match, "Grace")
    ada.events()
    with pytest.raises(RequestRefused, match="all 2 seats are taken by people") as caught:
        come(match, "Edsger")
    assert refusal(caught) == RefusalCode.MATCH_FULL
    assert [member.nickname for member in match.state.roster] == ["Ada", "Grace"]
    assert ada.events() == []


def test_people_in_the_queue_learn_each_place_and_get_the_seat_in_turn() -> None:
    clock = Clock()
    match = hosted(clock, max_players=1)
    ada, grace, edsger = come(match, "Ada"), come(match, "Grace", wait=True), come(match, "Edsger", wait=True)
    match.attend()
    assert [message for message in grace.socket.heard() if isinstance(message, Queued)] == [
        Queued("K7RW2P", 1, 1, "Friday"),
        Queued("K7RW2P", 1, 2, "Friday"),
    ]
    assert edsger.socket.one(Queued) == Queued("K7RW2P", 2, 2, "Friday")
    match.leave(ada)
    assert grace.socket.one(Welcome).player == 0
    clock.now += 0.5
    match.attend()
    assert edsger.socket.one(Queued) == Queued("K7RW2P", 1, 1, "Friday")
    assert grace.waits_for is None


def test_leaving_the_queue_is_confirmed_and_the_others_move_up() -> None:
    match = hosted(max_players=1)
    _, grace, edsger = come(match, "Ada"), come(match, "Grace", wait=True), come(match, "Edsger", wait=True)
    edsger.socket.heard()
    match.seating.dequeue(grace)
    assert grace.socket.heard()[-1] == Queued("K7RW2P", 0, 1, "Friday")
    match.attend()
    assert edsger.socket.one(Queued).place == 1


def test_joining_and_leaving_the_queue_on_and_on_writes_to_others_twice_a_second() -> None:
    clock = Clock()
    match = hosted(clock, max_players=1)
    come(match, "Ada")
    flapping = come(match, "Mallory", wait=True)
    waiting = [come(match, f"P{number}", wait=True) for number in range(20)]
    for _ in range(100):
        match.seating.dequeue(flapping)
        match.join(flapping, wait=True)
        match.attend()
        clock.now += 0.01
    assert all(len(person.socket.sent) <= 1 + 2 for person in waiting)
    assert waiting[0].socket.heard()[-1] == Queued("K7RW2P", 1, 21, "Friday")


def test_when_a_match_ends_its_queue_is_sent_the_reason() -> None:
    match = hosted(max_players=1)
    ada, grace = come(match, "Ada"), come(match, "Grace", wait=True)
    grace.socket.heard()
    match.end(HomeCode.ENDED, "That is all.")
    queued, refused = grace.socket.heard()
    assert isinstance(queued, Queued)
    assert isinstance(refused, Refused)
    assert (queued.place, grace.waits_for) == (0, None)
    assert (refused.request, refused.code) == (Join.type, RefusalCode.NO_SUCH_MATCH)
    assert refused.text == f"You cannot join: {ENDED}"
    assert ada.socket.one(Home).text == "That is all."


def test_one_who_watches_and_waits_reads_last_why_the_match_has_ended() -> None:
    match = hosted(max_players=1)
    come(match, "Ada")
    vera = watch(match)
    match.join(vera, wait=True)
    match.end(HomeCode.ENDED, "That is all.")
    assert isinstance(vera.socket.heard()[-1], Home)


def test_a_seat_that_is_kept_is_not_free_for_those_who_wait() -> None:
    clock = Clock()
    match = hosted(clock, max_players=1)
    ada, grace = come(match, "Ada"), come(match, "Grace", wait=True)
    match.lose(ada)
    match.attend()
    assert match.state.member(0).nickname == "Ada"
    clock.now = 30
    match.attend()
    assert match.state.member(0).person is grace


# Lost and back


def test_a_lost_connection_keeps_its_seat_and_everything_in_it() -> None:
    clock = Clock()
    match = hosted(clock)
    ada, grace = come(match, "Ada"), come(match, "Grace")
    session = session_of(match, ada)
    match.match.game.runners.rows.taken[0] = 77  # type: ignore[attr-defined]
    grace.events()
    match.lose(ada)
    clock.now = 29
    match.attend()
    again = back(match, session)
    assert match.match.game.runners.rows.taken[0] == 77  # type: ignore[attr-defined]
    assert grace.events() == [(EventCode.LOST, 0, 30), (EventCode.BACK, 0)]
    assert (again.player, match.people) == (0, 2)
    welcome, snapshot = again.socket.heard()
    assert isinstance(welcome, Welcome)
    assert welcome.roster[0] == RosterEntry(0, "Ada", PERSON, 1)
    assert isinstance(snapshot, Snapshot)
    assert snapshot.kind == 1


def test_a_newcomer_sees_who_is_lost() -> None:
    match = hosted()
    match.lose(come(match, "Ada"))
    assert come(match, "Grace").socket.one(Welcome).roster[0] == RosterEntry(0, "Ada", PERSON, 0)


def test_a_seat_that_was_kept_long_enough_is_free_and_the_token_is_worth_nothing() -> None:
    clock = Clock()
    match = hosted(clock)
    ada, grace = come(match, "Ada"), come(match, "Grace")
    session = session_of(match, ada)
    match.lose(ada)
    grace.events()
    clock.now = 30
    match.attend()
    assert grace.events() == [(EventCode.LEFT, 0, LeaveReason.LOST)]
    with pytest.raises(RequestRefused) as caught:
        back(match, session)
    assert refusal(caught) == RefusalCode.NO_SUCH_SESSION


def test_one_who_left_cannot_resume_even_if_somebody_else_has_the_seat() -> None:
    match = hosted()
    ada = come(match, "Ada")
    session = session_of(match, ada)
    match.leave(ada)
    come(match, "Grace")
    with pytest.raises(RequestRefused):
        back(match, session)
    assert match.state.member(0).nickname == "Grace"


def test_a_newer_connection_takes_the_seat_over_and_nobody_else_notices() -> None:
    match = hosted()
    ada, grace = come(match, "Ada"), come(match, "Grace")
    grace.events()
    again = back(match, session_of(match, ada))
    assert ada.socket.closed
    assert ada.socket.closed[0] == 4003
    assert ada.stays_in is None
    assert grace.events() == []
    match.lose(ada)  # what was replaced can lose nothing
    match.leave(ada)
    assert match.state.member(0).person is again


def test_one_who_resumes_a_seat_waits_for_no_other() -> None:
    match, other = hosted(max_players=1), hosted(max_players=1)
    session = session_of(match, ada := come(match, "Ada"))
    match.lose(ada)
    playing, person, next_one = come(other, "Grace"), come(other, "Ada", wait=True), come(other, "Edsger", wait=True)
    person.socket.heard()
    match.resume(person, session)
    assert person.waits_for is None
    assert [type(message) for message in person.socket.heard()] == [Welcome]
    other.attend()
    assert [message.place for message in next_one.socket.heard() if isinstance(message, Queued)] == [2, 1]
    other.leave(playing)
    assert (person.stays_in, person.player) == (match, session.player)
    assert next_one.stays_in is other


def test_with_takeover_a_bot_plays_until_the_person_is_back() -> None:
    match = hosted(takeover=True)
    ada, grace = come(match, "Ada"), come(match, "Grace")
    session = session_of(match, ada)
    grace.events()
    match.lose(ada)
    assert match.match.players[0].brain
    assert match.state.roster.entries()[0] == RosterEntry(0, "Ada", BOT, 0)
    back(match, session)
    assert match.match.players[0].brain is None
    assert grace.events() == [
        (EventCode.LOST, 0, 30),
        (EventCode.KIND, 0, BOT),
        (EventCode.BACK, 0),
        (EventCode.KIND, 0, PERSON),
    ]


def test_where_seats_are_not_kept_a_lost_connection_is_a_seat_given_up() -> None:
    match = hosted(stays={"seat_hold": 0.0})
    ada, grace = come(match, "Ada"), come(match, "Grace")
    grace.events()
    match.lose(ada)
    assert grace.events() == [(EventCode.LEFT, 0, LeaveReason.LOST)]


# Watching


def test_a_spectator_has_no_seat_and_sees_every_tick() -> None:
    match = hosted(game=Restless)
    come(match)
    vera = watch(match)
    assert (vera.socket.one(Welcome).player, match.people, match.row().spectators) == (NO_PLAYER, 1, 1)
    for _ in range(3):
        tick_alone(match.match)
    assert [snapshot.tick for snapshot in vera.socket.snapshots()] == [1, 2, 3]


def test_one_who_follows_a_player_has_neither_the_players_own_row_nor_its_inputs() -> None:
    match = hosted()
    ada, vera = come(match), watch(match)
    match.spectating.follow(vera, 0)
    ada.socket.say(Input(1, 0, 0), Input(2, 0, 0))
    tick_alone(match.match)
    [player], [follower] = ada.socket.snapshots(), vera.socket.snapshots()
    assert (player.ack, player.depth, len(player.own) > 0) == (1, 1, True)
    assert (follower.ack, follower.depth, follower.own) == (0, 0, b"")


def test_a_spectator_follows_a_player_until_the_player_is_gone() -> None:
    match = hosted()
    ada, vera = come(match), watch(match)
    match.spectating.follow(vera, 0)
    assert match.state.watchers[vera].spectator.follow == 0
    match.leave(ada)
    come(match, "Grace")
    assert match.state.watchers[vera].spectator.follow == NO_PLAYER
    with pytest.raises(RequestRefused):
        match.spectating.follow(vera, 3)


def test_a_spectator_takes_a_seat_and_watches_no_longer() -> None:
    match = hosted()
    vera = watch(match)
    match.join(vera)
    assert (vera.player, match.row().spectators, match.state.member(0).nickname) == (0, 0, "Vera")


def test_a_spectator_watches_on_until_there_is_a_seat() -> None:
    match = hosted(max_players=1)
    ada, vera = come(match), watch(match)
    match.join(vera, wait=True)
    tick_alone(match.match)
    assert vera.socket.snapshots()
    match.leave(ada)
    assert (vera.player, match.row().spectators) == (0, 0)


def test_no_more_watch_than_may_and_nobody_where_it_is_forbidden() -> None:
    match = hosted(stays={"max_spectators": 1})
    watch(match)
    with pytest.raises(RequestRefused) as caught:
        watch(match, "Walt")
    assert refusal(caught) == RefusalCode.MATCH_FULL
    with pytest.raises(RequestRefused) as caught:
        watch(hosted(spectating=Spectating.FORBIDDEN))
    assert refusal(caught) == RefusalCode.NO_SPECTATORS


def test_spectators_with_a_delay_see_what_was_new_though_nothing_is_since() -> None:
    match = hosted(delay=1)
    vera = watch(match)
    ada = come(match)
    for _ in range(10):
        tick_alone(match.match)
    seen = len(ada.socket.snapshots())
    for _ in range(match.options.tick_rate):
        tick_alone(match.match)
    assert (seen < 10, len(vera.socket.snapshots()) >= seen) == (True, True)


def test_spectators_with_a_delay_see_everything_so_much_later() -> None:
    match = hosted(delay=1, game=Restless)
    come(match)
    vera = watch(match)
    assert "1 s late" in vera.socket.lines()[0][1]
    for _ in range(35):
        tick_alone(match.match)
    assert [snapshot.tick for snapshot in vera.socket.snapshots()] == [1, 2, 3, 4, 5]


# What is said


def say(match: HostedMatch, person: FakePerson, *lines: str) -> None:
    person.handle = lambda message: match.state.chat.say(person.voice, message.text)  # type: ignore[arg-type, union-attr]
    person.socket.say(*map(Chat, lines))
    tick_alone(match.match)
    match.attend()


def test_what_is_said_at_the_tick_is_heard_by_everybody_here() -> None:
    match = hosted()
    ada, vera = come(match), watch(match)
    say(match, ada, "hello")
    assert ada.socket.lines() == vera.socket.lines() == [(LineKind.MATCH, "hello")]


def test_a_newcomer_hears_what_was_said_before() -> None:
    match = hosted()
    say(match, come(match), "one", "two")
    match.state.chat.flush()
    assert come(match, "Grace").socket.lines() == [(LineKind.MATCH, "one"), (LineKind.MATCH, "two")]


class Secretive(Toy):
    """Nobody may say which number the own player has."""

    def allows_line(self, player: int, text: str) -> bool:
        return 1 // (len(text) - 1) < 2 and str(player) not in text


def test_players_say_what_the_rules_allow_and_spectators_what_they_like() -> None:
    match = hosted(game=Secretive)
    ada, grace, vera = come(match, "Ada"), come(match, "Grace"), watch(match)
    for person, line in ((ada, "I am 0"), (grace, "I am 1"), (grace, "She is 0")):
        say(match, person, line)
    assert vera.voice
    match.state.chat.say(vera.voice, f"I am {NO_PLAYER}")
    match.state.chat.flush()
    heard = [message for message in ada.socket.heard() if isinstance(message, Notice | Said)]
    assert heard[0] == Notice(NoticeCode.HELD_BACK, NOTICES[NoticeCode.HELD_BACK])
    said = [(line.kind, line.text) for message in heard if isinstance(message, Said) for line in message.lines]
    assert said == [(LineKind.MATCH, "She is 0"), (LineKind.SPECTATOR, f"I am {NO_PLAYER}")]


def test_while_rules_wait_for_their_author_everybody_says_what_they_like() -> None:
    match = hosted(game=Secretive)
    ada = come(match)
    match.match.waits = True
    say(match, ada, "?", "I am 0")
    assert ada.socket.lines() == [(LineKind.MATCH, "?"), (LineKind.MATCH, "I am 0")]


def test_rules_that_raise_over_a_line_end_the_match_and_the_line_is_not_shown() -> None:
    match = hosted(game=Secretive)
    ada, grace = come(match, "Ada"), come(match, "Grace")
    say(match, ada, "?")
    heard = [message for message in grace.socket.heard() if isinstance(message, Home | Said)]
    assert [type(message) for message in heard] == [Home]


def test_where_spectators_are_apart_players_hear_nothing_of_them() -> None:
    match = hosted(spectating=Spectating.SILENT)
    ada, vera = come(match), watch(match)
    ada.events()
    assert vera.voice
    match.state.chat.say(vera.voice, "psst")
    heard = vera.socket.heard()
    assert isinstance(heard[-1], Notice)
    assert ada.socket.lines() == []


# Rounds


class Rounded(Restless):
    """A round is over when the test says."""

    modes = (Mode("ffa", "Free for all"), Mode("teams", "Teams"))
    rounds = 0

    @property
    def rounds_finished(self) -> int:
        return self.rounds


def finish_a_round(match: HostedMatch) -> None:
    assert isinstance(match.match.game, Rounded)
    match.match.game.rounds += 1
    match.attend()


def test_votes_are_sent_as_they_come_and_forgotten_after_the_round() -> None:
    match = hosted(game=Rounded)
    ada, _ = come(match), come(match, "Grace")
    ada.events()
    match.vote(ada, VoteChoice.REMATCH)
    finish_a_round(match)
    assert ada.events() == [(EventCode.VOTES, 1, 0, 2), (EventCode.VOTES, 0, 0, 2)]


def test_another_map_is_another_world_with_the_same_people_in_the_same_seats() -> None:
    match = hosted(game=Rounded, bots=1, rotation=MAPS, max_players=8)
    people = [come(match, name) for name in ("Ada", "Grace", "Edsger")]
    lost, vera = come(match, "Barbara"), watch(match)
    session = session_of(match, lost)
    match.lose(lost)
    match.leave(people.pop(0))
    before, roster, seed = match.match, match.state.roster.entries(), match.state.seed
    people[0].socket.say(Input(1, 0, 0), Input(2, 0, 0))
    tick_alone(match.match)
    [snapshot] = people[0].socket.snapshots()
    assert (snapshot.ack, snapshot.depth) == (1, 1)
    for person in (*people, vera):
        person.socket.heard()
    finish_a_round(match)
    assert (match.match is not before, match.state.seed != seed) == (True, True)
    assert match.state.roster.entries() == roster
    assert sorted(match.match.players) == [entry.player for entry in roster]
    assert [entry.player for entry in roster if match.match.players[entry.player].brain] == [0]
    assert [person.socket.one(Welcome).player for person in people] == [2, 3]
    assert vera.socket.one(Welcome).player == NO_PLAYER
    tick_alone(match.match)
    for person in (*people, vera):
        [snapshot] = person.socket.snapshots()
        assert (snapshot.tick, snapshot.kind, snapshot.ack, snapshot.depth) == (1, 1, 0, 0)
    assert back(match, session).player == 4


def test_events_of_the_last_tick_of_a_world_come_before_the_welcome_to_the_next() -> None:
    match = hosted(game=Rounded, rotation=MAPS)
    ada, grace, vera = come(match), come(match, "Grace"), watch(match)
    tick_alone(match.match)
    for person in (ada, vera):
        person.socket.heard()
    match.vote(ada, VoteChoice.NEXT)
    match.leave(grace)
    finish_a_round(match)
    for person in (ada, vera):
        events, welcome = person.socket.heard()
        assert isinstance(events, Events)
        assert events.events == (
            (EventCode.VOTES, 0, 1, 2),
            (EventCode.LEFT, 1, LeaveReason.LEFT),
            (EventCode.VOTES, 0, 0, 1),
        )
        assert isinstance(welcome, Welcome)
    assert ada.events() == vera.socket.events() == []


def test_events_before_the_end_come_before_everybody_goes_home() -> None:
    match = hosted()
    ada, grace = come(match), come(match, "Grace")
    ada.events()
    match.leave(grace)
    match.end(HomeCode.ENDED, "")
    events, home = ada.socket.heard()
    assert isinstance(events, Events)
    assert events.events == ((EventCode.LEFT, 1, LeaveReason.LEFT),)
    assert isinstance(home, Home)


def test_one_who_takes_the_seat_of_a_bot_is_not_sent_that_the_bot_left() -> None:
    match = hosted(max_players=2, bots=2)
    ada = come(match)
    grace = come(match, "Grace")
    assert grace.player == 0
    assert [event[:2] for event in ada.events()] == [(EventCode.LEFT, 0), (EventCode.JOINED, 0)]
    assert grace.socket.events() == []


def test_a_match_that_stood_still_sends_no_events_of_the_people_before() -> None:
    match = hosted(bots=1)
    match.leave(come(match))
    assert come(match, "Grace").events() == []


def test_modes_take_turns_on_the_same_map() -> None:
    match = hosted(game=Rounded, rotation=MODES)
    ada = come(match)
    seed = match.state.seed
    ada.events()
    finish_a_round(match)
    assert ada.socket.one(Welcome).settings.mode == "teams"
    assert match.state.seed == seed
    finish_a_round(match)
    assert ada.socket.one(Welcome).settings.mode == "ffa"


def test_after_the_last_round_everybody_goes_home() -> None:
    match = hosted(game=Rounded, rounds=2)
    ada, vera = come(match), watch(match)
    finish_a_round(match)
    assert not match.state.over
    finish_a_round(match)
    assert match.state.over
    for person in (ada, vera):
        home = person.socket.heard()[-1]
        assert home == Home(HomeCode.ENDED, "The last round has been played.", person.name, ())
        assert person.stays_in is None


def test_unless_more_than_half_of_them_want_to_go_on() -> None:
    match = hosted(game=Rounded, rounds=1)
    match.vote(come(match), VoteChoice.NEXT)
    finish_a_round(match)
    assert not match.state.over


# Who comes, as the rules know it


class WelcomingRounds(Rounded, Welcoming):
    """Who comes is noted, and a round is over when the test says."""


def test_rules_know_the_nickname_that_all_see_and_who_is_a_bot() -> None:
    Welcoming.came_lately()
    match = hosted(game=Welcoming, bots=1, max_players=4)
    come(match, "Ada"), come(match, "Ada")
    [(_, bot), *people] = Welcoming.came_lately()
    assert bot == Newcomer(match.state.member(0).nickname, bot=True)
    assert people == [(1, Newcomer("Ada")), (2, Newcomer("Ada 2"))]


def test_one_who_has_watched_plays_under_the_same_nickname() -> None:
    match = hosted(game=Welcoming, max_players=4)
    come(match, "Ada")
    vera = watch(match, "Ada")
    Welcoming.came_lately()
    match.join(vera, "", wait=False)
    assert Welcoming.came_lately() == [(1, Newcomer("Ada 2"))]
    assert [member.nickname for member in match.state.roster] == ["Ada", "Ada 2"]
    assert match.state.roster.name("Ada") == "Ada 3"
    match.leave(vera)
    assert match.state.roster.name("Ada") == "Ada 2"


def test_in_another_world_rules_know_those_who_are_there_already() -> None:
    match = hosted(game=WelcomingRounds, bots=1, rotation=MAPS, max_players=4)
    gone = come(match, "Grace")
    lost = come(match, "Ada")
    match.lose(lost)
    match.leave(gone)
    Welcoming.came_lately()
    finish_a_round(match)
    bot = Newcomer(match.state.member(0).nickname, bot=True)
    assert Welcoming.came_lately() == [(0, bot), (1, Newcomer()), (2, Newcomer("Ada"))]


# Rules that raise


class Faulty(Toy):
    """Fails whenever somebody leaves, or ``where`` says."""

    where = "leave"

    def join(self, player: int, newcomer: Newcomer) -> None:
        if self.where == "join":
            raise ZeroDivisionError(player)
        super().join(player, newcomer)

    def leave(self, player: int) -> None:
        raise ZeroDivisionError(player)


@pytest.mark.parametrize("where", ["leave", "join"])
def test_a_match_whose_rules_raise_sends_everybody_home_and_seats_nobody_any_more(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    match = hosted(game=Faulty)
    ada, grace, vera = come(match, "Ada"), come(match, "Grace"), watch(match)
    monkeypatch.setattr(Faulty, "where", where)
    if where == "join":
        with pytest.raises(RequestRefused, match=FAILED):
            come(match, "Edsger")
    else:
        match.leave(grace)
    match.leave(ada)
    for person in (ada, vera):
        assert person.socket.one(Home).code == HomeCode.FAILED
    with pytest.raises(RequestRefused, match="has ended") as caught:
        come(match, "Edsger")
    assert refusal(caught) == RefusalCode.NO_SUCH_MATCH
    [record] = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert record.getMessage() == "match K7RW2P failed at tick 0 and was closed"
    assert record.exc_info


# The rest


def test_the_status_has_who_plays_and_how_the_ticks_go() -> None:
    match = hosted(bots=2)
    come(match)
    tick_alone(match.match)
    status: dict[str, Any] = match.status()
    assert {
        key: status[key] for key in ("id", "name", "game", "phase", "players", "people", "bots", "max_players")
    } == {
        "id": "K7RW2P",
        "name": "Friday",
        "game": "toy",
        "phase": "playing",
        "players": 3,
        "people": 1,
        "bots": 2,
        "max_players": 4,
    }
    assert (status["tick"], status["tick_rate"], status["ticks_dropped"]) == (1, 30, 0)
    assert status["tick_lateness_ms"].keys() == {"p50", "p99", "max"}
    assert status["tick_phases_ms"].keys() == {"drain", "rules", "encode", "write"}


def test_without_a_seed_every_match_has_its_own() -> None:
    assert len({hosted(seed=None).state.seed for _ in range(5)}) == 5


def test_a_match_is_deserted_from_when_the_last_person_went() -> None:
    clock = Clock()
    match = hosted(clock)
    ada, vera = come(match), watch(match)
    match.leave(ada)
    assert match.deserted_at is None
    clock.now = 7
    match.leave(vera)
    assert match.deserted_at == 7


def test_after_the_last_round_nobody_is_shown_the_round_that_never_comes() -> None:
    match = hosted(game=Rounded, rounds=1)
    ada, vera = come(match), watch(match)
    tick_alone(match.match)
    assert isinstance(match.match.game, Rounded)
    ada.socket.heard(), vera.socket.heard()
    match.match.game.rounds += 1
    tick_alone(match.match)
    tick_alone(match.match)
    match.attend()
    for person in (ada, vera):
        assert [type(message) for message in person.socket.heard()] == [Home]


def test_what_is_shown_before_another_map_is_what_was_played_on_the_one_before() -> None:
    match = hosted(game=Rounded, rotation=MAPS)
    ada, before = come(match), match.match
    tick_alone(match.match)
    ada.socket.heard()
    assert isinstance(match.match.game, Rounded)
    match.match.game.rounds += 1
    tick_alone(match.match)
    match.attend()
    assert match.match is not before
    assert [type(message) for message in ada.socket.heard()] == [Welcome]
    tick_alone(match.match)
    assert [type(message) for message in ada.socket.heard()] == [Snapshot]


def test_a_round_that_is_followed_by_another_on_the_same_map_is_shown_without_a_gap() -> None:
    match = hosted(game=Rounded)
    ada = come(match)
    tick_alone(match.match)
    ada.socket.heard()
    assert isinstance(match.match.game, Rounded)
    match.match.game.rounds += 1
    tick_alone(match.match)
    match.attend()
    tick_alone(match.match)
    assert [message.kind for message in ada.socket.snapshots()] == [DELTA, DELTA]


def test_what_was_asked_for_before_a_match_stands_still_is_handled_first() -> None:
    match = hosted()
    ada = come(match)
    match.state.deferred.defer(ada.player, Vote(VoteChoice.NEXT))
    match.stand_still()
    assert ada.said == [Vote(VoteChoice.NEXT)]
    assert match.stands_still


def test_a_match_is_attended_at_once_when_its_round_is_over() -> None:
    match = hosted(game=Rounded, rounds=1)
    come(match)
    assert isinstance(match.match.game, Rounded)
    match.match.game.rounds += 1
    tick_alone(match.match)
    assert match.state.deferred.due


def test_a_spectator_who_asks_for_it_gets_a_keyframe_once_a_second() -> None:
    match = hosted(game=Restless)
    come(match)
    vera = watch(match)
    tick_alone(match.match)
    vera.socket.heard()
    kinds = []
    for _ in range(31):
        match.spectating.resync(vera, 1)
        tick_alone(match.match)
        kinds += [message.kind for message in vera.socket.snapshots()]
    assert kinds == [KEYFRAME] + [DELTA] * 29 + [KEYFRAME]
    assert match.state.counts()["desyncs"] == 31


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    """A Ctrl-C is not ignored, as it is by what a shell script runs in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ctrl_c")
def test_a_ctrl_c_while_a_match_is_attended_to_does_not_end_the_match(monkeypatch: pytest.MonkeyPatch) -> None:
    def rounds_finished(_game: Toy) -> int:
        signal.raise_signal(signal.SIGINT)
        return 0

    attended: list[HostedMatch] = []

    async def attend() -> None:
        match = hosted()
        monkeypatch.setattr(Toy, "rounds_finished", property(rounds_finished))
        match.attend()
        attended.append(match)
        await trio.sleep(1)

    with pytest.raises(KeyboardInterrupt):
        trio.run(attend)
    assert [match.failed for match in attended] == [False]


class Unfinished(Toy):
    """Its author has made mistakes."""

    broken: ClassVar[set[str]] = set()

    def join(self, player: int, newcomer: Newcomer) -> None:
        super().join(player, newcomer)
        assert "join" not in self.broken

    def phase(self) -> str:
        assert "phase" not in self.broken
        return super().phase()


@pytest.fixture
def unfinished() -> Iterator[HostedMatch]:
    yield hosted(game=Unfinished, waits_for_author=True, bots=2)
    Unfinished.broken.clear()


def test_a_match_that_waits_for_its_author_refuses_who_cannot_join_and_keeps_others(unfinished: HostedMatch) -> None:
    ada = come(unfinished)
    Unfinished.broken.add("join")
    with pytest.raises(RequestRefused, match="stands still until they are changed") as caught:
        come(unfinished, "Bob")
    assert refusal(caught) == RefusalCode.BUSY
    assert (unfinished.state.over, unfinished.match.waits, ada.stays_in) == (False, True, unfinished)
    Unfinished.broken.clear()
    assert come(unfinished, "Bob").stays_in is unfinished


def test_a_spectator_whom_rules_that_fail_refuse_a_seat_watches_on(unfinished: HostedMatch) -> None:
    vera = watch(unfinished)
    Unfinished.broken.add("join")
    with pytest.raises(RequestRefused, match="stands still until they are changed"):
        unfinished.join(vera, "", wait=False)
    assert vera in unfinished.state.watchers
    assert unfinished.state.roster.name("Vera") == "Vera 2"


def test_a_match_whose_bots_cannot_join_waits_for_its_author_without_them() -> None:
    Unfinished.broken.add("join")
    match = hosted(game=Unfinished, waits_for_author=True, bots=2)
    Unfinished.broken.clear()
    assert (match.match.waits, len(match.state.roster)) == (True, 0)


def test_a_match_that_cannot_be_listed_waits_for_its_author(unfinished: HostedMatch) -> None:
    Unfinished.broken.add("phase")
    unfinished.row()
    assert (unfinished.state.over, unfinished.match.waits) == (False, True)
