"""What a server says to the sidecar of Agones, and when, in time that jumps."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from itertools import pairwise
from typing import Any

import attrs
import pytest
import trio

from game_server.agones import FleetMember, Load, Sidecar
from game_server.agones.fleet_member import EMPTY_FOR, PING_EVERY, SHUTDOWN_WITHIN, UNCOUNTED_FOR
from game_server.agones.sidecar import CALL_WITHIN
from game_server.client import Target
from game_server.errors import ConfigError
from tests.agones.stand_in import Answer, StandIn, error

EMPTY, PLAYED = Load(matches=1, open=1), Load(matches=1, players=1, kept=1, open=1)
DRAINS = Load(matches=1, players=1, kept=1)
SOON = 1.5
"""Seconds that a change takes at most: a look, a call, and what Agones takes."""
PERIOD, FAILURES = 5.0, 3
"""The defaults of Agones: seconds within which it wants a ping, and periods without one after which it gives up."""


@attrs.define
class Fleet:
    """A server in a fleet, and its sidecar."""

    sidecar: StandIn
    member: FleetMember
    load: Load = EMPTY
    works: bool = True

    def longest_without_ping(self, since: float = 0.0) -> float:
        pings = [since, *(when for when in self.sidecar.asked("/health") if when > since), trio.current_time()]
        return max(after - before for before, after in pairwise(pings))


Join = Callable[..., Awaitable[Fleet]]


@pytest.fixture
def join(nursery: trio.Nursery, jumping_clock: None) -> Join:  # noqa: ARG001
    """``fleet = await join()``: a server that is open. The arguments are those of the stand-in."""

    async def join(*, opened: bool = True, **state: object) -> Fleet:
        stand_in = StandIn(**state)  # type: ignore[arg-type]
        port = await nursery.start(stand_in.serve)
        fleet: Fleet
        sidecar = Sidecar(Target("127.0.0.1", port, tls=False))
        fleet = Fleet(stand_in, FleetMember(sidecar, lambda: fleet.load, lambda: fleet.works))
        nursery.start_soon(fleet.member.run)
        if opened:
            fleet.member.opened()
            await trio.sleep(SOON)
        return fleet

    return join


async def test_a_server_is_ready_when_it_is_open_and_pings_before(join: Join) -> None:
    fleet = await join(opened=False)
    fleet.works = False  # none of its workers serves yet
    await trio.sleep(20)
    assert fleet.sidecar.state == "Scheduled"
    assert fleet.longest_without_ping() < PERIOD
    fleet.works = True
    fleet.member.opened()
    await trio.sleep(SOON)
    assert fleet.sidecar.state == "Ready"


async def test_it_is_allocated_while_somebody_has_a_seat_and_ready_a_minute_after(join: Join) -> None:
    fleet = await join()
    fleet.load = PLAYED
    await trio.sleep(SOON)
    assert fleet.sidecar.state == "Allocated"
    await trio.sleep(2 * EMPTY_FOR)
    assert fleet.sidecar.state == "Allocated"
    fleet.load = EMPTY
    await trio.sleep(EMPTY_FOR - SOON)
    assert fleet.sidecar.state == "Allocated"
    await trio.sleep(PING_EVERY + 2 * SOON)
    assert fleet.sidecar.state == "Ready"


async def test_a_server_that_somebody_comes_to_before_it_was_ready_is_ready_first(join: Join) -> None:
    fleet = await join(opened=False)
    fleet.load = PLAYED
    fleet.member.opened()
    await trio.sleep(PING_EVERY + 2 * SOON)
    assert [path for _, _, path in fleet.sidecar.calls if path in ("/ready", "/allocate")] == ["/ready", "/allocate"]


async def test_whom_an_allocator_sends_have_a_minute_to_come(join: Join) -> None:
    fleet = await join()
    await trio.sleep(2 * EMPTY_FOR)
    fleet.sidecar.allocate()
    await trio.sleep(EMPTY_FOR - SOON)
    fleet.sidecar.allocate()  # once more, for somebody else
    await trio.sleep(EMPTY_FOR - SOON)
    assert fleet.sidecar.state == "Allocated"
    await trio.sleep(2 * PING_EVERY + 2 * SOON)
    assert fleet.sidecar.state == "Ready"


async def test_a_change_that_agones_forgets_is_asked_for_again(join: Join) -> None:
    fleet = await join()
    fleet.load = PLAYED
    await trio.sleep(SOON)
    fleet.sidecar.state = "Ready"
    await trio.sleep(PING_EVERY + SOON)
    assert fleet.sidecar.state == "Allocated"


async def test_a_server_that_agones_does_not_make_ready_asks_once_a_minute(join: Join) -> None:
    fleet = await join()
    fleet.sidecar.spoils = lambda _method, path: (200, {}) if path == "/ready" else None
    fleet.sidecar.allocate()
    before = len(fleet.sidecar.asked("/ready"))
    await trio.sleep(3.5 * EMPTY_FOR)
    assert len(fleet.sidecar.asked("/ready")) - before == 3


async def test_a_reservation_stands_until_somebody_plays(join: Join) -> None:
    fleet = await join()
    fleet.sidecar.state = "Reserved"
    await trio.sleep(2 * EMPTY_FOR)
    assert fleet.sidecar.state == "Reserved"
    fleet.load = PLAYED
    await trio.sleep(PING_EVERY + SOON)
    assert fleet.sidecar.state == "Allocated"


@pytest.mark.parametrize("state", ["Shutdown", "Unhealthy", "Error"])
async def test_a_server_that_agones_has_given_up_asks_for_nothing(join: Join, state: str) -> None:
    fleet = await join(state=state)
    fleet.load = PLAYED
    await trio.sleep(10)
    assert not fleet.sidecar.asked("/ready")
    assert not fleet.sidecar.asked("/allocate")


async def test_a_server_that_drains_is_allocated_until_it_is_empty_and_then_shut_down(join: Join) -> None:
    fleet = await join()
    fleet.load = attrs.evolve(DRAINS, players=0, kept=0)
    await trio.sleep(SOON)
    assert fleet.sidecar.state == "Allocated"  # where no allocator looks
    fleet.load = DRAINS
    await trio.sleep(2 * EMPTY_FOR)
    assert fleet.sidecar.state == "Allocated"
    fleet.load = Load()
    await trio.sleep(EMPTY_FOR + SOON)
    assert fleet.sidecar.state == "Shutdown"


async def test_a_server_that_is_replaced_process_by_process_is_not_shut_down(join: Join) -> None:
    fleet = await join()
    fleet.load = Load()
    await trio.sleep(EMPTY_FOR / 4)
    fleet.load = EMPTY
    await trio.sleep(2 * EMPTY_FOR)
    assert fleet.sidecar.state == "Ready"


async def test_a_server_that_drains_before_it_was_ready_does_not_become_so(join: Join) -> None:
    fleet = await join(opened=False)
    fleet.load = DRAINS
    fleet.member.opened()
    await trio.sleep(10)
    assert not fleet.sidecar.asked("/ready")


async def test_agones_hears_nothing_from_a_server_whose_ticks_hang(join: Join) -> None:
    fleet = await join()
    fleet.works, before = False, len(fleet.sidecar.asked("/health"))
    await trio.sleep(PERIOD * FAILURES)
    assert len(fleet.sidecar.asked("/health")) == before


async def test_counters_have_the_load_and_are_set_only_when_it_changes(join: Join) -> None:
    fleet = await join()
    fleet.load = Load(matches=3, players=40, kept=2, open=1)
    await trio.sleep(60)
    assert {name: count for name, (count, _) in fleet.sidecar.counters.items()} == {"players": 40, "matches": 3}
    assert [method for _, method, path in fleet.sidecar.calls if path.endswith("/players")] == ["PATCH", "PATCH"]
    fleet.load = EMPTY
    await trio.sleep(SOON)
    assert fleet.sidecar.counters["players"][0] == 0


async def test_a_counter_is_full_when_there_are_more_than_its_capacity(join: Join) -> None:
    fleet = await join(counters={"players": [0, 100], "matches": [0, 100]})
    fleet.load = Load(matches=3, players=140, kept=2, open=1)
    await trio.sleep(SOON)
    assert fleet.sidecar.counters["players"][0] == 100


async def test_a_counter_that_a_fleet_lacks_is_logged_once_and_tried_again(
    join: Join, caplog: pytest.LogCaptureFixture
) -> None:
    fleet = await join(counters={})
    await trio.sleep(3 * UNCOUNTED_FOR)
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == [
        f"Agones does not count {name}: GET /v1beta1/counters/{name} was answered with 404: "
        f'\'{{"code": 2, "message": "counter not found: {name}", "details": []}}\'; declare the counter in the fleet'
        for name in ("players", "matches")
    ]
    fleet.sidecar.counters["players"] = [0, 10]
    fleet.load = PLAYED
    await trio.sleep(UNCOUNTED_FOR + SOON)
    assert fleet.sidecar.counters["players"][0] == 1
    assert fleet.longest_without_ping() < PERIOD
    caplog.clear()
    fleet.sidecar.counters.clear()
    fleet.load = EMPTY
    await trio.sleep(SOON)
    assert "Agones does not count players" in caplog.text


async def test_a_counter_that_is_refused_though_there_is_room_is_set_to_nothing_else(join: Join) -> None:
    fleet = await join(counters={"players": [0, 100], "matches": [0, 100]})
    fleet.sidecar.spoils = lambda method, _path: error(500, "try again") if method == "PATCH" else None
    fleet.load = PLAYED
    await trio.sleep(SOON)
    patches = [path for _, method, path in fleet.sidecar.calls if method == "PATCH" and path.endswith("/players")]
    assert len(patches) == 2  # one before, one that was refused
    fleet.sidecar.spoils = lambda _method, _path: None
    await trio.sleep(UNCOUNTED_FOR + SOON)
    assert fleet.sidecar.counters["players"][0] == 1


def spoilt(answer: Answer) -> Callable[[str, str], Answer]:
    return lambda _method, _path: answer


def game_server_is(status: int, answer: bytes | dict[str, Any]) -> Callable[[str, str], Answer]:
    return lambda _method, path: (status, answer) if path == "/gameserver" else (200, {})


TROUBLE: dict[str, tuple[Callable[[str, str], Answer], str]] = {
    "errors": (spoilt(error(500, "no GameServer")), "no GameServer"),
    "mail": (spoilt((0, b"220 mail.example.org ESMTP\r\n")), "not answered in HTTP"),
    "nothing": (spoilt((0, b"")), "not answered in HTTP"),
    "half": (spoilt((0, b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")), "is not HTTP"),
    "a page": (game_server_is(200, b"<!doctype html>"), "is not a JSON object"),
    "a number": (game_server_is(200, {"status": {"state": 5}}), "has no state"),
    "no state": (game_server_is(200, {"status": []}), "has no state"),
    "endless": (game_server_is(200, b" " * 1_100_000), "more than"),
}


@pytest.mark.parametrize("trouble", TROUBLE)
async def test_a_sidecar_in_trouble_costs_two_lines_and_is_asked_until_it_is_well(
    join: Join, caplog: pytest.LogCaptureFixture, trouble: str
) -> None:
    caplog.set_level(logging.INFO)
    fleet = await join()
    caplog.clear()
    fleet.sidecar.spoils, saying = TROUBLE[trouble]
    fleet.load = PLAYED
    await trio.sleep(10)
    asked = len(fleet.sidecar.calls)
    await trio.sleep(20)
    assert len(fleet.sidecar.calls) - asked <= 2 * 20 / PING_EVERY + 4
    fleet.sidecar.spoils = lambda _method, _path: None
    well = trio.current_time()
    await trio.sleep(PERIOD)
    assert fleet.sidecar.state == "Allocated"
    assert fleet.longest_without_ping(well) < PERIOD
    first, *rest = [record.getMessage() for record in caplog.records if "asked Agones" not in record.getMessage()]
    assert first.startswith("the sidecar of Agones: ")
    assert saying in first
    assert rest == ["the sidecar of Agones answers again"]


async def test_a_sidecar_that_does_not_answer_is_given_a_second_each_time(
    join: Join, caplog: pytest.LogCaptureFixture
) -> None:
    fleet = await join()
    fleet.sidecar.silent = True
    await trio.sleep(30)
    pings = fleet.sidecar.asked("/health")[-5:]
    assert all(CALL_WITHIN < after - before < PERIOD for before, after in pairwise(pings))
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == [
        "the sidecar of Agones: no answer in time; trying again"
    ]
    fleet.sidecar.silent = False
    fleet.load = PLAYED
    await trio.sleep(PERIOD)
    assert fleet.sidecar.state == "Allocated"


async def test_a_sidecar_that_starts_after_the_server_hears_of_it(jumping_clock: None, nursery: trio.Nursery) -> None:  # noqa: ARG001
    [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listener.socket.getsockname()[1]
    await listener.aclose()
    member = FleetMember(Sidecar(Target("127.0.0.1", port, tls=False)), lambda: PLAYED, lambda: True)
    nursery.start_soon(member.run)
    member.opened()
    await trio.sleep(20)
    stand_in = StandIn(port=port)
    await nursery.start(stand_in.serve)
    await trio.sleep(2 * PERIOD)
    assert stand_in.state == "Allocated"


async def test_calls_that_are_slow_delay_no_ping(join: Join) -> None:
    names = ("/gameserver", "/v1beta1/counters/players", "/v1beta1/counters/matches", "/allocate")
    fleet = await join(slow=dict.fromkeys(names, 0.9 * CALL_WITHIN))
    for players in range(30):
        fleet.load = Load(matches=players, players=players, kept=players, open=1)
        await trio.sleep(1)
    assert fleet.longest_without_ping() < PING_EVERY + 0.5


async def test_a_server_that_has_ended_is_shut_down(join: Join) -> None:
    fleet = await join()
    await fleet.member.shut_down()
    await trio.sleep(SOON)
    assert fleet.sidecar.state == "Shutdown"


async def test_a_sidecar_that_is_away_does_not_keep_a_server_from_ending(
    join: Join, caplog: pytest.LogCaptureFixture
) -> None:
    fleet = await join()
    fleet.sidecar.silent, began = True, trio.current_time()
    await fleet.member.shut_down()
    assert trio.current_time() - began == pytest.approx(SHUTDOWN_WITHIN, abs=0.1)
    assert "does not know that this server has ended: no answer in time" in caplog.text


def test_the_port_of_the_sidecar_is_that_of_the_environment_or_the_documented_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("AGONES_SDK_HTTP_PORT", raising=False)
    assert Sidecar.from_environment().target == Target("localhost", 9358, tls=False)
    monkeypatch.setenv("AGONES_SDK_HTTP_PORT", "59358")
    assert Sidecar.from_environment().target.port == 59358


@pytest.mark.parametrize("port", ["0", "65536", "x", "-1", "²"])
def test_a_port_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, port: str) -> None:
    monkeypatch.setenv("AGONES_SDK_HTTP_PORT", port)
    with pytest.raises(ConfigError, match=r"AGONES_SDK_HTTP_PORT is .* not a port"):
        Sidecar.from_environment()
