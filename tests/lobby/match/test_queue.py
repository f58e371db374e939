from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from game_server.lobby.match.queue import Queue


def test_the_first_to_come_is_served_first() -> None:
    queue: Queue[str] = Queue()
    for who in ("Ada", "Grace", "Ada", "Edsger"):
        queue.join(who)
    assert [queue.next() for _ in range(3)] == ["Ada", "Grace", "Edsger"]


def test_one_who_joins_again_has_the_same_place() -> None:
    queue: Queue[str] = Queue()
    queue.join("Ada")
    queue.join("Grace")
    assert queue.join("Grace") == (2, 2)
    queue.forget()
    assert queue.join("Grace") == (2, 2)
    assert queue.moved() == [("Ada", 1, 2)]


def test_each_place_is_sent_once_and_again_when_it_changes() -> None:
    queue: Queue[str] = Queue()
    assert queue.join("Ada") == (1, 1)
    assert queue.join("Grace") == (2, 2)
    assert queue.moved() == [("Ada", 1, 2)]
    assert queue.moved() == []
    assert queue.leave("Ada")
    assert not queue.leave("Ada")
    assert queue.moved() == [("Grace", 1, 1)]


@given(st.lists(st.tuples(st.sampled_from(["join", "leave", "next"]), st.sampled_from("abcdef")), max_size=60))
def test_the_queue_is_a_list_without_doubles_and_everybody_knows_their_place(deeds: list[tuple[str, str]]) -> None:
    queue: Queue[str] = Queue()
    account: list[str] = []
    known: dict[str, tuple[int, int]] = {}
    for deed, who in deeds:
        if deed == "join":
            known[who] = queue.join(who)
            account += [who] * (who not in account)
        elif deed == "leave":
            assert queue.leave(who) == (who in account)
            account = [other for other in account if other != who]
        elif account:
            assert queue.next() == account.pop(0)
        known |= {told: (place, length) for told, place, length in queue.moved()}
        assert list(queue) == account
        assert [known[who] for who in account] == [(place, len(account)) for place in range(1, len(account) + 1)]


def test_one_who_stands_for_another_has_that_place_and_no_second_one() -> None:
    queue: Queue[str] = Queue()
    for who in ("Ada", "Grace", "Linus"):
        queue.join(who)
    queue.replace("Ada", "Linus")
    assert list(queue) == ["Linus", "Grace"]
    assert queue.join("Linus") == (1, 2)
    queue.replace("Grace", "Edsger")
    assert list(queue) == ["Linus", "Edsger"]
    assert queue.moved() == [("Edsger", 2, 2)]
