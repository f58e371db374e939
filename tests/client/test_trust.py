"""Certificates that a client trusts, in handshakes without a network."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import trustme

from game_server.client import TlsError, Trust, fingerprint_of_file
from game_server.client.trust import why_no_tls
from game_server.errors import ConfigError

OWN, OTHERS = trustme.CA(), trustme.CA()
SERVER = OWN.issue_cert("play.example")


def pin_of(path: Path, *certificates: trustme.Blob) -> str:
    path.write_bytes(b"".join(certificate.bytes() for certificate in certificates))
    return fingerprint_of_file(path)


def serving() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    SERVER.configure_cert(context)
    return context


def over_sockets(trust: Trust) -> None:
    """Shake hands as blocking programs do."""
    near, far = socket.socketpair()
    near.settimeout(5)
    far.settimeout(5)

    def serve() -> None:
        with serving().wrap_socket(far, server_side=True):
            pass

    with near, far, ThreadPoolExecutor(1) as pool:
        pool.submit(serve)
        with trust.context().wrap_socket(near, server_hostname="another.example"):
            pass


def over_buffers(trust: Trust) -> None:
    """Shake hands as trio does."""
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = trust.context().wrap_bio(down, up, server_hostname="another.example")
    server = serving().wrap_bio(up, down, server_side=True)
    for side in (client, server, client, server):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            pass
    assert client.version()


@pytest.mark.parametrize("shake_hands", [over_sockets, over_buffers])
def test_a_pinned_certificate_is_trusted_whatever_it_says_and_no_other_is(
    shake_hands: Callable[[Trust], None], tmp_path: Path
) -> None:
    shake_hands(Trust.of(None, pin_of(tmp_path / "pem", SERVER.cert_chain_pems[0])))
    with pytest.raises(TlsError, match=r"its certificate has the fingerprint sha256:.*, not the pinned sha256:"):
        shake_hands(Trust.of(None, pin_of(tmp_path / "pem", OTHERS.cert_pem)))


def test_the_fingerprint_of_a_file_is_that_of_its_first_certificate(tmp_path: Path) -> None:
    first, second = SERVER.cert_chain_pems[0], OWN.cert_pem
    alone = pin_of(tmp_path / "pem", first)
    assert pin_of(tmp_path / "pem", SERVER.private_key_pem, first, second) == alone
    assert pin_of(tmp_path / "pem", second, first) != alone
    with pytest.raises(ConfigError, match="has no certificate; it must be a PEM file"):
        pin_of(tmp_path / "pem", SERVER.private_key_pem)


def because(reason: str) -> ssl.SSLError:
    error = ssl.SSLError(1, reason)
    error.reason = reason
    return error


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (because("WRONG_VERSION_NUMBER"), "it does not speak TLS: write http:// instead of https://"),
        (because("HTTP_REQUEST"), "it does not speak TLS: write http:// instead of https://"),
        (because("PACKET_LENGTH_TOO_LONG"), "it does not speak TLS: write http:// instead of https://"),
        (because("TLSV1_ALERT_INTERNAL_ERROR"), "it broke off the TLS handshake; if it does not speak TLS, write"),
        (None, "it broke off the TLS handshake; if it does not speak TLS, write http:// instead of https://"),
    ],
)
def test_a_failed_handshake_says_what_to_do(error: ssl.SSLError | None, said: str) -> None:
    assert why_no_tls(error).startswith(said)
