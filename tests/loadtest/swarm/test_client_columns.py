from __future__ import annotations

import numpy as np
import pytest

from game_server.loadtest.swarm.client_columns import ClientColumns, SilenceDetector

SINCE = 100.0


@pytest.fixture
def clients() -> ClientColumns:
    """Of four clients the first heard something at 100, the second was seated then, the third may hear nothing."""
    clients = ClientColumns(8)
    clients.silence_timeout[:3] = 10.0, 10.0, np.inf
    clients.joined[:3] = 0.0, SINCE, SINCE
    clients.arrived[0] = SINCE
    return clients


def looked(clients: ClientColumns, *times: float) -> list[int]:
    """Who has fallen silent at the last of some looks."""
    silence = SilenceDetector(clients)
    return [silence.fallen(SINCE + time) for time in times][-1]


def test_who_has_heard_nothing_for_longer_than_its_patience_has_fallen_silent(clients: ClientColumns) -> None:
    assert looked(clients, 9.0, 9.9) == []
    assert looked(clients, 9.0, 10.1) == [0, 1]


def test_it_looks_twice_a_second(clients: ClientColumns) -> None:
    assert looked(clients, 10.1, 10.5) == []
    assert looked(clients, 10.1, 10.5, 10.7) == [0, 1]


def test_after_a_stall_of_the_tester_nobody_is_blamed_until_what_came_has_been_read(clients: ClientColumns) -> None:
    assert looked(clients, 9.0, 10.9) == [0, 1]
    assert looked(clients, 9.0, 11.1) == []
    assert looked(clients, 9.0, 11.1, 11.7) == [0, 1]
