from __future__ import annotations

import logging
from typing import Any

import pytest

from game_server.errors import JoinRefused
from game_server.lobby.hosted_match import CODE_ALPHABET, FAILED, HostedMatch, MatchOptions
from game_server.protocol.closes import CloseCode
from game_server.protocol.codec import decode_server
from game_server.protocol.messages import (
    BOT,
    CHAT_EVENT,
    JOINED_EVENT,
    LEFT,
    LEFT_EVENT,
    LOST,
    PERSON,
    WRITES_TOO_FAST,
    Chat,
    Events,
    Hello,
    Notice,
    RosterEntry,
    Snapshot,
    Welcome,
)
from game_server.protocol.schema import Schema
from tests.simulation.fake_outlet import FakeOutlet
from tests.simulation.toy_game import Toy


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def hosted(*, max_players: int = 4, bots: int = 0, clock: Clock | None = None, **options: Any) -> HostedMatch:
    chosen = MatchOptions(name="Friday", game=Toy, max_players=max_players, bots=bots, seed=5, **options)
    return HostedMatch(chosen, timeout=15, now=clock or Clock())


def join(match: HostedMatch, nickname: str = "Ada") -> tuple[FakeOutlet, Welcome]:
    guest = FakeOutlet()
    match.join(Hello(nickname, "", "test"), guest)
    (welcome,) = guest.told()
    assert isinstance(welcome, Welcome)
    return guest, welcome


# Welcome


def test_a_welcome_has_all_that_it_takes_to_read_what_follows() -> None:
    match = hosted(bots=1)
    for _ in range(3):
        match.match.tick()
    _, welcome = join(match)
    assert (welcome.player, welcome.nickname) == (1, "Ada")
    assert welcome.match == (match.id, "Friday", "toy", 4)
    assert (welcome.tick_rate, welcome.tick, welcome.timeout) == (30, 3, 15)
    assert Schema.from_wire(welcome.schema) == match.match.replication.schema
    assert welcome.setup == {"size": 100}
    assert welcome.roster == (RosterEntry(0, match.roster[0].nickname, BOT), RosterEntry(1, "Ada", PERSON))


def test_the_welcome_is_the_first_message_and_the_next_tick_brings_a_keyframe() -> None:
    match = hosted()
    guest = FakeOutlet()
    match.join(Hello("Ada", "", ""), guest)
    match.match.tick()
    welcome, snapshot = map(decode_server, guest.sent)
    assert isinstance(welcome, Welcome)
    assert isinstance(snapshot, Snapshot)
    assert (snapshot.tick, snapshot.kind) == (1, 1)


def test_the_id_of_a_match_is_six_letters_that_are_not_taken_for_one_another() -> None:
    ids = {hosted().id for _ in range(20)}
    assert len(ids) == 20
    assert all(len(match_id) == 6 and set(match_id) <= set(CODE_ALPHABET) for match_id in ids)
    assert not set(CODE_ALPHABET) & set("01IOLoil")


def test_a_nickname_is_nobody_elses_in_the_match() -> None:
    match = hosted()
    assert [join(match, wish)[1].nickname for wish in ("Ada", "ADA", "\x00", "")] == [
        "Ada",
        "ADA 2",
        "Player",
        "Player 2",
    ]


# Joined and left


def test_the_others_hear_who_joined_and_the_newcomer_does_not() -> None:
    match = hosted()
    first, _ = join(match, "Ada")
    second, _ = join(match, "Grace")
    assert first.events() == [(JOINED_EVENT, 1, "Grace", PERSON)]
    assert second.events() == []


@pytest.mark.parametrize("reason", [LEFT, LOST])
def test_the_others_hear_who_left_and_why(reason: int) -> None:
    match = hosted()
    first, _ = join(match, "Ada")
    second, _ = join(match, "Grace")
    first.told()
    match.leave(1, reason)
    assert first.events() == [(LEFT_EVENT, 1, reason)]
    assert second.events() == []
    assert list(match.roster) == [0]


# Bots


def test_bots_take_their_seats_when_the_match_opens() -> None:
    match = hosted(bots=3)
    assert [person.kind for person in match.roster.values()] == [BOT] * 3
    assert len({person.nickname for person in match.roster.values()}) == 3
    assert match.people == 0
    for _ in range(5):
        match.match.tick()


def test_bots_are_never_more_than_the_seats() -> None:
    assert len(hosted(max_players=4, bots=9).roster) == 4


def test_a_bot_gives_its_seat_up_to_a_person_who_finds_no_other() -> None:
    match = hosted(max_players=4, bots=3)
    join(match, "Ada")
    assert [person.kind for person in match.roster.values()].count(BOT) == 3
    first, welcome = join(match, "Grace")
    assert (len(match.roster), match.people) == (4, 2)
    assert welcome.player == 2
    assert match.roster[2].nickname == "Grace"
    assert first.events() == []


def test_everybody_hears_that_the_bot_left_before_who_joined() -> None:
    match = hosted(max_players=2, bots=1)
    first, _ = join(match, "Ada")
    join(match, "Grace")
    assert first.events() == [(LEFT_EVENT, 0, LEFT), (JOINED_EVENT, 0, "Grace", PERSON)]


