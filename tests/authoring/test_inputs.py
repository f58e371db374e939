"""Inputs: where each lies in the bits of the wire, what pages are sent of them, and what may be pressed."""

from __future__ import annotations

import math
import re
from typing import Any

import pytest

from game_server.author import Aim, Button, Inputs, Pointer, Stick, Wheel
from game_server.authoring.inputs import DIAGONAL
from game_server.errors import RulesError


@pytest.mark.parametrize(
    ("inputs", "at"),
    [
        (Inputs(aim=Aim(), dash=Button(), zoom=Wheel(7), move=Stick()), {"move": 0, "dash": 4, "zoom": 5, "aim": 16}),
        (Inputs(aim=Aim(), dash=Button()), {"dash": 0, "aim": 16}),
        (Inputs(at=Pointer(), draw=Button(), move=Stick()), {"move": 0, "draw": 4, "at": 5}),
        (Inputs(jump=Button(), zoom=Wheel(8), move=Stick(analogue=True)), {"move": 0, "jump": 10, "zoom": 11}),
        (Inputs(a=Wheel(255), b=Wheel(255), aim=Aim()), {"a": 0, "b": 8, "aim": 16}),
        (Inputs(a=Wheel(255), b=Wheel(1), c=Wheel(255), aim=Aim()), {"a": 0, "b": 8, "c": 9, "aim": 17}),
    ],
)
def test_sticks_have_the_lowest_bits_and_an_aim_the_upper_half_if_it_can(inputs: Inputs, at: dict[str, int]) -> None:
    assert inputs.at == at


def test_a_word_may_be_full_to_its_last_bit() -> None:
    assert Inputs(**{f"b{number}": Button() for number in range(32)}).at["b31"] == 31
    full = Inputs(at=Pointer(), move=Stick(analogue=True)).on_field((2047, 2047))
    made = full.read(*full.pack({"at": (2047, 2046), "move": (-1, 0)}))
    assert (made.at_x, made.at_y, made.move_x, made.move_y) == (2047, 2046, -1, 0)


@pytest.mark.parametrize(
    ("inputs", "declared"),
    [
        (
            Inputs(move=Stick(), jump_up=Button("KeyE"), zoom=Wheel(5), aim=Aim()),
            [
                ["move", "stick", {"up": 1, "down": 2, "left": 4, "right": 8}],
                ["jump_up", "button", 16, "Jump up", ["KeyE"]],
                ["zoom", "wheel", 5, 5, "Zoom", ["WheelUp"], ["WheelDown"]],
                ["aim", "aim", 16],
            ],
        ),
        (
            Inputs(fly=Stick(analogue=True), at=Pointer()).on_field((10, 10)),
            [["fly", "analogue", 0], ["at", "pointer", 10]],
        ),
        (
            Inputs(far=Wheel(title="Look far", more="KeyR", less=("KeyF", "KeyG")), hop=Button(title="Hop!")),
            [["far", "wheel", 1, 7, "Look far", ["KeyR"], ["KeyF", "KeyG"]], ["hop", "button", 1, "Hop!", ["Space"]]],
        ),
    ],
)
def test_pages_are_sent_of_each_input_what_they_bind_keys_by(inputs: Inputs, declared: list[Any]) -> None:
    assert inputs.declared() == declared


@pytest.mark.parametrize(
    ("pressed", "word"),
    [
        ({}, (0, 0)),
        ({"move": (0, -5)}, (1, 0)),
        ({"move": [0, 5]}, (2, 0)),
        ({"move": (0, 0)}, (0, 0)),
        ({"dash": 1}, (16, 0)),
        ({"dash": ""}, (0, 0)),
        ({"zoom": 0}, (0, 0)),
        ({"zoom": 5}, (5 << 5, 0)),
        ({"aim": 1024}, (0, 1024)),
        ({"aim": 4097.9}, (0, 1)),
        ({"aim": -1}, (0, 4095)),
        ({"aim": 4095, "move": (1, 0), "dash": True, "zoom": 2}, (8 | 16 | 2 << 5, 4095)),
    ],
)
def test_what_is_pressed_lies_in_the_bits_of_its_input(pressed: dict[str, Any], word: tuple[int, int]) -> None:
    assert Inputs(move=Stick(), dash=Button(), zoom=Wheel(5), aim=Aim()).pack(pressed) == word


