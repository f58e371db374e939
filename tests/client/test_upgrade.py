"""The handshake of a client in Python, from the bytes of its request to those of the answer."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest

from game_server.client import ConnectError, check_head, new_key, split_head, upgrade_request
from game_server.client.upgrade import accept_of, key_in

KEY, ACCEPT = "dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
"""The example of RFC 6455, section 1.3."""
MOST = 65_536


def head(status: str, *lines: str) -> bytes:
    return "\r\n".join((f"HTTP/1.1 {status}", *lines)).encode()


ACCEPTED = head("101 Switching Protocols", f"Sec-WebSocket-Accept: {ACCEPT}", "sec-websocket-protocol:  toys ")


def test_a_request_names_host_path_and_key_and_a_subprotocol_if_there_is_one() -> None:
    request = (
        b"GET /ws?match=A HTTP/1.1\r\nHost: [::1]:80\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: the key\r\nSec-WebSocket-Version: 13\r\n"
    )
    assert upgrade_request("[::1]:80", "/ws?match=A", "the key") == request + b"\r\n"
    assert upgrade_request("[::1]:80", "/ws?match=A", "the key", "toys") == (
        request + b"Sec-WebSocket-Protocol: toys\r\n\r\n"
    )


def test_a_key_is_16_random_bytes_and_is_answered_as_the_rfc_says() -> None:
    keys = {new_key() for _ in range(9)}
    assert len(keys) == 9
    assert {len(base64.b64decode(key)) for key in keys} == {16}
    assert accept_of(KEY) == ACCEPT


def test_a_machine_that_forbids_old_hashes_for_security_may_play(monkeypatch: pytest.MonkeyPatch) -> None:
    sha1 = hashlib.sha1

    def strict(data: bytes, *, usedforsecurity: bool = True) -> Any:
        if usedforsecurity:
            raise ValueError("disabled for FIPS")
        return sha1(data, usedforsecurity=usedforsecurity)

    monkeypatch.setattr(hashlib, "sha1", strict)
    assert accept_of(KEY) == ACCEPT


@pytest.mark.parametrize(
    ("request_", "key"),
    [
        (upgrade_request("h", "/", KEY), KEY),
        (b"GET / HTTP/1.1\r\nsec-websocket-KEY:abc\r\n\r\n", "abc"),
        (b"GET / HTTP/1.1\r\nX-Sec-WebSocket-Key: abc\r\n\r\n", ""),
        (b"\x82\x85 a frame", ""),
    ],
)
def test_the_key_is_found_in_a_request_however_its_name_is_written(request_: bytes, key: str) -> None:
    assert key_in(request_) == key


def test_a_head_ends_with_an_empty_line_and_until_then_more_is_needed() -> None:
    whole = ACCEPTED + b"\r\n\r\n"
    assert split_head(whole + b"\x82\x00") == (ACCEPTED, b"\x82\x00")
    assert {split_head(whole[:cut]) for cut in range(len(whole))} == {None}


def test_a_head_has_64_kib_at_most() -> None:
    assert split_head(b"HTTP/1.1 " + b"x" * (MOST - 9)) is None
    with pytest.raises(ConnectError, match="the answer does not end"):
        split_head(b"HTTP/1.1 " + b"x" * (MOST - 8))


@pytest.mark.parametrize("data", [b"h", b"HTTP/2", b"220 mail.example.org ESMTP"])
def test_what_does_not_begin_like_http_is_refused_at_once(data: bytes) -> None:
    with pytest.raises(ConnectError, match="the answer is not HTTP; is that a game server"):
        split_head(data)


def test_an_upgrade_is_accepted_for_its_key_and_its_subprotocol() -> None:
    check_head(ACCEPTED, KEY, "toys")
    check_head(head("101 Fine"), "")
    with pytest.raises(ConnectError, match="does not speak games"):
        check_head(ACCEPTED, KEY, "games")
    with pytest.raises(ConnectError, match="belongs to another request"):
        check_head(ACCEPTED, "another key", "toys")


SECURE = "Location: https://play.example/ws"


@pytest.mark.parametrize(
    ("answer", "said", "turned_away"),
    [
        (head("429 Too Many Requests"), "turned away with 'HTTP/1.1 429 Too Many Requests' instead of", True),
        (head("503 Service Unavailable"), "turned away with", True),
        (head("500 Oops"), "could not connect: 'HTTP/1.1 500 Oops' instead of a WebSocket", False),
        (head("200 OK"), "could not connect: 'HTTP/1.1 200 OK' instead of", False),
        *((head(f"{status} Moved", SECURE), "it speaks TLS: write https://", False) for status in (301, 302, 307, 308)),
        (head("303 See Other", SECURE), "could not connect: 'HTTP/1.1 303", False),
        (head("301 Moved", "Location: http://play.example"), "could not connect: 'HTTP/1.1 301", False),
        (head("301 Moved"), "could not connect: 'HTTP/1.1 301", False),
        (b"HTTP/1.1 nonsense", "could not connect: 'HTTP/1.1 nonsense'", False),
        (b"HTTP/1.1 " + b"x" * 99, f"could not connect: 'HTTP/1.1 {'x' * 51}' instead", False),
    ],
)
def test_any_other_answer_is_refused_with_a_reason_and_only_a_full_server_turns_away(
    answer: bytes, said: str, turned_away: bool
) -> None:
    with pytest.raises(ConnectError) as caught:
        check_head(answer, KEY, "toys")
    assert said in str(caught.value)
    assert caught.value.turned_away is turned_away
    assert not caught.value.local_shortage
