"""Connections that are lost and come back, over real sockets in virtual time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
import trio
from wsproto.events import CloseConnection

from game_server.protocol import (
    BOT,
    PERSON,
    CloseCode,
    EventCode,
    Input,
    Leave,
    LeaveReason,
    RefusalCode,
    Refused,
    Resume,
    Snapshot,
    encode,
)
from tests.live_server import Guest, OpenServer
from tests.simulation.toy_game import Toy
from tests.transport.clients import frame


async def close_with(guest: Guest, code: int) -> None:
    await guest.socket.send_event(CloseConnection(code=code))


async def close_without_a_code(guest: Guest) -> None:
    await guest.socket.send_raw(frame(b"", opcode=8))


async def break_the_rules(guest: Guest) -> None:
    await guest.socket.send(b"\xc1")


async def send_text(guest: Guest) -> None:
    await guest.socket.send("hello")


async def leave_and_go(guest: Guest) -> None:
    await guest.socket.send_raw(frame(encode(Leave()), opcode=2) + frame(b"\x03\xe9", opcode=8))


Go = Callable[[Guest], Awaitable[None]]


@pytest.mark.parametrize(
    "go",
    [
        pytest.param(Guest.vanish, id="a connection cut"),
        pytest.param(lambda guest: close_with(guest, 1001), id="close 1001, a page that is reloaded"),
        pytest.param(close_without_a_code, id="close without a code"),
        pytest.param(lambda guest: close_with(guest, 4006), id="a client that hears nothing"),
    ],
)
async def test_a_connection_that_may_come_back_keeps_its_seat(open_server: OpenServer, go: Go) -> None:
    served = await open_server()
    ada, grace = await served.join("Ada"), await served.join("Grace")
    await go(grace)
    assert await ada.next_event(EventCode.LOST) == (EventCode.LOST, 1, 30)
    again = await served.resume(grace.welcome.token)
    assert (again.welcome.player, again.welcome.nickname) == (1, "Grace")
    assert await ada.next_event(EventCode.BACK) == (EventCode.BACK, 1)


@pytest.mark.parametrize(
    "go",
    [
        pytest.param(lambda guest: close_with(guest, 1000), id="close 1000"),
        pytest.param(lambda guest: guest.say(Leave()), id="leave"),
        pytest.param(leave_and_go, id="leave, and a tab that is closed"),
        pytest.param(break_the_rules, id="a bad message"),
        pytest.param(send_text, id="text"),
    ],
)
async def test_leaving_or_breaking_the_rules_gives_the_seat_up(open_server: OpenServer, go: Go) -> None:
    served = await open_server()
    ada, grace = await served.join("Ada"), await served.join("Grace")
    await go(grace)
    assert await ada.next_event(EventCode.LEFT) == (EventCode.LEFT, 1, LeaveReason.LEFT)
    answer = await (await served.come()).ask(Resume(grace.welcome.token))
    assert isinstance(answer, Refused)
    assert answer.code == RefusalCode.NO_SUCH_SESSION


async def test_who_is_back_plays_on_with_the_score_and_gets_the_view_whole(open_server: OpenServer) -> None:
    served = await open_server(game=Toy)
    ada = await served.join("Ada")
    game = served.match.match.game
    assert isinstance(game, Toy)
    game.runners.rows.taken[0] = 77
    await ada.vanish()
    await trio.sleep(5)
    again = await served.resume(ada.welcome.token, "Somebody")
    assert again.welcome.nickname == "Ada"
    first = await again.next(Snapshot)
    assert first.kind == 1
    assert game.runners.rows.taken[0] == 77
    await again.say(Input(first.tick + 5, 0, 0))
    while (await again.next(Snapshot)).ack != first.tick + 5:
        pass


async def test_a_seat_is_kept_for_as_long_as_the_host_says(open_server: OpenServer) -> None:
    served = await open_server(options={"seat_hold": 3.0})
    ada, grace = await served.join("Ada"), await served.join("Grace")
    await grace.vanish()
    assert (await ada.next_event(EventCode.LOST))[2] == 3
    began = trio.current_time()
    assert await ada.next_event(EventCode.LEFT) == (EventCode.LEFT, 1, LeaveReason.LOST)
    assert trio.current_time() - began == pytest.approx(3, abs=0.5)
    answer = await (await served.come()).ask(Resume(grace.welcome.token))
    assert isinstance(answer, Refused)


async def test_who_falls_silent_is_closed_with_4006_and_lost_to_the_others(open_server: OpenServer) -> None:
    served = await open_server(tick_rate=5)
    ada, grace = await served.join("Ada"), await served.join("Grace")
    assert (await ada.next_event(EventCode.LOST, within=20))[1] == 1  # Ada answers pings while she listens
    assert (await grace.close_code())[0] == CloseCode.TIMED_OUT


async def test_a_newer_connection_wins_and_the_older_is_notified(open_server: OpenServer) -> None:
    served = await open_server()
    ada, grace = await served.join("Ada"), await served.join("Grace")
    again = await served.resume(ada.welcome.token)
    assert (await ada.close_code())[0] == CloseCode.REPLACED
    assert again.welcome.player == 0
    assert await again.ticks(10)
    await again.quit()
    # Nothing of the change of connections was announced: what comes is the end alone.
    assert await grace.next_event(EventCode.LEFT) == (EventCode.LEFT, 0, LeaveReason.LEFT)


async def test_ten_connections_with_one_token_are_one_player_in_the_end(open_server: OpenServer) -> None:
    served = await open_server()
    ada = await served.join("Ada")
    guests = [await served.come() for _ in range(10)]
    for guest in guests:
        await guest.say(Resume(ada.welcome.token))
    for guest in (ada, *guests[:-1]):
        assert (await guest.close_code())[0] == CloseCode.REPLACED
    assert await guests[-1].ticks(5)
    assert served.match.people == 1


@pytest.mark.parametrize("token", ["", "x", "K7RW2P.0.00.AAAA", "\u00e9" * 128])
async def test_a_token_that_was_made_up_is_refused(open_server: OpenServer, token: str) -> None:
    served = await open_server()
    await served.join()
    answer = await (await served.come()).ask(Resume(token))
    assert isinstance(answer, Refused)
    assert (answer.request, answer.code) == (Resume.type, RefusalCode.NO_SUCH_SESSION)


async def test_a_token_of_another_server_is_refused(open_server: OpenServer) -> None:
    served, other = await open_server(), await open_server()
    ada = await other.join()
    answer = await (await served.come()).ask(Resume(ada.welcome.token))
    assert isinstance(answer, Refused)


async def test_a_token_of_a_match_that_has_ended_is_refused(open_server: OpenServer) -> None:
    served = await open_server()
    ada = await served.join()
    token = ada.welcome.token
    await ada.vanish()
    served.server.match_index.remove(served.match)
    answer = await (await served.come()).ask(Resume(token))
    assert isinstance(answer, Refused)
    assert answer.code == RefusalCode.NO_SUCH_SESSION


async def test_a_bot_plays_while_the_connection_is_lost_if_the_match_says_so(open_server: OpenServer) -> None:
    served = await open_server(takeover=True)
    ada, grace = await served.join("Ada"), await served.join("Grace")
    await grace.vanish()
    assert await ada.next_event(EventCode.KIND) == (EventCode.KIND, 1, BOT)
    again = await served.resume(grace.welcome.token)
    assert again.welcome.roster[1].kind == PERSON
    assert await ada.next_event(EventCode.KIND) == (EventCode.KIND, 1, PERSON)


async def test_one_who_closes_with_the_code_of_a_kick_has_left(open_server: OpenServer) -> None:
    served = await open_server()
    ada, grace = await served.join("Ada"), await served.join("Grace")
    await grace.socket.send_event(CloseConnection(code=CloseCode.REMOVED))
    await grace.close_code()
    assert await ada.next_event(EventCode.LEFT) == (EventCode.LEFT, grace.welcome.player, LeaveReason.LEFT)
