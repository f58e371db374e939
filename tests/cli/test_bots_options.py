"""Where each option of ``game-server bots`` arrives. A new option needs a line in `ARRIVES` or in `ELSEWHERE`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from operator import attrgetter
from pathlib import Path
from typing import Any

import attrs
import pytest
import trio

import game_server.cli.bots as module
from game_server.cli.app import app
from game_server.cli.report_files import Files
from game_server.loadtest.metrics.conditions import Condition
from game_server.loadtest.options import LoadTestOptions
from tests.cli.test_options import PIN, VALUES, typed

SAME = object()
ARRIVES: dict[str, tuple[str, Any]] = {
    "--count": ("order.count", SAME),
    "--swarm": ("order.swarm", SAME),
    "--duration": ("order.duration", SAME),
    "--scenario": ("order.scenario", SAME),
    "--rate": ("order.rate", SAME),
    "--spread": ("order.spread", SAME),
    "--processes": ("order.processes", SAME),
    "--seed": ("order.seed", SAME),
    "--reconnect": ("order.reconnect", SAME),
    "--watch": ("order.watch", SAME),
    "--browse": ("order.browse", SAME),
    "--game": ("order.game", SAME),
    "--json": ("files.json", SAME),
    "--html": ("files.html", SAME),
    "--markdown": ("files.markdown", SAME),
}
"""The attribute of `Ordered`, and what it is then."""
ELSEWHERE = {"URL", "--network", "--ca", "--pin", "--fail-if", "--find-limit", "--most"}
"""Each has a test of its own, below or in test_options.py."""


@attrs.frozen
class Ordered:
    """What a run, or a search, would have been begun with."""

    order: LoadTestOptions
    files: Files
    conditions: list[Condition]
    most: int | None = None


Bots = Callable[..., Ordered]


@pytest.fixture
def bots(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Bots:
    """``bots("--count", "3")``: what this would begin with."""
    begun: list[Ordered] = []

    async def run(order: LoadTestOptions, failing: list[Condition], _console: object, files: Files) -> int:
        begun.append(Ordered(order, files, failing))
        return 0

    async def search(order: LoadTestOptions, holding: Condition, most: int, _console: object, files: Files) -> int:
        begun.append(Ordered(order, files, [holding], most))
        return 0

    async def check(_target: object) -> None:
        pass

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(module, "_run", run)
    monkeypatch.setattr(module, "search_limit", search)
    monkeypatch.setattr(module, "_check_host", check)
    monkeypatch.setattr(module, "raise_file_limit", lambda: None)

    def bots(*words: str) -> Ordered:
        command, bound, _ = app.parse_args(["bots", *words], exit_on_error=False, print_error=False)
        assert trio.run(partial(command, *bound.args, **bound.kwargs)) == 0
        return begun[-1]

    return bots


def test_every_option_has_a_line_here() -> None:
    assert set(ARRIVES) | ELSEWHERE == set(VALUES["bots"])


@pytest.mark.parametrize("name", ARRIVES)
def test_an_option_arrives_at_the_run(bots: Bots, name: str) -> None:
    attribute, expected = ARRIVES[name]
    read, value = attrgetter(attribute), VALUES["bots"][name]
    assert read(bots("http://127.0.0.1:8000", *typed("bots", name, value))) == (value if expected is SAME else expected)
    assert read(bots("http://127.0.0.1:8000")) != value


def test_the_link_and_how_it_is_trusted_arrive_at_the_run(bots: Bots) -> None:
    order = bots("https://[::1]:8000/?match=K7RW2P", "--pin", PIN).order
    assert order.url == "https://[::1]:8000/?match=K7RW2P"
    assert (order.target.host, order.target.port, order.target.match) == ("::1", 8000, "K7RW2P")
    assert order.target.trust.pin == PIN


def test_networks_arrive_at_the_run(bots: Bots) -> None:
    assert str(bots("http://127.0.0.1:8000", "--network", "mobile").order.network) == "mobile=100%"


def test_conditions_arrive_at_the_run(bots: Bots) -> None:
    texts = ("input_ack_ms.p99 > 120", "failed > 2")
    words = [word for text in texts for word in ("--fail-if", text)]
    assert tuple(map(str, bots("http://127.0.0.1:8000", *words).conditions)) == texts


def test_what_is_to_hold_and_how_far_to_go_arrive_at_the_search(bots: Bots) -> None:
    found = bots("http://127.0.0.1:8000", "--find-limit", "tick_lateness_ms.p99 < 5", "--most", "500")
    assert ([str(condition) for condition in found.conditions], found.most) == (["tick_lateness_ms.p99 < 5"], 500)
    assert bots("http://127.0.0.1:8000", "--find-limit", "failed < 1").most == module.MOST
