"""Where each of `ServerOptions` arrives in the server. A new one needs a line in `ARRIVES`."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import attrs
import pytest
import trio

import game_server.server as module
from game_server.errors import ConfigError
from game_server.lobby.lobby_options import MatchLimits
from game_server.lobby.match.match_options import StayOptions
from game_server.options import ServerOptions
from game_server.server import Server
from game_server.throttling import Budgets
from game_server.transport import Guarded
from tests.live_server import toy_options

OTHER = toy_options(name="Other").match
NET = ip_network("192.0.2.0/24")


class Made:
    """A server, and what it was put together from."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **options: Any) -> None:
        self.given: dict[str, Any] = {}
        with monkeypatch.context() as patched:
            for name in ("MatchContext", "Throttling", "partial"):
                patched.setattr(module, name, self.recorded(name))
            self.server = Server(attrs.evolve(toy_options(), **options))
        self.transport = self.server._transport_options()

    def recorded(self, name: str) -> Callable[..., Any]:
        real = getattr(module, name)

        def make(*values: Any, **named: Any) -> Any:
            self.given[name] = named | {str(place): value for place, value in enumerate(values)}
            return real(*values, **named)

        return make

    def lobby(self, name: str) -> Any:
        return getattr(self.server.lobby.options, name)

    def context(self, name: str) -> Any:
        return self.given["MatchContext"][name]

    @property
    def metrics(self) -> Any:
        return self.server._api().get("/metrics")

    def readers(self) -> Any:
        assert isinstance(self.metrics, Guarded)
        return self.metrics.allowed


def listened(made: Made) -> Any:
    """Where ``made`` would listen."""
    asked: list[tuple[str, int]] = []

    async def listen(host: str, port: int) -> list[trio.SocketListener]:
        asked.append((host, port))
        raise ConfigError

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(module, "listen", listen)
        with pytest.raises(ConfigError):
            trio.run(made.server.run, trio.Event())
    return asked[0]


ARRIVES: dict[str, list[tuple[Any, Callable[[Made], Any], Any]]] = {
    "match": [(OTHER, lambda made: made.lobby("default"), OTHER)],
    "matches": [((), lambda made: made.lobby("opened"), ())],
    "host": [("127.0.0.2", lambda made: listened(made)[0], "127.0.0.2")],
    "port": [(8123, lambda made: listened(made)[1], 8123)],
    "origins": [(("https://a.example",), lambda made: made.transport.origins, ("https://a.example",))],
    "frame_ancestors": [
        (("https://a.example",), lambda made: made.transport.frame_ancestors, ("https://a.example",)),
    ],
    "redis": [("redis://a.example", lambda made: made.transport.elsewhere, True)],
    "public_url": [("https://b.example", lambda made: made.transport.origins, ("https://b.example",))],
    "ping_interval": [(1.5, lambda made: made.transport.ping_interval, 1.5)],
    "timeout": [
        (7.5, lambda made: made.transport.timeout, 7.5),
        (7.5, lambda made: made.context("timeout"), 7.5),
    ],
    "tick_drain": [(False, lambda made: made.transport.drained, False)],
    "ring": [(False, lambda made: made.given["partial"]["ring"], False)],
    "trusted_proxies": [(("192.0.2.0/24",), lambda made: made.transport.trusted_proxies, (NET,))],
    "limits": [(MatchLimits(max_bots=3), lambda made: made.lobby("limits"), MatchLimits(max_bots=3))],
    "stays": [(StayOptions(seat_hold=2.5), lambda made: made.context("stays"), StayOptions(seat_hold=2.5))],
    "admin_token": [("t" * 20, lambda made: made.server.admin_token, "t" * 20)],
    "word_filter": [(Path("words.txt"), lambda made: made.context("words")("a damn day"), "a **** day")],
    "budgets": [(Budgets(chat_per_address=9), lambda made: made.given["Throttling"]["0"].chat_per_address, 9)],
    "trusted_networks": [(("192.0.2.0/24",), lambda made: made.given["Throttling"]["1"], (NET,))],
    "metrics": [(False, lambda made: made.metrics, None)],
    "metrics_from": [(("192.0.2.0/24",), lambda made: made.readers(), (NET,))],
}
ELSEWHERE = {"tls_cert", "tls_key", "data", "recordings", "data_limit", "keep_matches", "workers"} | {
    "drain_timeout",
    "redis_prefix",
    "node_name",
    "cluster_key",
}
"""These are in test_server_tls.py, test_server_data.py, test_server_recordings.py, test_server_recovery.py and
test_server_draining.py; the others are in e2e/test_workers.py and e2e/test_machines.py."""


def test_every_option_has_a_line_here() -> None:
    assert {field.name for field in attrs.fields(ServerOptions)} == set(ARRIVES) | ELSEWHERE


@pytest.mark.parametrize(
    ("name", "value", "read", "expected"),
    [(name, *case) for name, cases in ARRIVES.items() for case in cases],
    ids=lambda it: it if isinstance(it, str) else "",
)
def test_an_option_arrives_where_it_works(
    name: str,
    value: Any,
    read: Callable[[Made], Any],
    expected: Any,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    (tmp_path / "words.txt").write_text("damn\n")
    monkeypatch.chdir(tmp_path)
    assert read(Made(monkeypatch, **{name: value})) == expected
    assert read(Made(monkeypatch)) != expected
