from __future__ import annotations

import math
from typing import Any

import attrs
import pytest

from game_server.client.client import Client, Purpose
from game_server.client.match_session import FIRST_LEAD
from game_server.errors import ProtocolError
from game_server.protocol import (
    DELTA,
    KEYFRAME,
    NO_PLAYER,
    Browse,
    Command,
    Elsewhere,
    Events,
    Hello,
    Home,
    HomeCode,
    Input,
    Join,
    Line,
    LineKind,
    Lobby,
    MatchRow,
    Notice,
    NoticeCode,
    Ping,
    Pong,
    Queued,
    RefusalCode,
    Refused,
    Resume,
    Said,
    Snapshot,
    View,
    Watch,
    Welcome,
    decode_client,
    encode,
)
from tests.loadtest.played import SHIP, WATCHED, WELCOME, Played, Scribe, snapshot


class Idle:
    """A brain that presses nothing."""

    def decide(self, view: View) -> Command:
        del view
        return Command(0, 0)


# What it says and what it learns


@pytest.mark.parametrize(
    ("purpose", "request_"),
    [
        (Purpose.PLAY, Join("K7RW2P")),
        (Purpose.WATCH, Watch("K7RW2P")),
        (Purpose.BROWSE, Browse(1)),
    ],
)
def test_it_says_who_it_is_and_at_once_what_it_comes_for(purpose: Purpose, request_: Any) -> None:
    client = Client("Bot 1", "K7RW2P", lambda _welcome: Scribe(), purpose)
    hello, request = [decode_client(message) for message in client.greeting()]
    assert isinstance(hello, Hello)
    assert (hello.nickname, hello.client, request) == ("Bot 1", "game-server bots", request_)
    assert len(hello.key) == 16
    assert client.welcome is None
    assert not client.settled


def test_the_welcome_makes_the_brain_and_is_answered_with_nothing() -> None:
    told: list[Welcome] = []

    def make(welcome: Welcome) -> Scribe:
        told.append(welcome)
        return Scribe()

    client = Client("Ada", "", make)
    assert client.receive(encode(WELCOME), 0.0) == []
    assert told == [client.welcome] == [WELCOME]
    assert client.settled


ROW = MatchRow("K7RW2P", "Friday", "toy", "", "playing", 1, 0, 4, 0, 0)


@pytest.mark.parametrize(
    "message",
    [
        Events(100, ((0, 4, "Bob", 0),)),
        Events(1, ((99,),)),
        Pong(1, 2),
        Notice(NoticeCode.MUTED, "!"),
        Home(HomeCode.WELCOME, "Welcome, Ada", "Ada", ()),
        Said((Line(LineKind.MATCH, 4, "Bob", "hello"),)),
        Queued("K7RW2P", 0, 1, "Friday"),
        Refused(12, RefusalCode.NOT_ALLOWED, "only the host may"),
    ],
)
def test_what_is_not_for_bots_is_passed_over(message: Any) -> None:
    played = Played()
    assert played.feed(message) == []
    assert played.client.ended is None


@pytest.mark.parametrize(
    ("purpose", "message"),
    [
        (Purpose.PLAY, Refused(Join.type, RefusalCode.MATCH_FULL, "every seat is taken")),
        (Purpose.WATCH, Refused(Watch.type, RefusalCode.NO_SPECTATORS, "nobody may watch")),
        (Purpose.PLAY, Home(HomeCode.KICKED, "Bob removed you", "Ada", ())),
        (Purpose.WATCH, Home(HomeCode.ENDED, "the match has ended", "Ada", ())),
    ],
)
def test_a_refused_request_and_the_way_back_to_the_lobby_end_it(purpose: Purpose, message: Any) -> None:
    played = Played(welcomed=False, purpose=purpose)
    assert played.feed(Home(HomeCode.WELCOME, "Welcome, Ada", "Ada", ())) == []
    assert played.client.ended is None
    assert played.feed(message) == []
    assert played.client.ended == message


