from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from game_server.games.arena import Arena
from game_server.games.arena.tables import PLAYING
from game_server.protocol import KEEPALIVE_SECONDS, Input
from game_server.simulation import (
    END_ROUND,
    NEVER,
    START_ROUND,
    Brain,
    Column,
    CommandForm,
    Event,
    Game,
    Inputs,
    Match,
    Newcomer,
    WholeValue,
    World,
    tick_alone,
    whole,
)
from game_server.simulation.match.stillness import Stillness
from tests.journal.journal_process import KINDS, Kept, hashes_of
from tests.simulation.fake_outlet import FakeOutlet

SEATS = 4


class Counted:
    """An idle match with a journal, the hash of each of its ticks, and the ticks whose steps were made."""

    def __init__(self, kind: str) -> None:
        self._make, rules = KINDS[kind]
        self.made: list[int] = []
        self.hashes: list[str] = []
        self.outlets: dict[int, FakeOutlet] = {}
        self.match = Match(
            self._make(World(seed=5, max_players=SEATS, tick_rate=30), rules), on_message=lambda *_: None
        )
        self._kind, self._journal = kind, Kept(self.match)
        self.world, self.game = self.match.world, self.match.game
        self.match.idle = True
        step = self.game.step

        def count(inputs: Inputs) -> None:
            self.made.append(self.world.tick)
            step(inputs)

        object.__setattr__(self.game, "step", count)  # games of declarations let nobody set anything else

    def seat(self, *, bot: bool = False) -> None:
        if bot:
            setup = self.game.setup()
            self.match.seat(brain_for=lambda number: self.game.brain(setup, number, 30, "normal", 1))
        else:
            outlet = FakeOutlet()
            self.outlets[self.match.seat(outlet=outlet).number] = outlet

    def unseat(self) -> None:
        number, _ = self.outlets.popitem()
        self.match.unseat(number)

    def press(self, buttons: int, aim: int = 0, behind: int = 0) -> None:
        for outlet in self.outlets.values():
            outlet.say(Input(self.world.tick + 1, buttons, aim, behind))

    def tick(self, ticks: int = 1, *, hashed: bool = False) -> None:
        for _ in range(ticks):
            tick_alone(self.match)
            if hashed:
                self.hashes.append(self.world.hash())

    @property
    def replayed(self) -> list[str]:
        """The hashes when every step is made."""
        return hashes_of(self._kind, self._journal.data, self.world.tick)


@attrs.define
class Row:
    value: Column = whole(0, 255)


class Beep(Event):
    code = 16
    name = "beep"


class Trap(Game):
    """A game that promises that time alone changes nothing, and whose step is ``act``."""

    name = "trap"

    def __init__(self, act: Callable[[Trap, Inputs], object]) -> None:
        super().__init__(World(seed=1, max_players=2, tick_rate=30))
        self.owned = self.world.table(1, "row", Row, 2)
        self.row = self.owned.rows
        self.owned.add()
        self.memory = 0
        self._act = act

    @property
    def due(self) -> int:
        return NEVER

    def step(self, inputs: Inputs) -> None:
        self._act(self, inputs)

    def setup(self) -> dict[str, Any]:
        return {}

    def join(self, player: int, newcomer: Newcomer) -> None: ...

    def leave(self, player: int) -> None: ...

    def phase(self) -> str:
        return "playing"

    @classmethod
    def brain(cls, setup: dict[str, Any], player: int, tick_rate: int, skill: str, seed: int) -> Brain:
        raise NotImplementedError


def remember(game: Trap, inputs: Inputs) -> None:
    """Change the row one tick after a press: the rules know the buttons of the tick before."""
    game.row.value[0] = game.memory
    game.memory = int(inputs.buttons[0])


STEPS: dict[str, Callable[[Trap, Inputs], object]] = {
    "a row changes": lambda game, _: game.row.value.__iadd__(1),
    "a hidden choice is made": lambda game, _: game.world.random.random(),
    "an event is emitted": lambda game, _: game.world.emit(Beep()),
    "a row comes and goes": lambda game, _: game.owned.remove(game.owned.add()),
}


@pytest.mark.parametrize("what", STEPS)
def test_steps_that_change_anything_are_not_left_out(what: str) -> None:
    game = Trap(STEPS[what])
    stillness, inputs = Stillness(game), Inputs.none(2)
    for _ in range(5):
        assert not stillness.covers(inputs)
        game.world.advance()
        game.step(inputs)
        stillness.look(inputs)
    assert not stillness.covers(inputs)


def test_the_step_after_one_with_new_inputs_is_made_since_it_may_depend_on_both() -> None:
    game, inputs = Trap(remember), Inputs.none(2)
    stillness = Stillness(game)
    for buttons, covered in [(0, False), (0, True), (1, False), (1, False), (1, True)]:
        inputs.buttons[0] = buttons
        game.world.advance()
        game.step(inputs)
        stillness.look(inputs)
        assert stillness.covers(inputs) is covered


def test_what_happened_while_a_match_was_not_idle_is_not_overlooked() -> None:
    flips = Trap(lambda game, _: game.row.value.__ixor__(1))
    match = Match(flips, on_message=lambda *_: None)
    values = []
    for idle in (True, False, True, True, True):
        match.idle = idle
        tick_alone(match)
        values.append(int(flips.row.value[0]))
    assert values == [1, 0, 1, 0, 1]


