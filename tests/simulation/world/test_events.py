from __future__ import annotations

import numpy as np
import pytest

from game_server.errors import RulesError
from game_server.simulation.world.events import Event, field_names
from tests.simulation.toy_game import Dawn, Snatched


def test_an_event_goes_out_as_its_code_and_its_fields_in_order() -> None:
    assert Snatched(player=3, worth=9).to_wire() == [16, 3, 9]
    assert Dawn("good morning").to_wire() == [20, "good morning"]


def test_the_names_of_the_fields_come_in_wire_order() -> None:
    assert field_names(Snatched) == ("player", "worth")


def test_an_event_that_is_no_attrs_class_is_refused() -> None:
    class Plain(Event):
        code = 16
        name = "plain"

    with pytest.raises(RulesError, match=r"event Plain is no attrs class; put @attrs\.frozen above it"):
        field_names(Plain)


def test_an_event_with_a_numpy_integer_is_refused_where_it_is_sent() -> None:
    with pytest.raises(RulesError, match="holds a int64; its fields are int or str"):
        Snatched(player=np.int64(3), worth=9).to_wire()  # type: ignore[arg-type]
