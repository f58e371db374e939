from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from game_server.errors import ConfigError
from game_server.transport.http.client_address import (
    UNKNOWN,
    Address,
    client_address,
    may_read,
    plain,
    trusted_networks,
)

TRUSTED = trusted_networks(["10.0.0.0/8", "fd00::/8"])
PROXY = Address("10.0.0.1", 50312)
PLAYER = "203.0.113.9"


@pytest.mark.parametrize(
    ("address", "text"),
    [
        (Address("127.0.0.1", 50312), "127.0.0.1:50312"),
        (Address("::1", 50312), "[::1]:50312"),
        (Address(PLAYER), PLAYER),
        (Address("2001:db8::9"), "[2001:db8::9]"),
        (UNKNOWN, "unknown address"),
    ],
)
def test_an_address_is_written_with_its_port_if_it_has_one(address: Address, text: str) -> None:
    assert str(address) == text


@pytest.mark.parametrize(
    ("peer", "own", "here"),
    [
        pytest.param((PLAYER, 50312), ("192.0.2.1", 8000), False, id="a stranger"),
        pytest.param(("192.0.2.1", 50312), ("192.0.2.1", 8000), True, id="the server's own address"),
        pytest.param(("::ffff:192.0.2.1", 50312, 0, 0), ("192.0.2.1", 8000), True, id="the same, dressed up as IPv6"),
        pytest.param(("2001:db8::1", 50312, 0, 0), ("2001:db8::2", 8000, 0, 0), False, id="a stranger with IPv6"),
        pytest.param(("127.0.0.2", 50312), ("127.0.0.1", 8000), True, id="loopback"),
    ],
)
def test_a_peer_is_on_this_machine_if_its_address_is(peer: tuple[Any, ...], own: tuple[Any, ...], here: bool) -> None:
    address = Address.of_peer(peer, own)
    assert (address.port, address.here) == (50312, here)
    assert address.host == peer[0].removeprefix("::ffff:")


def test_a_peer_at_a_unix_socket_has_no_address() -> None:
    assert Address.of_peer("", "/run/game-server") == UNKNOWN


@pytest.mark.parametrize(
    ("lines", "client"),
    [
        pytest.param([b"203.0.113.9"], Address(PLAYER), id="one proxy"),
        pytest.param([b"203.0.113.9, 10.0.0.2, 10.0.0.3"], Address(PLAYER), id="three proxies"),
        pytest.param([b"203.0.113.9", b"10.0.0.2"], Address(PLAYER), id="a line from each proxy"),
        pytest.param([b"203.0.113.9,fd00::2"], Address(PLAYER), id="a proxy of either kind"),
        pytest.param([b"198.51.100.1, 203.0.113.9"], Address(PLAYER), id="what the client made up"),
        pytest.param([b"198.51.100.1", b"203.0.113.9, 10.0.0.2"], Address(PLAYER), id="made up in a line of its own"),
        pytest.param([b"203.0.113.9, garbage, 10.0.0.2"], Address("10.0.0.2"), id="garbage ends the walk"),
        pytest.param([b"203.0.113.9, , 10.0.0.2"], Address("10.0.0.2"), id="nothing is garbage"),
        pytest.param([b"203.0.113.9, garbage"], PROXY, id="garbage from the nearest"),
        pytest.param([b""], PROXY, id="an empty line"),
        pytest.param([], PROXY, id="no line"),
        pytest.param([b"10.0.0.9, 10.0.0.2"], Address("10.0.0.9"), id="a player beside the proxies"),
        pytest.param([b"203.0.113.9:4711"], Address(PLAYER, 4711), id="with a port"),
        pytest.param([b"203.0.113.9:1"], Address(PLAYER, 1), id="the lowest port"),
        pytest.param([b"203.0.113.9:65535"], Address(PLAYER, 65535), id="the highest port"),
        pytest.param([b"[2001:DB8::9]:4711"], Address("2001:db8::9", 4711), id="IPv6 with a port"),
        pytest.param([b"[2001:db8::9]"], Address("2001:db8::9"), id="IPv6 in brackets"),
        pytest.param([b"2001:db8:0:0::9"], Address("2001:db8::9"), id="IPv6"),
        pytest.param([b"::ffff:203.0.113.9"], Address(PLAYER), id="IPv4 dressed up as IPv6"),
        pytest.param([b"203.0.113.9, ::ffff:10.0.0.2"], Address(PLAYER), id="a proxy dressed up as IPv6"),
        pytest.param([b"\t 203.0.113.9 \t"], Address(PLAYER), id="blanks"),
    ],
)
def test_the_client_is_the_right_most_entry_that_is_no_trusted_proxy(lines: list[bytes], client: Address) -> None:
    assert client_address(PROXY, lines, TRUSTED) == client


