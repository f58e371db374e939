from __future__ import annotations

import pytest

from game_server.errors import ConfigError
from game_server.transport import TransportOptions


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"origins": ("play.example",)}, "play.example"),
        ({"origins": ("https://play.example/path",)}, "https://play.example/path"),
        ({"trusted_proxies": ("nginx",)}, "nginx"),
        ({"ping_interval": 0.0}, "ping_interval"),
        ({"timeout": float("nan")}, "timeout"),
        ({"ping_interval": 20.0}, "--ping-interval 20"),
        ({"message_budget": (0, 1)}, "message_budget"),
        ({"max_connections": 0}, "max_connections"),
    ],
)
def test_options_that_cannot_be_used_are_named(options: dict[str, object], complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        TransportOptions(**options)  # type: ignore[arg-type]


def test_the_defaults_and_any_origin_are_good() -> None:
    assert TransportOptions(origins=("https://Play.Example:443/",)).origins == ("https://play.example",)
    assert TransportOptions(origins=("*", "https://play.example:8443")).timeout > TransportOptions().ping_interval
