"""The course of a match."""

from __future__ import annotations

import pytest

from game_server.games.arena.constants import FIRE, KILLS_TO_WIN, MAX_HEALTH
from game_server.games.arena.tables import COUNTDOWN, NOBODY, PLAYING, RESULTS, WARM_UP
from game_server.simulation import END_ROUND, NEVER, START_ROUND, Newcomer
from tests.games.arena.playground import TEAMS, Playground
from tests.protocol_document import section_of

SECOND = 30


@pytest.fixture
def ground() -> Playground:
    return Playground(2, seats=4)


def row(ground: Playground) -> dict[str, int]:
    return {name: getattr(ground.arena.rounds.round, name) for name in ("phase", "ends", "number", "winner", "teams")}


def score(ground: Playground, player: int, kills: int, deaths: int = 0) -> None:
    ground.arena.scores.rows.kills[player] = kills
    ground.arena.scores.rows.deaths[player] = deaths


def test_one_player_alone_warms_up_without_end() -> None:
    ground = Playground(1, seats=4)
    ground.run(10 * SECOND)
    assert ground.arena.phase() == "warm-up"
    assert row(ground) == {"phase": WARM_UP, "ends": 0, "number": 1, "winner": NOBODY, "teams": 0}


def test_the_second_player_starts_a_countdown_of_three_seconds(ground: Playground) -> None:
    ground.run(1)
    assert row(ground)["phase"] == COUNTDOWN
    assert row(ground)["ends"] == 1 + 3 * SECOND


def test_play_begins_when_the_countdown_ends_and_lasts_five_minutes(ground: Playground) -> None:
    ground.run(3 * SECOND)
    assert ground.arena.phase() == "countdown"
    ground.run(1)
    assert ground.arena.phase() == "playing"
    assert row(ground)["ends"] == ground.world.tick + 300 * SECOND


def test_winners_are_known_while_results_are_shown(ground: Playground) -> None:
    ground.run(4 * SECOND)
    assert ground.arena.winners is None
    score(ground, 1, KILLS_TO_WIN)
    ground.run(1)
    assert ground.arena.winners == (1,)


def test_a_round_that_ends_level_has_no_winner(ground: Playground) -> None:
    ground.run(4 * SECOND)
    ground.arena.order(END_ROUND)
    assert ground.arena.winners == ()


def test_the_winners_of_team_play_are_the_members_of_the_team() -> None:
    ground = Playground(4, seats=4, rules=TEAMS)
    ground.run(4 * SECOND)
    ground.arena.teams.table.rows.kills[2] = 5
    ground.arena.order(END_ROUND)
    assert ground.arena.winners == tuple(ground.arena.teams.members(2).tolist())


def test_the_rules_are_due_when_the_phase_ends_and_never_in_a_warm_up(ground: Playground) -> None:
    assert Playground(1).arena.due == NEVER
    ground.run(1)
    assert ground.arena.due == row(ground)["ends"]


def test_while_a_bolt_flies_the_rules_are_due_in_each_tick() -> None:
    ground = Playground(1)
    ground.hold(0, FIRE)
    ground.run(1)
    assert ground.arena.due == ground.world.tick + 1


def test_a_countdown_stops_when_only_one_is_left(ground: Playground) -> None:
    ground.run(10)
    ground.arena.leave(1)
    ground.run(1)
    assert ground.arena.phase() == "warm-up"


def test_nobody_fires_during_the_countdown_but_everybody_moves(ground: Playground) -> None:
    ground.run(1)
    ground.hold(0, FIRE | 8)
    before = float(ground.ships.x[0])
    ground.run(3 * SECOND - 1)
    assert len(ground.arena.bolts.table) == 0
    assert ground.ships.x[0] != before


def test_who_joins_during_the_countdown_cannot_fire_either(ground: Playground) -> None:
    ground.run(30)
    ground.arena.join(2, Newcomer())
    ground.hold(2, FIRE)
    ground.run(3 * SECOND - 30)
    assert len(ground.arena.bolts.table) == 0


def test_bolts_of_the_warm_up_do_not_fly_into_the_round() -> None:
    ground = Playground(1, seats=2)
    ground.hold(0, FIRE)
    ground.run(SECOND)
    assert len(ground.arena.bolts.table) > 0
    ground.arena.join(1, Newcomer())
    ground.run(1)
    assert len(ground.arena.bolts.table) == 0


def test_a_round_begins_with_whole_ships_and_empty_scores(ground: Playground) -> None:
    ground.run(SECOND)
    ground.wound(0, 5)
    ground.ships.rapid_left[0] = 500
    ground.play()
    assert ground.ships.health[0] == MAX_HEALTH
    assert ground.ships.rapid_left[0] == 0
    assert ground.arena.scores.rows.kills.tolist() == [0, 0, 0, 0]


