"""What meets on the shooter's screen meets on the server, as far as the rules allow."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from game_server.games.arena.bolts import HIT_DISTANCE
from game_server.games.arena.constants import BOLT_SPEED, DASH, DOWN, FIRE, RIGHT, TOP_SPEED, ticks_of
from game_server.games.arena.events import Hit
from game_server.simulation import Newcomer
from game_server.simulation.world.history import MAX_REWIND
from tests.games.arena.playground import FIELD, Playground, middle

RATE = 30
DT = 1 / RATE
MOST = int(MAX_REWIND * RATE * 16)
WALL = "\n".join(
    ["#" * 20, *["#" + "." * 18 + "#"] * 4, "#" + "." * 9 + "##" + "." * 7 + "#", *["#" + "." * 18 + "#"] * 5, "#" * 20]
)
"""A field with a wall at columns 10 and 11 of row 5."""


class Range:
    """A shooter at rest and a target that flies to the right at top speed; the screen lies ``behind`` 16ths back."""

    def __init__(self, behind: int, *, drawing: str = FIELD, claim: int | None = None) -> None:
        self.ground = Playground(2, playing=True, drawing=drawing)
        self.behind = behind
        self.claim = behind if claim is None else claim
        self.track: dict[int, tuple[float, float]] = {}
        self.ground.put(0, 600, 600)

    def fly(self, ticks: int, buttons: int = RIGHT) -> list[Hit]:
        self.ground.hold(1, buttons)
        hits: list[Hit] = []
        for _ in range(ticks):
            hits += [event for event in self.ground.run(1) if isinstance(event, Hit)]
            ships = self.ground.ships
            self.track[self.ground.world.tick] = float(ships.x[1]), float(ships.y[1])
        return hits

    def seen(self, tick: float) -> tuple[float, float]:
        """Where the target is on the screen at the shooter's own time ``tick``."""
        at = tick - self.behind / 16
        before = math.floor(at)
        share = at - before
        (x0, y0), (x1, y1) = self.track[before], self.track[before + 1] if share else self.track[before]
        return x0 + (x1 - x0) * share, y0 + (y1 - y0) * share

    def shoot(self) -> None:
        """Fire in the next tick so that bolt and target meet on the screen if the target flies on as it does."""
        tick = self.ground.world.tick + 1
        x, y = self.seen(tick - 1)
        x += TOP_SPEED * DT
        time = 0.0
        for _ in range(40):
            time = math.hypot(x + TOP_SPEED * time - 600, y - 600) / BOLT_SPEED
        aim = round(math.atan2(y - 600, x + TOP_SPEED * time - 600) / math.tau * 4096) % 4096
        self.ground.hold(0, FIRE, aim, self.claim)
        self.fly(1)
        self.ground.hold(0, 0)


@settings(max_examples=60)
@given(st.integers(0, MOST), st.integers(80, 420))
def test_a_shot_dead_on_hits_whatever_the_delay_up_to_the_limit(behind: int, distance: int) -> None:
    field = Range(behind)
    field.ground.put(1, 90, 600 - distance)
    field.fly(25)
    field.shoot()
    assert len(field.fly(25)) == 1


def test_without_the_delay_the_same_shot_misses() -> None:
    field = Range(MOST, claim=0)
    field.ground.put(1, 90, 400)
    field.fly(25)
    field.shoot()
    assert not field.fly(25)


def test_a_hit_is_shown_where_the_bolt_met_the_ship_as_the_shooter_saw_it() -> None:
    field = Range(MOST)
    field.ground.put(1, 90, 400)
    field.fly(25)
    field.shoot()
    (hit,) = field.fly(25)
    met = min(field.track, key=lambda tick: math.dist(field.track[tick], (hit.x, hit.y)))
    assert math.dist(field.track[met], (hit.x, hit.y)) < HIT_DISTANCE + TOP_SPEED * DT
    now = field.ground.world.tick
    assert now - met > 7


def test_a_dash_is_followed_back_along_its_way() -> None:
    """The target dashes out of the bolt's way; on the shooter's screen it is still there."""
    for behind, expected in ((MOST, 1), (0, 0)):
        field = Range(behind)
        field.ground.put(1, 600, 450)
        field.fly(20, buttons=0)
        field.ground.hold(0, FIRE, 3072, behind)
        field.fly(1, buttons=0)
        field.ground.hold(0, 0)
        assert len(field.fly(25, buttons=RIGHT | DASH)) == expected


