"""A server that is asked to drain before it stops, as Kubernetes asks by SIGTERM."""

from __future__ import annotations

import pytest
import trio

from game_server.membership.draining import ENDED_BY_DRAIN
from game_server.protocol import Home, Join, RefusalCode, Refused
from tests.live_server import OpenServer, wish
from tests.simulation.toy_game import Toy
from tests.transport.clients import HttpClient
from tests.waiting import happened_on_disk

pytestmark = pytest.mark.usefixtures("jumping_clock")


@pytest.fixture
def round_goes_on(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether the toys are in a round; a test changes that."""
    goes_on = [True]
    monkeypatch.setattr(Toy, "round_goes_on", property(lambda _: goes_on[0]))
    return goes_on


async def test_it_is_not_ready_any_more_at_once_but_healthy(
    open_server: OpenServer,
    round_goes_on: list[bool],  # noqa: ARG001
) -> None:
    served = await open_server(options={"drain_timeout": 20.0})
    await served.join("Ada")
    served.server.drain()
    for path, status in (("/readyz", 503), ("/healthz", 200)):
        assert (await HttpClient(await served.dial()).get(path)).status == status


async def test_a_round_is_played_to_its_end_and_then_the_server_stops(
    open_server: OpenServer, round_goes_on: list[bool]
) -> None:
    served = await open_server(options={"drain_timeout": 600.0})
    ada = await served.join("Ada")
    served.server.drain()
    await ada.idle(15)
    assert not served.stopped.is_set()
    round_goes_on[0] = False
    assert (await ada.next(Home)).text == ENDED_BY_DRAIN
    await happened_on_disk(served.stopped)


async def test_when_the_time_is_over_it_stops_whatever_is_played(
    open_server: OpenServer,
    round_goes_on: list[bool],  # noqa: ARG001
) -> None:
    served = await open_server(options={"drain_timeout": 20.0})
    ada = await served.join("Ada")
    began = trio.current_time()
    served.server.drain()
    assert (await ada.next(Home, within=30)).text == ENDED_BY_DRAIN
    assert 19 < trio.current_time() - began < 21
    await happened_on_disk(served.stopped)


async def test_meanwhile_nobody_opens_a_match_and_a_seat_is_still_taken_by_its_code(
    open_server: OpenServer,
    round_goes_on: list[bool],  # noqa: ARG001
) -> None:
    served = await open_server(options={"drain_timeout": 20.0})
    ada = await served.join("Ada")
    served.server.drain()
    for request in (wish(), Join("")):
        refused = await (await served.come("Bob")).ask(request)
        assert isinstance(refused, Refused)
        assert refused.code == RefusalCode.BUSY
    await (await served.come("Eve")).enter(Join(ada.welcome.match.id))


async def test_where_nobody_plays_it_stops_at_once(open_server: OpenServer) -> None:
    served = await open_server(options={"drain_timeout": 20.0})
    began = trio.current_time()
    served.server.drain()
    await happened_on_disk(served.stopped)
    assert trio.current_time() - began < 5
