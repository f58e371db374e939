from __future__ import annotations

import ctypes
import socket
import sys
from ipaddress import ip_address
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from game_server.cli import addresses
from game_server.cli.addresses import Found, reachable, reachable_here, read_addresses, wildcard


def best_first(*ips: str, routed: str | None = None, version: addresses.Version = 4) -> list[str]:
    found = [Found(ip_address(ip)) for ip in ips]
    return [str(ip) for ip in reachable(found, ip_address(routed) if routed else None, version)]


def test_private_addresses_come_before_public_and_these_before_self_assigned_ones() -> None:
    ips = ["169.254.7.7", "8.8.8.8", "172.16.0.2", "10.0.0.2", "192.168.1.20"]
    assert best_first(*ips) == list(reversed(ips))


def test_the_address_of_the_way_out_comes_first_among_its_like() -> None:
    assert best_first("192.168.1.20", "10.0.0.2", routed="10.0.0.2") == ["10.0.0.2", "192.168.1.20"]
    assert best_first("192.168.1.20", "8.8.8.8", routed="8.8.8.8") == ["192.168.1.20", "8.8.8.8"]


def test_addresses_of_the_other_version_are_not_listened_at() -> None:
    ips = ["192.168.1.20", "2001:db8::2", "fd00::2"]
    assert best_first(*ips) == ["192.168.1.20"]
    assert best_first(*ips, routed="192.168.1.20", version=6) == ["fd00::2", "2001:db8::2"]


def test_what_a_phone_cannot_open_is_left_out() -> None:
    assert best_first("127.0.0.1", "127.0.1.1", "0.0.0.0", "224.0.0.1") == []
    assert best_first("::1", "fe80::1", "::", "ff02::1", version=6) == []


def test_a_bridge_inside_the_machine_is_left_out_unless_it_is_the_way_out() -> None:
    bridge = Found(ip_address("172.17.0.1"), bridge=True)
    wired = Found(ip_address("192.168.1.20"))
    assert reachable([bridge, wired], wired.ip, 4) == [wired.ip]
    assert reachable([bridge], bridge.ip, 4) == [bridge.ip]


def test_a_tunnel_comes_last_even_when_it_is_the_way_out() -> None:
    tunnel = Found(ip_address("10.8.0.3"), tunnel=True)
    wired = Found(ip_address("192.168.1.20"))
    assert reachable([tunnel, wired], tunnel.ip, 4) == [wired.ip, tunnel.ip]


def test_where_interfaces_cannot_be_read_the_way_out_is_known_still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "read_addresses", list)
    monkeypatch.setattr(addresses, "routed_address", lambda _: ip_address("192.168.1.20"))
    assert reachable_here(4) == [ip_address("192.168.1.20")]


@given(st.lists(st.ip_addresses(), unique=True), st.none() | st.ip_addresses(), st.permutations(range(20)))
def test_the_order_does_not_depend_on_how_the_system_lists_them(
    ips: list[addresses.Ip], routed: addresses.Ip | None, order: list[int]
) -> None:
    found = [Found(ip) for ip in ips]
    shuffled = [found[place] for place in order if place < len(found)] + found[20:]
    for version in (4, 6):
        assert reachable(found, routed, version) == reachable(shuffled, routed, version)


def test_this_machine_has_a_loopback_address() -> None:
    assert ip_address("127.0.0.1") in [found.ip for found in read_addresses()]


@pytest.mark.parametrize("error", [OSError, AttributeError, TypeError])
def test_a_system_without_getifaddrs_has_no_addresses(monkeypatch: pytest.MonkeyPatch, error: type[Exception]) -> None:
    def fail(_: object) -> object:
        raise error

    monkeypatch.setattr("ctypes.CDLL", fail)
    assert read_addresses() == []


def test_a_machine_without_a_network_has_no_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> object:
        raise OSError("Network is unreachable")

    monkeypatch.setattr("socket.socket", fail)
    assert addresses.routed_address(4) is None


@pytest.mark.parametrize(
    ("host", "version"),
    [
        ("0.0.0.0", 4),
        ("0", 4),
        ("::", 6),
        ("0:0::0", 6),
        ("127.0.0.1", None),
        ("::1", None),
        ("192.168.1.20", None),
        ("localhost", None),
        ("", None),
        ("x" * 300, None),
        ("\0", None),
    ],
)
def test_some_hosts_mean_every_address(host: str, version: int | None) -> None:
    assert wildcard(host) == version


def interfaces(monkeypatch: pytest.MonkeyPatch, *listed: tuple[bytes, int, str]) -> list[Found]:
    """What is read of interfaces with a name, flags and an address."""
    items = [SimpleNamespace(name=name, flags=flags, address=ip) for name, flags, ip in listed]
    monkeypatch.setattr(addresses, "_walk", lambda _first: iter(items))
    monkeypatch.setattr(addresses, "_ip", lambda ip: ip_address(ip) if ip else None)
    monkeypatch.setattr(addresses, "_is_bridge", lambda name: name == b"docker0")
    return read_addresses()


def test_interfaces_that_are_up_are_read_and_whether_they_are_bridges_or_tunnels(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    up, down, tunnel = 0x1 | 0x40, 0x40, 0x1 | 0x10  # as in <net/if.h>
    assert interfaces(
        monkeypatch,
        (b"eth0", up, "192.168.1.20"),
        (b"eth1", down, "192.168.1.21"),
        (b"docker0", up, "172.17.0.1"),
        (b"wg0", tunnel, "10.8.0.3"),
        (b"can0", up, ""),
    ) == [
        Found(ip_address("192.168.1.20")),
        Found(ip_address("172.17.0.1"), bridge=True),
        Found(ip_address("10.8.0.3"), tunnel=True),
    ]


@pytest.mark.parametrize("has_length", [False, True])
@pytest.mark.parametrize(
    ("family", "rest", "ip"),
    [
        (socket.AF_INET, bytes(2) + bytes([192, 168, 1, 20]), "192.168.1.20"),
        (socket.AF_INET6, bytes(6) + ip_address("fd00::2").packed, "fd00::2"),
        (socket.AF_UNIX, bytes(26), None),
    ],
)
def test_an_address_is_read_from_the_structure_of_the_system(
    monkeypatch: pytest.MonkeyPatch, has_length: bool, family: int, rest: bytes, ip: str | None
) -> None:
    monkeypatch.setattr(addresses, "_HAS_LENGTH", has_length)
    head = bytes([28, family]) if has_length else int(family).to_bytes(2, sys.byteorder)
    structure = ctypes.create_string_buffer(head + rest)
    found = addresses._ip(ctypes.addressof(structure))
    assert found == (ip_address(ip) if ip else None)
    assert addresses._ip(None) is None


def test_a_system_that_cannot_list_its_interfaces_has_no_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    class Free:
        def __call__(self, _: object) -> None:
            raise AssertionError("there is nothing to free")

    monkeypatch.setattr("ctypes.CDLL", lambda _: SimpleNamespace(getifaddrs=lambda _: -1, freeifaddrs=Free()))
    assert read_addresses() == []


def test_a_bridge_is_one_that_linux_says_to_be_one() -> None:
    assert not addresses._is_bridge(b"lo")
    assert not addresses._is_bridge(b"no such interface")