def test_weapons_are_free_from_the_first_tick_of_play(ground: Playground) -> None:
    ground.play()
    ground.hold(0, FIRE)
    ground.run(1)
    assert len(ground.arena.bolts.table) == 1


def test_twenty_kills_end_the_round_with_a_winner(ground: Playground) -> None:
    ground.play()
    score(ground, 1, KILLS_TO_WIN)
    ground.run(1)
    assert ground.arena.phase() == "results"
    assert row(ground)["winner"] == 1


def test_five_minutes_end_the_round() -> None:
    ground = Playground(2, tick_rate=2, playing=True)
    score(ground, 0, 3)
    ground.run(2 * 300 - 1)
    assert ground.arena.phase() == "playing"
    ground.run(1)
    assert ground.arena.phase() == "results"
    assert row(ground)["winner"] == 0


@pytest.mark.parametrize(
    ("scores", "winner"),
    [
        ([(3, 2), (5, 9)], 1),
        ([(5, 2), (5, 1)], 1),
        ([(5, 2), (5, 2)], NOBODY),
        ([(0, 0), (0, 4)], NOBODY),
        ([(5, 2), (4, 0), (5, 3)], 0),
    ],
)
def test_the_winner_has_most_kills_then_fewest_deaths(scores: list[tuple[int, int]], winner: int) -> None:
    ground = Playground(len(scores))
    ground.play()
    for player, (kills, deaths) in enumerate(scores):
        score(ground, player, kills, deaths)
    ground.arena.rounds.round.ends = ground.world.tick + 1
    ground.run(1)
    assert row(ground)["winner"] == winner


def test_results_show_for_eight_seconds_with_scores_and_without_shots(ground: Playground) -> None:
    ground.play()
    score(ground, 1, KILLS_TO_WIN)
    ground.hold(0, FIRE)
    ground.run(1)
    ground.run(8 * SECOND - 1)
    assert ground.arena.phase() == "results"
    assert ground.arena.scores.rows.kills[1] == KILLS_TO_WIN
    assert len(ground.arena.bolts.table) == 0


def test_the_next_round_follows_with_the_same_players(ground: Playground) -> None:
    ground.play()
    score(ground, 1, KILLS_TO_WIN)
    ground.run(1 + 8 * SECOND)
    ends = ground.world.tick + 3 * SECOND
    assert row(ground) == {"phase": COUNTDOWN, "ends": ends, "number": 2, "winner": NOBODY, "teams": 0}
    ground.run(3 * SECOND)
    assert ground.arena.phase() == "playing"
    assert ground.arena.scores.rows.kills.tolist() == [0, 0, 0, 0]


def test_results_are_shown_to_their_end_when_the_loser_leaves(ground: Playground) -> None:
    ground.play()
    score(ground, 1, KILLS_TO_WIN)
    ground.run(1)
    ground.arena.leave(0)
    ground.run(8 * SECOND - 1)
    assert row(ground)["winner"] == 1
    ground.run(1)
    assert ground.arena.phase() == "warm-up"


def test_a_round_ends_in_warm_up_when_only_one_is_left(ground: Playground) -> None:
    ground.play()
    score(ground, 0, 7)
    ground.arena.leave(1)
    ground.run(1)
    assert (row(ground)["phase"], row(ground)["ends"]) == (WARM_UP, 0)
    assert ground.arena.scores.rows.kills[0] == 0


def test_an_arena_without_players_waits(ground: Playground) -> None:
    ground.play()
    ground.arena.leave(0)
    ground.arena.leave(1)
    ground.run(SECOND)
    assert ground.arena.phase() == "warm-up"


def test_who_takes_the_seat_of_the_winner_during_the_results_has_not_won(ground: Playground) -> None:
    ground.play()
    ground.arena.scores.rows.kills[1] = 20
    ground.run(1)
    assert row(ground)["winner"] == 1
    ground.arena.leave(1)
    ground.arena.join(1, Newcomer())
    assert (ground.arena.phase(), row(ground)["winner"]) == ("results", NOBODY)


def test_a_kill_counts_only_while_the_round_is_played() -> None:
    ground = Playground(2)
    for phase, counted in ((COUNTDOWN, 0), (PLAYING, 1), (RESULTS, 0)):
        ground.arena.rounds.round.phase = phase
        ground.arena.rounds.round.ends = ground.world.tick + 10_000
        ground.arena.scores.rows.kills[:] = 0
        ground.ships.alive[:] = 1
        ground.ships.health[:] = 1
        ground.ships.protected_left[:] = 0
        ground.ships.x[:], ground.ships.y[:] = (200, 240), 200
        ground.ships.fire_wait[0] = 0
        ground.hold(0, FIRE, 0)
        ground.run(3)
        ground.hold(0, 0, 0)
        assert ground.ships.alive[1] == 0
        assert ground.arena.scores.rows.kills[0] == counted


