from __future__ import annotations

import attrs
import pytest

from game_server.client import Trust
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
        ("http://127.0.0.1:8000/?match=" + "x" * 32, Target("127.0.0.1", 8000, tls=False, match="x" * 32)),
        ("http://127.0.0.1:65535", Target("127.0.0.1", 65535, tls=False)),
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


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("/ws", Target("play.example", 8000, False, ticket="t")),
        ("ws://other.example/ws", Target("other.example", 80, False, ticket="t")),
        ("wss://other.example/ws", Target("other.example", 443, True, ticket="t")),
        ("/ws?match=" + "x" * 33, Target("play.example", 8000, False, "x" * 32, ticket="t")),
    ],
)
def test_a_client_without_tls_may_be_sent_to_where_there_is_some(url: str, target: Target) -> None:
    assert Target("play.example", 8000, tls=False, match="K7RW2P").elsewhere(Elsewhere(url, "t")) == target


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


@pytest.mark.parametrize("host", ["play..example", "x" * 64])
def test_a_host_whose_name_cannot_be_looked_up_is_refused_by_its_name(host: str) -> None:
    with pytest.raises(ConfigError, match=f"^'{host}' is not a host name: label"):
        Target.from_url(f"http://{host}:8000")


@pytest.mark.parametrize("host", ["localhost", "::1", "127.0.0.1", "127.8.9.1"])
def test_a_server_is_on_this_machine_at_its_own_addresses_alone(host: str) -> None:
    assert Target(host, 8000, tls=False).is_here
    assert not Target(f"x{host}", 8000, tls=False).is_here


def test_another_match_of_the_same_server_keeps_everything_else() -> None:
    target = Target("play.example", 443, True, "K7RW2P", Trust(pin="sha256:" + "ab" * 32), "ticket")
    assert attrs.astuple(target.to("AB2CD3"), recurse=False) == (
        *attrs.astuple(target, recurse=False)[:3], "AB2CD3", target.trust, "ticket",
    )  # fmt: skip


def test_only_a_server_with_tls_is_spoken_to_in_tls() -> None:
    assert Target("play.example", 443, tls=True).context()
    assert Target("play.example", 80, tls=False).context() is None
