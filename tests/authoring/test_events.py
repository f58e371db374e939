"""Events of declared games: what they may hold, at its edges, and their codes."""

from __future__ import annotations

import re
from typing import Any

import attrs
import pytest

from game_server.author import Entity, Event, Game, count
from game_server.authoring.events import settle
from game_server.errors import RulesError


class Talk(Game):
    class Player(Entity):
        score = count(0, 3)

    class Coin(Entity):
        worth = count(0, 3)

    class Said(Event):
        player: Talk.Player
        coin: Talk.Coin
        words: str
        worth: int
        aloud: bool
        line = "{player} says {words}"
        highlight = True

    class Quiet(Event):
        pass


def said(**changed: Any) -> Any:
    return Talk.Said(
        **{"player": Talk.Player({}, 3), "coin": Talk.Coin({}, 5), "words": "", "worth": 0, "aloud": 0, **changed}
    )


def test_an_event_keeps_rows_as_their_ids_and_is_sent_with_its_code() -> None:
    assert said(words="hi", worth=4.0, aloud=True).to_wire() == [16, 3, 5, "hi", 4, 1]
    assert [event.code for event in Talk.event_types] == [16, 17]
    assert Talk.Quiet().to_wire() == [17]


def test_an_event_concerns_its_players_and_only_a_highlight_is_on_the_timeline() -> None:
    assert [event.concerns for event in Talk.event_types] == [("player",), ()]
    assert Talk.highlights == (Talk.Said,)


def test_an_event_does_not_change() -> None:
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        said().worth = 5


@pytest.mark.parametrize("worth", [2**53 - 1, -(2**53) + 1, 4.0, True])
def test_a_number_of_an_event_is_whole_and_exact_in_browsers(worth: Any) -> None:
    assert (said(worth=worth).worth, type(said(worth=worth).worth)) == (worth, int)


@pytest.mark.parametrize("worth", [2**53, -(2**53), 1.5, float("nan"), "4", None])
def test_a_number_that_is_not_is_refused(worth: Any) -> None:
    with pytest.raises(RulesError, match=r"Said.worth is .*; it is declared as int, and is whole and within 2\^53"):
        said(worth=worth)


def test_a_text_of_an_event_has_up_to_a_thousand_characters() -> None:
    assert len(said(words="x" * 1000).words) == 1000
    with pytest.raises(RulesError, match=r"Said.words has 1001 characters; a text of an event has up to 1000"):
        said(words="x" * 1001)
    with pytest.raises(RulesError, match=r"Said.words is 3; it is declared as str$"):
        said(words=3)
    with pytest.raises(RulesError, match=r"Said.player is 3; it is declared as Player$"):
        said(player=3)


def test_a_game_has_as_many_events_as_codes_are_left_for_them() -> None:
    events: list[Any] = [type(f"E{number}", (Event,), {}) for number in range(240)]
    settle(events, set())
    assert [events[0].code, events[-1].code] == [16, 255]
    with pytest.raises(RulesError, match="there are 241 events; a game has up to 240"):
        settle([*events, Talk.Quiet], set())


@pytest.mark.parametrize("line", ["{whom}", "{} has it", "{words", "{words:d}"])
def test_a_line_that_cannot_be_filled_in_is_refused(line: str) -> None:
    with pytest.raises(RulesError, match=re.escape(f"Odd.line = {line!r} is not to be filled in")):
        type("Odd", (Event,), {"__annotations__": {"words": "str"}, "line": line})


def test_an_event_may_have_methods() -> None:
    class Loud(Event):
        words: str

        @property
        def shouted(self) -> str:
            return self.words.upper()

        @staticmethod
        def bell() -> str:
            return "ding"

    assert (Loud("hi").shouted, Loud.bell(), Loud.kinds) == ("HI", "ding", {"words": "str"})  # type: ignore[call-arg]
