"""The whole server over real sockets in virtual time: who gets in, who hears what, and how it ends."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import trio
import trio.testing
from wsproto.events import CloseConnection

import game_server
from game_server.errors import ConfigError
from game_server.protocol.closes import CloseCode
from game_server.protocol.codec import encode
from game_server.protocol.messages import (
    BOT,
    CHAT_EVENT,
    EXPELLED,
    JOINED_EVENT,
    LEFT,
    LEFT_EVENT,
    LOST,
    PERSON,
    WRITES_TOO_FAST,
    Chat,
    Hello,
    Input,
    Notice,
    Ping,
    Pong,
    RosterEntry,
    Snapshot,
)
from game_server.server import Server, site_directory
from game_server.simulation.game import Inputs
from tests.live_server import Guest, OpenServer, Served, toy_options
from tests.simulation.toy_game import Toy
from tests.transport.clients import HttpClient, frame

# Getting in


async def test_who_says_hello_gets_a_seat_a_welcome_and_every_tick_from_then_on(open_server: OpenServer) -> None:
    served = await open_server()
    ada = await served.join("Ada")
    assert (ada.welcome.player, ada.welcome.nickname) == (0, "Ada")
    assert ada.welcome.match == (served.match.id, "Friday", "toy", 4)
    assert ada.welcome.roster == (RosterEntry(0, "Ada", PERSON),)
    first = await ada.next(Snapshot)
    assert (first.tick, first.kind) == (ada.welcome.tick + 1, 1)
    assert await ada.ticks(30) == list(range(first.tick + 1, first.tick + 31))


async def test_two_with_one_name_are_told_apart_and_see_each_other(open_server: OpenServer) -> None:
    served = await open_server()
    ada = await served.join("Ada")
    other = await served.join("ADA")
    assert other.welcome.nickname == "ADA 2"
    assert other.welcome.roster == (RosterEntry(0, "Ada", PERSON), RosterEntry(1, "ADA 2", PERSON))
    assert await ada.next_event(JOINED_EVENT) == (JOINED_EVENT, 1, "ADA 2", PERSON)


async def test_a_match_is_chosen_by_its_id(open_server: OpenServer) -> None:
    served = await open_server()
    assert (await served.join(match=served.match.id)).welcome.match.id == served.match.id


async def test_an_unknown_match_is_refused_with_4004(open_server: OpenServer) -> None:
    code, reason = await (await open_server()).refusal(encode(Hello("Ada", "NOSUCH", "")))
    assert (code, reason) == (4004, "there is no match 'NOSUCH' here; it may have ended")


@pytest.mark.parametrize("by_id", [False, True])
async def test_a_match_full_of_people_is_refused_with_4003(open_server: OpenServer, by_id: bool) -> None:
    served = await open_server(max_players=1)
    await served.join()
    code, reason = await served.refusal(encode(Hello("Grace", served.match.id if by_id else "", "")))
    assert code == CloseCode.MATCH_FULL
    assert "try again later" in reason


async def test_a_seat_that_was_given_up_is_there_for_the_next(open_server: OpenServer) -> None:
    served = await open_server(max_players=1)
    ada = await served.join("Ada")
    await ada.socket.send_event(CloseConnection(code=1000))
    await ada.close_code()
    assert (await served.join("Grace")).welcome.roster == (RosterEntry(0, "Grace", PERSON),)


async def test_a_bot_gives_its_seat_up_to_a_person_and_takes_it_back(open_server: OpenServer) -> None:
    served = await open_server(max_players=2, bots=2)
    ada = await served.join("Ada")
    assert sorted(entry.kind for entry in ada.welcome.roster) == [PERSON, BOT]
    grace = await served.join("Grace")
    assert [entry.kind for entry in grace.welcome.roster] == [PERSON, PERSON]
    assert (await ada.next_event(LEFT_EVENT))[2] == LEFT
    assert (await ada.next_event(JOINED_EVENT))[2:] == ("Grace", PERSON)
    await grace.leave()
    assert (await ada.next_event(LEFT_EVENT))[1:] == (grace.welcome.player, LOST)
    assert (await ada.next_event(JOINED_EVENT))[3] == BOT


@pytest.mark.parametrize("first", [Input(1, 0, 0), Chat("hello"), Ping(1)])
async def test_nothing_but_hello_may_come_first(open_server: OpenServer, first: Input | Chat | Ping) -> None:
    assert await (await open_server()).refusal(encode(first)) == (4001, "the first message must be hello")


async def test_who_says_nothing_is_closed_with_4002_after_10_seconds(open_server: OpenServer) -> None:
    served = await open_server()
    began = trio.current_time()
    assert (await served.refusal())[0] == CloseCode.HELLO_TIMEOUT
    assert trio.current_time() - began == pytest.approx(10, abs=1)


async def test_a_second_hello_is_closed_with_4001(open_server: OpenServer) -> None:
    ada = await (await open_server()).join()
    await ada.say(Hello("Ada", "", ""))
    assert await ada.close_code() == (4001, "hello is sent once, before anything else")


async def test_the_name_of_a_client_forges_no_line_of_the_log(
    open_server: OpenServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "game_server")
    socket = await (await open_server()).connect()
    await socket.send(encode(Hello("Ada\nforged", "", "browser\r\n12:00:00 ERROR forged \x1b[2J")))
    await socket.message()
    [line] = [record.getMessage() for record in caplog.records if "joined" in record.getMessage()]
    assert line == "Ada forged joined as player 0 (browser 12:00:00 ERROR forged [2J)"


# In the match


async def test_an_input_is_used_in_its_tick_and_acknowledged(open_server: OpenServer) -> None:
    ada = await (await open_server()).join()
    now = (await ada.next(Snapshot)).tick
    await ada.say(Input(now + 5, 0, 0))
    seen = [await ada.next(Snapshot) for _ in range(5)]
    assert [snapshot.ack for snapshot in seen] == [0, 0, 0, 0, now + 5]
    assert [snapshot.depth for snapshot in seen][-2:] == [1, 0]


async def test_a_ping_comes_back_with_the_time_of_the_match(open_server: OpenServer) -> None:
    ada = await (await open_server()).join()
    tick = (await ada.next(Snapshot)).tick
    await ada.say(Ping(12.5))
    pong = await ada.next(Pong)
    assert pong.client_time == 12.5
    assert tick <= pong.match_time <= tick + 3


async def test_chat_reaches_everybody_on_one_line_without_control_characters(open_server: OpenServer) -> None:
    served = await open_server()
    ada, grace = await served.join("Ada"), await served.join("Grace")
    await grace.say(Chat(" well\n\x1b played\u202e "))
    for guest in (ada, grace):
        assert await guest.next_event(CHAT_EVENT) == (CHAT_EVENT, 1, "well played")


async def test_who_writes_too_fast_alone_gets_a_notice_and_the_others_five_lines(open_server: OpenServer) -> None:
    served = await open_server()
    ada, grace = await served.join("Ada"), await served.join("Grace")
    await ada.say(*map(Chat, "abcdef"))
    assert (await ada.next(Notice)).code == WRITES_TOO_FAST
    await grace.say(Chat("enough"))
    heard = [await grace.next_event(CHAT_EVENT) for _ in range(6)]
    assert heard == [*((CHAT_EVENT, 0, line) for line in "abcde"), (CHAT_EVENT, 1, "enough")]


async def close_with(guest: Guest, code: int) -> None:
    await guest.socket.send_event(CloseConnection(code=code))


async def close_without_a_code(guest: Guest) -> None:
    await guest.socket.send_raw(frame(b"", opcode=8))


async def break_the_rules(guest: Guest) -> None:
    await guest.socket.send(b"\xc1")


@pytest.mark.parametrize(
    ("go", "why"),
    [
        pytest.param(lambda guest: close_with(guest, 1000), LEFT, id="close 1000"),
        pytest.param(lambda guest: close_with(guest, 1001), LEFT, id="close 1001, a page that is left"),
        pytest.param(close_without_a_code, LEFT, id="close without a code"),
        pytest.param(Guest.leave, LOST, id="a connection cut"),
        pytest.param(break_the_rules, EXPELLED, id="a bad message"),
    ],
)
async def test_the_others_hear_who_left_and_why(
    open_server: OpenServer, go: Callable[[Guest], Awaitable[None]], why: int
) -> None:
    served = await open_server()
    ada, grace = await served.join("Ada"), await served.join("Grace")
    await go(grace)
    assert await ada.next_event(LEFT_EVENT) == (LEFT_EVENT, 1, why)


async def test_who_falls_silent_is_closed_with_4006_and_was_lost_to_the_others(
    open_server: OpenServer,
) -> None:
    served = await open_server()
    ada, grace = await served.join("Ada"), await served.join("Grace")
    assert await ada.next_event(LEFT_EVENT) == (LEFT_EVENT, 1, LOST)  # Ada answers pings while she listens
    assert (await grace.close_code())[0] == CloseCode.TIMED_OUT


# Rules that fail


class Faulty(Toy):
    """Fails where and when the test says."""

    where = ""

    def step(self, inputs: Inputs) -> None:
        if self.where == "step":
            raise ZeroDivisionError
        super().step(inputs)

    def join(self, player: int) -> None:
        if self.where == "join":
            raise ZeroDivisionError
        super().join(player)

    def leave(self, player: int) -> None:
        if self.where in ("leave", "step"):
            raise ZeroDivisionError
        super().leave(player)


@pytest.fixture
def fail(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Let the rules of every match fail from now on: ``fail("step")``; ``fail("")`` mends them."""
    return lambda where: monkeypatch.setattr(Faulty, "where", where)


