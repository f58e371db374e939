from __future__ import annotations

import pytest

from game_server.errors import JoinRefused
from game_server.lobby.directory import Directory
from game_server.lobby.hosted_match import HostedMatch
from game_server.protocol.closes import MAX_REASON_BYTES, CloseCode
from tests.lobby.test_hosted_match import hosted, join


def directory_of(*matches: HostedMatch) -> Directory:
    directory = Directory()
    for match in matches:
        directory.add(match)
    return directory


def test_a_match_is_found_by_its_id_even_when_it_is_full() -> None:
    first, second = hosted(), hosted(max_players=1)
    join(second)
    assert directory_of(first, second).find(second.id) is second


@pytest.mark.parametrize("wish", ["ABC123", "abcdef", "\x00" * 32, "\U0010fffe" * 32])
def test_an_unknown_id_is_refused_with_4004_and_a_reason_that_fits_a_close_frame(wish: str) -> None:
    with pytest.raises(JoinRefused, match="there is no match") as caught:
        directory_of(hosted()).find(wish)
    assert caught.value.code == CloseCode.NO_SUCH_MATCH
    assert len(caught.value.reason.encode()) <= MAX_REASON_BYTES


def test_without_a_wish_it_is_the_fullest_match_with_a_seat_for_a_person() -> None:
    empty, lively, full = hosted(), hosted(bots=4), hosted(max_players=2)
    for match in (lively, full, full):
        join(match)
    assert directory_of(empty, lively, full).find("") is lively


def test_bots_do_not_make_a_match_full() -> None:
    match = hosted(max_players=2, bots=2)
    assert directory_of(match).find("") is match


def test_when_every_seat_is_a_persons_it_is_refused_with_4003() -> None:
    match = hosted(max_players=1)
    join(match)
    with pytest.raises(JoinRefused, match="every seat of every match is taken") as caught:
        directory_of(match).find("")
    assert caught.value.code == CloseCode.MATCH_FULL


def test_without_any_match_it_is_refused_with_1011_and_not_called_full() -> None:
    with pytest.raises(JoinRefused, match="no match is open just now") as caught:
        directory_of().find("")
    assert caught.value.code == CloseCode.INTERNAL_ERROR


def test_a_match_that_was_removed_is_not_found_and_may_be_removed_again() -> None:
    match = hosted()
    directory = directory_of(match)
    assert (len(directory), list(directory)) == (1, [match])
    directory.remove(match)
    directory.remove(match)
    assert len(directory) == 0
    with pytest.raises(JoinRefused):
        directory.find(match.id)


def test_a_seat_that_is_kept_for_somebody_is_not_offered_to_the_next() -> None:
    busy, quiet = hosted(max_players=2), hosted(max_players=2)
    directory = directory_of(busy, quiet)
    join(busy)
    assert directory.find("") is busy
    busy.expected += 1
    assert directory.find("") is quiet
    quiet.expected += 2
    with pytest.raises(JoinRefused, match="every seat of every match is taken"):
        directory.find("")
