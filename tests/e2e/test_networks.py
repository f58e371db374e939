"""A bad network between players and a host, the way a person asks for one."""

from __future__ import annotations

import json
import typing
from pathlib import Path

import pytest

from game_server.cli.simulated_network import Preset
from game_server.loadtest.network.model import PRESETS
from tests.e2e.conftest import StartHost
from tests.e2e.processes import run, unless_busy

pytestmark = pytest.mark.e2e

LEAST_MS = 1000 * (PRESETS["mobile"].round_trip - PRESETS["mobile"].jitter)


def test_every_preset_can_be_asked_for() -> None:
    assert set(typing.get_args(Preset)) == set(PRESETS)


def play(url: str, figures: Path, *options: str) -> float:
    """The shortest of the usual round trips of two bots, in ms."""
    done = run("bots", url, "--count", "2", "--duration", "4", "--json", str(figures), *options)
    measured = json.loads(figures.read_text())
    assert done.returncode == unless_busy(0, measured), done.stderr
    trip = measured["round_trip_ms"]["p50"]
    assert isinstance(trip, float)
    return trip


def test_a_host_puts_every_player_behind_the_network(host: StartHost, tmp_path: Path) -> None:
    server = host("--network", "mobile", "--bots", "1", "--seed", "1")
    assert play(server.url, tmp_path / "figures.json") >= LEAST_MS


def test_bots_bring_a_network_of_their_own(host: StartHost, tmp_path: Path) -> None:
    server = host("--bots", "1", "--seed", "1")
    assert play(server.url, tmp_path / "figures.json", "--network", "mobile") >= LEAST_MS


def test_a_network_that_nobody_knows_is_refused() -> None:
    done = run("host", "--network", "moon")
    assert done.returncode == 2
    assert "moon" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_in_use_is_said_behind_a_network_too(host: StartHost) -> None:
    server = host()
    port = server.url.rpartition(":")[2]
    done = run("host", "--port", port, "--network", "lan")
    assert done.returncode == 2
    assert "in use" in done.stderr
    assert "Traceback" not in done.stderr
