"""Matches that go on by other rules than those they began with."""

from __future__ import annotations

from typing import ClassVar

import attrs
import pytest

from game_server.errors import JournalError
from game_server.lobby import HostedMatch, MatchContext, MatchOptions, TakenOver, packed_match, take_over
from game_server.lobby.match.match_options import Opening
from game_server.protocol import LineKind
from game_server.simulation import Column, Game, Inputs, Mode, Newcomer, Option, Rules, World, hidden
from tests.lobby.people import Clock, FakePerson
from tests.simulation.toy_game import Prize, Runner, Toy, Welcoming

CODE = "K7RW2P"


def left(game: type[Game] = Toy, number: int = 0, tick_rate: int = 30, rules: Rules = Rules(), bots: int = 1) -> bytes:
    """A match of a person and a bot, which stands still."""
    options = MatchOptions("Friday", game, max_players=4, bots=1, seed=5, tick_rate=tick_rate, rules=rules)
    match = HostedMatch(options, MatchContext(now=Clock()), id=CODE, opening=Opening(number=number))
    match.join(FakePerson("Ada", Clock()))
    match.bot_seats.wanted = bots
    match.seating.fill()
    for _ in range(40):
        match.match.step()
    match.stand_still()
    return packed_match(match)


def taken(packed: bytes, game: type[Game], tick_rate: int = 30) -> TakenOver:
    return take_over(
        packed, {game.name: game}, MatchOptions("Friday", game, max_players=4, bots=1, tick_rate=tick_rate)
    )


def opened(found: TakenOver) -> HostedMatch:
    people = found.match.people
    return HostedMatch(
        people.options, MatchContext(now=Clock()), id=found.code, opening=people.opening, stored=found.match
    )


class Quicker(Toy):
    """The same tables, other rules."""

    def step(self, inputs: Inputs) -> None:
        super().step(inputs)
        self.runners.rows.taken[self.runners.live] += 100


class Longer(Toy):
    """A table with one more column."""

    def __init__(self, world: World, rules: Rules = Rules()) -> None:
        Game.__init__(self, world, rules)
        self.runners = world.table(1, "runner", _LongRunner, world.max_players, position=("x", "y"))
        self.prizes = world.table(7, "prize", Prize, 3)
        self.owned = self.runners


@attrs.define
class _LongRunner(Runner):
    reach: Column = hidden()


class NoGifts(Toy):
    """An option less."""

    options: ClassVar[tuple[Option, ...]] = ()


@pytest.mark.parametrize("changed", [Toy, Quicker, Longer, NoGifts])
def test_a_match_goes_on_with_its_code_its_people_and_its_world(changed: type[Game]) -> None:
    found = taken(left(), changed)
    match = opened(found)
    assert (found.code, found.afresh) == (CODE, "")
    assert match.match.world.tick == 40
    assert [member.nickname for member in match.state.roster if member.session] == ["Ada"]
    assert type(match.match.game) is changed
    match.match.step()


def test_a_match_that_cannot_go_on_begins_afresh_with_the_people_in_their_seats() -> None:
    found = taken(left(), Toy, tick_rate=60)
    match = opened(found)
    assert found.afresh == "its tick rate was 30, and is 60 now"
    assert (match.match.world.tick, match.options.tick_rate) == (0, 60)
    assert [member.nickname for member in match.state.roster if member.session] == ["Ada"]
    assert len(match.match.game.owned.live) == 2
    match.match.step()


@pytest.mark.parametrize("world_is_there", [True, False])
def test_rules_of_a_match_that_begins_afresh_know_who_is_there(world_is_there: bool) -> None:
    found = taken(left(Welcoming), Welcoming, tick_rate=60 if world_is_there else 30)
    if not world_is_there:
        Welcoming.came_lately()
        stored = attrs.evolve(found.match, world=attrs.evolve(found.match.world, checkpoint=None))
        found = attrs.evolve(found, match=stored)
    opened(found)
    assert Welcoming.came_lately()[-2:] == [(0, Newcomer("Argon", bot=True)), (1, Newcomer("Ada"))]


class TwoModes(Toy):
    """A game of two modes."""

    modes: ClassVar[tuple[Mode, ...]] = (Mode("calm", "Calm"), Mode("wild", "Wild"))


class OneMode(Toy):
    """One of its modes is gone."""

    modes: ClassVar[tuple[Mode, ...]] = (Mode("calm", "Calm"),)


class Fewer(Toy):
    """No more than three may play it now."""

    seats = (1, 3)


def test_a_match_whose_mode_is_gone_begins_afresh_in_the_first_one_and_says_so() -> None:
    found = taken(left(TwoModes, number=-1, rules=Rules("wild")), OneMode)
    match = opened(found)
    assert found.afresh == "there is no mode 'wild' any more"
    assert (match.match.game.rules.mode, match.options.rules.mode, match.match.world.tick) == ("calm", "", 0)
    assert [member.nickname for member in match.state.roster if member.session] == ["Ada"]
    assert said_in(match) == [
        "The rules of this game have changed: there is no mode 'wild' any more. The match goes on without."
    ]


def test_a_match_goes_on_without_options_and_seats_that_are_gone_and_says_so() -> None:
    found = taken(left(number=-1, rules=Rules("", {"generous": True})), NoGifts)
    assert (found.afresh, found.match.people.options.rules) == ("", Rules())
    assert "no option 'generous' with True any more" in said_in(opened(found))[0]
    found = taken(left(number=-1), Fewer)
    assert found.match.people.options.max_players == 3
    assert "no match of 4 seats any more" in said_in(opened(found))[0]


def test_bots_for_which_there_are_no_seats_any_more_are_gone() -> None:
    found = taken(left(number=-1, bots=3), Fewer)
    match = opened(found)
    assert found.match.people.options.max_players == 3
    assert sorted(member.player for member in match.state.roster) == [0, 1, 2]
    assert [member.player for member in match.state.roster if member.session] == [1]
    match.match.step()


def said_in(match: HostedMatch) -> list[str]:
    return [line.text for line in match.state.chat.history if line.kind == LineKind.SERVER]


def test_a_match_of_the_lobby_keeps_the_options_with_which_it_was_opened() -> None:
    found = taken(left(number=-1, tick_rate=20), Toy)
    assert (found.afresh, found.match.people.options.tick_rate) == ("", 20)


def test_a_match_of_a_game_that_is_gone_has_ended() -> None:
    packed = left(number=-1)
    with pytest.raises(JournalError, match="match K7RW2P has ended: there is no game toy any more"):
        take_over(packed, {}, MatchOptions("Friday", Toy))


def test_what_changed_rules_raise_is_left_to_the_caller() -> None:
    class Failing(Toy):
        def __init__(self, *_: object) -> None:
            raise ZeroDivisionError("no")

    with pytest.raises(ZeroDivisionError):
        taken(left(), Failing)
