"""The whole server over real sockets in virtual time: rules that fail, how it ends, and what it reports over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import attrs
import pytest
import trio
import trio.testing
from trio_websocket import WebSocketConnection

import game_server
from game_server import server
from game_server.errors import ConfigError
from game_server.lobby.lobby_options import MatchLimits
from game_server.lobby.tick_groups import GROUPS
from game_server.page import site_directory
from game_server.protocol import (
    MAX_SERVER_MESSAGE_BYTES,
    Browse,
    Chat,
    CloseCode,
    Hello,
    Home,
    HomeCode,
    Join,
    Lobby,
    Ping,
    Pong,
    RefusalCode,
    Refused,
    encode,
)
from game_server.server import Server
from game_server.simulation import Inputs, Newcomer, Rules
from game_server.telemetry import FRESH_FOR
from game_server.transport.tick_io.seated_sockets import SeatedSockets
from game_server.transport.tick_io.tick_socket import TickSocket
from tests.live_server import OpenServer, Served, toy_options, wish
from tests.simulation.toy_game import Dawn, Restless, Toy
from tests.transport.clients import HttpClient
from tests.waiting import happened

# Rules that fail


class Faulty(Restless):
    """Fails where and when the test says."""

    where = ""
    error: type[BaseException] = ZeroDivisionError

    def step(self, inputs: Inputs) -> None:
        if self.where == "step":
            raise self.error
        super().step(inputs)
        if self.where == "events":
            self.world.emit(Dawn("x" * MAX_SERVER_MESSAGE_BYTES))

    def setup(self) -> dict[str, Any]:
        if self.where == "setup":
            raise self.error
        return super().setup()

    def join(self, player: int, newcomer: Newcomer) -> None:
        if self.where == "join":
            raise self.error
        super().join(player, newcomer)

    def leave(self, player: int) -> None:
        if self.where in ("leave", "step"):
            raise self.error
        super().leave(player)

    def phase(self) -> str:
        if self.where == "phase":
            raise self.error
        return super().phase()


@pytest.fixture
def fail(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Let the rules of every match fail from now on: ``fail("step")``; ``fail("")`` mends them."""
    return lambda where: monkeypatch.setattr(Faulty, "where", where)


def tracebacks(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.exc_info]


@pytest.mark.parametrize("where", ["step", "join", "leave"])
async def test_a_match_whose_rules_fail_sends_its_people_home_and_begins_again(
    open_server: OpenServer, fail: Callable[[str], None], caplog: pytest.LogCaptureFixture, where: str
) -> None:
    served = await open_server(game=Faulty, bots=1, max_players=4)
    failed = served.match
    ada, grace, edsger = await served.join("Ada"), await served.join("Grace"), await served.come("Edsger")
    fail(where)
    if where == "join":
        answer = await edsger.ask(Join(""))
        assert isinstance(answer, Refused)
        assert answer.text == "You cannot join: the match failed and was closed"
    elif where == "leave":
        await grace.quit()
    for guest in (ada, grace) if where != "leave" else (ada,):
        assert (await guest.next(Home)).code == HomeCode.FAILED
    fail("")
    await trio.sleep(2)
    assert served.match is not failed
    assert served.match.id == failed.id
    await ada.enter(Join(""))
    assert await ada.ticks(3)
    assert tracebacks(caplog) == [f"match {failed.id} failed at tick {failed.match.world.tick} and was closed"]


@pytest.mark.parametrize("where", ["step", "join", "leave", "phase"])
@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, MemoryError])
async def test_rules_that_would_end_the_process_end_their_match_alone(
    open_server: OpenServer,
    fail: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
    where: str,
    error: type[BaseException],
) -> None:
    monkeypatch.setattr(Faulty, "error", error)
    served = await open_server(options={"matches": (toy_options(game=Faulty).match, toy_options().match)})
    faulty, healthy = served.server.match_index
    ada, grace = await served.join("Ada", faulty.id), await served.join("Grace", faulty.id)
    edsger, linus = await served.join("Edsger", healthy.id), await served.come("Linus")
    fail(where)
    if where == "leave":
        await grace.quit()
    if where == "join":
        assert isinstance(await linus.ask(Join(faulty.id)), Refused)
    if where == "phase":
        served.server.matches()
    assert (await ada.next(Home)).code == HomeCode.FAILED
    assert await edsger.ticks(30)


class Short(Toy):
    """Has rounds of half a second."""

    @property
    def rounds_finished(self) -> int:
        return self.world.tick // 15


async def test_a_match_of_the_hosts_begins_again_under_its_code_after_its_last_round(open_server: OpenServer) -> None:
    served = await open_server(game=Short, rounds=2)
    ended = served.match
    ada = await served.join("Ada")
    assert (await ada.next(Home)).code == HomeCode.ENDED
    await trio.sleep(2)
    assert served.match is not ended
    await ada.enter(Join(ended.id))
    assert await ada.ticks(3)