def test_a_ship_that_went_behind_a_wall_is_not_hit_through_it() -> None:
    """Where it was, it was in the open; the bolt that flies to where it is now ends at the wall."""
    field = Range(MOST, drawing=WALL)
    field.ground.put(0, middle(10), 650)
    field.ground.put(1, middle(10), middle(4))
    field.fly(20, buttons=0)
    field.ground.hold(0, FIRE, 3072, MOST)
    assert not field.fly(40, buttons=0)


def test_the_dead_are_not_hit_where_they_were() -> None:
    field = Range(MOST)
    field.ground.put(1, 600, 500)
    field.fly(20, buttons=0)
    field.ground.hold(0, FIRE, 3072, MOST)
    field.fly(1, buttons=0)
    field.ground.ships.alive[1], field.ground.ships.respawn_wait[1] = 0, 60
    assert not field.fly(20, buttons=0)


def test_nobody_is_hit_where_they_were_before_a_respawn() -> None:
    field = Range(MOST)
    field.ground.put(1, 600, 450)
    field.fly(20, buttons=0)
    field.ground.hold(0, FIRE, 3072, MOST)
    field.fly(2, buttons=0)
    field.ground.hold(0, 0)
    field.ground.ships.alive[1], field.ground.ships.respawn_wait[1] = 0, 1
    assert not field.fly(20, buttons=0)
    assert field.ground.ships.alive[1]


def test_nobody_is_hit_where_they_were_before_the_round_began() -> None:
    field = Range(MOST)
    field.ground.put(1, 600, 450)
    field.fly(20, buttons=0)
    field.ground.hold(0, FIRE, 3072, MOST)
    field.fly(1, buttons=0)
    field.ground.hold(0, 0)
    field.ground.arena.spawns.deal()
    assert not field.fly(20, buttons=0)


def test_a_new_player_is_not_hit_where_the_previous_one_of_that_seat_was() -> None:
    field = Range(MOST)
    field.ground.put(1, 600, 450)
    field.fly(20, buttons=0)
    field.ground.hold(0, FIRE, 3072, MOST)
    field.fly(1, buttons=0)
    field.ground.hold(0, 0)
    field.ground.arena.leave(1)
    field.ground.arena.join(1, Newcomer())
    assert not field.fly(20, buttons=0)


def test_bolts_of_one_tick_are_each_judged_by_their_own_shooter_s_delay() -> None:
    ground = Playground(3, playing=True)
    ground.put(2, 700, 300)
    ground.put(0, 700, 500)
    ground.put(1, 200, 200)
    ground.run(20)
    # The target leaves to the right while both bolts are under way to where it stood.
    ground.hold(0, FIRE, 3072, MOST)
    ground.hold(1, FIRE, round(math.atan2(100, 500) / math.tau * 4096), 0)
    ground.run(1)
    ground.hold(0, 0)
    ground.hold(1, 0)
    ground.hold(2, RIGHT | DASH)
    hits = [event for event in ground.run(25) if isinstance(event, Hit)]
    assert [hit.attacker for hit in hits] == [0]


@pytest.mark.parametrize("seats", [40, 70])
def test_in_a_crowd_the_same_bolts_hit_as_when_every_pair_is_looked_at(
    seats: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fight(few_pairs: int) -> list[Hit]:
        monkeypatch.setattr("game_server.games.arena.bolts._FEW_PAIRS", few_pairs)
        ground = Playground(seats, playing=True)
        for player in range(seats):
            ground.put(player, middle(1 + player % 18), middle(1 + 2 * (player // 18)))
            ground.hold(
                player,
                FIRE | (DASH if player % 3 else 0) | (1, DOWN, 4, RIGHT)[player % 4],
                player * 997 % 4096,
                player % MOST,
            )
        return [event for event in ground.run(2 * ticks_of(1, RATE)) if isinstance(event, Hit)]

    near, every = fight(0), fight(10**9)
    assert near == every
    assert len(near) > 20
