from __future__ import annotations

from typing import Annotated, Any

import cyclopts
import pytest

from game_server.cli.numbers import number, whole


def parsed(text: str, kind: Any, taken: cyclopts.Parameter) -> object:
    app = cyclopts.App(result_action="return_value")

    def command(*, it: Any) -> Any:
        return it

    command.__annotations__["it"] = Annotated[kind, taken]
    app.default(command)
    return app(["--it", text], exit_on_error=False, print_error=False)


@pytest.mark.parametrize(("text", "value"), [("1", 1), ("240", 240), ("+30", 30), ("030", 30)])
def test_a_whole_number_within_its_ends_is_taken(text: str, value: int) -> None:
    assert parsed(text, int, whole(1, 240)) == value


@pytest.mark.parametrize(
    "text",
    ["0", "241", "-1", "1" * 5000, "30.5", "30.0", "1e2", "nan", "inf", "", "fast", "0x1e", "True", "1_0", "٣", " 3"],
)
def test_what_is_no_whole_number_within_its_ends_is_refused_and_never_cut_to_one(text: str) -> None:
    with pytest.raises(cyclopts.CycloptsError, match="must be a whole number from 1 to 240"):
        parsed(text, int, whole(1, 240))


@pytest.mark.parametrize(("text", "value"), [("0.5", 0.5), ("60", 60.0), (".5", 0.5), ("1e1", 10.0), ("1e-05", 1e-05)])
def test_a_number_within_its_ends_is_taken(text: str, value: float) -> None:
    assert parsed(text, float, number(0, 60, above=True)) == value


@pytest.mark.parametrize("text", ["0", "60.1", "-1", "nan", "inf", "", "fast", "1_0", "٣", " 3", "1e999", "0x1p3"])
def test_what_is_no_number_within_its_ends_is_refused(text: str) -> None:
    with pytest.raises(cyclopts.CycloptsError, match="must be a number above 0 and at most 60"):
        parsed(text, float, number(0, 60, above=True))


def test_the_low_end_itself_is_taken_unless_it_has_to_be_above() -> None:
    assert parsed("0", float, number(0, 60)) == 0
    with pytest.raises(cyclopts.CycloptsError, match="must be a number from 0 to 60"):
        parsed("-0.1", float, number(0, 60))