@pytest.mark.parametrize(
    "entry",
    [
        b"unknown",
        b"_hidden",
        b"localhost",
        b"203.0.113",
        b"203.0.113.256",
        b"203.0.113.09",
        b"203.0.113.9:0",
        b"203.0.113.9:65536",
        b"203.0.113.9:",
        b"[203.0.113.9]:80",
        b"[::1",
        b"::1]",
        b"[]",
        b"2001:db8::9%eth0",
        b"203.0.113.9/32",
        b'"203.0.113.9"',
        b"203.0.113.9\xa0",
        b"\xd9\xa3.0.113.9",
        b"203.0.113.9 10.0.0.2",
        b"1" * 10_000,
        b":" * 10_000,
    ],
)
def test_what_is_no_address_is_not_taken_for_one(entry: bytes) -> None:
    assert client_address(PROXY, [b"198.51.100.1, " + entry], TRUSTED) == PROXY


@pytest.mark.parametrize("direct", [Address(PLAYER, 4711), Address("2001:db8::9", 4711), UNKNOWN])
def test_from_anybody_else_the_header_is_ignored(direct: Address) -> None:
    assert client_address(direct, [b"198.51.100.1"], TRUSTED) == direct


def test_nobody_is_trusted_unless_the_host_says_so() -> None:
    assert client_address(PROXY, [b"203.0.113.9"], ()) == PROXY


proxies = st.integers(1, 254).map(lambda last: f"10.0.0.{last}") | st.integers(1, 254).map(
    lambda last: f"fd00::{last:x}"
)
players = (
    st.ip_addresses()
    .map(lambda ip: plain(str(ip)))
    .filter(lambda host: not any(ip_address(host) in network for network in TRUSTED))
)
made_up = st.lists(
    st.binary(max_size=60)
    | st.text(max_size=30).map(str.encode)
    | st.lists(st.ip_addresses().map(str) | proxies, max_size=20).map(", ".join).map(str.encode)
    | st.sampled_from([b"10.0.0.2," * 1100, b"," * 10_000, b"[::1]:1," * 1200, b"\xff" * 10_000]),
    max_size=5,
)


@given(player=players, claims=made_up, chain=st.lists(st.tuples(proxies, st.booleans()), min_size=1, max_size=4))
def test_behind_honest_proxies_nobody_can_make_up_an_address(
    player: str, claims: list[bytes], chain: list[tuple[str, bool]]
) -> None:
    lines, caller = list(claims), player
    for proxy, on_a_new_line in chain:
        if on_a_new_line or not lines:
            lines.append(caller.encode())
        else:
            lines[-1] += b", " + caller.encode()
        caller = proxy
    assert client_address(Address(caller, 50312), lines, TRUSTED) == Address(player)


@given(direct=st.ip_addresses().map(str) | proxies, lines=made_up)
def test_whatever_the_header_says_the_answer_is_an_address(direct: str, lines: list[bytes]) -> None:
    found = client_address(Address(direct, 1), lines, TRUSTED)
    assert str(ip_address(found.host)) == found.host
    assert found.port is None or 1 <= found.port <= 65535


def test_networks_are_addresses_or_prefixes() -> None:
    assert trusted_networks(["127.0.0.1", "10.0.0.0/8", "::1", "FD00::/8", "0.0.0.0/0"]) == tuple(
        map(ip_network, ["127.0.0.1/32", "10.0.0.0/8", "::1/128", "fd00::/8", "0.0.0.0/0"])
    )


@pytest.mark.parametrize(
    ("text", "saying"),
    [
        ("", "not an address"),
        ("nginx", "nginx"),
        ("/8", "/8"),
        ("10.0.0.0/33", "10.0.0.0/33"),
        ("10.0.0.0/8/8", "10.0.0.0/8/8"),
        ("10.0.0.5/8", "write 10.0.0.0/8 or 10.0.0.5"),
        ("::ffff:10.0.0.0/104", "write 10.0.0.0"),
        ("10.0.0.1:80", "10.0.0.1:80"),
    ],
)
def test_what_is_no_network_is_named(text: str, saying: str) -> None:
    with pytest.raises(ConfigError, match=saying):
        trusted_networks([text])


HERE = Address("192.168.1.20", 5, here=True)
ALLOWED = trusted_networks(["10.0.0.0/8"])


@pytest.mark.parametrize(
    ("direct", "client", "names", "allowed"),
    [
        (HERE, HERE, [b"host"], True),
        (Address("10.1.2.3", 5), Address("10.1.2.3", 5), [b"host"], True),
        (Address("192.168.1.21", 5), Address("192.168.1.21", 5), [b"host"], False),
        (HERE, Address("10.1.2.3"), [b"x-forwarded-for"], True),
        (HERE, Address("203.0.113.9"), [b"x-forwarded-for"], False),
        (HERE, Address("127.0.0.1"), [b"x-forwarded-for"], False),
        (UNKNOWN, UNKNOWN, [b"host"], False),
    ],
)
def test_only_this_machine_and_networks_that_are_allowed_may_read(
    direct: Address, client: Address, names: list[bytes], allowed: bool
) -> None:
    assert may_read(direct, client, names, ALLOWED) is allowed


@pytest.mark.parametrize("name", [b"x-forwarded-for", b"forwarded", b"x-real-ip", b"via"])
def test_a_proxy_that_is_not_trusted_reads_nothing_for_anybody(name: bytes) -> None:
    for direct in (HERE, Address("10.1.2.3", 5)):
        assert not may_read(direct, direct, [b"host", name], ALLOWED)
