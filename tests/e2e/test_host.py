"""`game-server host` as the person who types it meets it."""

from __future__ import annotations

import signal
import socket
import ssl
import sys
import tomllib
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import trio
import trustme
from trio_websocket import ConnectionClosed, WebSocketConnection, wrap_client_stream

from game_server.protocol import (
    SUBPROTOCOL,
    WEBSOCKET_PATH,
    CloseCode,
    Hello,
    Home,
    Join,
    Welcome,
    decode_server,
    encode,
)
from tests.e2e.conftest import StartHost
from tests.e2e.processes import GAME_SERVER, Host, run, wait_until

pytestmark = pytest.mark.e2e

PROJECT = Path(__file__).parents[2]


def test_a_port_in_use_is_one_line_and_code_2() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = run("host", "--port", port)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1, done.stderr
    assert port in done.stderr


def test_the_config_file_has_the_same_keys_and_the_command_line_wins(host: StartHost, tmp_path: Path) -> None:
    path = tmp_path / "host.toml"
    path.write_text('name = "Friday"\nmax-players = 6\nbots = 2\ntick-rate = 60\n')
    match = host("--config", str(path), "--max-players", "8").match()
    assert (match["name"], match["max_players"], match["tick_rate"]) == ("Friday", 8, 60)


def test_it_prints_two_lines_and_nothing_else_where_standard_output_is_no_terminal(host: StartHost) -> None:
    server = host()
    assert server.stop() == 0
    listening, token = server.stdout.read_text().splitlines()
    assert listening == f"Listening on {server.url}"
    assert token.startswith("Admin token: ")


def test_it_prints_a_link_for_each_address_that_it_listens_at_and_a_qr_code_if_asked(host: StartHost) -> None:
    server = host("--host", "0.0.0.0", "--qr")
    assert server.url.startswith("http://127.0.0.1:")
    assert server.get("/healthz")["status"] == "ok"
    assert server.stop() == 0
    lines = server.stdout.read_text().splitlines()
    assert any("█" in line for line in lines)
    links = [line.split()[0] for line in lines if line.startswith("  ")]
    assert all(link.startswith("http://") and link.endswith(f":{urlsplit(server.url).port}") for link in links)
    assert not links or lines[len(links) + 1] == f"  {server.url}  (this machine only)"


def test_behind_a_proxy_it_prints_where_that_is_reached(host: StartHost) -> None:
    server = host("--public-url", "https://play.example.org/")
    assert server.stop() == 0
    assert server.stdout.read_text().splitlines()[1:3] == ["Players open:", "  https://play.example.org"]


def test_health_and_matches_are_answered_over_http(host: StartHost) -> None:
    server = host("--bots", "3", "--name", "Friday")
    health = server.get("/healthz")
    assert health["status"] == "ok"
    assert health["version"] == tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["version"]
    assert (health["matches"], health["players"]) == (1, 3)
    assert health["uptime"] >= 0
    match = server.match()
    assert (match["name"], match["game"], match["bots"], match["people"]) == ("Friday", "arena", 3, 0)


def test_the_client_is_served_with_its_security_headers(host: StartHost) -> None:
    with urllib.request.urlopen(host("--bots", "0").url, timeout=5) as response:
        assert response.headers.get_content_type() == "text/html"
        assert "default-src" in response.headers["Content-Security-Policy"]
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert b"<!doctype html>" in response.read(200).lower()


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
async def test_stopping_closes_every_player_with_1001_and_exits_with_0(host: StartHost, by: signal.Signals) -> None:
    server = host("--bots", "2")
    async with trio.open_nursery() as nursery:
        for number in range(3):
            await nursery.start(play_until_told_to_go, server, f"player {number}")
        assert await trio.to_thread.run_sync(server.stop, by) == 0


