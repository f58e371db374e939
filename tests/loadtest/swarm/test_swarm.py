"""A whole swarm at a server, in virtual time: what it does, and what it reports."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from game_server.loadtest.metrics.definitions import FELL_SILENT, NOT_IN_TIME
from game_server.loadtest.metrics.meter import Second
from game_server.loadtest.network.model import PRESETS
from game_server.loadtest.network.shares import Shares
from game_server.loadtest.scenario.scenario import Life
from game_server.loadtest.swarm.client_columns import LEAD
from game_server.loadtest.swarm.connecting import ServerAddress
from game_server.loadtest.swarm.input_generator import FIRE
from game_server.loadtest.swarm.protocol_adapter import GameServerAdapter
from game_server.protocol import (
    Browse,
    CloseCode,
    Elsewhere,
    Hello,
    Home,
    HomeCode,
    Join,
    Lobby,
    RefusalCode,
    Refused,
    Resume,
    encode,
)
from tests.loadtest.swarm.virtual import STARTED, TICK, Peer, VirtualServer, VirtualSwarm, VirtualTime, patch

Open = Callable[..., VirtualSwarm]


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> VirtualTime:
    time = VirtualTime()
    patch(monkeypatch, time)
    return time


@pytest.fixture
def server(time: VirtualTime, tmp_path: Path) -> Iterator[VirtualServer]:
    server = VirtualServer(time, tmp_path / "socket")
    yield server
    server.close()


@pytest.fixture
def open_swarm(time: VirtualTime, server: VirtualServer, tmp_path: Path) -> Open:
    def open_swarm(**options: Any) -> VirtualSwarm:
        address = ServerAddress(socket.AF_UNIX, str(tmp_path / "socket"), "localhost")
        return VirtualSwarm(time, server, address, **options)

    return open_swarm


def lives(count: int, goes: float = 5.0) -> list[Life]:
    return [Life(number, 0.1 * number, goes) for number in range(count)]


def in_ms(whole: Second, name: str) -> list[float]:
    """The least and the most of the samples of a spread, in whole units."""
    spread = whole.spreads[name]
    return [round(spread.min), round(spread.max)]


def at(server: VirtualServer, second: float, deed: Callable[[], Any]) -> None:
    """Let the server do something before the snapshots of the tick at ``second``."""
    server.each_tick = lambda: deed() if server.tick == round(second / TICK) else None


def first(server: VirtualServer) -> Peer:
    return next(peer for peer in server.peers if peer.seated)


def test_a_run_without_incidents_has_the_figures_of_its_server(open_swarm: Open, server: VirtualServer) -> None:
    swarm = open_swarm(lives=lives(10))
    whole = swarm.run()
    assert whole.counts == {
        "connected": 10,
        "snapshots": sum(150 - 3 * number for number in range(10)) + 10,
        "inputs": len(server.inputs),
        "bytes_in": server.sent,
        "bytes_out": 18 * len(server.inputs),
        "unanswered_inputs": 0,
    }
    assert len(server.inputs) == pytest.approx(whole.counts["snapshots"], abs=20)
    assert whole.kinds == {}
    assert in_ms(whole, "connect_ms") == [0, 1]
    assert in_ms(whole, "join_ms") == in_ms(whole, "round_trip_ms") == [1, 1]
    assert in_ms(whole, "tester_lag_ms") == in_ms(whole, "door_wait_ms") == [0, 0]
    assert in_ms(whole, "snapshot_gap_ms") == [31, 33]
    assert in_ms(whole, "input_ack_ms") == [4, 33]
    assert in_ms(whole, "snapshots_per_second") == [30, 30]
    assert [second.levels["swarm"] for second in swarm.seconds] == [10, 10, 10, 10, 10, 0]
    assert server.asked[:2] == [Hello("Swarm 1", "game-server bots", server.asked[0].key), Join("K7RW2P")]
    assert [one.match for one in server.asked if isinstance(one, Join)] == 5 * ["K7RW2P", "AB2CD3"]
    assert len({one.key for one in server.asked if isinstance(one, Hello)}) == 10
    assert (server.farewells, server.peers) == (10, [])


def test_a_run_that_is_ended_early_says_farewell_for_everybody(open_swarm: Open, server: VirtualServer) -> None:
    swarm = open_swarm(lives=[*lives(5), Life(9, 4.0, 5.0)])
    whole = swarm.run(until=2.0)
    assert (server.farewells, server.peers) == (5, [])
    assert (whole.counts["connected"], whole.counts["disconnects"], whole.counts["failed"]) == (5, 0, 0)
    assert swarm.seconds[-1].levels["swarm"] == 0
    assert swarm.swarm.samples == []


def test_a_client_whose_connection_is_cut_comes_back_to_its_seat(open_swarm: Open, server: VirtualServer) -> None:
    whole = open_swarm(lives=[Life(0, 0.0, 5.0, [2.0])]).run()
    assert [one.token for one in server.asked if isinstance(one, Resume)] == ["of 2"]
    counts = {name: whole.counts[name] for name in ("connected", "lost_links", "resumed", "lost_seats", "disconnects")}
    assert counts == {"connected": 1, "lost_links": 1, "resumed": 1, "lost_seats": 0, "disconnects": 0}
    assert in_ms(whole, "outage_ms") == [1, 1]
    assert server.farewells == 1
    assert whole.kinds == {}


EAST = "ws://east/ws?match=K7RW2P"


@pytest.fixture
def east(
    time: VirtualTime,
    server: VirtualServer,  # noqa: ARG001 - it is there first
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[VirtualServer]:
    """A server on another machine."""

    def of(host: str, port: int, authority: str) -> ServerAddress:
        assert authority == f"{host}:{port}"
        path = {("east", 80): "east", ("localhost", 80): "socket"}[host, port]
        return ServerAddress(socket.AF_UNIX, str(tmp_path / path), authority)

    monkeypatch.setattr(ServerAddress, "of", of)
    east = VirtualServer(time, tmp_path / "east")
    yield east
    east.close()


def test_a_client_that_is_sent_to_another_machine_gets_its_seat_there(
    open_swarm: Open, server: VirtualServer, east: VirtualServer
) -> None:
    def send_on(peer: Peer, message: Any) -> bool:
        if isinstance(message, Join):
            peer.send(Elsewhere(EAST, "t i"))
        return isinstance(message, Join)

    server.hook = send_on
    whole = open_swarm(lives=lives(3)).run()
    assert (whole.counts["connected"], whole.kinds) == (3, {})
    assert east.resources == 3 * ["/ws?match=K7RW2P&ticket=t+i"]
    assert [one.match for one in east.asked if isinstance(one, Join)] == ["K7RW2P", "AB2CD3", "K7RW2P"]
    assert (server.inputs, east.farewells) == ([], 3)


@pytest.mark.parametrize("network", [None, "home"])
def test_clients_follow_a_match_that_moves_to_another_machine_and_back(
    open_swarm: Open, server: VirtualServer, east: VirtualServer, network: str | None
) -> None:
    def move() -> None:
        for peer in list(server.peers):
            peer.send(Elsewhere(EAST, "ticket"))

    def move_back() -> None:
        for peer in list(east.peers):
            peer.send(Elsewhere("ws://localhost/ws?match=K7RW2P", "back"))

    at(server, 2.0, move)
    at(east, 3.0, move_back)
    whole = open_swarm(lives=lives(3), networks=Shares(((network, 1.0),)) if network else Shares()).run()
    assert sorted(one.token for one in east.asked if isinstance(one, Resume)) == ["of 2", "of 4", "of 6"]
    assert (whole.counts["connected"], whole.counts["resumed"], whole.counts["lost_seats"]) == (3, 6, 0)
    assert (whole.counts["lost_links"], whole.counts["disconnects"], whole.kinds.get("failures")) == (0, 0, None)
    assert whole.spreads["outage_ms"].count == 6
    assert server.resources[3:] == 3 * ["/ws?match=K7RW2P&ticket=back"]
    assert east.inputs
    assert whole.counts["faults"] == 0


def test_the_ticks_of_a_match_that_begins_again_elsewhere_count_from_the_first(
    open_swarm: Open, server: VirtualServer, east: VirtualServer
) -> None:
    def move() -> None:
        east.tick, east.started = 0, server.time.now
        for peer in list(server.peers):
            peer.send(Elsewhere(EAST, "ticket"))

    at(server, 2.0, move)
    whole = open_swarm(lives=[Life(0, 0.0, 5.0)]).run()
    assert whole.counts["resumed"] == 1
    assert 0 < min(one.tick for one in east.inputs) < 10
    assert (whole.counts["faults"], whole.counts["missed_ticks"]) == (0, 0)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("wss://east/ws?match=K7RW2P", "sent to wss://east/ws?match=K7RW2P, and the swarm speaks no TLS"),
        ("file:///etc", "it sends clients to 'file:///etc', where they cannot go"),
    ],
)
def test_a_client_that_is_sent_where_it_cannot_go_says_so(
    open_swarm: Open, server: VirtualServer, url: str, why: str
) -> None:
    at(server, 1.0, lambda: first(server).send(Elsewhere(url, "ticket")))
    whole = open_swarm(lives=[Life(0, 0.0, 5.0)]).run()
    assert list(whole.kinds["failures"]) == [why]
    assert whole.counts["disconnects"] == 1


def test_a_seat_that_is_another_one_after_a_cut_counts_as_lost(open_swarm: Open, server: VirtualServer) -> None:
    def seat_elsewhere(peer: Peer, message: Any) -> bool:
        if isinstance(message, Resume):
            server.seat(peer, 77)
        return isinstance(message, Resume)

    server.hook = seat_elsewhere
    whole = open_swarm(lives=[Life(0, 0.0, 5.0, [2.0])]).run()
    assert (whole.counts["resumed"], whole.counts["lost_seats"]) == (0, 1)


def test_a_client_whose_token_is_refused_asks_for_a_new_seat(open_swarm: Open, server: VirtualServer) -> None:
    def refuse(peer: Peer, message: Any) -> bool:
        if isinstance(message, Resume):
            peer.send(Refused(Resume.type, RefusalCode.NO_SUCH_SESSION, "It is over."))
        return isinstance(message, Resume)

    server.hook = refuse
    whole = open_swarm(lives=[Life(0, 0.0, 5.0, [2.0])]).run()
    assert sum(isinstance(one, Join) for one in server.asked) == 2
    assert (whole.counts["connected"], whole.counts["lost_seats"]) == (1, 1)


@pytest.mark.parametrize(
    ("code", "reconnect", "back"),
    [
        (CloseCode.INTERNAL_ERROR, True, True),
        (CloseCode.INTERNAL_ERROR, False, False),
        (CloseCode.REMOVED, True, False),
        (CloseCode.REPLACED, True, False),
        (CloseCode.NORMAL, True, False),
    ],
)
def test_a_client_that_the_server_closes_comes_back_if_it_may_and_that_is_asked_for(
    open_swarm: Open, server: VirtualServer, code: CloseCode, reconnect: bool, back: bool
) -> None:
    at(server, 2.0, lambda: first(server).close(code, "Because."))
    whole = open_swarm(lives=[Life(0, 0.0, 5.0)], reconnect=reconnect).run()
    assert whole.kinds["closes"] == {str(int(code)): 1}
    assert (whole.counts["lost_links"], whole.counts["connected"]) == (1, 1)
    assert whole.counts["disconnects"] == (not back)
    assert whole.counts["resumed"] == back
    assert list(whole.kinds["failures"]) == ([] if back else [f"closed with {code} Because."])
    if back:
        [low, high] = in_ms(whole, "outage_ms")
        assert 200 <= low == high <= 510


def test_a_client_that_is_out_when_it_is_to_leave_was_disconnected(open_swarm: Open, server: VirtualServer) -> None:
    at(server, 4.9, lambda: first(server).close(CloseCode.INTERNAL_ERROR, ""))
    whole = open_swarm(lives=[Life(0, 0.0, 5.0)], reconnect=True).run()
    assert (whole.counts["connected"], whole.counts["disconnects"], whole.counts["failed"]) == (1, 1, 0)
    assert in_ms(whole, "outage_ms") == [100, 100]


def test_a_server_that_falls_silent_is_given_up_after_its_timeout(open_swarm: Open, server: VirtualServer) -> None:
    at(server, 1.0, lambda: setattr(server, "quiet", True))
    swarm = open_swarm(lives=lives(2, 9.0))
    whole = swarm.run()
    assert whole.kinds["failures"] == {FELL_SILENT: 2}
    assert 1000 + 3.0 <= swarm.time.now <= 1000 + 3.7
    assert whole.counts["disconnects"] == 2
    assert in_ms(whole, "snapshot_gap_ms")[1] == pytest.approx(2000, abs=600)


def test_a_client_that_is_refused_never_gets_in_and_says_why(open_swarm: Open, server: VirtualServer) -> None:
    def refuse(peer: Peer, message: Any) -> bool:
        if isinstance(message, Join):
            peer.send(Refused(Join.type, RefusalCode.MATCH_FULL, "There is no seat."))
        return isinstance(message, Join)

    server.hook = refuse
    whole = open_swarm(lives=lives(3)).run()
    assert {name: times for name, times in whole.counts.items() if times} == {"failed": 3, "turned_away": 3}
    assert dict(whole.kinds) == {"failures": {"refused: There is no seat.": 3}, "refused": {"match_full": 3}}


def test_a_server_that_does_not_answer_is_given_up_after_ten_seconds(open_swarm: Open, server: VirtualServer) -> None:
    server.hook = lambda _peer, message: isinstance(message, Join)
    swarm = open_swarm(lives=[Life(0, 0.0, 20.0)])
    whole = swarm.run()
    assert whole.kinds["failures"] == {"no answer within 10 s": 1}
    assert 1010 <= swarm.time.now <= 1010.2
    assert server.peers == []


def test_a_client_that_is_to_leave_before_it_got_in_gives_up(open_swarm: Open, server: VirtualServer) -> None:
    server.hook = lambda _peer, message: isinstance(message, Join)
    whole = open_swarm(lives=[Life(0, 0.0, 3.0)]).run()
    assert whole.kinds["failures"] == {NOT_IN_TIME: 1}
    assert (whole.counts["failed"], server.peers) == (1, [])


def test_a_client_that_is_sent_to_the_lobby_has_lost_its_seat(open_swarm: Open, server: VirtualServer) -> None:
    at(server, 2.0, lambda: first(server).send(Home(HomeCode.LEFT, "", "Swarm 1", ())))
    whole = open_swarm(lives=[Life(0, 0.0, 5.0)], reconnect=True).run()
    assert dict(whole.kinds) == {"failures": {"sent to the lobby": 1}}
    assert whole.counts["disconnects"] == 1


def test_clients_in_the_lobby_count_its_updates_and_send_no_inputs(open_swarm: Open, server: VirtualServer) -> None:
    update = Lobby(0, 7, (), ("K7RW2P",))

    def follow(peer: Peer, message: Any) -> bool:
        peer.seated = isinstance(message, Browse)
        return False

    def send_updates() -> None:
        for peer in server.peers:
            if peer.seated:
                peer.send(update)

    server.hook, server.each_tick = follow, send_updates
    whole = open_swarm(lives=lives(2), adapter=GameServerAdapter(in_lobby=True)).run()
    assert whole.counts["lobby_updates"] == 150 + 147
    assert whole.counts["lobby_bytes"] == len(encode(update)) * whole.counts["lobby_updates"]
    assert server.sent - 20 < whole.counts["bytes_in"] <= server.sent  # some come with the answer to the request
    assert server.inputs == []


def test_snapshots_that_are_missing_and_inputs_that_come_late_are_counted(
    open_swarm: Open, server: VirtualServer
) -> None:
    def skip() -> None:
        if server.tick == 60:
            server.tick += 4

    server.each_tick = skip
    whole = open_swarm(lives=[Life(0, 0.0, 5.0)]).run()
    assert (whole.counts["missed_ticks"], whole.counts["faults"]) == (4, 0)
    assert 1 <= whole.counts["late_inputs"] <= 4


def test_a_tick_that_comes_twice_is_a_fault(open_swarm: Open, server: VirtualServer) -> None:
    at(server, 2.0, lambda: server.show(first(server)))
    whole = open_swarm(lives=[Life(0, 0.0, 5.0)]).run()
    assert whole.counts["faults"] == 1


def test_a_match_that_begins_again_counts_its_ticks_from_nought(open_swarm: Open, server: VirtualServer) -> None:
    def begin_again() -> None:
        if server.tick == 60 and server.started == STARTED:
            server.tick, server.started = 1, STARTED + 59 * TICK
            for peer in server.peers:
                server.welcome(peer, peer.player)

    server.each_tick = begin_again
    whole = open_swarm(lives=[Life(0, 0.0, 5.0), Life(2, 0.0, 5.0)]).run()
    assert (whole.counts["faults"], whole.counts["missed_ticks"], whole.counts["connected"]) == (0, 0, 2)
    assert whole.counts["unanswered_inputs"] == 0
    # The first inputs for the new world are for ticks that are `LEAD` ahead of the first snapshot of it.
    assert in_ms(whole, "input_ack_ms")[1] <= 1000 * (LEAD + 1) * TICK


def test_clients_behind_a_network_get_all_of_it_half_a_round_trip_late(open_swarm: Open, server: VirtualServer) -> None:
    whole = open_swarm(lives=lives(4), networks=Shares((("satellite", 1.0),))).run()
    way = 1000 * PRESETS["satellite"].round_trip
    assert in_ms(whole, "input_ack_ms")[0] == pytest.approx(way, abs=60)
    assert whole.counts["connected"] == 4
    assert in_ms(whole, "join_ms")[0] == pytest.approx(way, abs=60)
    assert server.peers == []


def test_everybody_fires_if_that_is_asked_for(open_swarm: Open, server: VirtualServer) -> None:
    open_swarm(lives=lives(2, 1.0), firing=True).run()
    assert {one.buttons & FIRE for one in server.inputs} == {FIRE}


@pytest.mark.parametrize("until", [60.0, 0.4])
def test_a_swarm_that_is_over_or_ended_keeps_nothing_open(open_swarm: Open, until: float) -> None:
    def opened() -> list[str]:
        """What the descriptors of this process are of, but for the ring, which many use."""
        found = []
        for fd in os.listdir("/proc/self/fd"):
            with suppress(FileNotFoundError):
                found.append(os.readlink(f"/proc/self/fd/{fd}"))
        return sorted(one for one in found if "io_uring" not in one)

    before = opened()
    swarm = open_swarm(lives=lives(8, 1.5), networks=Shares((("satellite", 0.5),)))
    swarm.run(until=until)
    assert opened() == before
    assert swarm.swarm._lifecycle._entry_queue._hearing == set()
    assert swarm.swarm._lifecycle._entry_queue.empty
    assert len(swarm.swarm._delayed_io) == 0
    reading = swarm.swarm._reading
    kept = (reading.slot_of, reading.readers, reading._rest, reading._delayed)
    assert not any(kept)
    assert not reading._closely.any()
    assert not any(one.delayed or one.unsent for one in swarm.swarm._slices)
    assert swarm.swarm.clients.taken == 0
