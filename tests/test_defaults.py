"""What a host gets who chooses nothing: a change of any of it is one that hosts notice."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
import trio

from game_server.lobby import MatchContext, MatchLimits, MatchOptions, StayOptions
from game_server.lobby.match.match_options import BY_NOBODY
from game_server.options import ServerOptions
from game_server.protocol import Spectating
from game_server.simulation import Rules
from game_server.throttling import BUDGETS
from tests.simulation.toy_game import Toy

MATCH = MatchOptions("Friday", Toy)
DEFAULTS: list[tuple[Any, dict[str, Any]]] = [
    (
        ServerOptions(MATCH),
        {
            "matches": None,
            "host": "127.0.0.1",
            "port": 8000,
            "origins": (),
            "frame_ancestors": (),
            "ping_interval": 5.0,
            "timeout": 15.0,
            "tls_cert": None,
            "tls_key": None,
            "tick_drain": True,
            "ring": True,
            "public_url": None,
            "trusted_proxies": (),
            "limits": MatchLimits(),
            "stays": StayOptions(),
            "admin_token": None,
            "word_filter": None,
            "budgets": BUDGETS,
            "trusted_networks": ("127.0.0.0/8", "::1"),
            "metrics": True,
            "metrics_from": (),
            "data": None,
            "recordings": True,
            "data_limit": 1_000_000_000,
            "keep_matches": False,
            "drain_timeout": 0.0,
            "workers": 1,
            "redis": None,
            "redis_prefix": "game-server:",
            "node_name": None,
            "cluster_key": None,
        },
    ),
    (
        MATCH,
        {
            "tick_rate": 30,
            "max_players": 16,
            "bots": 0,
            "bot_skill": "fair",
            "seed": None,
            "hashed": False,
            "rules": Rules(),
            "rounds": 0,
            "private": False,
            "password": "",
            "takeover": False,
            "spectating": Spectating.ALLOWED,
            "delay": 0,
            "rotation": 0,
            "recorded": True,
        },
    ),
    (
        MatchLimits(),
        {
            "max_matches": 64,
            "max_matches_per_address": 4,
            "max_bots_per_match": 16,
            "max_bots_per_address": 16,
            "max_bots": 64,
        },
    ),
    (StayOptions(), {"seat_hold": 30.0, "idle_to_watching": 60.0, "max_spectators": 64}),
    (BY_NOBODY, {"has_host": False, "address": None, "number": -1}),
]


@pytest.mark.parametrize(
    ("made", "expected"), DEFAULTS, ids=lambda it: "" if isinstance(it, dict) else type(it).__name__
)
def test_what_nobody_has_chosen_is_as_ever(made: Any, expected: dict[str, Any]) -> None:
    own = [field.name for field in attrs.fields(type(made)) if field.default is not attrs.NOTHING]
    assert {name: getattr(made, name) for name in own} == expected


def test_a_match_by_itself_has_what_a_server_would_give_it() -> None:
    server, context = ServerOptions(MATCH), MatchContext(now=trio.current_time)
    assert (context.timeout, context.stays) == (server.timeout, server.stays)
    assert (context.recordings, context.waits_for_author, context.words("damn")) == (None, False, "damn")


def test_the_match_of_a_host_who_lists_none_is_the_one_that_is_open() -> None:
    assert ServerOptions(MATCH).opened == (MATCH,)
    assert ServerOptions(MATCH, matches=()).opened == ()