@pytest.mark.parametrize("where", ["step", "events"])
async def test_a_match_that_fails_takes_no_other_with_it(
    open_server: OpenServer, fail: Callable[[str], None], where: str
) -> None:
    others = (toy_options().match,) * GROUPS
    served = await open_server(options={"matches": (toy_options(game=Faulty).match, *others)})
    faulty, *_, healthy = served.server.match_index  # of one group
    ada, grace = await served.join("Ada", faulty.id), await served.join("Grace", healthy.id)
    fail(where)
    assert (await ada.next(Home)).code == HomeCode.FAILED
    assert await grace.ticks(30)


@pytest.mark.parametrize("look", ["browse", "matches"])
async def test_a_match_whose_phase_raises_ends_alone(
    open_server: OpenServer, fail: Callable[[str], None], caplog: pytest.LogCaptureFixture, look: str
) -> None:
    served = await open_server(options={"matches": (toy_options(game=Faulty).match, toy_options().match)})
    faulty, healthy = served.server.match_index
    ada, grace = await served.join("Ada", faulty.id), await served.join("Grace", healthy.id)
    if look == "browse":
        edsger = await served.come("Edsger")
        await edsger.say(Browse(1))
        await edsger.next(Lobby)
        fail("phase")
    else:
        fail("phase")
        assert [row["id"] for row in served.server.matches()] == [faulty.id, healthy.id]
    assert (await ada.next(Home)).code == HomeCode.FAILED
    assert await grace.ticks(30)
    fail("")
    await trio.sleep(2)
    assert await (await served.join("Ada", faulty.id)).ticks(3)
    assert len(tracebacks(caplog)) == 1


async def test_a_match_that_cannot_begin_is_refused_and_the_server_goes_on(
    open_server: OpenServer, fail: Callable[[str], None], caplog: pytest.LogCaptureFixture
) -> None:
    served = await open_server(game=Faulty)
    ada = await served.come()
    fail("setup")
    answer = await ada.ask(wish())
    assert isinstance(answer, Refused)
    assert answer.code == RefusalCode.BAD_OPTION
    assert len(served.server.match_index) == 1
    assert len(tracebacks(caplog)) == 1
    assert await (await served.join()).ticks(3)


def test_a_mode_that_the_game_does_not_have_is_a_config_error() -> None:
    with pytest.raises(ConfigError, match="no mode 'chess'; it has none"):
        Server(toy_options(rules=Rules("chess")))


def test_more_matches_than_there_may_be_are_a_config_error() -> None:
    options = toy_options()
    with pytest.raises(ConfigError, match="2 matches configured, but --max-matches is 1"):
        Server(attrs.evolve(options, matches=(options.match, options.match), limits=MatchLimits(max_matches=1)))


# A match without anybody


async def test_a_match_without_anybody_stands_still_and_goes_on_where_it_was(open_server: OpenServer) -> None:
    served = await open_server(bots=2)
    await trio.sleep(5)
    assert served.match.match.world.tick == 0
    ada = await served.join()
    assert await ada.ticks(10) == list(range(1, 11))
    await ada.quit()
    await trio.sleep(1)
    stood_at = served.match.match.world.tick
    await trio.sleep(5)
    assert served.match.match.world.tick == stood_at
    vera = await served.watch()
    assert await vera.ticks(30) == list(range(stood_at + 1, stood_at + 31))
    await vera.say(Ping(1))
    assert (await vera.next(Pong)).match_time == pytest.approx(stood_at + 31, abs=2)


