"""Things that are one of a kind: two of them with the same values are still two."""

from __future__ import annotations

import pytest

from game_server.batch_io import Arrivals
from game_server.lobby.match.match_state import Watcher
from game_server.lobby.match.roster import Member
from game_server.lobby.person import Person
from game_server.lobby.text.chat import Voice
from game_server.lobby.tick_groups import Placement
from game_server.simulation.inputs.store import InputColumns
from game_server.simulation.match.spectators import Spectator
from game_server.simulation.replication.snapshot_headers import HeaderFields
from game_server.simulation.tick.tick_group import _Alike, _Driven
from game_server.simulation.world.history import Segments
from game_server.simulation.world.table import TableContent
from game_server.telemetry import TickHistograms
from game_server.transport.tick_io.tick_socket import TickSocket
from game_server.transport.websocket.traffic import Traffic

PEOPLE_AND_CONNECTIONS = (Member, Person, Placement, Spectator, TickSocket, Traffic, Voice, Watcher)
MATCHES = (_Alike, _Driven)
HOLD_ARRAYS = (Arrivals, HeaderFields, InputColumns, Segments, TableContent, TickHistograms)
"""Whose values numpy would not compare to one answer."""


@pytest.mark.parametrize("kind", [*PEOPLE_AND_CONNECTIONS, *MATCHES, *HOLD_ARRAYS])
def test_who_is_somebody_is_equal_to_nobody_else(kind: type) -> None:
    compares, hashes = kind.__dict__.get("__eq__"), kind.__dict__.get("__hash__")
    assert (compares, hashes) == (None, None)
