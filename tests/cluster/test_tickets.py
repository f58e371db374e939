"""Tickets of clients that are sent to another process."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from game_server.cluster.tickets import VALID_FOR, Ticket, Tickets
from game_server.lobby.sessions import Session, Sessions
from game_server.protocol import MAX_TOKEN

KEY = b"k" * 32
codes = st.text("ABCDEFGHJKMNPQRSTVWXYZ23456789", max_size=32)
tickets = st.builds(Ticket, codes, st.integers(0, 9))


class Clock:
    def __init__(self) -> None:
        self.time = 1e9

    def __call__(self) -> float:
        return self.time


@given(tickets)
def test_a_ticket_is_good_in_another_process_and_once(ticket: Ticket) -> None:
    text = Tickets(KEY, Clock()).issue(ticket)
    other = Tickets(KEY, Clock())
    assert len(text) <= MAX_TOKEN
    assert other.read(text) == ticket
    assert other.use(text)
    assert not other.use(text)


@given(tickets, st.data())
def test_a_ticket_that_was_changed_is_refused(ticket: Ticket, data: st.DataObject) -> None:
    text = Tickets(KEY, Clock()).issue(ticket)
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters().filter(lambda letter: letter != text[place]))
    assert Tickets(KEY, Clock()).read(text[:place] + other + text[place + 1 :]) is None


@given(st.text())
def test_what_is_no_ticket_is_refused(text: str) -> None:
    assert not Tickets(KEY, Clock()).use(text)


def test_a_ticket_of_another_cluster_is_refused() -> None:
    assert Tickets(b"o" * 32, Clock()).read(Tickets(KEY, Clock()).issue(Ticket("K7RW2P", 1))) is None


def test_a_ticket_is_refused_when_its_time_is_over() -> None:
    clock = Clock()
    tickets = Tickets(KEY, clock)
    text = tickets.issue(Ticket("K7RW2P", 1))
    clock.time += VALID_FOR + 1
    assert not tickets.use(text)


def test_a_session_token_is_no_ticket() -> None:
    token = Sessions(KEY).issue(Session("K7RW2P", 1, "9999999999.x"))
    assert Tickets(KEY, Clock()).read(token) is None