def test_a_second_welcome_starts_over_with_its_schema_and_a_brain_of_its_own() -> None:
    made: list[Welcome] = []

    def make(welcome: Welcome) -> Idle:
        made.append(welcome)
        return Idle()

    played = Played(welcomed=False)
    played.client = Client("Ada", "", make)
    played.feed(WELCOME)
    played.feed(snapshot(100, KEYFRAME), 1.0)
    boats: list[Any] = [[[9, "boat", [["x", 1, 0, 1]]]], [], []]
    again = attrs.evolve(WELCOME, schema=boats, tick=7, setup={"walls": b""})
    played.feed(again, 2.0)
    answers = played.feed(Snapshot(8, KEYFRAME, 0, 0, None, b"", ((9, b"\x03\x00\x01\x05"),)), 3.0)
    assert answers == [Input(8 + FIRST_LEAD, 0, 0, 16 * FIRST_LEAD)]
    assert made == [WELCOME, again]
    figures = played.client.figures
    assert (figures.snapshots, figures.missed_ticks, list(figures.gaps)) == (2, 0, [])


def test_who_is_set_to_watching_looks_on_and_sends_no_inputs() -> None:
    played = Played()
    assert played.feed(snapshot(100, KEYFRAME), 1.0)
    set_to_watching = attrs.evolve(WELCOME, player=NO_PLAYER, token="")
    assert played.feed(set_to_watching, 2.0) == []
    assert played.feed(Notice(NoticeCode.SET_TO_WATCHING, "!"), 2.0) == []
    assert played.feed(Snapshot(101, KEYFRAME, 0, 0, None, b"", ()), 2.1) == []
    assert played.client.ended is None


# Coming back


def test_it_comes_back_with_its_token_and_counts_a_seat_that_was_kept() -> None:
    played = Played()
    played.feed(snapshot(100, KEYFRAME), 1.0)
    played.client.lost(2.0)
    assert not played.client.settled
    assert played.greet() == [played.client.hello, Resume(WELCOME.token)]
    played.feed(Home(HomeCode.WELCOME, "Welcome, Ada", "Ada", ()), 3.0)
    played.feed(attrs.evolve(WELCOME, tick=160), 3.0)
    assert played.client.settled
    played.feed(snapshot(161, KEYFRAME), 3.25)
    played.feed(snapshot(162), 3.5)
    figures = played.figures
    assert (figures.lost_links, figures.resumed, figures.lost_seats) == (1, 1, 0)
    assert list(figures.outages) == [1.25]
    assert (figures.missed_ticks, list(figures.gaps)) == (0, [1.0, 0.25])


def test_one_sent_elsewhere_is_out_until_the_first_snapshot_there_and_lost_no_link() -> None:
    played = Played()
    played.feed(snapshot(100, KEYFRAME), 1.0)
    played.feed(Elsewhere("/ws?match=K7RW2P", "ticket"), 2.0)
    assert played.client.elsewhere
    assert not played.client.settled
    played.greet()
    played.feed(attrs.evolve(WELCOME, tick=110), 2.5)
    assert played.client.settled
    played.feed(snapshot(111, KEYFRAME), 2.75)
    assert (played.figures.lost_links, played.figures.resumed, list(played.figures.outages)) == (0, 1, [0.75])


def test_one_who_is_sent_elsewhere_before_there_was_a_seat_was_never_out() -> None:
    played = Played(welcomed=False)
    played.feed(Elsewhere("/ws?match=K7RW2P", "ticket"), 2.0)
    played.greet()
    played.feed(WELCOME, 3.0)
    played.feed(snapshot(100, KEYFRAME), 3.5)
    assert (played.figures.resumed, list(played.figures.outages)) == (0, [])


def test_one_who_is_out_at_the_end_was_so_until_then_and_saw_nothing_for_as_long() -> None:
    played = Played()
    played.feed(snapshot(100, KEYFRAME), 1.0)
    played.client.lost(2.0)
    for _ in range(2):
        played.client.leave(9.0)
    assert list(played.figures.outages) == [7.0]
    assert played.figures.left == 9.0


def test_one_who_has_a_seat_again_but_has_seen_nothing_is_still_waiting_at_the_end() -> None:
    played = Played()
    played.feed(snapshot(100, KEYFRAME), 1.0)
    played.client.lost(2.0)
    played.greet()
    played.feed(WELCOME, 3.0)
    played.client.leave(9.0)
    assert list(played.figures.outages) == [7.0]


def test_an_outage_lasts_from_the_first_loss_over_every_attempt_that_fails() -> None:
    played = Played()
    played.feed(snapshot(100, KEYFRAME), 1.0)
    for now in (2.0, 3.0, 5.0):
        played.client.lost(now)
    played.greet()
    played.feed(WELCOME, 6.0)
    played.feed(snapshot(200, KEYFRAME), 6.0)
    assert played.figures.lost_links == 1
    assert list(played.figures.outages) == [4.0]


