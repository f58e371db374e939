"""What one connection may ask for, without a network: answers, faults, and what becomes of its seat."""

from __future__ import annotations

from typing import Any, cast

import pytest
import trio

from game_server.lobby.administration import Administration
from game_server.lobby.client_session import GIVES_UP_THE_SEAT, ClientSession
from game_server.lobby.lobby import Lobby
from game_server.lobby.matchmaking import Matchmaking
from game_server.lobby.person import PersonLink
from game_server.protocol import (
    Browse,
    Chat,
    CloseCode,
    EventCode,
    Hello,
    Home,
    HomeCode,
    Join,
    Leave,
    LeaveReason,
    Ping,
    Pong,
    RefusalCode,
    Refused,
    Vote,
    encode,
)
from tests.live_server import wish
from tests.lobby.people import FakeLink, come


class Session:
    """A session whose messages a test handles, and its link."""

    def __init__(self, lobby: Lobby, nickname: str = "Ada") -> None:
        self.link = FakeLink()
        self.link.charged_to = ()
        self.session = ClientSession(
            cast("PersonLink", self.link), lobby, Administration(lobby, "t" * 16, lambda: None)
        )
        self.person = self.session._person = self.session._met(Hello(nickname, " a\x07 client ", "key"))
        self.session._matchmaking = Matchmaking(lobby, self.person)
        lobby.enter(self.person)
        self.link.heard()

    def seated(self) -> Any:
        """Open a match; the match."""
        self.session.handle(wish())
        self.link.heard()
        return self.person.stays_in


@pytest.fixture
async def session(lobby: Lobby) -> Session:
    return Session(lobby)


async def test_a_person_is_what_hello_says_without_what_cannot_be_seen(session: Session) -> None:
    person = session.person
    assert (person.name, person.client, person.key) == ("Ada", "a client", "key")
    assert "key" not in repr(person).replace("handle", "")
    assert (person.ticket, person.nickname, person.browses, person.caught_up) == (None, "", False, False)


async def test_a_fault_behind_a_request_ends_its_connection_and_is_logged(
    session: Session, lobby: Lobby, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(lobby, "say", fail)
    session.session.handle(Chat("hello", ""))
    assert session.link.closed == (CloseCode.INTERNAL_ERROR, "a fault of the server")
    [record] = caplog.records
    assert (record.getMessage(), bool(record.exc_info)) == (
        "what 10.0.0.1:50312 asked for failed: Chat(text='hello', to='')",
        True,
    )
    session.session.handle(Ping(1))
    assert session.link.heard() == [], "what comes after it is not looked at"


async def test_a_refusal_is_counted_and_says_what_was_asked_for(session: Session, lobby: Lobby) -> None:
    session.session.handle(Vote(1))
    refused = session.link.one(Refused)
    assert (refused.request, refused.code) == (Vote.type, RefusalCode.NOT_ALLOWED)
    assert refused.text == "You cannot vote: that is not possible where you are"
    assert lobby.refusals == {RefusalCode.NOT_ALLOWED: 1}


async def test_the_31st_request_at_once_is_refused_for_a_second(session: Session) -> None:
    for _ in range(31):
        session.session.handle(Vote(1))
    answers = [message for message in session.link.heard() if isinstance(message, Refused)]
    assert [(answer.code, answer.wait) for answer in answers[29:]] == [
        (RefusalCode.NOT_ALLOWED, 0),
        (RefusalCode.WAIT, 1),
    ]
    session.session.handle(Ping(7))
    session.session.handle(Browse(1))
    assert session.link.heard()[0] == Pong(7, 0.0)


async def test_who_leaves_a_match_or_a_queue_or_nothing_is_answered(session: Session, lobby: Lobby) -> None:
    session.session.handle(Leave())
    home = session.link.one(Home)
    assert (home.code, home.text) == (HomeCode.WELCOME, "You are in the lobby.")
    session.seated()
    session.session.handle(Leave())
    home = session.link.one(Home)
    assert (home.code, home.text) == (HomeCode.LEFT, "You left the match.")
    match = lobby.hosting.open_for(session.person, lobby.options.choose(wish(max_players=1), "", lobby.context.words))
    match.join(come(lobby, "Grace"))
    session.session.handle(Join(match.id, "", 1))
    assert session.person.waits_for is match
    session.link.heard()
    session.session.handle(Leave())
    assert session.person.waits_for is None
    assert [type(message).__name__ for message in session.link.heard()] == ["Queued"]


@pytest.mark.parametrize(
    ("code", "by_peer", "reason"),
    [
        *[(code, True, LeaveReason.LEFT) for code in sorted(GIVES_UP_THE_SEAT)],
        (CloseCode.REMOVED, False, LeaveReason.KICKED),
        (CloseCode.REMOVED, True, LeaveReason.LEFT),
        (CloseCode.GOING_AWAY, True, None),
        (CloseCode.ABNORMAL, True, None),
        (CloseCode.TOO_SLOW, False, None),
    ],
)
async def test_a_seat_is_kept_unless_the_client_has_left_or_does_not_come_back(
    session: Session, lobby: Lobby, code: CloseCode, by_peer: bool, reason: LeaveReason | None
) -> None:
    match = session.seated()
    match.join(grace := come(lobby, "Grace"))
    grace.events()
    session.link.closed, session.link.ended_by_peer = (code, ""), by_peer
    session.session._end()
    events = [event for event in grace.events() if event[0] in (EventCode.LEFT, EventCode.LOST)]
    assert events == [(EventCode.LOST, 0, 30) if reason is None else (EventCode.LEFT, 0, reason)]
    assert session.person not in lobby.people


@pytest.mark.parametrize(("last", "kept"), [(Leave(), False), (Ping(1), True), (None, True)])
async def test_a_leave_that_came_before_the_connection_broke_counts(
    session: Session, last: Leave | Ping | None, kept: bool
) -> None:
    match = session.seated()
    session.link.incoming = [b"nonsense", *([encode(last)] if last else [])]
    session.link.closed = (CloseCode.ABNORMAL, "")
    session.session._end()
    assert match.people == int(kept)


async def test_a_session_that_is_cancelled_gives_its_seat_up_for_a_while_alone(session: Session) -> None:
    match = session.seated()
    session.session._end()
    assert [member.held for member in match.state.roster] == [True]
    await trio.lowlevel.checkpoint()
