"""Games of declarations: what the engine gets of them, and what it refuses."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from game_server.author import (
    Aim,
    Bot,
    Button,
    Command,
    Entity,
    Event,
    Game,
    Inputs,
    Pointer,
    Rounds,
    Single,
    Stick,
    Wheel,
    count,
    flag,
    place,
)
from game_server.author import player as seat
from game_server.authoring.game import TURNS_IDLE
from game_server.errors import RulesError
from game_server.simulation import END_ROUND, START_ROUND, Match, Newcomer, Rules, View, World, checkpoint
from tests.authoring.coins import Coins, match, play


def phases(game: Game, ticks: int) -> list[str]:
    seen = [game.phase()]
    for _ in range(ticks):
        play(game, 1)
        if game.phase() != seen[-1]:
            seen.append(game.phase())
    return seen


def test_a_game_is_called_by_its_class() -> None:
    assert (Coins.name, [event.name for event in Coins.event_types]) == ("coins", ["taken", "cheer"])


def test_a_round_that_ends_with_nobody_there_has_no_results_and_does_not_count() -> None:
    class Last(Coins):
        def tick(self) -> None:
            if not len(self.players):
                self.end_round()

    game = match(Last)
    play(game, 11)
    assert game.phase() == "playing"
    for player in range(2):
        game.leave(player)
    play(game, 1)
    assert game.phase() == "warm-up"
    play(game, 50)
    assert game.rounds_finished == 0


def test_rounds_go_from_warm_up_to_results_and_on() -> None:
    game = match()
    assert phases(game, 100) == ["warm-up", "countdown", "playing", "results", "countdown", "playing"]
    assert game.rounds_finished == 1


def test_a_round_waits_for_enough_players_and_ends_without_them() -> None:
    game = match(players=1)
    assert phases(game, 30) == ["warm-up"]
    game.join(1, Newcomer())
    play(game, 20)
    game.leave(1)
    play(game, 1)
    assert game.phase() == "warm-up"


def test_the_host_starts_a_round_alone_and_ends_it() -> None:
    game = match(players=1)
    assert game.order(START_ROUND)
    assert phases(game, 12) == ["countdown", "playing"]
    assert game.order(END_ROUND)
    assert (game.phase(), game.order(END_ROUND)) == ("results", False)


def test_the_first_total_decides_and_a_tie_does_not() -> None:
    game = match()
    play(game, 15)
    for points, winners in (((3, 0), (0,)), ((3, 3), ()), ((0, 0), ())):
        game.order(START_ROUND)
        play(game, 12)
        for player, count_ in zip(game.players, points, strict=True):
            player.coins = count_
        assert game.winners is None
        game.order(END_ROUND)
        assert game.winners == winners


def test_rules_name_a_winner() -> None:
    game = match()
    play(game, 15)
    game.end_round(winner=game.players[1])
    assert game.winners == (1,)
    game.leave(1)
    assert not game.winners


def test_totals_begin_at_zero_with_each_round() -> None:
    game = match()
    game.players[0].coins = 5
    play(game, 1)
    assert game.score_of(0) == 0


def test_tick_runs_only_while_a_round_is_played() -> None:
    game: Any = match()
    game.players[0].place(100, 100)
    play(game, 5)
    assert len(game.coins) == 1
    play(game, 10)
    assert (len(game.coins), game.purse.paid, game.players[0].coins) == (0, 3, 3)


def test_events_hold_the_seats_of_players() -> None:
    game: Any = match()
    play(game, 1)
    game.emit(game.Taken(game.players[1], 4), at=(1, 2))
    game.leave(1)
    play(game, 1)
    assert [event.to_wire() for event in game.world.events] == [[16, 1, 4], [17, "1 had 0"]]
    assert game.world.places == [(1, 2), None]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (("Ada", 3), "Taken.player is 'Ada'; it is declared as Player"),
        ((None, 3), "is None"),
        ((3, 3), "is 3"),
        (
            (Coins.Player({}, 0), 2**70),
            "Taken.worth is 1180591620717411303424; it is declared as int, and is whole and within 2\\^53",
        ),
        ((Coins.Player({}, 0), float("inf")), "Taken.worth is inf"),
    ],
)
def test_events_with_something_else_are_refused(values: Any, words: str) -> None:
    game: Any = match()
    with pytest.raises(RulesError, match=words):
        game.Taken(*values)


def test_the_own_row_has_exactly_what_is_predicted_and_what_owners_see() -> None:
    own = [spec.name for spec in match().owned.specs if spec.owner]
    assert own == ["x", "y", "tired", "level", "quick", "placed"]


def test_state_outside_of_fields_is_refused_during_the_match() -> None:
    class Forgetful(Coins):
        def __init__(self, *given: Any) -> None:
            super().__init__(*given)
            self.map = (1, 2)  # derived from the options: allowed

        def tick(self) -> None:
            self.counted = 3

    game = match(Forgetful)
    with pytest.raises(RulesError, match=r"class State\(Single\): counted = count\(0, 100\), and self.state.counted"):
        play(game, 15)


def test_declarations_that_cannot_be_are_refused() -> None:
    with pytest.raises(RulesError, match=r"Nobody has no players' entity: class Player\(Entity\)"):

        class Nobody(Game):
            pass

    with pytest.raises(RulesError, match="declares Player twice"):

        class Twice(Game):
            class Player(Entity):
                a = flag()

            class Player(Entity):  # type: ignore[no-redef]  # noqa: F811
                b = flag()

    with pytest.raises(RulesError, match=r"has entities with a place, but no size; write size = \(1280, 720\)"):

        class Nowhere(Game):
            class Player(Entity):
                x = place(0, 10)
                y = place(0, 10)

    with pytest.raises(RulesError, match="Player has 17 fields that everybody sees"):

        class Wide(Game):
            Player = type("Player", (Entity,), {f"f{number}": flag() for number in range(17)})

    with pytest.raises(RulesError, match="'hurry' is not known"):

        class Rash(Coins):
            def predicted(me, input, dt):  # type: ignore[no-untyped-def]  # noqa: N805
                me.x = input.move_x * dt * hurry  # type: ignore[name-defined]  # noqa: F821

    with pytest.raises(RulesError, match=r"Said.to is annotated with 'list\[int\]'; a field is int, str, or one of"):

        class Chatty(Coins):
            class Said(Event):
                to: list[int]

    with pytest.raises(RulesError, match=r"Said.line = '\{whom\}' is not to be filled in"):

        class Said(Event):
            who: int
            line = "{whom}"


def test_a_match_goes_on_from_a_checkpoint_as_it_would_have() -> None:
    matches = [Match(match(players=0), on_message=lambda _number, _message: None) for _ in range(2)]
    first, second = matches
    for _ in range(2):
        first.seat()
    play(first.game, 14, move=(1, 0), dash=True)  # type: ignore[arg-type]
    second.restore(checkpoint(first.game, first.inputs.used, first.players))
    for each in matches:
        play(each.game, 40, move=(1, 1))  # type: ignore[arg-type]
    assert first.world.hash() == second.world.hash()


def test_other_hash_seeds_give_the_same_world() -> None:
    program = (
        "from tests.authoring.coins import *; game = match(); play(game, 200, move=(1, 0)); print(game.world.hash())"
    )
    hashes = {
        subprocess.run(
            [sys.executable, "-c", program], check=True, capture_output=True, timeout=60, env={"PYTHONHASHSEED": seed}
        ).stdout
        for seed in ("1", "2")
    }
    assert len(hashes) == 1


def test_a_game_without_places_inputs_or_rounds_is_playable() -> None:
    class Quiz(Game):
        class Player(Entity):
            answer = count(0, 3, seen_by="nobody")

    game = match(Quiz)
    play(game, 3)
    assert (game.phase(), Quiz.rules_script, game.owned.is_shown) == ("playing", "", True)
    assert "world" not in game.setup()
    assert [spec.name for spec in game.owned.specs if spec.owner] == ["here"]


def test_rules_ask_for_the_options_of_the_host() -> None:
    rich: Any = Coins(World(seed=1, max_players=2, tick_rate=10), Rules(chosen={"rich": True}))
    assert [coin.worth for coin in rich.coins] == [9]
    with pytest.raises(RulesError, match="Coins has no option 'poor'; it declares rich"):
        rich.option("poor")


def test_setup_says_what_the_page_needs() -> None:
    assert match().setup() == {
        "declared": 1,
        "world": [640, 360],
        "entities": {
            "player": {
                "plural": "players",
                "smooth": ["x", "y"],
                "flags": ["quick"],
                "players": [],
                "owned": 1,
                "single": 0,
            },
            "coin": {"plural": "coins", "smooth": ["x", "y"], "flags": [], "players": [], "owned": 0, "single": 0},
            "purse": {"plural": "purse", "smooth": [], "flags": [], "players": [], "owned": 0, "single": 1},
        },
        "events": {
            "taken": {"line": "{player} has {worth}", "players": ["player"]},
            "cheer": {"line": "", "players": []},
        },
        "inputs": [
            ["move", "stick", {"up": 1, "down": 2, "left": 4, "right": 8}],
            ["dash", "button", 16, "Dash", ["Space", "Mouse2"]],
            ["aim", "aim", 16],
        ],
        "commands": [["pay", ["coins", "why"], [(1, 100), (10,)]]],
        "standings": [["coins", "Coins"]],
        "rounds": 1,
    }


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({f"b{number}": Button() for number in range(33)}, "33 bits, and 32 fit on the wire: b0 1, b1 1"),
        ({"at": Pointer(), "aim": Aim()}, "34 bits, and 32 fit on the wire: at 22, aim 12"),
        ({"left": Stick(), "right": Stick()}, r"left and right are both Stick\(\); a player has one of them"),
        ({"zoom": Wheel(0)}, r"zoom=Wheel\(0\); it goes up to 1 at least, 255 at most"),
        ({"zoom": Wheel(3, less=("a", "b", "c"))}, "zoom has 3 keys; a button has up to two"),
        ({"zoom": Wheel(3, more="Wheelup")}, "zoom: there is no key 'Wheelup'"),
        ({"jump": Button("Spaec")}, 'jump: there is no key \'Spaec\'; write "Space", "KeyE" or "Mouse0", say'),
        ({"jump": Button(("Space", "e"))}, "jump: there is no key 'e'"),
        ({"jump": "Space"}, r"jump='Space'; an input is a Stick\(\)"),
        ({"jump": Button(("a", "b", "c"))}, "jump has 3 keys; a button has up to two"),
    ],
)
def test_inputs_that_do_not_fit_are_refused(inputs: Any, words: str) -> None:
    with pytest.raises(RulesError, match=words):
        Inputs(**inputs)


def test_a_stick_has_eight_directions() -> None:
    inputs = Inputs(move=Stick())
    for direction, bits in (((1, 0.1), 8), ((1, 1), 10), ((-3, -0.1), 4), ((0, -1), 1), ((0, 0), 0)):
        assert inputs.pack({"move": direction}) == (bits, 0)
    with pytest.raises(RulesError, match="there is no input 'fly'; there is move"):
        inputs.pack({"fly": True})


def test_a_stick_that_can_be_pushed_a_little_is_so_in_31_steps_and_never_beyond_1() -> None:
    inputs = Inputs(move=Stick(analogue=True))
    for pushed, seen in (
        ((0.5, -0.25), (8 / 15, -4 / 15)),
        ((-1, 0), (-1, 0)),
        ((3, 4), (0.6, 0.8)),
        ((0.01, 0), (0, 0)),
    ):
        made = inputs.read(*inputs.pack({"move": pushed}))
        assert (made.move_x, made.move_y) == pytest.approx(seen)
    assert inputs.read(0, 0).move_x == 0


def test_a_pointer_is_on_the_field_and_a_wheel_has_an_end() -> None:
    inputs = Inputs(draw=Button(), at=Pointer(), wide=Wheel(5)).on_field((1280, 720))
    made = inputs.read(*inputs.pack({"draw": True, "at": (640, 719), "wide": 4}))
    assert (made.draw, made.wide) == (True, 4)
    assert (made.at_x, made.at_y) == (pytest.approx(640, abs=0.32), pytest.approx(719, abs=0.2))
    corner = inputs.read(*inputs.pack({"at": (5000, -3)}))
    assert (corner.at_x, corner.at_y) == (1280, 0)
    assert inputs.read(2**16 - 1, 2**16 - 1).wide == 5, "a client may send what it likes"
    with pytest.raises(RulesError, match="wide is 6; a wheel is at a whole number from 0 to 5"):
        inputs.pack({"wide": 6})
    with pytest.raises(RulesError, match=r"at is 7; a pointer is at \(x, y\), two numbers in world units"):
        inputs.pack({"at": 7})


def test_a_pointer_needs_a_field() -> None:
    with pytest.raises(RulesError, match=r"at=Pointer\(\) needs a field; write size = \(1280, 720\)"):

        class Blind(Game):
            inputs = Inputs(at=Pointer())

            class Player(Entity):
                score = count(0, 3)


def test_rounds_need_lengths() -> None:
    with pytest.raises(RulesError, match=r"Rounds\(play=0\): it is seconds"):
        Rounds(play=0)


def test_what_is_no_event_of_the_game_is_not_emitted() -> None:
    with pytest.raises(RulesError, match=r"Coins.emit\('hello'\): it is no event of this game, which has Taken, Cheer"):
        match().emit("hello")  # type: ignore[arg-type]


def test_a_text_of_an_event_has_an_end() -> None:
    class Talk(Game):
        class Player(Entity):
            score = count(0, 3)

        class Said(Event):
            words: str

    assert Talk.Said("x" * 1000).words == "x" * 1000  # type: ignore[call-arg]
    with pytest.raises(RulesError, match=r"Said\.words has 5000 characters; a text of an event has up to 1000: send"):
        Talk.Said("x" * 5000)  # type: ignore[call-arg]


def test_state_outside_of_fields_is_refused_in_started_too() -> None:
    class Forgetful(Coins):
        def started(self) -> None:
            self.counted = 3

    with pytest.raises(RulesError, match=r"Forgetful\.counted is set during the match"):
        match(Forgetful)


def test_a_field_that_is_not_there_is_an_error_with_those_that_are() -> None:
    game: Any = match()
    with pytest.raises(AttributeError, match="Player has no field 'goals'; it has x, y, tired"):
        print(game.players[0].goals)


def test_a_rule_with_self_is_refused_with_what_is_wrong() -> None:
    with pytest.raises(RulesError, match="it has 4 parameters, and is called with 3; it takes no self"):

        class Method(Game):
            class Player(Entity):
                n = count(0, 9)

            def predicted(self, me, input, dt):  # type: ignore[no-untyped-def]  # noqa: ARG002
                me.n = 1


@pytest.mark.parametrize(
    ("pressed", "words"),
    [
        ("left", "Odd.think returns 'left'; it returns what is pressed"),
        ({"move": 3}, r"Odd.think: move is 3; a stick is pushed to \(x, y\)"),
        ({"move": (float("nan"), "x")}, r"Odd.think: move is \(nan, 'x'\)"),
        ({"aim": "up"}, "Odd.think: aim is 'up'; an aim is in 4096ths of a turn"),
        ({"jump": True}, "Odd.think: there is no input 'jump'; there is move, dash, aim"),
    ],
)
def test_a_bot_that_presses_what_cannot_be_is_refused(pressed: Any, words: str) -> None:
    class Odd(Bot):
        def think(self, me: Any, seen: Any) -> Any:  # noqa: ARG002 - as bots are called
            return pressed

    with pytest.raises(RulesError, match=words):
        bot_decides(Odd)


def test_a_bot_sees_a_single_as_its_row() -> None:
    seen_paid: list[int] = []

    class Banker(Bot):
        def think(self, me: Any, seen: Any) -> Any:  # noqa: ARG002 - as bots are called
            seen_paid.append(seen.purse.paid)

    bot_decides(Banker)
    assert seen_paid == [0]


def bot_decides(bot: type[Bot]) -> None:
    """Let a bot of a match of `Coins` decide once."""

    class Played(Coins):
        pass

    Played.bot_class, bot.game = bot, Played
    game: Any = match(Played)
    brain = Played.brain(game.setup(), 0, 10, "normal", 1)
    row = {spec.name: 0.0 for spec in game.owned.specs}
    brain.decide(View(0, 1, {}, {"player": {0: row}, "purse": {0: {"paid": 0}}}))


@pytest.mark.parametrize(
    "name", ["setup", "best", "order", "phase", "join", "step", "commands", "now", "option", "emit"]
)
def test_a_name_that_the_engine_has_is_refused_in_the_class_of_a_game(name: str) -> None:
    with pytest.raises(RulesError, match=rf"^Taken.{name} would take the place of what the engine calls so; rename it"):
        type("Taken", (Coins,), {name: lambda _self: None})


@pytest.mark.parametrize(
    ("method", "written", "words"),
    [
        ("joined", lambda _self, _player: None, "write def joined(self, player, who):"),
        ("left", lambda _self: None, "write def left(self, player):"),
        ("tick", lambda _self, _dt: None, "write def tick(self):"),
        ("started", None, "write def started(self):"),
        ("may_write", lambda _self, _player: True, "write def may_write(self, player, words):"),
    ],
)
def test_a_method_that_the_engine_cannot_call_is_refused_in_the_class(method: str, written: Any, words: str) -> None:
    with pytest.raises(RulesError, match=re.escape(words)):
        type("Odd", (Coins,), {method: written})


def test_rules_know_who_joins() -> None:
    came = []

    class Welcoming(Coins):
        def joined(self, player: Any, who: Any) -> None:
            came.append((player, who, player in self.players))

    game: Any = match(Welcoming, players=0)
    ada = Newcomer("Ada")
    game.join(1, ada)
    assert came == [(game.players[1], ada, True)]


def test_rules_say_whose_lines_of_the_chat_the_others_may_see() -> None:
    class Quiet(Coins):
        def may_write(self, player: Any, words: str) -> Any:
            return player.coins or words == "please"

    game: Any = match(Quiet)
    game.players[1].coins = 3
    asked = [(0, "hello"), (0, "please"), (1, "hello")]
    assert [game.allows_line(*line) for line in asked] == [False, True, True]
    assert match().allows_line(0, "hello")


@pytest.mark.parametrize("name", ["Left", "Tick", "Join"])
def test_a_command_that_is_called_as_a_method_of_each_game_is_refused(name: str) -> None:
    with pytest.raises(RulesError, match=rf"{name.lower()} would take the place"):
        type("Taken", (Coins,), {name: type(name, (Command,), {}), name.lower(): lambda _self, _player: None})


@pytest.mark.parametrize(
    "key", ["KeyQ", "Digit0", "F1", "F24", "ControlRight", "NumpadAdd", "Mouse4", "Pad15", "IntlRo"]
)
def test_a_key_that_there_is_may_be_the_one_of_a_button(key: str) -> None:
    Inputs(jump=Button(key))


def test_people_may_wait_for_their_turns_in_a_game_without_inputs() -> None:
    class Chess(Game):
        class Player(Entity):
            moved = flag()

    class Blitz(Chess):
        may_idle = 20

    assert (Chess.may_idle, Blitz.may_idle, Coins.may_idle) == (TURNS_IDLE, 20, None)


@pytest.mark.parametrize("name", ["World", "Rules", "Chance", "Phase"])
def test_a_single_row_that_is_called_as_an_attribute_of_each_game_is_refused(name: str) -> None:
    with pytest.raises(RulesError, match=f"{name}: self.{name.lower()} is taken"):
        type("Taken", (Coins,), {name: type(name, (Single,), {"n": count(0, 9)})})


def test_seconds_are_the_nearest_number_of_ticks_and_one_at_least() -> None:
    game = match()
    assert [game.ticks(seconds) for seconds in (0, 0.04, 0.1, 0.24, 0.26, 3)] == [1, 1, 1, 2, 3, 30]


def test_tables_are_numbered_as_they_are_declared_the_round_first() -> None:
    assert {table.name: number for number, table in match().world.tables.items()} == {
        "round": 0, "player": 1, "coin": 2, "purse": 3,
    }  # fmt: skip


def test_events_go_to_whom_they_are_for_between_two_ticks_as_in_one() -> None:
    class Whispering(Coins):
        def tick(self) -> None:
            several: list[Any] = [None, self.players[0], self.players, []]
            for to in several:
                self.emit(self.Cheer("in"), to=to)  # type: ignore[call-arg]

    game: Any = match(Whispering)
    play(game, 14)
    assert game.world.addressees == [None, (0,), (0, 1), ()]
    game.emit(game.Cheer("early"), at=game.players[1], to=game.players[1])
    play(game, 1)
    assert [event.text for event in game.world.events] == ["early", *["in"] * 4]
    assert game.world.addressees == [(1,), None, (0,), (0, 1), ()]
    assert game.world.places[0] == (game.players[1].x, game.players[1].y)
    play(game, 1)
    assert len(game.world.events) == 4


def test_what_an_event_is_near_is_a_row_or_a_place() -> None:
    game: Any = match()
    for at in (game.players[1], (3, 4), None):
        game.emit(game.Cheer("here"), at=at)
    play(game, 1)
    assert game.world.places == [(10, 50), (3, 4), None]


def test_an_attribute_of_the_class_is_not_set_in_a_match_and_says_so() -> None:
    game = match()
    with pytest.raises(RulesError, match=r"^Coins\.size is set during the match; it belongs to the class$"):
        game.size = (1, 2)  # type: ignore[misc]
    with pytest.raises(
        RulesError, match=r"^Coins\.chance is set during the match; what a match depends on is in fields"
    ):
        game.chance = None  # type: ignore[assignment]


def test_what_a_player_had_is_nobodys_even_if_the_rules_fail_to_see_one_off() -> None:
    class Failing(Game):
        class Player(Entity):
            n = count(0, 9)

        class Card(Entity):
            holder = seat()

        def left(self, player: Any) -> None:  # noqa: ARG002
            raise ZeroDivisionError

    game: Any = match(Failing)
    kept, lost = game.cards.add(holder=0), game.cards.add(holder=1)
    with pytest.raises(ZeroDivisionError):
        game.leave(1)
    assert (kept.holder, lost.holder, len(game.players)) == (0, None, 1)


def test_a_game_is_called_as_it_says_or_by_its_class_in_small_letters() -> None:
    class GoldRush(Coins):
        pass

    class Short(GoldRush):
        name = "gold"

    class Again(Short):
        pass

    assert [game.name for game in (GoldRush, Short, Again)] == ["gold_rush", "gold", "again"]


def test_turns_are_waited_for_as_long_as_the_reference_says() -> None:
    reference = (Path(__file__).parents[2] / "docs/authors/REFERENCE.md").read_text("utf-8")
    assert f"| {TURNS_IDLE:.0f} without inputs, else as hosts say |" in reference


def test_rules_are_asked_for_what_players_press_in_this_tick() -> None:
    seen: list[Any] = []

    class Asking(Coins):
        rounds = None  # type: ignore[assignment]

        def tick(self) -> None:
            seen.extend((self.input(one).dash, self.input(one).aim, self.now) for one in self.players)

    game = match(Asking)
    play(game, 1, dash=True, aim=5)
    play(game, 1)
    assert seen == [(True, 5, 1)] * 2 + [(False, 0, 2)] * 2


@pytest.mark.parametrize("size", [800, (800,), (1, 2, 3), [800, 600], (0, 5), (5, 0), (-1, 5), ("800", "600")])
def test_a_field_has_two_sides_that_are_more_than_nothing(size: Any) -> None:
    with pytest.raises(RulesError, match=re.escape(f"Odd.size = {size!r}; it is width and height in world units")):
        type("Odd", (Coins,), {"size": size})
    type("Even", (Coins,), {"size": (0.5, 1)})