def test_who_gets_another_seat_has_lost_the_old_one() -> None:
    played = Played()
    played.client.lost(2.0)
    played.greet()
    played.feed(attrs.evolve(WELCOME, player=2))
    assert (played.figures.resumed, played.figures.lost_seats) == (0, 1)


def test_who_comes_too_late_has_lost_the_seat_and_asks_for_another() -> None:
    played = Played()
    played.client.lost(2.0)
    played.greet()
    assert played.feed(Refused(Resume.type, RefusalCode.NO_SUCH_SESSION, "gone")) == [Join("")]
    assert played.client.ended is None
    played.feed(WELCOME)
    assert (played.figures.resumed, played.figures.lost_seats) == (0, 1)


def test_the_token_of_the_newest_welcome_is_the_one_that_counts() -> None:
    played = Played()
    played.feed(attrs.evolve(WELCOME, token="newer"))
    played.client.lost(2.0)
    assert played.greet()[1] == Resume("newer")
    assert played.figures.resumed == 0


def test_a_spectator_has_no_token_and_comes_back_to_watch() -> None:
    played = Played(welcomed=False, purpose=Purpose.WATCH)
    played.feed(WATCHED)
    played.client.lost(2.0)
    assert played.greet()[1] == Watch("")
    played.feed(WATCHED)
    assert (played.figures.resumed, played.figures.lost_seats) == (0, 0)


# Watching and browsing


def test_a_spectator_reads_every_snapshot_and_presses_nothing() -> None:
    played = Played(welcomed=False, purpose=Purpose.WATCH)
    assert played.feed(WATCHED) == []
    for tick in range(100, 140):
        answers = played.feed(snapshot(tick, KEYFRAME if tick == 100 else DELTA), tick / 30)
        assert all(isinstance(answer, Ping) for answer in answers)
    assert (played.figures.snapshots, played.brain.seen) == (40, [])


def test_a_spectator_waits_longer_by_the_delay() -> None:
    played = Played(welcomed=False, purpose=Purpose.WATCH)
    played.feed(WATCHED)
    assert played.client.silence_timeout == WATCHED.timeout + 20
    assert Played().client.silence_timeout == WELCOME.timeout


def test_one_who_browses_counts_the_updates_and_never_runs_out_of_patience() -> None:
    played = Played(welcomed=False, purpose=Purpose.BROWSE)
    updates = [Lobby(1, 1, (ROW,), ()), Lobby(0, 2, (), ("K7RW2P",))]
    for update in updates:
        assert played.feed(update) == []
        assert played.client.settled
    assert played.figures.lobby_updates == 2
    assert played.figures.lobby_bytes == sum(len(encode(update)) for update in updates)
    assert played.client.silence_timeout == math.inf


def test_an_unasked_for_list_of_matches_does_not_settle_one_who_wants_to_play() -> None:
    played = Played(welcomed=False)
    played.feed(Lobby(1, 1, (ROW,), ()))
    assert not played.client.settled


# A server that is none


@pytest.mark.parametrize(
    "messages",
    [
        pytest.param([snapshot(100, KEYFRAME)], id="a snapshot before the welcome"),
        pytest.param([WELCOME, snapshot(100, KEYFRAME), snapshot(99)], id="a tick that is over"),
        pytest.param([attrs.evolve(WELCOME, schema=[[], []])], id="a schema of two parts"),
        pytest.param(
            [WELCOME, Snapshot(100, KEYFRAME, 0, 0, None, b"", ((9, b""),))], id="a table that the schema lacks"
        ),
        pytest.param([WELCOME, Snapshot(100, KEYFRAME, 0, 0, None, b"", ((1, SHIP),))], id="a row cut short"),
    ],
)
def test_a_server_that_breaks_the_protocol_is_found_out(messages: list[Any]) -> None:
    played = Played(welcomed=False)
    for message in messages[:-1]:
        played.feed(message)
    with pytest.raises(ProtocolError):
        played.feed(messages[-1])


def test_a_setup_that_the_brain_cannot_read_is_the_servers_fault() -> None:
    def make(_welcome: Welcome) -> Scribe:
        raise KeyError("walls")

    with pytest.raises(ProtocolError, match="setup"):
        Client("Ada", "", make).receive(encode(WELCOME), 0.0)
