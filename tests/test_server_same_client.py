"""A client whose connection breaks before it hears the answer, and asks again: over real sockets in virtual time."""

from __future__ import annotations

import pytest
import trio

from game_server.protocol import (
    CloseCode,
    Create,
    EventCode,
    Hello,
    Join,
    Leave,
    LeaveReason,
    Queued,
    RefusalCode,
    Refused,
    Watch,
    encode,
)
from tests.live_server import OpenServer, Served, wish

KEY = "b7c2f0a1d94e4c55"


async def cut_unread(served: Served, request: Join | Watch | Create, key: str = KEY) -> None:
    """Say hello and ``request`` over a connection that breaks before anything is read."""
    socket = await served.connect()
    await socket.send(encode(Hello("Ada", "test", key)))
    await socket.send(encode(request))
    await trio.sleep(0.1)
    await socket.stream.aclose()
    await trio.sleep(0.1)


@pytest.mark.parametrize("code", ["by its code", "by quick play"])
async def test_a_client_that_joins_again_has_the_seat_that_it_never_heard_of(
    open_server: OpenServer, code: str
) -> None:
    served = await open_server()
    join = Join(served.match.id if code == "by its code" else "")
    await cut_unread(served, join)
    again = await served.come(key=KEY)
    welcome = await again.enter(join)
    assert (welcome.player, welcome.nickname, len(welcome.roster)) == (0, "Ada", 1)
    assert await again.ticks(3)


async def test_joining_again_while_the_older_connection_stands_takes_it_over(open_server: OpenServer) -> None:
    served = await open_server()
    older, newer = await served.come(key=KEY), await served.come(key=KEY)
    await older.enter(Join(""))
    assert (await newer.enter(Join(""))).player == 0
    assert await older.close_code() == (CloseCode.REPLACED, "you go on over a newer connection")
    assert served.match.people == 1


async def test_a_match_that_is_full_locked_and_secret_still_has_the_seat_of_its_client(open_server: OpenServer) -> None:
    served = await open_server(max_players=1)
    ada = await served.come(key=KEY)
    welcome = await ada.enter(wish(max_players=1, private=1, password="sesame"))
    await ada.vanish()
    match = served.server.match_index.find(welcome.match.id)
    match.state.moderation.locked = True
    served.server.lobby.stopping = True
    again = await served.come(key=KEY)
    assert (await again.enter(Join(match.id))).token == welcome.token


async def test_clients_without_a_key_and_with_other_keys_are_other_people(open_server: OpenServer) -> None:
    served = await open_server()
    for key in ("", KEY):
        await cut_unread(served, Join(""), key)
    players = [(await (await served.come(key=key)).enter(Join(""))).player for key in ("", KEY[:-1])]
    assert players == [2, 3]


async def test_a_client_that_left_has_no_seat_to_come_back_to(open_server: OpenServer) -> None:
    served = await open_server()
    ada = await served.come(key=KEY)
    token = (await ada.enter(Join(""))).token
    await ada.ask(Leave())
    assert (await ada.enter(Join(""))).token != token


async def test_a_seat_that_is_no_longer_kept_is_joined_as_by_anybody(open_server: OpenServer) -> None:
    served = await open_server(options={"seat_hold": 1.0})
    grace = await served.join("Grace")
    await cut_unread(served, Join(""))
    assert await grace.next_event(EventCode.LEFT) == (EventCode.LEFT, 1, LeaveReason.LOST)
    assert (await (await served.come(key=KEY)).enter(Join(""))).player == 1


async def test_a_client_that_queues_again_stands_where_it_stood(open_server: OpenServer) -> None:
    served = await open_server(max_players=1)
    ada = await served.join("Ada")
    older = await served.come("Grace", KEY)
    assert await older.ask(Join(served.match.id, wait=1)) == Queued(served.match.id, 1, 1, "Friday")
    linus = await served.come("Linus")
    assert await linus.ask(Join(served.match.id, wait=1)) == Queued(served.match.id, 2, 2, "Friday")
    newer = await served.come("Grace", KEY)
    assert await newer.ask(Join(served.match.id, wait=1)) == Queued(served.match.id, 1, 2, "Friday")
    assert (await older.close_code())[0] == CloseCode.REPLACED
    await ada.say(Leave())
    assert (await newer.hear()).type == 16


async def test_a_client_that_watches_again_is_one_spectator(open_server: OpenServer) -> None:
    served = await open_server(options={"max_spectators": 1})
    older, newer = await served.come("Vera", KEY), await served.come("Vera", KEY)
    await older.enter(Watch(served.match.id))
    assert (await newer.enter(Watch(served.match.id))).nickname == "Vera"
    assert (await older.close_code())[0] == CloseCode.REPLACED
    assert len(served.match.state.watchers) == 1


async def test_a_spectator_that_queued_too_leaves_no_ghost_in_the_queue(open_server: OpenServer) -> None:
    served = await open_server(max_players=1)
    await served.join("Ada")
    older, newer = await served.come("Vera", KEY), await served.come("Vera", KEY)
    await older.enter(Watch(served.match.id))
    await older.ask(Join(served.match.id, wait=1))
    await newer.enter(Watch(served.match.id))
    await older.close_code()
    await trio.sleep(0.1)
    assert len(served.match.state.queue) == 0


async def test_a_match_that_is_created_again_is_the_one_that_was_created(open_server: OpenServer) -> None:
    served = await open_server()
    await cut_unread(served, wish())
    again = await served.come(key=KEY)
    welcome = await again.enter(wish())
    assert (welcome.player, welcome.host, len(served.server.match_index)) == (0, 0, 2)


async def test_another_wish_and_another_client_open_another_match(open_server: OpenServer) -> None:
    served = await open_server(options={"max_matches_per_address": 10})
    for key, request in ((KEY, wish()), (KEY, wish(name="Theirs")), ("other", wish()), ("", wish()), ("", wish())):
        await (await served.come(key=key)).enter(request)
    assert len(served.server.match_index) == 1 + 5


async def test_a_match_that_was_left_is_not_the_answer_to_the_same_wish(open_server: OpenServer) -> None:
    served = await open_server()
    ada = await served.come(key=KEY)
    first = await ada.enter(wish())
    await ada.ask(Leave())
    assert (await ada.enter(wish())).match.id != first.match.id


async def test_a_spectator_who_joins_the_match_of_a_lost_seat_watches_no_longer(open_server: OpenServer) -> None:
    served = await open_server()
    await cut_unread(served, Join(""))
    again = await served.come(key=KEY)
    await again.enter(Watch(""))
    assert (await again.enter(Join(""))).player == 0
    assert not served.match.state.watchers


async def test_a_key_is_neither_shown_nor_logged(open_server: OpenServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    served = await open_server()
    grace = await served.join("Grace")
    ada = await served.come(key=KEY)
    await ada.say(Join(""), Create(*["x"] * 14))  # type: ignore[arg-type]
    heard = [await grace.hear() for _ in range(20)]
    assert KEY not in repr(heard) + caplog.text + repr(served.match.state.roster.of_client(KEY)) + repr(
        Hello("A", "b", KEY)
    )


async def test_a_join_to_a_match_that_is_not_there_says_so_to_a_client_with_a_key(open_server: OpenServer) -> None:
    answer = await (await (await open_server()).come(key=KEY)).ask(Join("NOSUCH"))
    assert isinstance(answer, Refused)
    assert answer.code == RefusalCode.NO_SUCH_MATCH