def test_a_bot_comes_back_when_a_person_leaves() -> None:
    match = hosted(max_players=2, bots=1)
    first, _ = join(match, "Ada")
    join(match, "Grace")
    first.told()
    match.leave(0)
    left, joined = first.events()
    assert left == (LEFT_EVENT, 0, LEFT)
    assert (joined[0], joined[1], joined[3]) == (JOINED_EVENT, 0, BOT)
    assert match.people == 1


def test_bots_beyond_the_names_there_are_still_have_names_of_their_own() -> None:
    match = hosted(max_players=60, bots=60)
    assert len({person.nickname for person in match.roster.values()}) == 60


# Full


def test_a_match_full_of_people_refuses_with_4003_and_stays_as_it_was() -> None:
    match = hosted(max_players=2, bots=2)
    first, _ = join(match, "Ada")
    join(match, "Grace")
    first.told()
    with pytest.raises(JoinRefused, match="all 2 seats are taken by people; try again later") as caught:
        match.join(Hello("Edsger", "", ""), FakeOutlet())
    assert caught.value.code == CloseCode.MATCH_FULL
    assert [person.nickname for person in match.roster.values()] == ["Ada", "Grace"]
    assert first.events() == []


# Chat


def say(match: HostedMatch, guest: FakeOutlet, *lines: str) -> None:
    guest.say(*map(Chat, lines))
    match.match.tick()


def test_a_line_of_chat_reaches_everybody_the_sender_included() -> None:
    match = hosted()
    first, _ = join(match, "Ada")
    second, _ = join(match, "Grace")
    first.told()
    say(match, second, "  well \x00 played ")
    assert first.events() == second.events() == [(CHAT_EVENT, 1, "well played")]


def test_an_empty_line_is_ignored_and_costs_nothing() -> None:
    match = hosted()
    guest, _ = join(match)
    say(match, guest, *["\u200b \x00"] * 20, "still here")
    assert guest.told() == [Events(0, ((CHAT_EVENT, 0, "still here"),))]


def test_a_line_over_200_characters_is_cut() -> None:
    match = hosted()
    guest, _ = join(match)
    say(match, guest, "x" * 16_000)
    assert guest.events() == [(CHAT_EVENT, 0, "x" * 200)]


def test_a_sixth_line_at_once_is_dropped_and_its_sender_alone_gets_a_notice() -> None:
    match = hosted()
    first, _ = join(match, "Ada")
    second, _ = join(match, "Grace")
    first.told()
    say(match, first, *"abcdef")
    heard = first.told()
    assert isinstance(heard[5], Notice)
    assert heard[5].code == WRITES_TOO_FAST
    assert second.events() == [(CHAT_EVENT, 0, line) for line in "abcde"]


def test_after_a_burst_one_line_a_second_gets_through() -> None:
    clock = Clock()
    match = hosted(clock=clock)
    guest, _ = join(match)
    say(match, guest, *"abcde")
    guest.told()
    for _ in range(40):
        clock.now += 0.25
        say(match, guest, "again")
    assert len(guest.events()) == 10


def test_one_who_writes_too_fast_takes_nothing_from_another() -> None:
    match = hosted()
    first, _ = join(match, "Ada")
    second, _ = join(match, "Grace")
    say(match, first, *"abcdefgh")
    second.told()
    say(match, second, "hello")
    assert second.events() == [(CHAT_EVENT, 1, "hello")]


# The rest


def test_closing_a_match_closes_every_connection_with_the_reason() -> None:
    match = hosted(bots=1)
    guests = [join(match)[0], join(match)[0]]
    match.close(CloseCode.MATCH_ENDED, "the match is over")
    assert [guest.closed for guest in guests] == [(4008, "the match is over")] * 2


def test_the_status_tells_who_plays_and_how_the_ticks_go() -> None:
    match = hosted(bots=2)
    join(match)
    match.match.tick()
    status = match.status()
    assert {
        key: status[key] for key in ("id", "name", "game", "phase", "players", "people", "bots", "max_players")
    } == {
        "id": match.id,
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
    options = MatchOptions(name="Friday", game=Toy)
    seeds = {HostedMatch(options, timeout=15, now=Clock()).seed for _ in range(5)}
    assert len(seeds) == 5
    assert hosted().seed == 5


# Rules that raise


class Faulty(Toy):
    """Fails whenever somebody leaves."""

    def leave(self, player: int) -> None:
        raise ZeroDivisionError(player)


def test_a_match_whose_rules_raise_closes_everybody_else_once_and_seats_nobody_any_more(
    caplog: pytest.LogCaptureFixture,
) -> None:
    match = HostedMatch(MatchOptions(name="Friday", game=Faulty, seed=5), timeout=15, now=Clock())
    guests = [join(match)[0] for _ in range(3)]
    for number in (2, 1, 0):
        match.leave(number)
    assert [guest.closed for guest in guests[:2]] == [(CloseCode.INTERNAL_ERROR, FAILED)] * 2
    with pytest.raises(JoinRefused, match=FAILED) as caught:
        match.join(Hello("Edsger", "", ""), FakeOutlet())
    assert caught.value.code == CloseCode.INTERNAL_ERROR
    [record] = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert record.getMessage() == f"match {match.id} failed at tick 0 and was closed"
    assert record.exc_info
