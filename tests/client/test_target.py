from __future__ import annotations

import pytest

from game_server.client.target import Target
from game_server.errors import ConfigError, ProtocolError
from game_server.protocol import Elsewhere


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("http://127.0.0.1:8000", Target("127.0.0.1", 8000, tls=False)),
        ("http://127.0.0.1:8000/", Target("127.0.0.1", 8000, tls=False)),
        ("127.0.0.1:8000", Target("127.0.0.1", 8000, tls=False)),
        ("play.example", Target("play.example", 80, tls=False)),
        ("localhost", Target("localhost", 80, tls=False)),
        ("http://gameserver", Target("gameserver", 80, tls=False)),
        ("gameserver:8000", Target("gameserver", 8000, tls=False)),
        ("ws://play.example/ws", Target("play.example", 80, tls=False)),
        ("https://play.example", Target("play.example", 443, tls=True)),
        ("wss://play.example:8443", Target("play.example", 8443, tls=True)),
        ("http://[::1]:8000", Target("::1", 8000, tls=False)),
        ("http://127.0.0.1:8000/?match=K7RW2P", Target("127.0.0.1", 8000, tls=False, match="K7RW2P")),
        ("http://127.0.0.1:8000?match=K7RW2P", Target("127.0.0.1", 8000, tls=False, match="K7RW2P")),
        ("127.0.0.1:8000/?match=K7RW2P", Target("127.0.0.1", 8000, tls=False, match="K7RW2P")),
        ("http://127.0.0.1:8000/?match=", Target("127.0.0.1", 8000, tls=False)),
    ],
)
def test_a_link_names_the_server_and_the_match(url: str, target: Target) -> None:
    assert Target.from_url(url) == target


def test_the_path_names_the_match_and_the_ticket() -> None:
    assert Target("play.example", 80, tls=False).resource == "/ws"
    assert (
        Target("play.example", 80, tls=False, match="K7RW2P", ticket="a&b").resource == "/ws?match=K7RW2P&ticket=a%26b"
    )


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("/ws?match=K7RW2P", Target("play.example", 443, True, "K7RW2P", ticket="t")),
        ("wss://other.example:8443/ws?match=K7RW2P", Target("other.example", 8443, True, "K7RW2P", ticket="t")),
        ("wss://[::1]/ws", Target("::1", 443, True, ticket="t")),
    ],
)
def test_a_client_is_sent_elsewhere(url: str, target: Target) -> None:
    assert Target("play.example", 443, tls=True).elsewhere(Elsewhere(url, "t")) == target


@pytest.mark.parametrize("url", ["ws://other.example/ws", "https://other.example", "wss://a:b/ws", "//[/ws"])
def test_a_client_goes_nowhere_else_and_never_without_tls(url: str) -> None:
    with pytest.raises(ProtocolError):
        Target("play.example", 443, tls=True).elsewhere(Elsewhere(url, "t"))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://",
        "ftp://play.example",
        "not-a-url",
        "not-a-url?match=K7RW2P",
        "http://play.example:port",
        "http://play.example:65536",
        "http://play.example:0",
        "http://[::1",
        "http://play.example/?match=" + "x" * 33,
    ],
)
def test_what_is_no_link_to_a_server_is_refused_in_one_line_that_shows_it(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Target.from_url(url)
    assert (url.rpartition("=")[2] or "''") in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("host", "port", "authority"),
    [("play.example", 8000, "play.example:8000"), ("::1", 8000, "[::1]:8000")],
)
def test_the_authority_is_what_the_host_header_says(host: str, port: int, authority: str) -> None:
    assert Target(host, port, tls=False).authority == authority
