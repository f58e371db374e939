"""Checkpoints: a match that is restored goes on as the one that was cut."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from typing import Any

import msgpack
import numpy as np
import pytest
import trio
import trio.testing
from hypothesis import given, settings
from hypothesis import strategies as st

from game_server.errors import RulesError
from game_server.games.arena import Arena
from game_server.games.arena.constants import FIRE
from game_server.games.arena.tables import COUNTDOWN, PLAYING, RESULTS, WARM_UP
from game_server.protocol import KEYFRAME, Input
from game_server.simulation import (
    END_ROUND,
    START_ROUND,
    Game,
    Inputs,
    Match,
    Newcomer,
    Rules,
    Single,
    Table,
    World,
    checkpoint,
    restore,
    tick_alone,
)
from tests.journal.journal_process import KINDS
from tests.simulation.driven import drive
from tests.simulation.fake_outlet import FakeOutlet
from tests.simulation.toy_game import RIGHT, Snatched, Toy, toy

SEATS = 6
GOES_ON = 150
"""Ticks for which a match and its copy are compared: longer than a bolt flies, a countdown lasts, a death takes."""


class Played:
    """A game in the hands of people who come, go, press and order at random."""

    def __init__(self, kind: str, seed: int, *, chance: int = 0) -> None:
        make, rules = KINDS[kind]
        self.kind = kind
        self.game = make(World(seed=seed, max_players=SEATS, tick_rate=30), rules)
        self.chance = random.Random(chance)
        self.restless = chance % 2 == 0
        """Whether people come and go all the time, or hardly ever."""
        self.inputs = Inputs.none(SEATS)
        self.seated: list[int] = []

    def cut(self) -> Played:
        """A copy that goes on from a checkpoint, in the same hands."""
        copy = Played(self.kind, self.game.world.seed)
        copy.restless = self.restless
        copy.inputs, copy.seated = restore(copy.game, checkpoint(self.game, self.inputs, self.seated))
        copy.chance.setstate(self.chance.getstate())
        return copy

    def tick(self) -> list[Any]:
        """Play one tick; what can be seen of it."""
        chance, game = self.chance, self.game
        if chance.random() < (0.03 if self.restless else 0.004):
            self._come_or_go()
        if chance.random() < 0.01:
            game.order(chance.choice((START_ROUND, END_ROUND)))
        for player in self.seated:
            if chance.random() < 0.3:
                buttons = chance.getrandbits(6) | (FIRE if chance.random() < 0.7 else 0)
                self.inputs.give(player, (buttons, self._aim(player), chance.randrange(121)))
        game.world.advance()
        game.step(self.inputs)
        world = game.world
        seen = [game.phase(), game.due, game.rounds_finished]
        return [world.tick, world.hash(), [*world.events], [*world.places], *seen]

    def _aim(self, player: int) -> int:
        """At somebody, so that there are hits and deaths, or anywhere."""
        at = self.chance.choice(self.seated)
        if at == player or not isinstance(self.game, Arena):
            return self.chance.randrange(4096)
        ships = self.game.ships.rows
        turn = math.atan2(ships.y[at] - ships.y[player], ships.x[at] - ships.x[player]) / math.tau
        return round(turn * 4096) % 4096

    def _come_or_go(self) -> None:
        player = self.chance.randrange(SEATS)
        if player in self.seated:
            if self.chance.random() < 0.5:
                self.seated.remove(player)
                self.inputs.clear(player)
                self.game.leave(player)
        else:
            self.seated = sorted([*self.seated, player])
            self.game.join(player, Newcomer())


def kept_outside(game: Game) -> dict[str, Any]:
    """Everything that ``game`` and its parts hold outside the world, by path: numbers, texts and the like."""
    found: dict[str, Any] = {}
    seen: set[int] = set()

    def look(value: Any, path: str) -> None:
        if isinstance(value, np.ndarray):
            if not any(np.shares_memory(value, block) for block in blocks):
                found[path] = (value.dtype.str, value.shape, value.tobytes())
        elif isinstance(value, bool | int | float | str | bytes | None):
            found[path] = value
        elif not isinstance(value, World | Table | Single | type) and not callable(value) and id(value) not in seen:
            seen.add(id(value))
            for name, part in _parts(value):
                if name in CACHES:
                    continue
                look(part, f"{path}.{name}" if path else name)

    world = game.world
    histories = [table.history for table in world.tables.values() if table.history]
    seen.update(map(id, histories))
    blocks = [block for table in world.tables.values() for block in (*table.blocks, table.alive)]
    look(game, "")
    return found


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        yield from ((str(key), part) for key, part in value.items())
    elif isinstance(value, list | tuple | set | frozenset):
        yield from ((str(at), part) for at, part in enumerate(value))
    else:
        names = [name for kind in type(value).__mro__ for name in getattr(kind, "__slots__", ())]
        yield from ((name, getattr(value, name)) for name in names if hasattr(value, name))
        yield from getattr(value, "__dict__", {}).items()


CACHES = {"_objects", "_given"}
"""Attributes of declared games that hold what is made again from the tables when it is asked for, and the inputs of a
step, which the next one replaces before anybody reads them."""


def goes_on_alike(played: Played, ticks: int = GOES_ON) -> None:
    """Cut ``played``, and play on with both."""
    copy = played.cut()
    assert copy.game.world.hash() == played.game.world.hash()
    assert kept_outside(copy.game) == kept_outside(played.game)
    for _ in range(ticks):
        assert copy.tick() == played.tick()
    assert kept_outside(copy.game) == kept_outside(played.game)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=20)
@given(seed=st.integers(0, 2**32 - 1), chance=st.integers(0, 2**32), cut=st.integers(0, 700))
def test_a_game_that_is_cut_anywhere_goes_on_alike_to_the_bit(kind: str, seed: int, chance: int, cut: int) -> None:
    played = Played(kind, seed, chance=chance)
    for _ in range(cut):
        played.tick()
    goes_on_alike(played)


def _phase(phase: int) -> Callable[[Arena], bool]:
    return lambda arena: arena.rounds.phase == phase


def _a_bolt_meets_the_past(arena: Arena) -> bool:
    bolts = arena.bolts.table
    return bool((bolts.rows.behind[bolts.live] > 60).any())


MOMENTS: dict[str, Callable[[Arena], bool]] = {
    "in a warm-up": _phase(WARM_UP),
    "in a countdown": _phase(COUNTDOWN),
    "in a round": _phase(PLAYING),
    "in the results": _phase(RESULTS),
    "in a round that one player plays alone": lambda arena: _phase(PLAYING)(arena) and len(arena.ships) == 1,
    "in the second round": lambda arena: arena.rounds_finished == 1 and _phase(PLAYING)(arena),
    "while a bolt flies through the past": _a_bolt_meets_the_past,
    "while somebody is dead": lambda arena: bool((arena.ships.rows.alive[arena.ships.live] == 0).any()),
    "while a pick-up is away": lambda arena: len(arena.pickups.table) < arena.pickups.table.capacity,
    "while a seat is empty that was taken": lambda arena: any(arena.ships.generation[~arena.ships.alive] > 0),
    "while everybody is gone": lambda arena: arena.world.tick > 0 and not len(arena.ships),
}


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("kind", ["arena, free-for-all", "arena, teams"])
def test_an_arena_goes_on_alike_when_it_is_cut(kind: str, moment: str) -> None:
    chance = 0
    played = Played(kind, 3, chance=chance)
    while not MOMENTS[moment](played.game):  # type: ignore[arg-type]
        if played.game.world.tick == 1500:  # another try, in other hands
            chance += 1
            assert chance < 8, f"never {moment}"
            played = Played(kind, 3, chance=chance)
        played.tick()
    goes_on_alike(played)


class Forgetful(Toy):
    """Counts its steps beside its tables."""

    def __init__(self, world: World, rules: Rules = Rules()) -> None:
        super().__init__(world, rules)
        self.counts = {"steps": [0]}

    def step(self, inputs: Inputs) -> None:
        super().step(inputs)
        self.counts["steps"][0] += 1


def test_state_that_rules_keep_outside_the_world_is_found() -> None:
    game, copy = (Forgetful(World(seed=1, max_players=4, tick_rate=30)) for _ in range(2))
    game.world.advance()
    game.step(Inputs.none(4))
    restore(copy, checkpoint(game, Inputs.none(4), []))
    kept, restored = kept_outside(game), kept_outside(copy)
    assert [path for path in kept if kept[path] != restored[path]] == ["counts.steps.0"]


def test_a_checkpoint_replaces_whatever_the_game_has_played() -> None:
    kind = "arena, free-for-all"
    played, other = Played(kind, 3, chance=2), Played(kind, 3, chance=4)
    for _ in range(300):
        played.tick()
    for _ in range(451):
        other.tick()
    other.inputs, other.seated = restore(other.game, checkpoint(played.game, played.inputs, played.seated))
    other.chance.setstate(played.chance.getstate())
    for _ in range(GOES_ON):
        assert other.tick() == played.tick()


def test_what_happened_before_a_checkpoint_does_not_happen_again_after_it() -> None:
    game = toy()
    game.world.emit(Snatched(0, 1), at=(3, 4))
    restore(game, checkpoint(game, Inputs.none(4), []))
    assert (game.world.events, game.world.places) == ([], [])


def fight(players: int, ticks: int) -> Played:
    """An arena of ``players`` who all press and fire."""
    played = Played("arena, free-for-all", 3)
    played.game = Arena(World(seed=3, max_players=players, tick_rate=30))
    played.inputs = Inputs.none(players)
    for player in range(players):
        played.game.join(player, Newcomer())
    for tick in range(ticks):
        for player in range(players):
            if (tick + player) % 5 == 0:
                command = (played.chance.getrandbits(6), played.chance.randrange(4096), played.chance.randrange(121))
                played.inputs.give(player, command)
        played.game.world.advance()
        played.game.step(played.inputs)
    return played


def test_a_checkpoint_of_a_fight_of_16_has_less_than_8_kilobytes() -> None:
    played = fight(16, 300)
    assert played.game.phase() == "playing"
    assert len(checkpoint(played.game, played.inputs, range(16))) < 8000


# A match around the game


def people(match: Match, count: int) -> list[FakeOutlet]:
    outlets = [FakeOutlet() for _ in range(count)]
    for outlet in outlets:
        match.seat(outlet=outlet)
    return outlets


def arena_match() -> Match:
    return Match(Arena(World(seed=5, max_players=4, tick_rate=30)), on_message=lambda *_: None)


def test_a_starved_player_s_last_input_is_repeated_in_the_match_that_was_restored() -> None:
    match, restored = arena_match(), arena_match()
    for outlet in people(match, 3):
        outlet.say(Input(1, FIRE, 700, 40))
    for _ in range(120):
        tick_alone(match)
    restored.restore(match.checkpoint())
    for _ in range(100):
        tick_alone(match)
        tick_alone(restored)
        assert restored.world.hash() == match.world.hash()
    assert restored.inputs.used.all.tolist() == match.inputs.used.all.tolist() != Inputs.none(4).all.tolist()


async def test_a_group_drives_the_match_that_was_restored_on_from_its_tick(
    autojump_clock: trio.testing.MockClock,  # noqa: ARG001 - time is virtual
) -> None:
    match, restored = arena_match(), arena_match()
    for outlet in people(match, 3):
        outlet.say(Input(1, FIRE | RIGHT, 700, 40))
    for _ in range(50):
        tick_alone(match)
    restored.restore(match.checkpoint())
    with trio.move_on_after(2.01):
        await drive(restored)
    assert restored.world.tick == 110
    for _ in range(60):
        tick_alone(match)
    assert restored.world.hash() == match.world.hash()


def test_a_seat_that_was_taken_is_taken_in_the_match_that_was_restored() -> None:
    match, restored = arena_match(), arena_match()
    people(match, 3)
    match.unseat(1)
    tick_alone(match)
    restored.restore(match.checkpoint())
    assert list(restored.players) == [0, 2]
    assert restored.seat(outlet=FakeOutlet()).number == 1


def test_seats_may_be_taken_in_any_order() -> None:
    match, restored = arena_match(), arena_match()
    people(match, 3)
    match.unseat(0)
    people(match, 1)
    restored.restore(match.checkpoint())
    assert (list(match.players), list(restored.players)) == ([1, 2, 0], [0, 1, 2])


def test_a_person_gets_the_seat_back_with_a_keyframe_and_plays_on() -> None:
    match, restored = arena_match(), arena_match()
    people(match, 2)
    for _ in range(10):
        tick_alone(match)
    restored.restore(match.checkpoint())
    back = FakeOutlet()
    restored.attach(1, back)
    back.say(Input(11, RIGHT, 9, 0))
    tick_alone(restored)
    snapshot = back.snapshots()[0]
    assert (snapshot.tick, snapshot.ack, snapshot.kind) == (11, 11, KEYFRAME)


def test_an_idle_match_that_stood_still_moves_on_once_it_is_restored() -> None:
    match, restored = arena_match(), arena_match()
    restored.idle = True
    for _ in range(5):
        tick_alone(restored)
    people(match, 2)
    tick_alone(match)
    ends = match.world.tables[5].row(0)["ends"]
    while match.world.tick < ends - 1:
        tick_alone(match)
    restored.restore(match.checkpoint())
    tick_alone(restored)
    assert restored.game.phase() == "playing"


def test_a_bot_plays_a_seat_on_in_the_match_that_was_restored() -> None:
    match, restored = arena_match(), arena_match()
    people(match, 2)
    tick_alone(match)
    restored.restore(match.checkpoint())
    setup = restored.game.setup()
    restored.detach(0, lambda number: Arena.brain(setup, number, 30, "hard", 1))
    for _ in range(30):
        tick_alone(restored)
    assert restored.inputs.used.all[:, 0].any()


def test_a_match_in_which_somebody_has_a_seat_is_not_restored() -> None:
    match, restored = arena_match(), arena_match()
    people(restored, 1)
    before = restored.world.hash()
    with pytest.raises(RulesError, match="match arena cannot be restored: 1 seats are taken in it"):
        restored.restore(match.checkpoint())
    assert restored.world.hash() == before


# Bad bytes

MADE_FROM: dict[str, Callable[[], Game]] = {
    "its game is 'toy', here it is 'arena'": lambda: Arena(World(seed=1, max_players=4, tick_rate=30)),
    "its seed is 1, here it is 2": lambda: toy(seed=2),
    "its number of seats is 4, here it is 5": lambda: toy(max_players=5),
    "its tick rate is 30, here it is 60": lambda: toy(tick_rate=60),
    "its option generous is False, here it is True": lambda: Toy(
        World(seed=1, max_players=4, tick_rate=30), Rules(chosen={"generous": True})
    ),
}


def busy_toy() -> Toy:
    game = toy()
    for player in (0, 2, 3):
        game.join(player, Newcomer())
    for _ in range(20):
        game.world.advance()
        game.step(Inputs.none(4))
    return game


def refused(game: Game, data: bytes, match: str) -> None:
    before, kept = game.world.hash(), kept_outside(game)
    with pytest.raises(RulesError, match=f"not a checkpoint of this match: .*{match}"):
        restore(game, data)
    assert (game.world.hash(), kept_outside(game)) == (before, kept)


@pytest.mark.parametrize("text", MADE_FROM)
def test_a_checkpoint_of_a_game_made_otherwise_is_refused(text: str) -> None:
    refused(MADE_FROM[text](), checkpoint(busy_toy(), Inputs.none(4), []), text)


def test_a_checkpoint_cut_short_anywhere_is_refused() -> None:
    data = checkpoint(busy_toy(), Inputs.none(4), [0, 2, 3])
    for length in range(len(data)):
        refused(busy_toy(), data[:length], "")


@given(st.binary(max_size=80))
def test_any_bytes_are_refused(data: bytes) -> None:
    refused(toy(), data, "")


JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(),
    st.text(max_size=5),
    st.binary(max_size=60),
    st.lists(st.integers(-1, 70000), max_size=5),
    st.dictionaries(st.text(max_size=3), st.integers(0, 3), max_size=2),
)


def with_junk(value: Any, path: list[int], junk: Any) -> Any:
    """``value`` with ``junk`` at the end of ``path``, as far as the path goes."""
    if not path or not isinstance(value, list) or not value:
        return junk
    at = path[0] % len(value)
    return [with_junk(part, path[1:], junk) if number == at else part for number, part in enumerate(value)]


@settings(max_examples=300)
@given(st.lists(st.integers(0, 40), max_size=3), JUNK)
def test_what_is_damaged_is_refused_or_restored_whole(path: list[int], junk: Any) -> None:
    game, target = busy_toy(), toy()
    data = msgpack.packb(with_junk(msgpack.unpackb(checkpoint(game, Inputs.none(4), [0, 2, 3])), path, junk))
    before = target.world.hash()
    try:
        inputs, seats = restore(target, data)
    except RulesError:
        assert target.world.hash() == before
    else:
        assert seats == sorted(set(seats))
        assert msgpack.unpackb(checkpoint(target, inputs, seats)) == msgpack.unpackb(data)


@pytest.mark.parametrize(
    ("damage", "text"),
    [
        (lambda packed: packed.__setitem__(0, 2), "its format is 2; this version reads 1"),
        (lambda packed: packed.__setitem__(2, 2**32), "its tick 4294967296 is not from 0 to 4294967295"),
        (lambda packed: packed.__setitem__(2, 7.0), r"its tick 7\.0 is not from 0 to 4294967295"),
        (lambda packed: packed.__setitem__(4, [True]), "its seat True is not from 0 to 3"),
        (lambda packed: packed.__setitem__(3, -1), "its random state -1 is not from 0 to"),
        (lambda packed: packed.__setitem__(4, [0, 4]), "its seat 4 is not from 0 to 3"),
        (lambda packed: packed.__setitem__(4, [2, 0]), r"its seats \(2, 0\) are no list in ascending order"),
        (lambda packed: packed[6].pop(), "it has other tables than runner, prize"),
        (lambda packed: packed[6][0].__setitem__(0, 2), "it has other tables than runner, prize"),
        (lambda packed: packed[6][1].__setitem__(1, 5), "the columns of table 'prize' are others"),
        (lambda packed: packed[6][0].__setitem__(2, b"abc"), "3 bytes of table 'runner' are too few"),
        (lambda packed: packed[6][0].__setitem__(2, packed[6][0][2] + b"a"), "bytes of table 'runner' are not 3 rows"),
        (lambda packed: packed[6][0].__setitem__(2, b"\4" + packed[6][0][2][1:]), "rows of table 'runner' are out of"),
    ],
)
def test_a_damaged_checkpoint_is_refused_with_what_is_wrong(damage: Callable[[Any], Any], text: str) -> None:
    packed = msgpack.unpackb(checkpoint(busy_toy(), Inputs.none(4), [0, 2, 3]))
    damage(packed)
    refused(toy(), msgpack.packb(packed), text)


@pytest.mark.parametrize("ids", [[0, 2, 4], [0, 0, 2], [2, 0, 3]])
def test_ids_out_of_range_or_order_are_refused(ids: list[int]) -> None:
    packed = msgpack.unpackb(checkpoint(busy_toy(), Inputs.none(4), []))
    content = packed[6][0][2]
    packed[6][0][2] = content[:8] + np.array(ids, "<u2").tobytes() + content[14:]
    refused(toy(), msgpack.packb(packed), "rows of table 'runner' are out of range 0 to 3, or out of order")