# Orders


def test_a_host_may_begin_the_countdown_in_warm_up_even_with_one_player() -> None:
    ground = Playground(1, seats=4)
    ground.run(SECOND)
    ground.arena.order(START_ROUND)
    assert row(ground)["ends"] == SECOND + 3 * SECOND
    ground.run(3 * SECOND)
    assert ground.arena.phase() == "playing"
    ground.run(10 * SECOND)
    assert ground.arena.phase() == "playing"


def test_nobody_is_no_one_to_begin_a_round_with(ground: Playground) -> None:
    for player in (0, 1):
        ground.arena.leave(player)
    ground.run(1)
    ground.arena.order(START_ROUND)
    assert ground.arena.phase() == "warm-up"


def test_a_round_ordered_for_two_ends_when_one_is_left_as_any_other(ground: Playground) -> None:
    ground.arena.order(START_ROUND)
    ground.run(3 * SECOND)
    ground.arena.leave(1)
    ground.run(1)
    assert ground.arena.phase() == "warm-up"


def test_a_round_that_is_started_again_counts_down_from_three_with_empty_scores(ground: Playground) -> None:
    ground.play()
    ground.run(SECOND)
    score(ground, 0, 5)
    ground.arena.order(START_ROUND)
    ends = ground.world.tick + 3 * SECOND
    assert row(ground) == {"phase": COUNTDOWN, "ends": ends, "number": 1, "winner": NOBODY, "teams": 0}
    assert ground.arena.scores.rows.kills[0] == 0


def test_weapons_are_locked_from_the_order_to_the_end_of_the_countdown(ground: Playground) -> None:
    ground.play()
    ground.arena.order(START_ROUND)
    ground.hold(0, FIRE)
    ground.run(3 * SECOND)
    assert ground.arena.phase() == "playing"
    assert len(ground.arena.bolts.table) == 0
    ground.run(1)
    assert len(ground.arena.bolts.table) == 1


def test_a_host_may_begin_the_next_round_while_results_are_shown(ground: Playground) -> None:
    ground.play()
    ground.arena.order(END_ROUND)
    ground.arena.order(START_ROUND)
    assert row(ground)["number"] == 2
    assert ground.arena.phase() == "countdown"


def test_a_round_whose_results_a_host_cuts_short_does_not_count_as_the_document_says(ground: Playground) -> None:
    ground.play()
    ground.arena.order(END_ROUND)
    ground.arena.order(START_ROUND)
    ground.run(SECOND)
    assert ground.arena.rounds_finished == 0
    assert "they are cut short, and their round does not count among `rounds`" in section_of("moderate")


def test_a_host_may_end_a_round_and_who_is_ahead_has_won(ground: Playground) -> None:
    ground.play()
    score(ground, 1, 2)
    ground.arena.order(END_ROUND)
    assert ground.arena.phase() == "results"
    assert row(ground)["winner"] == 1
    assert row(ground)["ends"] == ground.world.tick + 8 * SECOND


def test_in_warm_up_there_is_no_round_to_end() -> None:
    ground = Playground(1, seats=4)
    ground.arena.order(END_ROUND)
    assert ground.arena.phase() == "warm-up"


def test_results_that_are_shown_are_not_begun_again_by_another_order_to_end(ground: Playground) -> None:
    ground.play()
    ground.arena.order(END_ROUND)
    ends = row(ground)["ends"]
    ground.run(SECOND)
    ground.arena.order(END_ROUND)
    assert row(ground)["ends"] == ends


def test_a_round_that_everybody_left_before_it_was_ended_has_no_winner(ground: Playground) -> None:
    ground.play()
    ground.arena.leave(0)
    ground.arena.leave(1)
    ground.arena.order(END_ROUND)
    assert row(ground)["winner"] == NOBODY


def test_a_round_is_finished_when_its_results_have_been_shown(ground: Playground) -> None:
    ground.play()
    assert ground.arena.rounds_finished == 0
    for finished in (1, 2):
        score(ground, 1, KILLS_TO_WIN)
        ground.run(8 * SECOND)
        assert ground.arena.rounds_finished == finished - 1
        ground.run(1)
        assert ground.arena.rounds_finished == finished
        ground.run(3 * SECOND)
