"""Where each option of ``game-server host`` arrives. A new option needs a line in `ARRIVES` or in `ELSEWHERE`."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from functools import partial
from operator import attrgetter
from pathlib import Path
from typing import Any

import attrs
import cyclopts
import pytest
import trio

import game_server.cli.host as module
from game_server.agones import FleetMember, Load
from game_server.cli.app import app
from game_server.errors import ConfigError
from game_server.games.arena import Arena
from game_server.options import ServerOptions
from game_server.protocol import MAPS, Spectating
from game_server.server import Server
from tests.cli.test_options import OF_HOST, VALUES, typed

SAME = object()
ARRIVES: dict[str, tuple[str, Any]] = {
    "--name": ("match.name", SAME),
    "--game": ("match.game", Arena),
    "--mode": ("match.rules.mode", SAME),
    "--option": ("match.rules.chosen", {"friendly_fire": True}),
    "--max-players": ("match.max_players", SAME),
    "--bots": ("match.bots", SAME),
    "--bot-skill": ("match.bot_skill", SAME),
    "--seed": ("match.seed", SAME),
    "--tick-rate": ("match.tick_rate", SAME),
    "--rounds": ("match.rounds", SAME),
    "--rotation": ("match.rotation", MAPS),
    "--takeover": ("match.takeover", SAME),
    "--spectators": ("match.spectating", Spectating.SILENT),
    "--spectator-delay": ("match.delay", SAME),
    "--private": ("match.private", SAME),
    "--password": ("match.password", SAME),
    "--unrecorded": ("match.recorded", False),
    "--check-hash": ("match.hashed", SAME),
    "--no-match": ("matches", ()),
    "--max-matches": ("limits.max_matches", SAME),
    "--max-matches-per-address": ("limits.max_matches_per_address", SAME),
    "--max-bots": ("limits.max_bots", SAME),
    "--max-bots-per-match": ("limits.max_bots_per_match", SAME),
    "--max-bots-per-address": ("limits.max_bots_per_address", SAME),
    "--seat-hold": ("stays.seat_hold", SAME),
    "--idle-to-watching": ("stays.idle_to_watching", SAME),
    "--word-filter": ("word_filter", SAME),
    "--admin-token": ("admin_token", SAME),
    "--host": ("host", SAME),
    "--port": ("port", SAME),
    "--public-url": ("public_url", SAME),
    "--trust-proxy": ("trusted_proxies", SAME),
    "--origin": ("origins", SAME),
    "--frame-ancestor": ("frame_ancestors", SAME),
    "--tls-cert": ("tls_cert", SAME),
    "--tls-key": ("tls_key", SAME),
    "--trust-network": ("trusted_networks", SAME),
    "--ping-interval": ("ping_interval", SAME),
    "--timeout": ("timeout", SAME),
    "--tick-drain": ("tick_drain", SAME),
    "--ring": ("ring", SAME),
    "--metrics": ("metrics", SAME),
    "--metrics-from": ("metrics_from", SAME),
    "--data": ("data", SAME),
    "--no-data": ("data", None),
    "--recordings": ("recordings", SAME),
    "--data-limit": ("data_limit", 12_000_000),
    "--keep-matches": ("keep_matches", SAME),
    "--drain-timeout": ("drain_timeout", SAME),
    "--redis": ("redis", SAME),
    "--redis-prefix": ("redis_prefix", SAME),
    "--node-name": ("node_name", SAME),
    "--cluster-key": ("cluster_key", SAME),
    **{
        name: (f"budgets.{name[2:].replace('-', '_')}", SAME)
        for name in OF_HOST
        if name.endswith("-per-address") and not name.startswith("--max-")
    },
}
"""The attribute of `ServerOptions`, and what it is then."""
ELSEWHERE = {"--matches", "--qr", "--config", "--log-level", "--log-format", "--network", "--workers", "--agones"}
"""Each has a test of its own, below or in test_options.py."""


class Hosted(Exception):
    """Instead of a server."""


Host = Callable[..., ServerOptions]


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Host:
    """``host("--bots", "3")``: the options of the server that this would run."""
    chosen: list[ServerOptions] = []

    def server(options: ServerOptions, *_log: object, **_live: bool) -> Server:
        chosen.append(options)
        raise Hosted

    monkeypatch.delenv("GAME_SERVER_TOKEN", raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr(module, "Server", server)
    monkeypatch.setattr(module, "Supervisor", server)
    monkeypatch.setattr(module, "set_up", lambda *_: None)

    def host(*words: str) -> ServerOptions:
        command, bound, _ = app.parse_args(["host", *words], exit_on_error=False, print_error=False)
        with pytest.raises(Hosted):
            trio.run(partial(command, **bound.arguments))
        return chosen[-1]

    return host


@pytest.mark.parametrize(("words", "expected"), [("1", 1), ("3", 3), ("auto", 5)])
def test_workers_are_a_number_or_one_for_each_core(
    host: Host, monkeypatch: pytest.MonkeyPatch, words: str, expected: int
) -> None:
    monkeypatch.setattr(module, "_cores", lambda: 5)
    assert host("--workers", words).workers == expected


def test_every_option_has_a_line_here() -> None:
    assert set(ARRIVES) | ELSEWHERE == set(OF_HOST)
    assert not set(ARRIVES) & ELSEWHERE


@pytest.mark.parametrize("name", ARRIVES)
def test_an_option_arrives_at_the_server(host: Host, name: str) -> None:
    attribute, expected = ARRIVES[name]
    read = attrgetter(attribute)
    value = VALUES["host"][name] if expected is SAME else expected
    assert read(host(*typed("host", name, VALUES["host"][name]))) == value
    if name != "--game":  # there is one
        assert read(host()) != value


def test_the_matches_of_a_file_arrive_at_the_server(host: Host, tmp_path: Path) -> None:
    file = tmp_path / "matches.toml"
    file.write_text('[[match]]\nname = "One"\n[[match]]\nname = "Two"\nbots = 0\n')
    options = host("--matches", str(file), "--name", "Other", "--bots", "2")
    assert [(match.name, match.bots) for match in options.opened] == [("One", 2), ("Two", 0)]
    assert options.match.name == "Other"


def test_data_is_kept_by_port_unless_the_port_is_any(host: Host, tmp_path: Path) -> None:
    assert host("--port", "8123").data == tmp_path / "game-server" / "8123"
    assert host("--port", "0").data is None
    assert host("--port", "0", "--data", "kept").data == Path("kept")


def test_a_server_without_a_place_for_data_runs_without(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    assert host("--port", "8123").data is None
    assert "nothing will outlive this server" in caplog.text
    assert "give a directory with --data, or --no-data" in caplog.text


@pytest.mark.parametrize(
    ("arguments", "warning"),
    [
        (("--redis", "redis://127.0.0.1"), "without --cluster-key this server is a stranger"),
        (("--node-name", "berlin"), "--node-name is of no use"),
        (("--cluster-key", "secret"), "--cluster-key is of no use"),
        (("--redis", "redis://127.0.0.1", "--cluster-key", "secret", "--node-name", "berlin"), ""),
        (("--workers", "2", "--node-name", "berlin"), ""),
    ],
)
def test_options_of_a_cluster_that_make_none_are_warned_of(
    host: Host, caplog: pytest.LogCaptureFixture, arguments: tuple[str, ...], warning: str
) -> None:
    host("--port", "0", *arguments)
    assert warning in caplog.text
    assert warning or not caplog.text


def test_a_directory_and_none_at_all_exclude_one_another() -> None:
    command, bound, _ = app.parse_args(["host", "--data", "kept", "--no-data"], exit_on_error=False, print_error=False)
    with pytest.raises(ConfigError, match="--data and --no-data exclude one another"):
        trio.run(partial(command, **bound.arguments))


def test_nobody_is_trusted_when_a_host_says_so(host: Host) -> None:
    assert host("--trust-network", "none").trusted_networks == ()


def test_behind_a_bad_network_the_server_is_reached_only_through_it_without_metrics(host: Host) -> None:
    # Everybody seems to be on this machine then, and so could read them.
    for more in ((), ("--metrics",), ("--metrics-from", "192.0.2.7")):
        options = host("--network", "bad", "--host", "0.0.0.0", "--port", "8123", *more)
        assert (options.host, options.port, options.metrics) == ("127.0.0.1", 0, False)
    assert host("--host", "0.0.0.0", "--port", "8123").metrics


def test_the_log_is_as_a_host_wants_it(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    logs: list[Any] = []
    monkeypatch.setattr(module, "set_up", lambda *how: logs.append(how))
    host("--log-level", "debug", "--log-format", "json")
    assert logs == [("debug", "json")]


@pytest.fixture
def _usr2() -> Iterator[None]:
    before = signal.getsignal(signal.SIGUSR2)
    yield
    signal.signal(signal.SIGUSR2, before)


@pytest.mark.usefixtures("_usr2")
def test_a_reload_while_a_server_starts_does_not_end_it(host: Host) -> None:
    signal.signal(signal.SIGUSR2, signal.SIG_DFL)
    host("--port", "0")
    assert signal.getsignal(signal.SIGUSR2) is signal.SIG_IGN


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("--ping-interval", None, "3600"),
        ("--timeout", None, "3600"),
        ("--workers", "1", "64"),
    ],
)
def test_a_number_is_taken_from_its_least_to_its_most(name: str, least: str | None, most: str) -> None:
    def parsed(value: str) -> object:
        _, bound, _ = app.parse_args(["host", name, value], exit_on_error=False, print_error=False)
        return bound

    assert parsed(most)
    for beyond in (str(int(most) + 1), "-1", *([] if least == "0" else ["0"])):
        with pytest.raises(cyclopts.CycloptsError):
            parsed(beyond)
    if least:
        assert parsed(least)


@pytest.mark.parametrize("terminal", [False, True])
def test_workers_report_each_second_where_somebody_sees_it(
    host: Host, monkeypatch: pytest.MonkeyPatch, terminal: bool
) -> None:
    made: list[tuple[Any, ...]] = []

    def supervisor(options: ServerOptions, log: tuple[str, str], *, live: bool) -> Server:
        made.append((options.workers, log, live))
        raise RuntimeError

    monkeypatch.setattr(module, "Supervisor", supervisor)
    monkeypatch.setattr("sys.stdout.isatty", lambda: terminal)
    with pytest.raises(RuntimeError):
        host("--port", "0", "--workers", "2", "--log-format", "json")
    assert made == [(2, ("info", "json"), terminal)]


def test_the_directory_of_a_server_is_for_its_user_alone_and_used_again(
    host: Host, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        assert host("--port", "8123").data == tmp_path / "game-server" / "8123"
    assert (tmp_path / "game-server" / "8123").stat().st_mode & 0o777 == 0o700
    assert not caplog.text


def test_a_game_that_no_page_can_draw_is_warned_of_once(
    host: Host, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    host("--port", "0")
    assert not caplog.text
    monkeypatch.setattr(module, "missing_script", lambda game: f"web/{game.name}.js")
    host("--port", "0")
    assert caplog.messages == ["the game 'arena' has no web/arena.js: pages cannot show it"]


@pytest.mark.parametrize(("allowed", "there", "cores"), [({1, 4, 7}, 8, 3), (None, 8, 8), (None, None, 1)])
def test_the_cores_of_a_machine_are_those_that_this_process_may_use(
    monkeypatch: pytest.MonkeyPatch, allowed: set[int] | None, there: int | None, cores: int
) -> None:
    if allowed is None:
        monkeypatch.delattr(os, "sched_getaffinity")
    else:
        monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: allowed)
    monkeypatch.setattr(os, "cpu_count", lambda: there)
    assert module._cores() == cores


@attrs.define
class Idle:
    """A server of which only what begins with it counts."""

    options: ServerOptions
    log: Any = None
    live: bool = False
    works: bool = True

    def load(self) -> Load:
        return Load(matches=3)


@pytest.mark.parametrize("words", [(), ("--agones",), ("--network", "bad")])
def test_a_server_is_run_with_its_links_and_in_a_fleet_only_if_it_is_to(
    host: Host, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    assert callable(host)
    served: list[tuple[Any, ...]] = []

    async def serve(*given: Any) -> None:
        await trio.lowlevel.checkpoint()
        served.append(given)
        if "--agones" in words:
            given[-1].cancel()
            await trio.sleep_forever()

    farewells: list[bool] = []
    monkeypatch.setattr(module, "Server", Idle)
    monkeypatch.setattr(module, "_serve", serve)
    monkeypatch.setattr(module, "_say_farewell", farewells.append)
    command, bound, _ = app.parse_args(["host", "--port", "8123", "--qr", *words], exit_on_error=False)
    assert trio.run(partial(command, **bound.arguments)) == 0
    [(server, options, network, qr, member, stop, _)] = served
    assert farewells == ["--agones" in words]
    assert (options.port, network, qr, stop.is_set()) == (8123, "bad" if "bad" in words else None, True, False)
    assert (server.options == options) is ("bad" not in words)
    assert isinstance(member, FleetMember) is ("--agones" in words)
    if member:
        assert (member._load(), member._works()) == (Load(matches=3), True)