@pytest.mark.parametrize(
    ("pressed", "words"),
    [
        ({"move": (1, 2, 3)}, "move is (1, 2, 3); a stick is pushed to (x, y)"),
        ({"move": (1, math.inf)}, "move is (1, inf); a stick is pushed to (x, y)"),
        ({"move": "up"}, "move is 'up'; a stick is pushed to (x, y)"),
        ({"aim": math.nan}, "aim is nan; an aim is in 4096ths of a turn"),
        ({"zoom": -1}, "zoom is -1; a wheel is at a whole number from 0 to 5"),
        ({"zoom": 6}, "zoom is 6; a wheel is at a whole number from 0 to 5"),
        ({"zoom": math.nan}, "zoom is nan; a wheel is at a whole number from 0 to 5"),
    ],
)
def test_what_cannot_be_pressed_is_refused(pressed: dict[str, Any], words: str) -> None:
    with pytest.raises(RulesError, match=re.escape(words)):
        Inputs(move=Stick(), dash=Button(), zoom=Wheel(5), aim=Aim()).pack(pressed)


@pytest.mark.parametrize("half_turn", [0, 1])
def test_a_stick_snaps_to_the_nearest_of_eight_directions(half_turn: int) -> None:
    inputs = Inputs(move=Stick())
    seen = []
    for degrees in (0, 22, 23, 67, 68, 112, 113, 157, 158):
        angle = math.radians(degrees + 180 * half_turn)
        made = inputs.read(*inputs.pack({"move": (math.cos(angle), math.sin(angle))}))
        seen.append((made.move_x, made.move_y))
    right, corner, down, other, left = (1, 0), (DIAGONAL, DIAGONAL), (0, 1), (-DIAGONAL, DIAGONAL), (-1, 0)
    sign = -1 if half_turn else 1
    expected = [right, right, corner, corner, down, down, other, other, left]
    assert seen == [(sign * x, sign * y) for x, y in expected]


def test_keys_that_are_held_against_each_other_push_a_stick_nowhere() -> None:
    inputs = Inputs(move=Stick())
    assert repr(inputs.read(1 | 2 | 8, 0)) == "move_x 1.0, move_y 0.0"
    assert repr(inputs.read(15, 0)) == "move_x 0.0, move_y 0.0"


def test_inputs_are_read_with_the_kind_that_they_have() -> None:
    inputs = Inputs(move=Stick(), dash=Button(), zoom=Wheel(5), aim=Aim())
    made = inputs.read(16 | 3 << 5, 1024)
    assert (made.dash, made.zoom, made.aim) == (True, 3.0, 1024.0)
    assert [type(getattr(made, name)) for name in inputs.kinds] == [float, float, bool, float, float]
    with pytest.raises(AttributeError, match="there is no input 'dsh'; there is move_x, move_y, dash, zoom, aim"):
        print(made.dsh)


@pytest.mark.parametrize("most", [0, 256, 2.5, "5", True])
def test_a_wheel_goes_up_to_a_whole_number_from_1_to_255(most: Any) -> None:
    Inputs(a=Wheel(1), b=Wheel(255))
    with pytest.raises(RulesError, match=re.escape("it goes up to 1 at least, 255 at most")):
        Inputs(zoom=Wheel(most))


def test_a_button_has_up_to_two_keys() -> None:
    assert Inputs(a=Button(("KeyA", "KeyB"))).declared()[0][-1] == ["KeyA", "KeyB"]
    for control in (Button(("KeyA", "KeyB", "KeyC")), Wheel(more=("KeyA", "KeyB", "KeyC"))):
        with pytest.raises(RulesError, match="a has 3 keys; a button has up to two"):
            Inputs(a=control)


def test_a_pointer_is_within_the_field() -> None:
    inputs = Inputs(at=Pointer()).on_field((100, 50))
    seen = [inputs.read(*inputs.pack({"at": at})) for at in ((-1, -1), (0, 50), (100, 0), (101, 51), (50, 25))]
    assert [(made.at_x, made.at_y) for made in seen[:4]] == [(0, 0), (0, 50), (100, 0), (100, 50)]
    assert (seen[4].at_x, seen[4].at_y) == (pytest.approx(50, abs=0.025), pytest.approx(25, abs=0.0125))
    assert Inputs(dash=Button()).on_field(None).at == {"dash": 0}
