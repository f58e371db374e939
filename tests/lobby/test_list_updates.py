from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from game_server.lobby.browsing import ListUpdates
from game_server.protocol import Lobby, MatchRow


def row(id: str, people: int = 0) -> MatchRow:
    return MatchRow(id, "Friday", "toy", "", "playing", people, 0, 4, 0, 0)


def test_only_what_has_changed_is_sent() -> None:
    listing = ListUpdates()
    assert listing.changes([row("A"), row("B")], 2) == Lobby(0, 2, (row("A"), row("B")), ())
    assert listing.changes([row("A"), row("B", 3), row("C")], 5) == Lobby(0, 5, (row("B", 3), row("C")), ())
    assert listing.changes([row("B", 3)], 5) == Lobby(0, 5, (), ("A", "C"))
    assert listing.changes([row("B", 3)], 6) == Lobby(0, 6, (), ())
    assert listing.changes([row("B", 3)], 6) is None


@given(st.lists(st.tuples(st.dictionaries(st.sampled_from("ABCDE"), st.integers(0, 3)), st.booleans()), max_size=20))
def test_the_whole_list_and_every_change_since_make_the_list(
    course: list[tuple[dict[str, int], bool]],
) -> None:
    listing = ListUpdates()
    screens: list[dict[str, MatchRow]] = []
    for people, newcomer in course:
        rows = [row(id, count) for id, count in people.items()]
        if newcomer:
            screens.append({row.id: row for row in listing.whole().matches})
        changes = listing.changes(rows, 0)
        for screen in screens if changes else ():
            assert changes
            screen |= {row.id: row for row in changes.matches}
            for id in changes.gone:
                screen.pop(id)
        assert all(screen == {row.id: row for row in rows} for screen in screens)


def test_to_an_empty_list_the_first_person_is_news_and_nobody_is_none() -> None:
    assert ListUpdates().changes([], 0) is None
    assert ListUpdates().changes([], 1) == Lobby(0, 1, (), ())
    assert ListUpdates().whole() == Lobby(1, 0, (), ())
