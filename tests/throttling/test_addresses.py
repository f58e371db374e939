from __future__ import annotations

import pytest

from game_server.throttling import address_key, address_keys
from tests.lobby.people import Clock, FakePerson


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff"),
        ("2001:DB8:1:2::1", "2001:0db8:1:2::2"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
    ],
)
def test_addresses_of_one_subscriber_are_one(one: str, other: str) -> None:
    assert address_key(one) == address_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:3::1"),
        ("192.0.2.7", "192.0.2.8"),
        ("::ffff:192.0.2.7", "::ffff:192.0.2.8"),
        ("::1", "::2"),
        ("fe80::1%eth0", "fe80::2%eth0"),
        ("", "192.0.2.7"),
    ],
)
def test_addresses_of_two_are_two(one: str, other: str) -> None:
    assert address_key(one) != address_key(other)


@pytest.mark.parametrize(("host", "key"), [("2001:db8:1:2::1", "2001:db8:1:2::/64"), ("somewhere", "somewhere")])
def test_a_person_goes_by_the_key(host: str, key: str) -> None:
    assert FakePerson("Ada", Clock(), host).address == address_key(host) == key


@pytest.mark.parametrize(
    ("host", "keys"),
    [
        ("192.0.2.7", ("192.0.2.7",)),
        ("::ffff:192.0.2.7", ("192.0.2.7",)),
        ("2001:db8:1:2::1", ("2001:db8:1:2::/64", "2001:db8:1::/48")),
        ("fe80::1%eth0", ("fe80::1%eth0",)),
        ("::1", ("::1",)),
        ("somewhere", ("somewhere",)),
    ],
)
def test_an_address_is_charged_to_itself_and_to_the_site_it_may_be_of(host: str, keys: tuple[str, ...]) -> None:
    assert address_keys(host) == keys