SERVE_ON_A_TERMINAL = """
import os, sys
child, terminal = os.forkpty()
if not child:
    os.execv(sys.argv[1], sys.argv[1:])
said = b""
while b"Admin token" not in said:
    said += os.read(terminal, 4096)
os.close(terminal)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_a_server_whose_terminal_is_closed_stops_in_order(tmp_path: Path) -> None:
    log = tmp_path / "log"
    shell = f'"$0" host --port 0 --bots 0 2>{log}'
    done = run("-c", SERVE_ON_A_TERMINAL, "/bin/sh", "-c", f"exec {shell}", GAME_SERVER, command=(sys.executable,))
    assert (done.returncode, done.stderr) == (0, "")
    assert "SIGHUP: notifying everybody and stopping" in log.read_text()


def test_a_server_without_a_terminal_reads_its_certificate_again_at_sighup(host: StartHost, tmp_path: Path) -> None:
    authority = trustme.CA()
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"

    def renew() -> None:
        issued = authority.issue_cert("127.0.0.1")
        issued.cert_chain_pems[0].write_to_path(cert)
        issued.private_key_pem.write_to_path(key)

    renew()
    server = host("--bots", "0", "--tls-cert", str(cert), "--tls-key", str(key), command=("setsid", GAME_SERVER))
    address = urlsplit(server.url)
    where = str(address.hostname), int(address.port or 0)
    first = ssl.get_server_certificate(where)
    key.write_text("no key")
    server.process.send_signal(signal.SIGHUP)
    wait_until(lambda: "keeping the old certificate" in server.stderr.read_text(), 5)
    assert ssl.get_server_certificate(where) == first
    renew()
    server.process.send_signal(signal.SIGHUP)
    wait_until(lambda: "reloaded the certificate" in server.stderr.read_text(), 5)
    assert ssl.get_server_certificate(where) != first
    assert server.stop() == 0


async def play_until_told_to_go(
    server: Host, nickname: str, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
) -> None:
    address = urlsplit(server.url)
    # The stream is ours to close: trio-websocket leaves a client's open when the server closes first.
    with trio.fail_after(10):
        stream = await trio.open_tcp_stream(str(address.hostname), int(address.port or 0))
        async with stream, trio.open_nursery() as nursery:
            connection = await wrap_client_stream(
                nursery, stream, address.netloc, WEBSOCKET_PATH, subprotocols=[SUBPROTOCOL]
            )
            for message in (Hello(nickname, "test"), Join("")):
                await connection.send_message(encode(message))
            assert isinstance(decode_server(await receive(connection)), Home)
            assert isinstance(decode_server(await receive(connection)), Welcome)
            task_status.started()
            with pytest.raises(ConnectionClosed) as closed:  # noqa: PT012 - snapshots come until then
                while True:
                    await receive(connection)
    reason = closed.value.reason
    assert reason is not None
    assert reason.code == CloseCode.GOING_AWAY
    assert reason.reason


async def receive(connection: WebSocketConnection) -> bytes:
    message = await connection.get_message()
    assert isinstance(message, bytes)
    return message


@pytest.mark.parametrize("arguments", [(), ("host",)], ids=["game-server", "host"])
def test_help_is_the_same_of_the_command_and_of_the_module(arguments: tuple[str, ...]) -> None:
    script = run(*arguments, "--help")
    module = run(*arguments, "--help", command=(sys.executable, "-m", "game_server"))
    assert (script.returncode, module.returncode) == (0, 0)
    assert script.stdout == module.stdout
    assert "game-server" in script.stdout
    assert script.stderr == module.stderr == ""


@pytest.mark.parametrize("redirected", [">/dev/full", ">&-"])
def test_output_that_cannot_be_written_leaves_no_traceback_when_the_interpreter_ends(redirected: str) -> None:
    script = f'"$@" --help {redirected}'
    done = run("-c", script, "sh", sys.executable, "-m", "game_server", command=("sh",))
    assert done.returncode == 2
    assert done.stderr.startswith("game-server: cannot write to standard output: ")
    assert done.stderr.count("\n") == 1
