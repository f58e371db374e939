"""Team play: who plays with whom, what mates do to each other, and which team wins."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from game_server.errors import RulesError
from game_server.games.arena.bolts import Hits
from game_server.games.arena.constants import FIRE, KILLS_TO_WIN, SPAWN_CLEARANCE, TEAM_KILLS_TO_WIN
from game_server.games.arena.events import Hit, Kill
from game_server.games.arena.tables import NOBODY, RESULTS, TEAM_IDS
from game_server.simulation import Match, Newcomer, Rules
from tests.games.arena.playground import HARSH_TEAMS, TEAMS, Playground, middle

SECOND = 30


def teams(ground: Playground) -> list[int]:
    """By seat; 0 where nobody sits."""
    alive = ground.arena.ships.alive
    return (ground.ships.team * alive).tolist()  # type: ignore[no-any-return]


def team_kills(ground: Playground) -> list[int]:
    rows = ground.arena.teams.table
    assert rows.live.tolist() == list(TEAM_IDS)
    return [int(rows.rows.kills[team]) for team in TEAM_IDS]


def sink(ground: Playground, attacker: int, victim: int) -> None:
    """Let ``attacker`` sink ``victim`` without anybody aiming."""
    ground.ships.alive[victim], ground.ships.health[victim], ground.ships.protected_left[victim] = 1, 1, 0
    at = np.zeros(1)
    hits = Hits(np.array([attacker], np.int32), np.array([victim]), at, at)
    ground.arena.combat.apply(hits, scored=True)


# Modes


def test_the_arena_is_played_alone_unless_the_host_says_teams() -> None:
    ground = Playground(3)
    assert ground.arena.rules.mode == "free-for-all"
    assert ground.arena.setup()["mode"] == "free-for-all"
    assert teams(ground) == [0, 0, 0]
    assert len(ground.arena.teams.table) == 0
    assert ground.arena.rounds.round.teams == 0


def test_clients_are_sent_the_mode_and_whether_mates_hurt_each_other() -> None:
    setup = Playground(1, rules=HARSH_TEAMS).arena.setup()
    assert (setup["mode"], setup["friendly_fire"]) == ("teams", True)


def test_a_mode_that_the_arena_does_not_have_is_refused_with_those_that_it_has() -> None:
    with pytest.raises(RulesError, match="no mode 'duel'; there is free-for-all, teams"):
        Playground(1, rules=Rules("duel"))


# Who plays with whom


def test_newcomers_go_to_the_smaller_team_and_to_the_first_when_both_are_even() -> None:
    ground = Playground(0, seats=6, rules=TEAMS)
    for player in (3, 1, 0, 5):
        ground.arena.join(player, Newcomer())
    assert teams(ground) == [1, 2, 0, 1, 0, 2]
    ground.arena.leave(1)
    ground.arena.join(4, Newcomer())
    assert teams(ground) == [1, 0, 0, 1, 2, 2]


def test_a_team_is_kept_while_others_leave_and_a_round_is_played() -> None:
    ground = Playground(6, rules=TEAMS, playing=True)
    for player in (1, 3):
        ground.arena.leave(player)
    ground.run(SECOND)
    assert teams(ground) == [1, 0, 1, 0, 1, 2]


def test_at_the_start_of_a_round_the_newest_of_the_larger_team_are_moved_over() -> None:
    ground = Playground(0, seats=8, rules=TEAMS)
    for player in (7, 0, 6, 1, 5, 2, 4, 3):
        ground.arena.join(player, Newcomer())
    for player in (0, 1, 2):
        ground.arena.leave(player)
    assert teams(ground) == [0, 0, 0, 2, 1, 1, 1, 1]
    ground.run(1)
    assert ground.arena.phase() == "countdown"
    assert teams(ground) == [0, 0, 0, 2, 2, 1, 1, 1]


def test_who_leaves_during_the_countdown_leaves_no_uneven_teams_behind() -> None:
    ground = Playground(6, rules=TEAMS)
    ground.run(SECOND)
    for player in (1, 3):
        ground.arena.leave(player)
    ground.play()
    assert teams(ground) == [1, 0, 1, 0, 2, 2]


@settings(max_examples=60)
@given(st.lists(st.integers(-1, 9), max_size=40))
def test_newcomers_join_the_smaller_team_and_rounds_begin_evenly(doings: list[int]) -> None:
    """A doing is the seat of somebody who comes or goes, or -1 for the start of a round."""
    ground = Playground(0, seats=10, rules=TEAMS)
    arena = ground.arena
    for seat in doings:
        before = teams(ground)
        sizes = [before.count(team) for team in TEAM_IDS]
        if seat < 0:
            arena.rounds.start()
            after = teams(ground)
            sizes = [after.count(team) for team in TEAM_IDS]
            assert abs(sizes[0] - sizes[1]) <= 1
            if abs(before.count(1) - before.count(2)) <= 1:
                assert after == before
        elif arena.ships.alive[seat]:
            arena.leave(seat)
            assert teams(ground) == [*before[:seat], 0, *before[seat + 1 :]]
        else:
            arena.join(seat, Newcomer())
            assert teams(ground) == [*before[:seat], 1 if sizes[0] <= sizes[1] else 2, *before[seat + 1 :]]
        ids = arena.ships.live
        assert (arena.scores.rows.team[ids] == arena.ships.rows.team[ids]).all()


# Mates and bolts


def line_up(rules: Rules) -> Playground:
    """Shooter 0, its mate 2 and its enemy 1 in a line, at 40 and 200 units."""
    ground = Playground(3, rules=rules, playing=True)
    assert teams(ground) == [1, 2, 1]
    ground.put(0, 200, 400)
    ground.put(2, 240, 400)
    ground.put(1, 400, 400)
    ground.hold(0, FIRE)
    ground.run(1)
    ground.hold(0, 0)
    return ground


def test_a_bolt_passes_through_a_mate_and_hits_the_enemy_behind() -> None:
    ground = line_up(TEAMS)
    hits = [event for event in ground.run(10) if isinstance(event, Hit)]
    assert [(hit.attacker, hit.victim) for hit in hits] == [(0, 1)]
    assert ground.ships.health[2] == 100


def test_under_friendly_fire_a_bolt_hits_the_mate_in_its_way() -> None:
    ground = line_up(HARSH_TEAMS)
    hits = [event for event in ground.run(10) if isinstance(event, Hit)]
    assert [(hit.attacker, hit.victim) for hit in hits] == [(0, 2)]
    assert ground.ships.health[2] == 80


def test_among_very_many_bolts_and_ships_mates_are_spared_too() -> None:
    ground = Playground(200, rules=TEAMS, playing=True)
    for player in range(200):
        ground.put(player, 300 + 4 * player, 400)
        ground.hold(player, FIRE)
    hits = [event for event in ground.run(12) if isinstance(event, Hit)]
    assert len(hits) > 50
    assert all(ground.ships.team[hit.attacker] != ground.ships.team[hit.victim] for hit in hits)


# Scores


def test_a_kill_counts_for_the_player_and_for_the_team() -> None:
    ground = Playground(4, rules=TEAMS, playing=True)
    sink(ground, 0, 1)
    sink(ground, 2, 1)
    sink(ground, 3, 0)
    assert team_kills(ground) == [2, 1]
    assert ground.arena.scores.rows.kills.tolist() == [1, 0, 1, 1]
    assert ground.arena.scores.rows.deaths.tolist() == [1, 2, 0, 0]


def test_sinking_a_mate_takes_one_from_the_player_and_the_team_but_never_below_zero() -> None:
    ground = Playground(4, rules=HARSH_TEAMS, playing=True)
    sink(ground, 0, 2)
    assert team_kills(ground) == [0, 0]
    sink(ground, 2, 1)
    sink(ground, 2, 3)
    sink(ground, 0, 2)
    assert team_kills(ground) == [1, 0]
    sink(ground, 2, 0)
    assert team_kills(ground) == [0, 0]
    assert ground.arena.scores.rows.kills.tolist() == [0, 0, 1, 0]
    assert ground.arena.scores.rows.deaths.tolist() == [1, 1, 2, 1]
    assert Kill(2, 0) in ground.world.events


def test_what_a_player_did_for_the_team_stays_when_the_player_leaves() -> None:
    ground = Playground(4, rules=TEAMS, playing=True)
    sink(ground, 0, 1)
    ground.arena.leave(0)
    assert team_kills(ground) == [1, 0]


def test_forty_kills_of_a_team_end_the_round_and_twenty_of_a_player_do_not() -> None:
    ground = Playground(4, rules=TEAMS, playing=True)
    for _ in range(KILLS_TO_WIN):
        sink(ground, 1, 0)
    ground.run(1)
    assert ground.arena.phase() == "playing"
    for _ in range(TEAM_KILLS_TO_WIN - KILLS_TO_WIN):
        sink(ground, 3, 0)
    ground.run(1)
    assert ground.arena.phase() == "results"
    row = ground.arena.rounds.round
    assert (row.phase, row.number, row.winner, row.teams) == (RESULTS, 1, 2, 2)


@pytest.mark.parametrize(("seats", "kills"), [(2, 40), (16, 40), (40, 100), (1000, 2500)])
def test_teams_of_a_larger_match_need_more_kills(seats: int, kills: int) -> None:
    assert Playground(0, seats=seats, rules=TEAMS).arena.setup()["kills_to_win"] == kills


def test_alone_everybody_needs_the_same_kills_in_any_match() -> None:
    assert {Playground(0, seats=seats).arena.setup()["kills_to_win"] for seats in (2, 1000)} == {KILLS_TO_WIN}


@pytest.mark.parametrize(("kills", "winner"), [((3, 1), 1), ((1, 3), 2), ((2, 2), NOBODY), ((0, 0), NOBODY)])
def test_when_the_time_is_over_the_team_with_more_kills_has_won(kills: tuple[int, int], winner: int) -> None:
    ground = Playground(2, rules=TEAMS, playing=True)
    ground.arena.teams.table.rows.kills[list(TEAM_IDS)] = kills
    ground.arena.rounds.round.ends = ground.world.tick + 1
    ground.run(1)
    assert ground.arena.rounds.round.winner == winner


def test_the_team_has_still_won_when_the_player_of_its_number_leaves() -> None:
    ground = Playground(4, rules=TEAMS, playing=True)
    ground.arena.teams.table.rows.kills[1] = TEAM_KILLS_TO_WIN
    ground.run(1)
    ground.arena.leave(1)
    assert ground.arena.rounds.round.winner == 1


def test_a_new_round_begins_with_empty_team_scores() -> None:
    ground = Playground(4, rules=TEAMS, playing=True)
    ground.arena.teams.table.rows.kills[1] = TEAM_KILLS_TO_WIN
    ground.run(1 + 8 * SECOND)
    assert ground.arena.phase() == "countdown"
    assert team_kills(ground) == [0, 0]


def test_a_round_that_one_team_has_left_starts_over_with_even_teams() -> None:
    ground = Playground(4, rules=TEAMS, playing=True)
    ground.arena.leave(1)
    ground.arena.leave(3)
    ground.run(2)
    assert ground.arena.phase() == "countdown"
    assert teams(ground) == [1, 0, 2, 0]


# Places


CORNERS = """
############################
#s........................s#
#..........................#
############################
"""


def test_a_respawn_keeps_clear_of_enemies_and_not_of_mates() -> None:
    ground = Playground(3, rules=TEAMS, drawing=CORNERS)
    ground.put(1, middle(1), middle(1))
    ground.put(2, middle(26), middle(1))
    ground.ships.alive[0], ground.ships.respawn_wait[0] = 0, 1
    ground.run(1)
    assert ground.ships.x[0] == middle(26)
    assert middle(26) - middle(1) > SPAWN_CLEARANCE


def test_mates_who_come_back_in_one_tick_do_not_get_one_place() -> None:
    ground = Playground(3, rules=TEAMS, drawing=CORNERS)
    ground.arena.leave(1)
    for player in (0, 2):
        ground.ships.alive[player], ground.ships.respawn_wait[player] = 0, 1
    ground.run(1)
    assert {ground.ships.x[0], ground.ships.x[2]} == {middle(1), middle(26)}


# The wire


def test_the_kills_of_a_player_are_one_byte_on_the_wire_and_more_in_the_rules() -> None:
    ground = Playground(2, rules=TEAMS, playing=True)
    ground.arena.scores.rows.kills[0] = 300
    match = Match(ground.arena, on_message=lambda _number, _message: None)
    match.replication.capture()
    score = next(table for table in match.replication.schema.tables if table.name == "score")
    assert [(field.name, field.size) for field in score.fields] == [("kills", 1), ("deaths", 1), ("team", 1)]
    assert match._bot_sight.view(0).tables["score"][0] == {"kills": 255, "deaths": 0, "team": 1}
    assert ground.arena.scores.rows.kills[0] == 300
