"""A lobby for tests without a network."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from game_server.lobby.lobby import Lobby
from game_server.lobby.lobby_options import LobbyOptions
from game_server.lobby.match.match_options import MatchContext, MatchOptions
from tests.lobby.people import Clock, NoSockets
from tests.simulation.toy_game import Toy


@pytest.fixture
async def lobby(nursery: trio.Nursery, autojump_clock: trio.testing.MockClock) -> Lobby:  # noqa: ARG001
    """A lobby with no match."""
    options = MatchOptions(name="Friday", game=Toy, max_players=1, seed=5)
    lobby = Lobby(LobbyOptions(options, {"toy": Toy}), MatchContext(now=Clock()), NoSockets)
    await nursery.start(lobby.run)
    return lobby
