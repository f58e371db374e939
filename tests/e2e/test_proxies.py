"""People play through nginx, HAProxy and Caddy, configured as the documents say."""

from __future__ import annotations

import socket
import ssl
import subprocess
from contextlib import closing
from http.client import HTTPSConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import trustme

from game_server.loadtest.report.results import TESTER_WAS_THE_LIMIT
from tests.deploy.examples import EXAMPLES, Example
from tests.deploy.proxies import PROGRAMS, adapted
from tests.e2e.processes import run, start_host, wait_until

pytestmark = pytest.mark.e2e

SERVER = "127.0.0.1:8000"
ONE_MACHINE = [it for it in EXAMPLES if it.language in PROGRAMS and SERVER in it.text]


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def test_each_proxy_has_an_example_in_front_of_one_machine() -> None:
    assert sorted(example.language for example in ONE_MACHINE) == sorted(PROGRAMS)


def metrics(port: int, authority: Path, come_from: str, **headers: str) -> int:
    """The status of a request for the metrics, which not every address may read, from an address of this machine."""
    context = ssl.create_default_context(cafile=str(authority))
    # Only the name of the host is that of the certificate: the address is one of IPv4, as those of clients here are.
    with closing(
        HTTPSConnection("localhost", port, context=context, source_address=(come_from, 0), timeout=10)
    ) as http:
        http.request("GET", "/metrics", headers={name.replace("_", "-"): value for name, value in headers.items()})
        return http.getresponse().status


@pytest.mark.parametrize("example", ONE_MACHINE, ids=lambda example: example.language)
def test_players_come_through_a_proxy_that_passes_their_addresses_on(example: Example, tmp_path: Path) -> None:
    program = PROGRAMS[example.language]
    if not program.path:
        pytest.skip(f"{program.name} is not installed")
    authority, port = trustme.CA(), free_port()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(tmp_path / "cert.pem")
    url = f"https://localhost:{port}"
    proxied = ("--public-url", url, "--trust-proxy", "127.0.0.1", "--metrics-from", "127.0.0.2")
    host = start_host((*proxied, "--no-data", "--bots", "0"), tmp_path)
    file = adapted(example, tmp_path, port, {SERVER: urlsplit(host.url).netloc})
    log = tmp_path / "proxy.log"
    with log.open("wb") as written:
        proxy = subprocess.Popen(program.run(file, tmp_path), stderr=written, stdout=written)
    try:
        wait_until(lambda: listens(port) or proxy.poll() is not None, 15)
        assert proxy.poll() is None, log.read_text()
        assert metrics(port, tmp_path / "ca.pem", "127.0.0.2") == 200
        assert metrics(port, tmp_path / "ca.pem", "127.0.0.3") == 403
        assert metrics(port, tmp_path / "ca.pem", "127.0.0.3", X_Forwarded_For="127.0.0.2") == 403
        played = run("bots", url, "--ca", str(tmp_path / "ca.pem"), "--count", "2", "--duration", "2")
        assert played.returncode in (0, TESTER_WAS_THE_LIMIT), played.stdout + played.stderr + log.read_text()
    finally:
        proxy.terminate()
        proxy.wait(15)
        assert host.stop() == 0
