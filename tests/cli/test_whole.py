from __future__ import annotations

from typing import Annotated

import cyclopts
import pytest

from game_server.cli.whole import whole


def parsed(text: str) -> object:
    app = cyclopts.App(result_action="return_value")

    @app.default
    def command(*, number: Annotated[int, whole(1, 240)]) -> int:
        return number

    return app(["--number", text], exit_on_error=False, print_error=False)


@pytest.mark.parametrize(("text", "number"), [("1", 1), ("240", 240), ("+30", 30), ("030", 30)])
def test_a_whole_number_within_its_ends_is_taken(text: str, number: int) -> None:
    assert parsed(text) == number


@pytest.mark.parametrize("text", ["0", "241", "-1", "1" * 5000])
def test_a_number_beyond_the_ends_is_refused(text: str) -> None:
    with pytest.raises(cyclopts.CycloptsError):
        parsed(text)


@pytest.mark.parametrize("text", ["30.5", "30.0", "1e2", "nan", "inf", "", "fast", "0x1e", "True"])
def test_what_is_no_whole_number_is_refused_and_never_cut_to_one(text: str) -> None:
    with pytest.raises(cyclopts.CycloptsError, match="is no whole number"):
        parsed(text)
