"""What hosts type for the options of a game, and what the rules make of it."""

from __future__ import annotations

import pytest

from game_server.errors import RulesError
from game_server.simulation import Choice, Number, Option, Switch, Value

WALLS, SPEED = Switch("walls", "Walls"), Number("speed", "Speed", -5, 300, default=120)
MAP = Choice("map", "Map", (("park", "Park"), ("harbour", "Harbour")))


@pytest.mark.parametrize(
    ("option", "text", "value"),
    [
        *((WALLS, text, True) for text in ("", "yes", "True", "ON", "1")),
        *((WALLS, text, False) for text in ("no", "False", "OFF", "0")),
        (SPEED, "300", 300),
        (SPEED, "-5", -5),
        (MAP, "harbour", "harbour"),
    ],
)
def test_what_a_host_types_for_an_option_is_its_value(option: Option, text: str, value: Value) -> None:
    read = option.read(option.parse(text))
    assert (read, type(read)) == (value, type(value))


@pytest.mark.parametrize(
    ("option", "text", "words"),
    [
        (WALLS, "perhaps", "the option 'walls' is on or off, not 'perhaps'"),
        (WALLS, "2", "the option 'walls' is on or off, not '2'"),
        (SPEED, "", "the option 'speed' is a whole number from -5 to 300, not ''"),
        (SPEED, "--5", "the option 'speed' is a whole number from -5 to 300, not '--5'"),
        (SPEED, "1.5", "the option 'speed' is a whole number from -5 to 300, not '1.5'"),
        (SPEED, "-6", "the option 'speed' is a whole number from -5 to 300, not -6"),
        (SPEED, "301", "the option 'speed' is a whole number from -5 to 300, not 301"),
        (MAP, "", "the option 'map' is one of park, harbour, not ''"),
    ],
)
def test_what_does_not_fit_is_refused_with_what_was_typed(option: Option, text: str, words: str) -> None:
    with pytest.raises(RulesError) as refused:
        option.read(option.parse(text))
    assert str(refused.value) == words


@pytest.mark.parametrize(("value", "read"), [(0, False), (1, True), (False, False), (True, True)])
def test_a_switch_is_set_by_numbers_as_well(value: Value, read: bool) -> None:
    assert WALLS.read(value) is read


@pytest.mark.parametrize(
    ("option", "preset"),
    [
        (WALLS, False),
        (Switch("walls", "Walls", default=True), True),
        (SPEED, 120),
        (MAP, "park"),
        (Choice("map", "Map", MAP.choices, "harbour"), "harbour"),
    ],
)
def test_an_option_that_nobody_sets_has_its_default(option: Option, preset: Value) -> None:
    assert option.preset == preset
