"""The state of a directory at the very moment in which something lapses, and what it forgets."""

from __future__ import annotations

import pytest

from game_server.cluster import Claim, DirectoryState
from game_server.errors import CodeTaken, NodeNameTaken


def state_with(*claims: tuple[str, str]) -> DirectoryState:
    state = DirectoryState()
    for code, node in claims:
        state.claim(0.0, code, node)
    return state


def test_a_claim_lapses_ten_seconds_after_it_was_made_or_renewed() -> None:
    state = state_with(("A", "a"), ("B", "a"))
    state.renew(5.0, "a", [Claim("B", "a", 1)])
    with pytest.raises(CodeTaken):
        state.claim(9.99, "A", "b", 1)
    assert state.claim(10.0, "A", "b", 1) == Claim("A", "b", 2)
    with pytest.raises(CodeTaken):
        state.claim(14.99, "B", "b", 1)
    assert state.claim(15.0, "B", "b", 1) == Claim("B", "b", 2)


def test_a_journal_that_is_older_than_the_claim_takes_nothing_over() -> None:
    state = state_with(("A", "a"))
    state.transfer(0.0, Claim("A", "a", 1), "b")
    with pytest.raises(CodeTaken):
        state.claim(99.0, "A", "a", 1)
    assert state.claim(99.0, "A", "a", 2) == Claim("A", "a", 3)


def test_a_transferred_claim_stands_for_another_lease_and_one_given_up_for_none() -> None:
    state = state_with(("A", "a"), ("B", "a"))
    moved = state.transfer(5.0, Claim("A", "a", 1), "b")
    with pytest.raises(CodeTaken):
        state.claim(14.99, "A", "c", 2)
    assert state.claim(15.0, "A", "c", 2) == Claim("A", "c", moved.epoch + 1)
    state.release(5.0, Claim("B", "a", 1))
    assert state.claim(5.0, "B", "c", 1) == Claim("B", "c", 2)


def test_a_claim_that_the_directory_has_forgotten_is_released_as_if_it_knew_it() -> None:
    state = DirectoryState()
    state.release(0.0, Claim("A", "a", 3))
    with pytest.raises(CodeTaken):
        state.claim(0.0, "A", "b")
    assert state.claim(0.0, "A", "b", 3) == Claim("A", "b", 4)


def test_only_claims_of_the_node_itself_are_renewed() -> None:
    state = state_with(("A", "a"))
    lost = [Claim("A", "a", 1), Claim("B", "b", 1), Claim("A", "b", 1)]
    assert state.renew(0.0, "b", lost) == (lost[0], lost[2])
    assert (state.owner("A"), state.owner("B")) == (lost[0], lost[1])
    assert len(state) == 2


def test_a_claim_that_lapsed_is_remembered_for_ten_minutes() -> None:
    state = state_with(("A", "a"))
    with pytest.raises(CodeTaken):
        state.claim(609.9, "A", "b")
    assert state.claim(620.0, "A", "b") == Claim("A", "b", 1)


def test_a_row_is_listed_for_five_seconds_and_its_name_taken_as_long() -> None:
    state = DirectoryState()
    state.publish(0.0, "a", "one", b"summary", b"row")
    assert (state.nodes(4.99), state.rows(4.99, ["a", "b"])) == ((b"summary",), (b"row",))
    assert (state.nodes(5.0), state.rows(5.0, ["a"])) == ((), ())
    with pytest.raises(NodeNameTaken):
        state.publish(4.99, "a", "two", b"", b"")
    state.publish(5.0, "a", "two", b"2", b"2")
    state.publish(5.0, "a", "two", b"3", b"3")
    assert state.nodes(5.0) == (b"3",)
    state.withdraw("a", "one")
    state.withdraw("b", "one")
    assert state.nodes(5.0) == (b"3",)
    state.withdraw("a", "two")
    assert state.nodes(5.0) == ()


def test_a_name_is_held_for_a_minute_and_all_of_a_persons_names_or_none() -> None:
    state = DirectoryState()
    assert state.hold(0.0, "ada", ["ada", "ADA"])
    assert not state.hold(59.9, "bob", ["bob", "ADA"])
    assert state.hold(59.9, "eve", ["bob"])
    assert state.hold(60.0, "bob", ["ADA"])
    state.free("ada", ["ADA", "ada", "nobody's"])
    assert not state.hold(60.0, "ada", ["ADA"])
    assert state.hold(60.0, "eve", ["ada"])


def test_a_blob_is_there_until_its_time_is_over() -> None:
    state = DirectoryState()
    for key in ("a", "b"):
        state.put(0.0, key, b"data", 6.0)
    assert state.take(5.99, "a") == b"data"
    assert state.take(6.0, "b") is None
    assert state.take(0.0, "c") is None


def test_what_has_expired_is_forgotten_when_something_new_comes_once_in_a_lease() -> None:
    state = DirectoryState()
    state.publish(0.0, "a", "one", b"", b"")
    state.put(0.0, "key", b"data", 6.0)
    state.hold(0.0, "ada", ["ada"])
    sizes = []
    for now in (9.9, 10.0, 59.9, 70.0):
        state.put(now, "other", b"", 100.0)
        sizes.append((len(state._listed), len(state._blobs), len(state._names)))
    assert sizes == [(1, 2, 1), (0, 1, 1), (0, 1, 1), (0, 1, 0)]
