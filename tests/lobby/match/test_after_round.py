from __future__ import annotations

import pytest

from game_server.lobby.match.after_round import AfterRound, RoundPlan, Votes
from game_server.protocol import MAPS, MODES, VoteChoice


def votes(*choices: VoteChoice) -> Votes:
    made = Votes()
    for who, choice in enumerate(choices):
        made.cast(who, choice)
    return made


R, N, NONE = VoteChoice.REMATCH, VoteChoice.NEXT, VoteChoice.NONE


def test_the_last_vote_of_each_counts_once() -> None:
    cast = Votes()
    assert cast.cast(7, R)
    assert not cast.cast(7, R)
    assert cast.cast(7, N)
    assert cast.tally() == (0, 1)
    assert cast.cast(7, NONE)
    assert cast.tally() == (0, 0)


def test_the_vote_of_one_who_leaves_is_withdrawn() -> None:
    cast = votes(R, N)
    assert cast.withdraw(0)
    assert not cast.withdraw(0)
    assert cast.tally() == (0, 1)


@pytest.mark.parametrize(
    ("cast", "rotation", "course"),
    [
        ([], 0, AfterRound.CONTINUE),
        ([], MAPS, AfterRound.NEW_WORLD),
        ([R], MAPS | MODES, AfterRound.CONTINUE),
        ([R, N], MODES, AfterRound.NEW_WORLD),
        ([R, R, N], MODES, AfterRound.CONTINUE),
        ([N, N, R], MODES, AfterRound.NEW_WORLD),
        ([N], 0, AfterRound.CONTINUE),
    ],
)
def test_a_round_is_followed_by_the_next_map_or_mode_unless_most_want_a_rematch(
    cast: list[VoteChoice], rotation: int, course: AfterRound
) -> None:
    assert RoundPlan(0, rotation, ()).finished(1, votes(*cast), 4) is course


def test_a_match_ends_with_its_last_round() -> None:
    rounds = RoundPlan(3, MAPS, ())
    assert [rounds.finished(1, votes(), 2) for _ in range(3)] == [
        AfterRound.NEW_WORLD,
        AfterRound.NEW_WORLD,
        AfterRound.END,
    ]


@pytest.mark.parametrize(("cast", "goes_on"), [([R, N], False), ([R, N, N], True), ([R, R, R, R], True)])
def test_more_than_half_of_the_people_make_it_go_on_for_as_many_rounds_again(
    cast: list[VoteChoice], goes_on: bool
) -> None:
    rounds = RoundPlan(2, 0, ())
    rounds.finished(1, votes(), 4)
    assert (rounds.finished(1, votes(*cast), 4) is not AfterRound.END) == goes_on
    if goes_on:
        assert [rounds.finished(1, votes(), 4) for _ in range(2)] == [AfterRound.CONTINUE, AfterRound.END]


def test_modes_take_turns_only_if_they_rotate() -> None:
    assert [RoundPlan(0, MODES, ("ffa", "teams")).mode_after(mode) for mode in ("ffa", "teams")] == ["teams", "ffa"]
    assert RoundPlan(0, MAPS, ("ffa", "teams")).mode_after("ffa") == "ffa"
    assert RoundPlan(0, MODES, ()).mode_after("") == ""
