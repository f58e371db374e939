"""The values that come with a command, at the edges of what a game declares."""

from __future__ import annotations

from typing import Any

import pytest

from game_server.errors import RulesError
from game_server.simulation import CommandForm, TextValue, WholeValue, WholeValues
from game_server.simulation.world.commands import SHOWN

WORTH, WHY = WholeValue("worth", 1, 10), TextValue("why", 60)
PLAIN, BUY = CommandForm("pass"), CommandForm("buy", (WORTH, WHY))
DEAL = CommandForm("deal", (WHY, WholeValues("cards", 0, 51, 3)))


@pytest.mark.parametrize(("form", "lengths"), [(PLAIN, (0, 0)), (BUY, (2, 2)), (DEAL, (1, 4))])
def test_a_command_comes_with_the_values_that_are_declared(form: CommandForm, lengths: tuple[int, int]) -> None:
    assert form.lengths == lengths


@pytest.mark.parametrize(
    ("value", "limits"), [(WORTH, (1, 10)), (WHY, (60,)), (WholeValues("cards", 0, 51, 3), (0, 51, 3))]
)
def test_clients_know_a_value_by_the_number_of_its_limits(value: Any, limits: tuple[int, ...]) -> None:
    assert value.limits == limits


@pytest.mark.parametrize(
    ("form", "values", "read"),
    [
        (PLAIN, [], ()),
        (BUY, [1, ""], (1, "")),
        (BUY, [10, "  for tea "], (10, "for tea")),
        (BUY, [5, "x" * 60], (5, "x" * 60)),
        (DEAL, ["a"], ("a",)),
        (DEAL, ["a", 0, 51, 0], ("a", 0, 51, 0)),
    ],
)
def test_values_within_their_limits_are_read(form: CommandForm, values: list[int | str], read: tuple[Any, ...]) -> None:
    assert form.read(values) == read


@pytest.mark.parametrize(
    ("form", "values", "words"),
    [
        (PLAIN, [1], "pass comes with nothing, not with 1 values"),
        (BUY, [1], "buy comes with worth, why, not with 1 values"),
        (BUY, [1, "", 1], "buy comes with worth, why, not with 3 values"),
        (DEAL, [], "deal comes with why, up to 3 cards, not with 0 values"),
        (DEAL, ["a", 1, 2, 3, 4], "deal comes with why, up to 3 cards, not with 5 values"),
        (BUY, [0, ""], "worth is a whole number from 1 to 10, not 0"),
        (BUY, [11, ""], "worth is a whole number from 1 to 10, not 11"),
        (BUY, [True, ""], "worth is a whole number from 1 to 10, not True"),
        (DEAL, ["a", 0, 0, 52], "cards is a whole number from 0 to 51, not 52"),
        (BUY, [1, 7], "why is a text of at most 60 printable characters, not 7"),
        (BUY, [1, "a\nb"], r"why is a text of at most 60 printable characters, not 'a\nb'"),
        (BUY, [1, "x" * 61], f"why is a text of at most 60 printable characters, not '{'x' * SHOWN}...'"),
        (BUY, [1, "\n" * SHOWN], f"printable characters, not {repr(chr(10) * SHOWN)[:-1]}...'"),
        (BUY, [1, "\n" * (SHOWN - 1)], f"printable characters, not {chr(10) * (SHOWN - 1)!r}"),
    ],
)
def test_values_beyond_their_limits_are_refused_in_words(
    form: CommandForm, values: list[int | str], words: str
) -> None:
    with pytest.raises(RulesError) as refused:
        form.read(values)
    assert str(refused.value).endswith(words)
