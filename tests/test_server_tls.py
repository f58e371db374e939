from __future__ import annotations

import gc
import json
import ssl
import threading
from pathlib import Path

import attrs
import pytest
import trio
import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

import game_server.server as server_module
from game_server.cli.host_signals import renew_certificate
from game_server.client import fingerprint_of_file
from game_server.errors import ConfigError
from game_server.games import game_named
from game_server.lobby.match.match_options import MatchOptions
from game_server.options import ServerOptions
from game_server.server import Server
from game_server.telemetry import Garbage
from game_server.transport.http.request import MAX_HEAD_BYTES
from game_server.transport.options import HEAD_TIMEOUT
from tests.transport.clients import HttpClient

OPTIONS = ServerOptions(MatchOptions("Arena", game_named("arena"), bots=1, seed=1), port=0)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def files(authority: trustme.CA, tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 and its key."""
    issued = authority.issue_cert("127.0.0.1")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    issued.cert_chain_pems[0].write_to_path(cert)
    issued.private_key_pem.write_to_path(key)
    return cert, key


async def test_with_a_certificate_the_link_is_https(files: tuple[Path, Path], authority: trustme.CA) -> None:
    server, stop = Server(attrs.evolve(OPTIONS, tls_cert=files[0], tls_key=files[1])), trio.Event()
    context = ssl.create_default_context()
    authority.configure_trust(context)
    async with trio.open_nursery() as nursery:
        url = await nursery.start(server.run, stop)
        assert url.startswith("https://127.0.0.1:")
        port = int(url.rpartition(":")[2])
        async with await trio.open_ssl_over_tcp_stream(
            "127.0.0.1", port, https_compatible=True, ssl_context=context
        ) as stream:
            answer = await HttpClient(stream).get("/healthz")
        assert answer.headers["strict-transport-security"] == "max-age=2592000"
        assert json.loads(answer.body)["status"] == "ok"
        stop.set()


@pytest.mark.parametrize("key", trustme.KeyType)
async def test_a_renewed_certificate_is_for_those_who_come_from_then_on(
    files: tuple[Path, Path], authority: trustme.CA, key: trustme.KeyType
) -> None:
    server, stop = Server(attrs.evolve(OPTIONS, tls_cert=files[0], tls_key=files[1])), trio.Event()
    context = ssl.create_default_context()
    authority.configure_trust(context)

    async def dial(nursery: trio.Nursery) -> tuple[HttpClient, object]:
        port = int(server.url.rpartition(":")[2])
        stream = await trio.open_ssl_over_tcp_stream("127.0.0.1", port, https_compatible=True, ssl_context=context)
        await stream.do_handshake()
        nursery.start_soon(closed_at_the_end, stream)
        return HttpClient(stream), stream.getpeercert()["serialNumber"]

    async def closed_at_the_end(stream: trio.abc.AsyncResource) -> None:
        async with stream:
            await stop.wait()

    async with trio.open_nursery() as nursery:
        await nursery.start(server.run, stop)
        before, first = await dial(nursery)
        renewed = authority.issue_cert("127.0.0.1", key_type=key)
        renewed.cert_chain_pems[0].write_to_path(files[0])
        with pytest.raises(ConfigError, match=r"cert\.pem and .*key\.pem for TLS"):
            await server.reload_certificate()
        assert (await dial(nursery))[1] == first
        renewed.private_key_pem.write_to_path(files[1])
        await server.reload_certificate()
        after, second = await dial(nursery)
        assert second != first
        assert [(await http.get("/healthz")).status for http in (before, after)] == [200, 200]
        stop.set()


async def test_after_a_renewal_the_log_has_the_fingerprint_to_pin(
    files: tuple[Path, Path], authority: trustme.CA, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    server, stop = Server(attrs.evolve(OPTIONS, tls_cert=files[0], tls_key=files[1])), trio.Event()
    async with trio.open_nursery() as nursery:
        await nursery.start(server.run, stop)
        renewed = authority.issue_cert("127.0.0.1")
        renewed.cert_chain_pems[0].write_to_path(files[0])
        renewed.private_key_pem.write_to_path(files[1])
        await renew_certificate(server)
        stop.set()
    assert f"Certificate, for --pin: {fingerprint_of_file(files[0])}" in caplog.text


async def test_ticks_do_not_wait_while_a_renewed_certificate_is_read(
    files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    readers: list[threading.Thread] = []
    read = ServerOptions.tls_context

    def note(options: ServerOptions) -> ssl.SSLContext | None:
        readers.append(threading.current_thread())
        return read(options)

    monkeypatch.setattr(ServerOptions, "tls_context", note)
    server, stop = Server(attrs.evolve(OPTIONS, tls_cert=files[0], tls_key=files[1])), trio.Event()
    async with trio.open_nursery() as nursery:
        await nursery.start(server.run, stop)
        assert await server.reload_certificate()
        stop.set()
    assert [reader is threading.main_thread() for reader in readers] == [True, False]


async def test_without_tls_there_is_no_certificate_to_read_again() -> None:
    assert not await Server(OPTIONS).reload_certificate()


async def test_garbage_is_left_to_the_pauses_between_ticks_while_the_server_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(server_module, "Garbage", Garbage)
    stop = trio.Event()
    async with trio.open_nursery() as nursery:
        await nursery.start(Server(OPTIONS).run, stop)
        await trio.testing.wait_all_tasks_blocked()
        assert not gc.isenabled()
        stop.set()
    assert gc.isenabled()
    gc.freeze()  # as `tests.conftest` has done


def test_tls_files_that_cannot_be_used_are_named(files: tuple[Path, Path], tmp_path: Path) -> None:
    cert, key = files
    missing, text, locked = tmp_path / "missing.pem", tmp_path / "text.pem", tmp_path / "locked.pem"
    text.write_text("no certificate")
    private = load_pem_private_key(key.read_bytes(), None)
    locked.write_bytes(
        private.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, BestAvailableEncryption(b"secret"))
    )
    for chosen, complaint in [
        ((missing, key), "missing.pem"),
        ((text, key), "text.pem"),
        ((cert, text), "text.pem"),
        ((cert, None), "cert.pem"),
        ((cert, locked), "password"),
        ((None, key), "--tls-cert"),
    ]:
        options = attrs.evolve(OPTIONS, tls_cert=chosen[0], tls_key=chosen[1])
        with pytest.raises(ConfigError, match=complaint):
            options.tls_context()


def test_without_files_there_is_no_tls() -> None:
    assert OPTIONS.tls_context() is None


async def test_a_plain_request_at_the_port_of_tls_is_sent_to_https(files: tuple[Path, Path]) -> None:
    server, stop = Server(attrs.evolve(OPTIONS, tls_cert=files[0], tls_key=files[1])), trio.Event()

    async def answer(request: bytes) -> bytes:
        with trio.fail_after(5):
            async with await trio.open_tcp_stream("127.0.0.1", int(server.url.rpartition(":")[2])) as stream:
                await stream.send_all(request)
                return b"".join([data async for data in stream])

    async with trio.open_nursery() as nursery:
        await nursery.start(server.run, stop)
        for host, link in (
            ("play.example:8443", "https://play.example:8443/?match=K7RW2P&nick=Ada"),
            ("play.example", "https://play.example:80/?match=K7RW2P&nick=Ada"),
            ("[2001:DB8::1]:8443", "https://[2001:db8::1]:8443/?match=K7RW2P&nick=Ada"),
        ):
            # A method may begin with any letter.
            assert b" 307 " in await answer(f"ABLE / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            told = await answer(f"GET /?match=K7RW2P&nick=Ada HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            assert told.startswith(b"HTTP/1.1 307 Temporary Redirect\r\n")
            assert f"\r\nLocation: {link}\r\n".encode() in told
            assert told.endswith(f"This port speaks https: {link}\n".encode())
        head = await answer(b"HEAD / HTTP/1.1\r\nHost: play.example:8443\r\n\r\n")
        assert head.endswith(b"\r\n\r\n")
        for nonsense in (
            b"GET http://elsewhere.example/ HTTP/1.1\r\nHost: play.example\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: user@play.example\r\n\r\n",
            b"GET / HTTP/1.0\r\n\r\n",
            b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
            b"A" * (MAX_HEAD_BYTES + 2000),
        ):
            assert await answer(nonsense) == b"", nonsense[:40]
        stop.set()


async def test_a_plain_request_without_an_end_is_given_up(files: tuple[Path, Path], autojump_clock: object) -> None:  # noqa: ARG001
    server, stop = Server(attrs.evolve(OPTIONS, tls_cert=files[0], tls_key=files[1])), trio.Event()
    async with trio.open_nursery() as nursery:
        await nursery.start(server.run, stop)
        with trio.fail_after(HEAD_TIMEOUT + 1):
            async with await trio.open_tcp_stream("127.0.0.1", int(server.url.rpartition(":")[2])) as stream:
                await stream.send_all(b"GET / HTTP/1.1\r\n")
                assert await stream.receive_some() == b""
        stop.set()
