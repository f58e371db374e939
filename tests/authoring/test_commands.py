"""Commands of declared games: what they may hold, and who does them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from game_server.author import Bot, Command, count, counts, flag, number, text
from game_server.authoring.commands import Asking, take_asked
from game_server.authoring.editor_types import page_types
from game_server.errors import RequestRefused, RulesError
from game_server.journal.records import COMMANDED, read
from game_server.protocol import RefusalCode
from game_server.simulation import COMMANDS_A_SECOND, CommandForm, Match, WholeValue, tick_alone
from game_server.testing.scripted import ScriptedMatch
from tests.authoring.coins import Coins, match, play
from tests.journal.journal_process import Kept


def a_match(game: type[Coins] = Coins) -> Any:
    made = Match(match(game, players=0), on_message=lambda _number, _message: None)
    made.seat()
    return made


def tick(match: Match) -> None:
    match.inputs.store.take()
    match.step()


@pytest.mark.parametrize("then", [tick, Match.act], ids=["with the next tick", "between two ticks"])
def test_a_command_is_done_once_by_its_method(then: Callable[[Match], None]) -> None:
    match = a_match()
    match.game.players[0].coins = 5
    match.command(0, 0, [3, "tea"])
    assert match.game.players[0].coins == 5
    then(match)
    assert (match.game.players[0].coins, match.game.purse.paid) == (2, 3)
    assert [event.to_wire() for event in match.world.events] == [[17, "0 pays for tea"]]
    tick(match)
    assert match.game.purse.paid == 3


@pytest.mark.parametrize(
    ("number", "values", "words"),
    [
        (1, [], "the game has no command 1"),
        (0, [], "pay comes with coins, why, not with 0 values"),
        (0, [0, ""], "coins is a whole number from 1 to 100, not 0"),
        (0, ["3", ""], "coins is a whole number from 1 to 100, not '3'"),
        (0, [3, 4], "why is a text of at most 10 printable characters, not 4"),
        (0, [3, "a" * 11], "why is a text of at most 10 printable characters"),
        (0, [3, "a\n"], "why is a text of at most 10 printable characters"),
    ],
)
def test_what_a_game_does_not_declare_is_refused(number: int, values: list[int | str], words: str) -> None:
    match = a_match()
    with pytest.raises(RequestRefused, match=words):
        match.command(0, number, values)
    tick(match)
    assert match.game.purse.paid == 0


class Walks(Coins):
    purse: Any

    class Walk(Command):
        begins = flag()
        at = counts(0, 9, most=4)

    def walk(self, player: Any, begins: int, *at: int) -> None:  # noqa: ARG002
        self.purse.paid = 100 * begins + 10 * len(at) + sum(at)


@pytest.mark.parametrize(("values", "paid"), [([1, 2, 3], 125), ([0, 1, 1, 1, 1], 44), ([1], 100)])
def test_several_numbers_come_at_the_end_of_a_command(values: list[int], paid: int) -> None:
    match = a_match(Walks)
    match.command(0, 1, values)
    tick(match)
    assert match.game.purse.paid == paid


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([], "walk comes with begins, up to 4 at, not with 0 values"),
        ([1, 2, 3, 4, 5, 6], "walk comes with begins, up to 4 at, not with 6 values"),
        ([1, 2, 10], "at is a whole number from 0 to 9, not 10"),
        ([1, "2"], "at is a whole number from 0 to 9, not '2'"),
    ],
)
def test_several_numbers_that_are_others_or_too_many_are_refused(values: list[int | str], words: str) -> None:
    with pytest.raises(RequestRefused, match=words):
        a_match(Walks).command(0, 1, values)


def test_an_editor_knows_that_several_numbers_come_with_a_command() -> None:
    assert "walk(begins: number, ...at: number[]): void;" in page_types(Walks)


def test_checks_ask_for_commands_with_few_numbers_and_many() -> None:
    match = ScriptedMatch(Walks, 2)
    seen: set[int] = set()
    for _ in range(200):
        match.turn()
        seen |= {len(values) for _, command, values in match.asked if command == 1}
    assert seen == {1, 2, 3, 4, 5}


def test_more_commands_a_second_than_hands_can_give_are_refused() -> None:
    match = a_match()
    for _ in range(COMMANDS_A_SECOND):
        match.command(0, 0, [1, ""])
    with pytest.raises(RequestRefused) as refused:
        match.command(0, 0, [1, ""])
    assert (refused.value.code, refused.value.wait) == (RefusalCode.WAIT, 1)
    for _ in range(match.world.tick_rate):
        tick(match)
    match.command(0, 0, [1, ""])


def test_a_command_of_one_who_has_left_is_dropped() -> None:
    match = a_match()
    match.game.players[0].coins = 5
    match.command(0, 0, [3, "tea"])
    match.unseat(0)
    tick(match)
    assert match.game.purse.paid == 0


def test_commands_that_cannot_be_are_refused_when_the_class_is_made() -> None:
    with pytest.raises(RulesError, match=r"Shout does; write def shout\(self, player, words\):"):

        class Loud(Coins):
            class Shout(Command):
                words = text(20)

    with pytest.raises(RulesError, match=r"Put does; write def put\(self, player, coins\):"):

        class Deaf(Coins):
            class Put(Command):
                coins = count(0, 9)

            def put(self, player: Any) -> None: ...

    with pytest.raises(RulesError, match=r"Turn.by: with a command come count\(0, 51\), flag\(\), text\(40\)"):

        class Turn(Command):
            by = number(seen_by="owner")

    with pytest.raises(RulesError, match=r"text\(0\): a text of a command has 1 to 200 characters"):
        text(0)

    with pytest.raises(RulesError, match=r"Path.at: counts\(...\) is the last of what comes with a command"):

        class Path(Command):
            at = counts(0, 9, most=4)
            begins = flag()

    with pytest.raises(RulesError, match=r"Walk does; write def walk\(self, player, begins, \*at\):"):

        class Lame(Coins):
            class Walk(Command):
                begins = flag()
                at = counts(0, 9, most=4)

            def walk(self, player: Any, begins: int, at: int) -> None: ...

    for values in ((5, 5, 4), (0, 2**31, 4), (0, 9, 1), (0, 9, 129)):
        with pytest.raises(RulesError, match=r"counts\("):
            counts(*values[:2], most=values[2])


def test_what_comes_with_a_command_has_limits() -> None:
    assert (text(1).most, text(200).most) == (1, 200)
    with pytest.raises(RulesError, match=r"text\(201\): a text of a command has 1 to 200 characters"):
        text(201)
    several = counts(-(2**31), 2**31 - 1, most=128)
    assert (several.low, several.high, several.most, counts(0, 1, most=2).most) == (-(2**31), 2**31 - 1, 128, 2)
    for low, high, most in ((-(2**31) - 1, 0, 2), (0, 2**31, 2), (1, 1, 2), (0, 1, 1), (0, 1, 129), (0, 1, True)):
        with pytest.raises(RulesError, match=r"counts\("):
            counts(low, high, most=most)


def test_a_game_has_up_to_64_commands() -> None:
    def with_more(commands: int) -> type[Coins]:
        members: dict[str, Any] = {}
        for at in range(commands):
            members[f"C{at}"] = type(f"C{at}", (Command,), {"at": count(0, 1)})
            members[f"c{at}"] = lambda _self, _player, _at: None
        return type("Many", (Coins,), members)

    assert [form.name for form in with_more(63).commands[:2]] == ["pay", "c0"]
    assert len(with_more(63).commands) == 64
    with pytest.raises(RulesError, match="Many has 65 commands; a game has up to 64"):
        with_more(64)


def test_a_bot_may_say_true_for_a_flag_of_a_command() -> None:
    asking = Asking(Walks.commands, "Walks")
    asking.walk(True, 3)
    asking.walk(False)
    assert take_asked(asking) == ((1, (1, 3)), (1, (0,)))


def test_a_game_plays_on_after_commands_as_before() -> None:
    game = match()
    play(game, 3)
    game.command(0, 0, (3, "x"))
    play(game, 3)
    assert len(game.players) == 2


@pytest.mark.parametrize("name", ["take", "asked", "form", "game", "send", "read"])
def test_a_bot_can_ask_for_a_command_of_any_name(name: str) -> None:
    asking = Asking([CommandForm("other", ()), CommandForm(name, (WholeValue("at", 0, 9),))], "Game")
    getattr(asking, name)(5)
    assert take_asked(asking) == ((1, (5,)),)
    assert take_asked(asking) == ()


class Payer(Bot):
    """Pays whenever it has something, three times a tick."""

    game = Coins

    def think(self, me: Any, seen: Any) -> Any:
        for _ in range(3 if me.coins else 0):
            self.send.pay(1, f"tick {seen.tick}")


def with_bots(bot: type[Bot], bots: int = 1) -> Any:
    class Played(Coins):
        rounds = None  # type: ignore[assignment]
        bot_class = bot

    Played.bot_class = bot
    made = Match(match(Played, players=0), on_message=lambda _number, _message: None)
    for _ in range(bots):
        made.seat(brain_for=lambda number: Played.brain({}, number, 10, "normal", 1))
    return made


def test_a_bot_asks_for_commands_which_are_done_in_the_same_tick_as_its_input() -> None:
    match = with_bots(Payer)
    match.game.players[0].coins = 100
    tick_alone(match)  # what a bot sees is the tick before
    tick_alone(match)
    assert (match.game.players[0].coins, match.game.purse.paid) == (97, 3)
    assert match.world.events[0].to_wire() == [17, "0 pays for tick 1"]


def test_a_bot_that_asks_more_often_than_players_may_is_not_heard() -> None:
    match = with_bots(Payer)
    match.game.players[0].coins = 100
    for _ in range(match.world.tick_rate):
        tick_alone(match)
    assert match.game.purse.paid == COMMANDS_A_SECOND


def test_what_bots_ask_for_is_in_the_journal_as_what_people_ask_for() -> None:
    match = with_bots(Payer, bots=2)
    journal = Kept(match)
    match.game.players[0].coins = match.game.players[1].coins = 30
    tick_alone(match)
    match.unseat(1)
    tick_alone(match)
    asked = [record.value for record in read(journal.data) if record.kind == COMMANDED]
    assert [(seat, number, values) for seat, number, values in asked] == [(0, 0, (1, "tick 1"))] * 3


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda send: send.pay(0, "x"), "coins is a whole number from 1 to 100, not 0"),
        (lambda send: send.pay(1), "pay comes with coins, why, not with 1 values"),
        (lambda send: send.give(1), "Coins has no command 'give'; it has pay"),
    ],
)
def test_a_bot_that_asks_for_what_there_is_not_is_refused(ask: Any, words: str) -> None:
    class Odd(Payer):
        def think(self, me: Any, seen: Any) -> Any:  # noqa: ARG002 - as bots are called
            ask(self.send)

    match = with_bots(Odd)
    tick_alone(match)
    with pytest.raises(RulesError, match=words):
        tick_alone(match)