def tracebacks(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.exc_info]


@pytest.mark.parametrize("where", ["step", "join", "leave"])
async def test_a_match_whose_rules_fail_closes_its_players_with_1011_and_another_opens(
    open_server: OpenServer, fail: Callable[[str], None], caplog: pytest.LogCaptureFixture, where: str
) -> None:
    served = await open_server(game=Faulty, bots=1, max_players=4)
    failed = served.match
    ada, grace = await served.join("Ada"), await served.join("Grace")
    fail(where)
    if where == "join":
        assert (await served.refusal(encode(Hello("Edsger", "", ""))))[0] == CloseCode.INTERNAL_ERROR
    elif where == "leave":
        await grace.leave()
    for guest in (ada, grace) if where != "leave" else (ada,):
        assert await guest.close_code() == (1011, "the match failed and was closed; a new one is about to open")
    fail("")
    await trio.sleep(2)
    assert served.match.id != failed.id
    assert await (await served.join()).ticks(3)
    assert tracebacks(caplog) == [f"match {failed.id} failed at tick {failed.match.world.tick} and was closed"]


async def test_between_two_matches_a_player_is_told_to_come_back_and_not_that_the_match_is_full(
    open_server: OpenServer, fail: Callable[[str], None]
) -> None:
    served = await open_server(game=Faulty)
    ada = await served.join()
    fail("step")
    await ada.close_code()
    code, reason = await served.refusal(encode(Hello("Ada", "", "")))
    assert (code, reason) == (1011, "no match is open just now; one is about to")


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
    await served.stopped.wait()
    assert trio.current_time() - began < 5
    assert silent.welcome.player == 3


async def test_who_comes_while_the_server_stops_is_sent_away_with_1001(open_server: OpenServer) -> None:
    served = await open_server()
    await served.join()  # never answers the close frame, so that stopping takes a while
    late = await served.connect()
    await until_linked(served, 2)
    served.stop.set()
    assert await late.close_code() == (1001, "the server is stopping")
    assert await served.refusal(encode(Hello("Ada", "", ""))) == (1001, "the server is stopping")


async def test_an_idle_server_stops_at_once(open_server: OpenServer) -> None:
    served = await open_server()
    began = trio.current_time()
    served.stop.set()
    await served.stopped.wait()
    assert trio.current_time() - began < 0.1


async def test_a_port_in_use_is_a_config_error_that_names_it(open_server: OpenServer) -> None:
    port = int((await open_server()).server.url.rpartition(":")[2])
    with pytest.raises(ConfigError, match=f"port {port} of 127.0.0.1 is in use"):
        await Server(toy_options(port=port)).run(trio.Event())


# What it tells over HTTP


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


async def test_the_client_is_what_the_port_serves(open_server: OpenServer) -> None:
    answer = await HttpClient(await (await open_server()).dial()).get("/")
    assert answer.body == (site_directory() / "index.html").read_bytes()
