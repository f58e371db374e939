from __future__ import annotations

import attrs
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from game_server.errors import RequestRefused
from game_server.lobby.match_index import CODE_ALPHABET, CODE_LENGTH, MatchIndex
from game_server.protocol import RefusalCode


@attrs.define(eq=False)
class FakeMatch:
    id: str
    people: int = 0
    has_seat: bool = True
    is_open: bool = True
    is_watchable: bool = True
    deserted_at: float | None = None


def index_of(*matches: FakeMatch, most: int = 10, most_by_address: int = 3) -> MatchIndex[FakeMatch]:
    index: MatchIndex[FakeMatch] = MatchIndex(most, most_by_address)
    for match in matches:
        index.add(match)
    return index


def code_of_refusal(caught: pytest.ExceptionInfo[RequestRefused]) -> int:
    return caught.value.code


@pytest.mark.parametrize("typed", ["K7RW2P", "k7rw2p", " K7rw2p\n"])
def test_a_match_is_found_by_its_code_however_it_is_typed(typed: str) -> None:
    match = FakeMatch("K7RW2P", has_seat=False, is_open=False)
    assert index_of(FakeMatch("AAAAAA"), match).find(typed) is match


@pytest.mark.parametrize("code", ["ABC123", "", "\x00" * 32, "\U0010fffe" * 32])
def test_an_unknown_code_is_refused(code: str) -> None:
    with pytest.raises(RequestRefused, match="there is no match") as caught:
        index_of(FakeMatch("K7RW2P")).find(code)
    assert code_of_refusal(caught) == RefusalCode.NO_SUCH_MATCH


def test_quick_play_is_the_fullest_open_match_with_a_seat() -> None:
    chosen = FakeMatch("C", people=2)
    others = [FakeMatch("A", 1), FakeMatch("B", 9, has_seat=False), FakeMatch("D", 9, is_open=False)]
    assert index_of(*others, chosen).quick() is chosen
    assert index_of(*others[1:]).quick() is None


def test_to_watch_any_match_shows_the_one_with_most_people() -> None:
    chosen = FakeMatch("A", 5, has_seat=False)
    assert index_of(FakeMatch("B", 2), chosen, FakeMatch("C", 9, is_watchable=False)).busiest() is chosen
    with pytest.raises(RequestRefused) as caught:
        index_of().busiest()
    assert code_of_refusal(caught) == RefusalCode.NO_SUCH_MATCH


def test_there_are_no_more_matches_than_there_may_be() -> None:
    index = index_of(FakeMatch("A"), FakeMatch("B"), most=2)
    with pytest.raises(RequestRefused, match=r"match limit \(2\)") as caught:
        index.check_room()
    assert code_of_refusal(caught) == RefusalCode.TOO_MANY_MATCHES


def test_nor_from_one_address_and_another_has_as_many() -> None:
    index = index_of(most_by_address=1)
    index.add(FakeMatch("A"), address="10.0.0.1")
    with pytest.raises(RequestRefused, match="your address"):
        index.check_room("10.0.0.1")
    index.check_room("10.0.0.2")
    index.check_room()


@pytest.mark.parametrize(("now", "deserted"), [(159.9, 0), (160.0, 1), (161.0, 1)])
def test_a_match_that_people_opened_is_deserted_after_a_minute_without_any(now: float, deserted: int) -> None:
    index = index_of()
    index.add(FakeMatch("A", deserted_at=100.0), address="10.0.0.1")
    assert len(index.deserted(now)) == deserted


def test_a_match_that_stays_is_never_deserted() -> None:
    index = index_of()
    index.add(FakeMatch("A", deserted_at=0.0), stays=True)
    assert index.deserted(1e9) == []


class DirectoryOverTime(RuleBasedStateMachine):
    """Matches open, fill, empty and end in any order."""

    @initialize()
    def begin(self) -> None:
        self.now = 0.0
        self.index: MatchIndex[FakeMatch] = MatchIndex(4, 2)
        self.account: dict[str, tuple[FakeMatch, str | None, bool]] = {}

    @rule(address=st.sampled_from([None, "10.0.0.1", "10.0.0.2"]), stays=st.booleans())
    def open(self, address: str | None, stays: bool) -> None:
        mine = [a for _, a, stays in self.account.values() if not stays].count(address)
        room = len(self.account) < 4 and (address is None or mine < 2)
        if not room:
            with pytest.raises(RequestRefused):
                self.index.check_room(address)
            return
        self.index.check_room(address)
        match = FakeMatch(self.index.free_code(), deserted_at=self.now)
        assert len(match.id) == CODE_LENGTH
        assert set(match.id) <= set(CODE_ALPHABET)
        assert match.id not in self.account
        self.index.add(match, address=address, stays=stays)
        self.account[match.id] = match, address, stays

    @precondition(lambda self: self.account)
    @rule(data=st.data(), people=st.integers(0, 3), is_open=st.booleans())
    def change(self, data: st.DataObject, people: int, is_open: bool) -> None:
        match = self.account[data.draw(st.sampled_from(list(self.account)))][0]
        match.people, match.is_open, match.has_seat = people, is_open, people < 3
        if people:
            match.deserted_at = None
        elif match.deserted_at is None:
            match.deserted_at = self.now

    @precondition(lambda self: self.account)
    @rule(data=st.data())
    def end(self, data: st.DataObject) -> None:
        match = self.account.pop(data.draw(st.sampled_from(list(self.account))))[0]
        self.index.remove(match)
        self.index.remove(match)

    @rule(seconds=st.floats(0, 50))
    def time_goes_by(self, seconds: float) -> None:
        self.now += seconds
        for match in self.index.deserted(self.now):
            assert match.people == 0
            assert not self.account.pop(match.id)[2]
            self.index.remove(match)

    @invariant()
    def nothing_is_lost_or_kept_too_long(self) -> None:
        assert set(self.index) == {match for match, _, _ in self.account.values()}
        for match, _, stays in self.account.values():
            assert self.index.find(match.id) is match
            assert stays or match.deserted_at is None or self.now - match.deserted_at < 60

    @invariant()
    def quick_play_is_never_worse_than_any_other(self) -> None:
        seats = [match.people for match in self.index if match.is_open and match.has_seat]
        quick = self.index.quick()
        assert (quick.people if quick else None) == max(seats, default=None)


TestDirectoryOverTime = DirectoryOverTime.TestCase