async def test_a_fault_behind_a_seated_link_ends_it_alone_and_leaves_no_socket_at_the_tick(
    open_server: OpenServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    seated: set[SeatedSockets] = set()
    add = SeatedSockets.add

    def noted(sockets: SeatedSockets, socket: TickSocket) -> None:
        seated.add(sockets)
        add(sockets, socket)

    monkeypatch.setattr(SeatedSockets, "add", noted)
    served = await open_server()
    ada, ben = await served.join(), await served.join()
    await ada.ticks(2)
    assert [len(sockets) for sockets in seated] == [2]

    async def fail(_: object) -> None:
        raise RuntimeError("a fault of the library")

    monkeypatch.setattr(WebSocketConnection, "get_message", fail)
    await ada.say(Chat("too long to be set aside " * 8))
    code, _ = await ada.close_code()
    assert code == CloseCode.INTERNAL_ERROR
    assert [len(sockets) for sockets in seated] == [1]
    assert [record.getMessage() for record in caplog.records if "failed" in record.getMessage()]
    await ben.ticks(10)


# The end


async def until_linked(served: Served, count: int) -> None:
    """A client may know of its connection before the server does."""
    while len(served.server.links) < count:
        await trio.lowlevel.checkpoint()


async def test_stopping_closes_every_player_with_1001_and_takes_less_than_5_seconds(open_server: OpenServer) -> None:
    served = await open_server(bots=1)
    guests = [await served.join(), await served.join()]
    silent = await served.join()  # never answers the close frame
    stranger = await served.connect()  # has not said hello
    await until_linked(served, 4)
    began = trio.current_time()
    served.stop.set()
    for socket in (*(guest.socket for guest in guests), stranger):
        assert await socket.close_code() == (1001, "the server is stopping")
    await happened(served.stopped)
    assert trio.current_time() - began < 5
    assert silent.welcome.player == 3


async def test_who_comes_while_the_server_stops_is_sent_away_with_1001(open_server: OpenServer) -> None:
    served = await open_server()
    await served.join()  # never answers the close frame, so that stopping takes a while
    late = await served.connect()
    await until_linked(served, 2)
    served.stop.set()
    assert await late.close_code() == (1001, "the server is stopping")
    assert await served.refusal(encode(Hello("Ada", ""))) == (1001, "the server is stopping")


async def test_an_idle_server_stops_at_once(open_server: OpenServer) -> None:
    served = await open_server()
    began = trio.current_time()
    served.stop.set()
    await happened(served.stopped)
    assert trio.current_time() - began < 0.1


async def test_a_port_in_use_is_a_config_error_that_names_it(open_server: OpenServer) -> None:
    port = int((await open_server()).server.url.rpartition(":")[2])
    with pytest.raises(ConfigError, match=f"port {port} of 127.0.0.1 is in use"):
        await Server(toy_options(port=port)).run(trio.Event())


# What it reports over HTTP


async def get(served: Served, path: str) -> Any:
    answer = await HttpClient(await served.dial()).get(path)
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    return json.loads(answer.body)


async def test_health_counts_matches_and_people(open_server: OpenServer) -> None:
    served = await open_server(bots=2)
    await served.join()
    health = await get(served, "/healthz")
    assert health.pop("uptime") >= 0
    assert health == {
        "status": "ok",
        "version": game_server.__version__,
        "protocol": 1,
        "matches": 1,
        "players": 3,
        "people": 1,
    }


async def test_a_server_is_ready_until_it_begins_to_stop(open_server: OpenServer) -> None:
    served = await open_server()
    assert await get(served, "/readyz") == {"status": "ready"}
    served.server.lobby.stopping = True
    answer = await HttpClient(await served.dial()).get("/readyz")
    assert (answer.status, json.loads(answer.body)) == (503, {"status": "stopping"})


async def test_the_list_of_matches_is_what_each_match_says_of_itself(open_server: OpenServer) -> None:
    served = await open_server(bots=2)
    ada = await served.join()
    await ada.ticks(5)
    [told] = await get(served, "/api/matches")
    assert {key: told[key] for key in ("id", "name", "game", "people", "bots", "players", "max_players")} == {
        "id": ada.welcome.match.id,
        "name": "Friday",
        "game": "toy",
        "people": 1,
        "bots": 2,
        "players": 3,
        "max_players": 4,
    }
    assert told.keys() == served.match.status().keys()
    assert 5 <= told["tick"] <= served.match.match.world.tick


async def test_the_list_of_matches_is_made_twice_a_second_at_most(open_server: OpenServer) -> None:
    served = await open_server()
    made: list[float] = []
    matches = served.server.matches

    def count() -> list[dict[str, Any]]:
        made.append(trio.current_time())
        return matches()

    served.server.matches = count  # type: ignore[assignment, method-assign]
    began = trio.current_time()
    told = [await get(served, "/api/matches") for _ in range(20)]
    assert 1 <= len(made) <= 1 + (trio.current_time() - began) / FRESH_FOR < 10
    assert all([match["people"] for match in answer] == [0] for answer in told)
    await served.join()
    await trio.sleep(FRESH_FOR)
    assert [match["people"] for match in await get(served, "/api/matches")] == [1]


async def test_the_client_is_what_the_port_serves(open_server: OpenServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "site_directory", site_directory)
    answer = await HttpClient(await (await open_server()).dial()).get("/")
    assert answer.body.startswith((site_directory() / "index.html").read_bytes()[:200])


@pytest.mark.parametrize(
    ("options", "way"),
    [
        ({}, "at the ticks, by "),
        ({"tick_drain": False}, "by tasks of their own"),
        ({"ring": False}, "at the ticks, by a"),
    ],
)
async def test_it_reports_how_sockets_are_served(open_server: OpenServer, options: dict[str, bool], way: str) -> None:
    served = await open_server(options=options)
    assert served.server.served.startswith(way)


@pytest.mark.usefixtures("jumping_clock")
async def test_a_server_that_is_stopped_before_it_accepts_anything_ends_at_once() -> None:
    server, stop = Server(toy_options()), trio.Event()
    server.before_accepting = trio.sleep_forever
    began = trio.current_time()
    with trio.move_on_after(5):
        async with trio.open_nursery() as serving:
            serving.start_soon(serving.start, server.run, stop)
            await trio.sleep(1)
            stop.set()
    assert server.url == ""
    assert trio.current_time() - began == pytest.approx(1, abs=0.1)


@pytest.mark.usefixtures("jumping_clock")
async def test_nothing_is_accepted_before_the_server_may(nursery: trio.Nursery) -> None:
    server, may = Server(toy_options()), trio.Event()
    server.before_accepting = may.wait
    stop = trio.Event()
    nursery.start_soon(server.run, stop)
    await trio.sleep(5)
    assert (len(server.match_index), server.url) == (1, "")
    may.set()
    await trio.sleep(5)
    assert server.url
    stop.set()
