from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from game_server.lobby.browsing import Browsing
from game_server.protocol import Lobby, MatchRow
from tests.lobby.people import Clock, FakePerson
from tests.lobby.test_list_updates import row

CLOCK = Clock()


def person() -> FakePerson:
    return FakePerson("Ada", CLOCK)


def lists(person: FakePerson) -> list[Lobby]:
    return [message for message in person.socket.heard() if isinstance(message, Lobby)]


def test_one_who_begins_to_browse_gets_the_whole_list_at_once_and_then_changes() -> None:
    browsing, ada = Browsing(), person()
    browsing.begin(ada, [row("A"), row("B")], 1, 10.0)
    browsing.publish([row("A"), row("B", 2)], 1, 10.5)
    browsing.publish([row("A"), row("B", 2)], 1, 11.0)
    assert lists(ada) == [Lobby(1, 1, (row("A"), row("B")), ()), Lobby(0, 1, (row("B", 2),), ())]


def test_a_change_is_encoded_once_for_all() -> None:
    browsing, people = Browsing(), [person() for _ in range(3)]
    for one in people:
        browsing.begin(one, [], 3, 0.0)
    browsing.publish([row("A")], 3, 1.0)
    assert len({id(one.socket.sent[-1]) for one in people}) == 1


def test_one_who_asks_again_and_again_gets_the_list_in_turn() -> None:
    browsing, ada = Browsing(), person()
    for _ in range(100):
        browsing.begin(ada, [row("A")], 1, 0.0)
    assert len(lists(ada)) == 1
    browsing.publish([row("A")], 1, 0.5)
    assert lists(ada) == [Lobby(1, 1, (row("A"),), ())]


def test_one_who_browses_no_longer_is_sent_nothing() -> None:
    browsing, ada = Browsing(), person()
    browsing.begin(ada, [], 1, 0.0)
    lists(ada)
    browsing.end(ada)
    browsing.publish([row("A")], 1, 1.0)
    assert lists(ada) == []
    assert len(browsing) == 0


def test_of_one_who_was_owed_a_list_and_browses_no_longer_nothing_is_left() -> None:
    browsing, ada = Browsing(), person()
    for _ in range(2):
        browsing.begin(ada, [], 1, 0.0)
    browsing.end(ada)
    assert browsing._owed == set()


course = st.lists(
    st.tuples(
        st.dictionaries(st.sampled_from("ABCD"), st.integers(0, 3)),
        st.lists(st.tuples(st.floats(0, 0.49), st.integers(0, 2), st.booleans()), max_size=4),
    ),
    max_size=12,
)


@given(course)
def test_people_who_come_and_go_get_the_list_in_at_most_two_messages_a_second(
    course: list[tuple[dict[str, int], list[tuple[float, int, bool]]]],
) -> None:
    browsing, people = Browsing(), [person() for _ in range(3)]
    screens: list[dict[str, MatchRow]] = [{} for _ in people]
    times: list[list[float]] = [[] for _ in people]
    browses: set[int] = set()
    rows: list[MatchRow] = []

    def read(now: float) -> None:
        for screen, told, one in zip(screens, times, people, strict=True):
            for message in lists(one):
                told.append(now)
                if message.whole:
                    screen.clear()
                screen |= {row.id: row for row in message.matches}
                for id in message.gone:
                    screen.pop(id, None)

    now = 0.0
    for number, (matches, deeds) in enumerate([*course, (dict.fromkeys("AB", 1), []), (dict.fromkeys("AB", 1), [])]):
        for offset, who, begins in sorted(deeds):
            now = number * 0.5 + offset
            if begins:
                browsing.begin(people[who], rows, 0, now)
                browses.add(who)
            else:
                browsing.end(people[who])
                browses.discard(who)
            read(now)
        now = (number + 1) * 0.5
        rows = [row(id, count) for id, count in matches.items()]
        browsing.publish(rows, 0, now)
        read(now)
    for who in browses:
        assert screens[who] == {row.id: row for row in rows}
    for told in times:
        for first, third in zip(told, told[2:], strict=False):
            assert third - first >= 1.0 - 1e-5


def test_one_who_was_owed_a_list_and_has_got_it_is_sent_changes_alone() -> None:
    browsing, ada, bob = Browsing(), person(), person()
    for one in (ada, bob):
        browsing.begin(one, [row("A")], 2, 0.0)
        browsing.begin(one, [row("A")], 2, 0.1)
    assert [len(lists(one)) for one in (ada, bob)] == [1, 1]
    browsing.begin(ada, [row("A")], 2, 0.5)
    browsing.publish([row("A")], 2, 0.5)
    assert [message.whole for message in lists(ada) + lists(bob)] == [1, 1]
    browsing.publish([row("A", 2)], 2, 1.0)
    browsing.publish([row("A", 2)], 2, 1.5)
    assert [message.whole for message in lists(ada) + lists(bob)] == [0, 0]


def test_messages_are_counted() -> None:
    browsing, people = Browsing(), [person() for _ in range(3)]
    assert browsing.sent == 0
    for one in people:
        browsing.begin(one, [], 3, 0.0)
    browsing.publish([], 3, 1.0)
    assert browsing.sent == 3
    browsing.publish([row("A")], 3, 2.0)
    assert browsing.sent == 6 == sum(len(lists(one)) for one in people)


def test_the_first_who_browses_after_a_while_gets_the_list_as_it_is_now() -> None:
    browsing, ada, bob = Browsing(), person(), person()
    browsing.begin(ada, [row("A")], 1, 0.0)
    browsing.end(ada)
    browsing.publish([row("B")], 2, 1.0)
    browsing.begin(bob, [row("C")], 3, 2.0)
    assert lists(bob) == [Lobby(1, 3, (row("C"),), ())]
