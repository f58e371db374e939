from __future__ import annotations

from ipaddress import ip_network

import pytest

from game_server.errors import ConfigError
from game_server.transport import TransportOptions, message_budget


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"origins": ("play.example",)}, "play.example"),
        ({"origins": ("https://play.example/path",)}, "https://play.example/path"),
        ({"frame_ancestors": ("club.example",)}, "club.example"),
        ({"trusted_proxies": ("nginx",)}, "nginx"),
        ({"ping_interval": 0.0}, "ping_interval"),
        ({"timeout": float("nan")}, "timeout"),
        ({"slow_timeout": 0}, "slow_timeout is 0: it must be more than 0 seconds"),
        ({"ping_interval": 20.0}, "--ping-interval 20"),
        ({"ping_interval": 15.0, "timeout": 15.0}, "--timeout 15 is no longer than --ping-interval 15"),
        ({"message_budget": (0, 1)}, "message_budget"),
        ({"message_budget": (1, 0)}, "message_budget"),
        ({"max_connections": 0}, "max_connections"),
    ],
)
def test_options_that_cannot_be_used_are_named(options: dict[str, object], complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        TransportOptions(**options)  # type: ignore[arg-type]


def test_the_defaults_and_any_origin_are_good() -> None:
    assert TransportOptions(origins=("https://Play.Example:443/",)).origins == ("https://play.example",)
    assert TransportOptions(origins=("*", "https://play.example:8443")).timeout > TransportOptions().ping_interval


def test_pages_and_proxies_are_written_in_one_way_however_they_were_typed() -> None:
    options = TransportOptions(frame_ancestors=("https://Club.Example:443/",), trusted_proxies=("10.0.0.0/8",))
    assert options.frame_ancestors == ("https://club.example",)
    assert options.trusted_proxies == (ip_network("10.0.0.0/8"),)


def test_the_least_that_can_be_chosen_is_one_message_and_one_connection() -> None:
    options = TransportOptions(message_budget=(1, 1), max_connections=1, head_timeout=0.001)
    assert (options.message_budget, options.max_connections) == ((1, 1), 1)


def test_without_a_choice_a_client_may_send_what_30_ticks_a_second_need() -> None:
    assert TransportOptions().message_budget == message_budget(30) == (240, 120)
