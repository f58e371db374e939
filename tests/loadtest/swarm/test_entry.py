"""How many of the swarm join at the same time, at a server that lets nobody in."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from types import SimpleNamespace

import attrs
import pytest

from game_server.client import ConnectError
from game_server.loadtest.network.model import PRESETS
from game_server.loadtest.swarm import entry
from game_server.loadtest.swarm.connecting import (
    HEARD,
    Conversation,
    DelayedConnection,
    RawConnection,
    ServerAddress,
)
from game_server.loadtest.swarm.delayed_io import DelayedIO
from game_server.loadtest.swarm.entry import AT_ONCE, JOINING, EntryQueue, EntryRequest
from game_server.loadtest.swarm.protocol_adapter import GameServerAdapter, SwarmSeat
from game_server.protocol import Elsewhere


class Patient(GameServerAdapter):
    """Waits for an answer until cancelled."""

    def join(
        self, connection: RawConnection, match: str, number: int, token: str, sent: Elsewhere | None = None
    ) -> Conversation[tuple[RawConnection, SwarmSeat]]:
        del match, number, token, sent
        while True:
            yield connection.socket.fileno(), HEARD


@attrs.define
class Joining:
    """Clients at the queue; those who were turned away, and how long each waited before it could entering."""

    queue: EntryQueue
    waits: list[float]
    turned_away: list[EntryRequest]

    def come(self, numbers: range, network: str = "") -> None:
        for number in numbers:
            self.queue.enter(EntryRequest(number, "", due=0.0, network=PRESETS[network] if network else None))

    def go_on(self) -> int:
        """Until nothing changes; how many have knocked."""
        for _ in range(2000 // AT_ONCE):
            self.queue.step()
        return len(self.waits)


@pytest.fixture
def joining() -> Iterator[Joining]:
    waits, turned_away, delayed_io = list[float](), list[EntryRequest](), DelayedIO()

    def turn_away(request: EntryRequest, _why: ConnectError) -> None:
        turned_away.append(request)

    address = ServerAddress(socket.AF_INET, ("127.0.0.1", 9), "localhost")
    queue = EntryQueue(
        Patient(), address, delayed_io, 1, lambda _visitor, _connection, _seat: None, turn_away, waits.append
    )
    with closing(delayed_io), closing(queue):
        yield Joining(queue, waits, turned_away)


class Deaf(RawConnection):
    ready = property(lambda _connection: False)


@pytest.fixture(autouse=True)
def deaf(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("game_server.loadtest.swarm.entry.RawConnection", Deaf)


def test_a_limited_number_join_at_the_same_time_and_the_others_wait(joining: Joining) -> None:
    joining.come(range(300))
    assert joining.go_on() == JOINING
    joining.queue.give_up(0)
    assert joining.go_on() == JOINING + 1


def test_who_is_far_away_does_not_make_others_wait_while_they_are_under_way(joining: Joining) -> None:
    joining.come(range(600), "satellite")
    assert joining.go_on() == 600
    joining.come(range(600, 700))
    assert joining.go_on() > 600 + JOINING // 2


def test_how_long_each_waited_is_recorded(joining: Joining) -> None:
    joining.come(range(10))
    joining.go_on()
    assert len(joining.waits) == 10
    assert min(joining.waits) > 0


def test_what_lets_a_client_in_elsewhere_is_in_no_log() -> None:
    address = ServerAddress(socket.AF_INET, ("127.0.0.1", 9), "localhost")
    request = EntryRequest(1, "A", 0.0, "the token", sent=(Elsewhere("/ws", "the ticket"), address))
    assert "the t" not in repr(request)
    assert EntryRequest(1, "A", 0.0) == EntryRequest(1, "A", 0.0, "", None, 0, None)


def test_clients_wait_in_the_order_in_which_they_came_and_may_give_up_at_any_time(joining: Joining) -> None:
    joining.come(range(200))
    joining.queue.step()
    assert len(joining.waits) == AT_ONCE == 16
    assert joining.go_on() == 128
    assert [entering.request.number for entering in joining.queue._entering.values()] == list(range(128))
    assert [joining.queue.give_up(number) for number in (5, 150, 5, 150, 999)] == [True, True, False, False, False]
    assert joining.go_on() == 129
    assert [request.number for request in joining.queue._waiting][:2] == [129, 130]
    assert not joining.queue.empty
    assert joining.turned_away == []


def test_a_client_that_waits_for_ten_seconds_is_turned_away(joining: Joining, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(entry, "time", SimpleNamespace(monotonic=lambda: now))
    joining.come(range(2))
    joining.queue.step()
    now += 9.9
    joining.queue.step()
    assert joining.turned_away == []
    now += 0.1
    joining.queue.step()
    assert [request.number for request in joining.turned_away] == [0, 1]
    assert joining.queue.empty
    assert joining.waits == [1000.0, 1000.0]


@pytest.mark.parametrize(("network", "places"), [("", 1.0), ("mobile", 1 / 2.8), ("satellite", 1 / 13)])
def test_a_client_from_far_away_takes_less_of_a_place(joining: Joining, network: str, places: float) -> None:
    joining.come(range(1), network)
    joining.queue.step()
    assert [entering.takes for entering in joining.queue._entering.values()] == [pytest.approx(places)]


def test_every_connection_behind_a_network_has_a_seed_of_its_own(joining: Joining) -> None:
    seeds = [
        joining.queue._connection(EntryRequest(number, "", 0.0, network=PRESETS["bad"], attempt=attempt))
        for number in (0, 1, 2)
        for attempt in (0, 1)
    ]
    found = [connection._seed for connection in seeds if isinstance(connection, DelayedConnection)]
    assert found == [1 + 1009 * (number + 1_000_003 * attempt) for number in (0, 1, 2) for attempt in (0, 1)]
    for connection in seeds:
        connection.close()
