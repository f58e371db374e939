from __future__ import annotations

import math
import threading
from typing import Any

import pytest

from tools.mutation.__main__ import tried
from tools.mutation.mutations import Mutation

CHANGES = [Mutation("game_server/a.py", line, "dropped call", 0, 1, "f()", "pass") for line in range(6)]


class FakeCopy:
    """A copy in which every other change is noticed, once both copies have one to try."""

    def __init__(self, both: threading.Barrier) -> None:
        self._both = both

    def noticed_by(self, mutation: Mutation, more: list[str]) -> str:
        self._both.wait(10)
        return more[0] if mutation.line % 2 else ""


def fakes(count: int) -> list[Any]:
    both = threading.Barrier(count)
    return [FakeCopy(both) for _ in range(count)]


def test_with_two_jobs_two_are_tried_at_a_time_and_each_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert tried(CHANGES, fakes(2), ["a_test"], math.inf) == {one: "a_test" * (one.line % 2) for one in CHANGES}
    assert sorted(capsys.readouterr().out.splitlines()) == sorted(
        f"noticed  {one}  (a_test)" if one.line % 2 else f"SURVIVED {one}" for one in CHANGES
    )


def test_when_the_time_is_over_none_is_begun() -> None:
    assert tried(CHANGES, fakes(1), ["a_test"], -math.inf) == {}
