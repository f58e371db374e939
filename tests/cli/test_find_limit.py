"""The search for the capacity of a server, on the terminal."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import attrs
import pytest
import trio

from game_server.cli import find_limit as module
from game_server.cli.find_limit import find_limit
from game_server.cli.report_files import Files
from game_server.loadtest.limit_search import Bound


@attrs.define
class Shown:
    """In place of the console: what was printed, and in which style."""

    lines: list[tuple[str, str]] = attrs.Factory(list)

    def print(self, text: str, *, style: str = "") -> None:
        self.lines.append((text, style))


@attrs.define
class Searched:
    """In place of a search, which tries one number of clients."""

    options: object
    condition: object
    most: int
    notify: Callable[[str, str], None]
    ended: str = ""
    bound: Bound = Bound.CONDITION
    ran: bool = False

    async def run(self) -> None:
        await trio.lowlevel.checkpoint()
        for tone in ("bad", "warn", "good"):
            self.notify(f"a probe that is {tone}", tone)
        self.ran = True

    @property
    def limit(self) -> SimpleNamespace:
        return SimpleNamespace(bound=self.bound)

    because = "its core was full"
    sentence = "the server takes 40 clients"
    exit_code = 3

    def report(self) -> dict[str, Any]:
        return {"ran": self.ran}


PROBES = [("a probe that is bad", "red"), ("a probe that is warn", "yellow"), ("a probe that is good", "green")]


@pytest.mark.parametrize(
    ("more", "lines"),
    [
        ({}, []),
        ({"ended": "there is no server"}, [("there is no server", "bold red")]),
        (
            {"bound": Bound.TESTER},
            [("THE TESTER WAS THE LIMIT, not the server: its core was full", "bold red")],
        ),
    ],
)
async def test_each_probe_is_a_line_and_the_capacity_a_sentence_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: dict[str, Any], lines: list[tuple[str, str]]
) -> None:
    made: list[Searched] = []

    def search(*given: Any) -> Searched:
        made.append(Searched(*given, **more))
        return made[-1]

    monkeypatch.setattr(module, "CapacitySearch", search)
    console: Any = Shown()
    chosen: Any = object()
    assert await find_limit(chosen, chosen, 500, console, Files(tmp_path / "it.json")) == 3
    [only] = made
    assert (only.options, only.condition, only.most) == (chosen, chosen, 500)
    assert console.lines == [*PROBES, *lines, ("the server takes 40 clients", "bold")]
    assert json.loads((tmp_path / "it.json").read_text()) == {"ran": True}