def playing() -> Counted:
    """An arena of two people in the middle of a round, in which nothing happens any more."""
    idle = Counted("arena, free-for-all")
    idle.seat()
    idle.seat()
    idle.tick(600)
    assert isinstance(idle.game, Arena)
    assert idle.game.rounds.phase == PLAYING
    return idle


moves = st.one_of(
    st.tuples(st.just("tick"), st.integers(1, 400)),
    st.tuples(st.just("press"), st.integers(0, 63), st.integers(0, 4095), st.integers(0, 160)),
    st.tuples(st.just("seat")),
    st.tuples(st.just("bot")),
    st.tuples(st.just("unseat")),
    st.tuples(st.just("order"), st.sampled_from((START_ROUND, END_ROUND))),
    st.tuples(st.just("wake"), st.booleans()),
)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=25)
@given(script=st.lists(moves, max_size=25))
def test_a_match_is_the_same_at_each_tick_whether_steps_are_left_out(kind: str, script: list[tuple[Any, ...]]) -> None:
    idle = Counted(kind)
    idle.seat()
    for do, *how in script:
        match do:
            case "tick":
                idle.tick(*how, hashed=True)
            case "press":
                idle.press(*how)
                idle.tick(hashed=True)
            case "seat" | "bot" if len(idle.match.players) < SEATS:
                idle.seat(bot=do == "bot")
            case "unseat" if idle.outlets:
                idle.unseat()
            case "order":
                idle.match.order(*how)
            case "wake":
                idle.match.idle = not how[0]
    idle.tick(hashed=True)
    assert idle.replayed == idle.hashes


def test_while_nothing_happens_in_a_round_hardly_a_step_is_made() -> None:
    idle = playing()
    idle.made.clear()
    idle.tick(3000)
    assert idle.made == []


def test_a_round_ends_at_its_tick_although_the_steps_before_it_are_left_out() -> None:
    idle = playing()
    assert isinstance(idle.game, Arena)
    ends = int(idle.game.rounds.round.ends)
    idle.made.clear()
    idle.tick(ends - idle.world.tick + 5)
    assert idle.made == [ends, ends + 1, ends + 2, ends + 3, ends + 4, ends + 5]


ACTS: dict[str, Callable[[Counted], object]] = {
    "press": lambda idle: idle.press(1),
    "aim": lambda idle: idle.press(0, aim=800),
    "join": lambda idle: idle.seat(),
    "leave": lambda idle: idle.unseat(),
    "order": lambda idle: idle.match.order(END_ROUND),
}


@pytest.mark.parametrize("what", ACTS)
def test_the_next_step_is_made_as_soon_as_anybody_does_anything(what: str) -> None:
    idle = playing()
    idle.made.clear()
    ACTS[what](idle)
    idle.tick()
    assert idle.made == [idle.world.tick]


def test_how_far_behind_somebody_is_who_presses_nothing_counts_for_nothing() -> None:
    idle = playing()
    idle.made.clear()
    for _ in range(50):
        idle.press(0, behind=random.Random(idle.world.tick).randrange(160))
        idle.tick()
    assert idle.made == []


def test_keepalives_come_whether_steps_are_made_or_not() -> None:
    idle = playing()
    for outlet in idle.outlets.values():
        outlet.sent.clear()
    idle.tick(2 * KEEPALIVE_SECONDS * idle.match.world.tick_rate)
    first, second = (snapshot.tick for snapshot in idle.outlets[0].snapshots())
    assert second - first == KEEPALIVE_SECONDS * idle.match.world.tick_rate


def test_steps_of_a_game_that_promises_nothing_are_always_made() -> None:
    idle = Counted("toy")
    idle.seat()
    idle.tick(100)
    assert len(idle.made) == 100


def test_in_a_match_that_is_not_idle_every_step_is_made() -> None:
    idle = playing()
    idle.match.idle = False
    idle.made.clear()
    idle.tick(50)
    assert len(idle.made) == 50


def test_a_game_that_promises_nothing_is_not_compared_as_that_would_be_of_no_use(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    idle = Counted("toy")
    idle.seat()
    compared: list[object] = []
    monkeypatch.setattr("game_server.simulation.match.stillness._state", compared.append)
    idle.tick(10)
    assert compared == []


class Asked(Trap):
    """One that writes down what it is asked for, and in the next step makes it larger."""

    name = "asked"
    commands = (CommandForm("write", (WholeValue("value", 0, 9),)),)

    def command(self, player: int, number: int, values: tuple[int | str, ...]) -> None:  # noqa: ARG002
        [self.row.value[0]] = values


def double(game: Trap, _inputs: Inputs) -> None:
    """Double a value that is not large yet."""
    game.row.value[0] = game.row.value[0] * 2 if game.row.value[0] < 5 else game.row.value[0]


def test_the_step_after_a_command_is_made_although_nothing_is_pressed() -> None:
    game = Asked(double)
    match = Match(game, on_message=lambda _number, _message: None)
    match.seat()
    match.idle = True
    for _ in range(4):
        tick_alone(match)
    match.command(0, 0, [3])
    tick_alone(match)
    assert game.row.value[0] == 6
