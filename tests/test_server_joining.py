"""Into a match and out of it, over real sockets in virtual time."""

from __future__ import annotations

import errno
import logging
import select

import pytest
import trio

from game_server.games.arena import Arena
from game_server.games.cards import Cards
from game_server.games.sketch import Sketch
from game_server.games.tag import Tag
from game_server.lobby import tick_groups
from game_server.lobby.game_offers import offer_of
from game_server.protocol import (
    BOT,
    NO_PLAYER,
    PERSON,
    PRIVATE,
    Browse,
    Chat,
    CloseCode,
    Create,
    EventCode,
    Follow,
    Hello,
    Home,
    HomeCode,
    Input,
    Join,
    Leave,
    LeaveReason,
    Lobby,
    Moderate,
    Ping,
    Pong,
    Queued,
    RefusalCode,
    Refused,
    Resume,
    Resync,
    RosterEntry,
    Snapshot,
    Vote,
    Watch,
    Welcome,
    encode,
)
from game_server.transport import SeatedSockets
from tests.live_server import Guest, OpenServer, Served, wish
from tests.simulation.toy_game import Toy


async def refusal(guest: Guest, request: Join | Watch | Create | Resume) -> int:
    answer = await guest.ask(request)
    assert isinstance(answer, Refused), answer
    assert answer.request == request.type
    assert answer.text
    return answer.code


# Hello


async def test_hello_leads_to_the_lobby_and_join_to_a_seat_and_every_tick_from_then_on(open_server: OpenServer) -> None:
    served = await open_server()
    ada = await served.come("Ada")
    assert (ada.home.code, ada.home.text, ada.home.nickname) == (HomeCode.WELCOME, "Welcome, Ada", "Ada")
    assert ada.home.games == (offer_of(Toy), offer_of(Arena), offer_of(Cards), offer_of(Sketch), offer_of(Tag))
    await ada.enter(Join(""))
    assert (ada.welcome.player, ada.welcome.nickname) == (0, "Ada")
    assert ada.welcome.match == (served.match.id, "Friday", "toy", 4, 0, 0)
    assert ada.welcome.roster == (RosterEntry(0, "Ada", PERSON),)
    first = await ada.next(Snapshot)
    assert (first.tick, first.kind) == (ada.welcome.tick + 1, 1)
    assert await ada.ticks(30) == list(range(first.tick + 1, first.tick + 31))


async def test_hello_and_join_may_come_at_once(open_server: OpenServer) -> None:
    socket = await (await open_server()).connect()
    await socket.send(encode(Hello("Ada", "")))
    await socket.send(encode(Join("")))
    guest = Guest(socket, Home(0, "", "Ada", ()))
    assert (await guest.next(Welcome)).player == 0
    assert await guest.ticks(3)


@pytest.mark.parametrize("first", [Input(1, 0, 0), Chat("hello"), Ping(1), Join(""), Resume("x"), Browse(1)])
async def test_nothing_but_hello_may_come_first(
    open_server: OpenServer, first: Input | Chat | Ping | Join | Resume | Browse
) -> None:
    assert await (await open_server()).refusal(encode(first)) == (4001, "the first message must be hello")


async def test_who_says_nothing_is_closed_with_4002_after_10_seconds(open_server: OpenServer) -> None:
    served = await open_server()
    began = trio.current_time()
    assert (await served.refusal(within=12))[0] == CloseCode.HELLO_TIMEOUT
    assert trio.current_time() - began == pytest.approx(10, abs=1)


@pytest.mark.parametrize("seated", [False, True])
async def test_a_second_hello_is_closed_with_4001(open_server: OpenServer, seated: bool) -> None:
    served = await open_server()
    ada = await (served.join() if seated else served.come())
    await ada.say(Hello("Ada", ""))
    assert await ada.close_code() == (4001, "hello is sent once, before anything else")


@pytest.mark.parametrize(
    ("wished", "given"),
    [
        ("", "Player"),
        ("x" * 64, "x" * 20),
        ("\u202eadA", "adA"),
        (" \u200b\x00 ", "Player"),
        ("Ada\n\tLovelace", "Ada Lovelace"),
    ],
)
async def test_a_nickname_is_what_can_be_seen_of_it(open_server: OpenServer, wished: str, given: str) -> None:
    served = await open_server()
    guest = await served.join(wished)
    assert (guest.home.text, guest.welcome.nickname) == (f"Welcome, {given}", given)


async def test_a_nickname_of_10_000_characters_is_a_bad_message(open_server: OpenServer) -> None:
    code, _ = await (await open_server()).refusal(encode(Hello("x" * 3_000, "")))
    assert code == CloseCode.BAD_MESSAGE


async def test_two_with_one_name_get_different_ones_in_the_lobby_and_in_the_match(open_server: OpenServer) -> None:
    served = await open_server()
    ada, other = await served.come("Ada"), await served.come("ADA")
    assert other.home.text == "Welcome, ADA 2"
    await ada.enter(Join(""))
    await other.enter(Join(""))
    assert other.welcome.roster == (RosterEntry(0, "Ada", PERSON), RosterEntry(1, "ADA 2", PERSON))
    assert await ada.next_event(EventCode.JOINED) == (EventCode.JOINED, 1, "ADA 2", PERSON)


async def test_the_name_of_a_client_forges_no_line_of_the_log(
    open_server: OpenServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "game_server")
    socket = await (await open_server()).connect()
    await socket.send(encode(Hello("Ada\nforged", "browser\r\n12:00:00 ERROR forged \x1b[2J")))
    await socket.send(encode(Join("")))
    await Guest(socket, Home(0, "", "Ada", ())).next(Welcome)
    [line] = [record.getMessage() for record in caplog.records if "joined" in record.getMessage()]
    assert line == "Ada forged joined as player 0 (browser 12:00:00 ERROR forged [2J)"


# Finding a match


async def test_a_match_is_joined_by_its_code_in_any_case(open_server: OpenServer) -> None:
    served = await open_server()
    assert (await served.join(match=served.match.id.lower())).welcome.match.id == served.match.id


async def test_an_unknown_code_is_refused_and_nothing_has_changed(open_server: OpenServer) -> None:
    served = await open_server()
    ada = await served.come()
    assert await refusal(ada, Join("NOSUCH")) == RefusalCode.NO_SUCH_MATCH
    assert await refusal(ada, Watch("NOSUCH")) == RefusalCode.NO_SUCH_MATCH
    await ada.enter(Join(""))


async def test_quick_play_opens_a_match_when_none_has_a_seat(open_server: OpenServer) -> None:
    served = await open_server(max_players=1)
    ada, grace = await served.join("Ada"), await served.join("Grace")
    assert grace.welcome.match.id != ada.welcome.match.id
    assert await grace.ticks(3)
    assert len(served.server.match_index) == 2


async def test_a_server_may_have_no_match_at_all_until_somebody_wants_to_play(open_server: OpenServer) -> None:
    served = await open_server(options={"matches": ()})
    assert len(served.server.match_index) == 0
    assert await (await served.join()).ticks(3)


async def test_a_server_may_have_several_from_the_start(open_server: OpenServer) -> None:
    served = await open_server()
    several = await open_server(options={"matches": (served.server.options.match,) * 3})
    assert len(several.server.match_index) == 3


async def test_a_match_full_of_people_is_refused_by_its_code(open_server: OpenServer) -> None:
    served = await open_server(max_players=1)
    await served.join()
    assert await refusal(await served.come(), Join(served.match.id)) == RefusalCode.MATCH_FULL


async def test_the_first_in_the_queue_gets_the_seat_that_is_given_up(open_server: OpenServer) -> None:
    served = await open_server(max_players=1)
    ada, grace, edsger = await served.join("Ada"), await served.come("Grace"), await served.come("Edsger")
    for place, guest in enumerate((grace, edsger), 1):
        answer = await guest.ask(Join(served.match.id, "", 1))
        assert answer == Queued(served.match.id, place, place, served.match.name)
    await ada.say(Leave())
    assert (await grace.next(Welcome)).player == 0
    assert await grace.ticks(5)
    assert await edsger.next(Queued) == Queued(served.match.id, 1, 1, served.match.name)


async def test_one_who_waits_may_leave_the_queue_or_vanish_from_it(open_server: OpenServer) -> None:
    served = await open_server(max_players=1)
    await served.join("Ada")
    grace, edsger = await served.come("Grace"), await served.come("Edsger")
    for guest in (grace, edsger):
        await guest.ask(Join(served.match.id, "", 1))
    await grace.next(Queued)  # the queue has grown
    await grace.vanish()
    assert await edsger.next(Queued) == Queued(served.match.id, 1, 1, served.match.name)
    assert await edsger.ask(Leave()) == Queued(served.match.id, 0, 0, served.match.name)
    assert len(served.match.state.queue) == 0


async def test_one_who_waits_may_join_another_match_and_waits_no_longer(open_server: OpenServer) -> None:
    served = await open_server(max_players=1)
    await served.join("Ada")
    full = served.match
    grace = await served.come("Grace")
    await grace.ask(Join(full.id, "", 1))
    await grace.enter(Join(""))
    assert grace.welcome.match.id != full.id
    assert len(full.state.queue) == 0


# Leaving


async def test_leave_leads_back_to_the_lobby_and_from_there_to_another_seat(open_server: OpenServer) -> None:
    served = await open_server()
    ada = await served.join("Ada")
    await ada.say(Leave())
    assert (await ada.next(Home)).code == HomeCode.LEFT
    assert served.match.people == 0
    await ada.enter(Join(served.match.id))
    assert await ada.ticks(3)


async def test_leave_and_join_may_come_at_once(open_server: OpenServer) -> None:
    served = await open_server()
    ada = await served.join("Ada")
    await ada.say(Leave(), Join(""))
    assert (await ada.next(Home)).code == HomeCode.LEFT
    assert (await ada.next(Welcome)).player == 0
    assert await ada.ticks(5)


async def test_a_bot_gives_its_seat_up_to_a_person_and_takes_it_back(open_server: OpenServer) -> None:
    served = await open_server(max_players=2, bots=2)
    ada = await served.join("Ada")
    assert sorted(entry.kind for entry in ada.welcome.roster) == [PERSON, BOT]
    grace = await served.join("Grace")
    assert [entry.kind for entry in grace.welcome.roster] == [PERSON, PERSON]
    assert (await ada.next_event(EventCode.LEFT))[2] == LeaveReason.LEFT
    assert (await ada.next_event(EventCode.JOINED))[2:] == ("Grace", PERSON)
    await grace.quit()
    assert await ada.next_event(EventCode.LEFT) == (EventCode.LEFT, grace.welcome.player, LeaveReason.LEFT)
    assert (await ada.next_event(EventCode.JOINED))[3] == BOT


# In the match


async def test_an_input_is_used_in_its_tick_and_acknowledged(open_server: OpenServer) -> None:
    ada = await (await open_server()).join()
    now = (await ada.next(Snapshot)).tick
    await ada.say(Input(now + 5, 0, 0))
    seen = [await ada.next(Snapshot) for _ in range(5)]
    assert [snapshot.ack for snapshot in seen] == [0, 0, 0, 0, now + 5]
    assert [snapshot.depth for snapshot in seen][-2:] == [1, 0]


async def test_a_ping_comes_back_with_the_time_of_the_match_and_in_the_lobby_with_none(open_server: OpenServer) -> None:
    served = await open_server()
    ada = await served.join()
    tick = (await ada.next(Snapshot)).tick
    await ada.say(Ping(12.5))
    pong = await ada.next(Pong)
    assert pong.client_time == 12.5
    assert tick <= pong.match_time <= tick + 3
    assert await (await served.come()).ask(Ping(3)) == Pong(3, 0)


# What has no meaning where one is


@pytest.mark.parametrize("request_", [Join(""), Watch(""), Resume("x"), wish(), Follow(0)])
async def test_what_a_player_cannot_ask_for_is_refused(
    open_server: OpenServer, request_: Join | Watch | Resume | Create | Follow
) -> None:
    ada = await (await open_server()).join()
    answer = await ada.ask(request_)
    assert isinstance(answer, Refused)
    assert (answer.request, answer.code) == (request_.type, RefusalCode.NOT_ALLOWED)
    assert await ada.ticks(3)


@pytest.mark.parametrize("request_", [Moderate(0, 0), Vote(1), Follow(NO_PLAYER)])
async def test_what_goes_in_a_match_alone_is_refused_in_the_lobby(
    open_server: OpenServer, request_: Moderate | Vote | Follow
) -> None:
    ada = await (await open_server()).come()
    answer = await ada.ask(request_)
    assert isinstance(answer, Refused)
    assert (answer.request, answer.code) == (request_.type, RefusalCode.NOT_ALLOWED)


async def test_what_may_have_been_on_its_way_is_ignored(open_server: OpenServer) -> None:
    ada = await (await open_server()).come()
    await ada.say(Input(5, 0, 0), Resync(3), Input(6, 0, 0))
    assert await ada.ask(Ping(1)) == Pong(1, 0)


# Matches of one's own


async def test_the_creator_of_a_match_sits_in_it_and_is_its_host(open_server: OpenServer) -> None:
    served = await open_server()
    ada, grace = await served.come("Ada"), await served.come("Grace")
    await ada.enter(wish(name="  Ours\n", max_players=2, bots=2, private=1, password="sesame"))
    assert ada.welcome.match[1:] == ("Ours", "toy", 2, 0, 0)
    assert ada.welcome.host == ada.welcome.player
    assert ada.welcome.settings.flags & PRIVATE
    assert await refusal(grace, Join(ada.welcome.match.id)) == RefusalCode.WRONG_PASSWORD
    await grace.enter(Join(ada.welcome.match.id, "sesame"))
    assert await grace.ticks(3)


async def test_a_match_without_a_name_is_called_after_its_creator(open_server: OpenServer) -> None:
    ada = await (await open_server()).come("Ada")
    await ada.enter(wish(name=" \u200b"))
    assert ada.welcome.match.name == "Ada's match"


@pytest.mark.parametrize("bad", [{"game": "chess"}, {"game": ""}, {"mode": "chess"}, {"bots": 5}])
async def test_a_match_that_cannot_be_is_refused(open_server: OpenServer, bad: dict[str, object]) -> None:
    served = await open_server()
    assert await refusal(await served.come(), wish(**bad)) == RefusalCode.BAD_OPTION
    assert len(served.server.match_index) == 1


async def test_a_thousand_matches_are_too_many(open_server: OpenServer) -> None:
    served = await open_server(options={"max_matches_per_address": 3})
    refused = []
    for _ in range(60):
        guest = await served.come()
        answer = await guest.ask(wish())
        if isinstance(answer, Refused):
            refused.append(answer.code)
        await guest.vanish()
    assert set(refused) <= {RefusalCode.TOO_MANY_MATCHES, RefusalCode.WAIT}
    assert len(refused) == 57
    assert len(served.server.match_index) == 4


async def test_a_match_for_whose_sockets_nothing_is_left_is_refused_and_not_listed(
    open_server: OpenServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def exhausted() -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(tick_groups, "FULL", 0)
    served = await open_server()
    ada, grace = await served.come("Ada"), await served.join("Grace")
    with monkeypatch.context() as patched:
        patched.setattr(select, "epoll", exhausted)
        assert await refusal(ada, wish()) == RefusalCode.TOO_MANY_MATCHES
    assert "Too many open files; raise the limit of open files" in caplog.text
    assert len(served.server.match_index) == 1
    assert await grace.ticks(3)
    await ada.enter(wish())
    assert await ada.ticks(3)


async def test_quick_play_opens_no_more_matches_than_may_be_created(open_server: OpenServer) -> None:
    served = await open_server(max_players=1, options={"max_matches_per_address": 3})
    for _ in range(4):
        await served.join()
    assert await refusal(await served.come(), Join("")) == RefusalCode.TOO_MANY_MATCHES
    assert len(served.server.match_index) == 4


async def test_after_five_new_matches_in_a_row_quick_play_has_to_wait(open_server: OpenServer) -> None:
    served = await open_server(max_players=1, tick_rate=2, options={"max_matches_per_address": 9})
    for _ in range(6):
        await served.join()
    last = await served.come()
    assert await refusal(last, Join("")) == RefusalCode.WAIT
    await last.idle(30.5)
    await last.enter(Join(""))


async def test_a_match_of_people_closes_after_an_empty_minute_and_the_hosts_own_does_not(
    open_server: OpenServer,
) -> None:
    served = await open_server(tick_rate=2)
    ada = await served.come()
    await ada.enter(wish())
    await ada.say(Leave())
    await ada.next(Home)
    await trio.sleep(58)
    assert len(served.server.match_index) == 2
    await trio.sleep(4)
    assert served.match.name == "Friday"


# The list


async def browse(served: Served, name: str = "Vera") -> tuple[Guest, Lobby]:
    guest = await served.come(name)
    await guest.say(Browse(1))
    return guest, await guest.next(Lobby)


async def test_one_who_browses_sees_matches_open_fill_and_end(open_server: OpenServer) -> None:
    served = await open_server()
    vera, whole = await browse(served)
    assert (whole.whole, whole.people) == (1, 1)
    assert [(row.id, row.name, row.people) for row in whole.matches] == [(served.match.id, "Friday", 0)]
    ada = await served.come("Ada")
    await ada.enter(wish(name="Ours"))
    while not (opened := await vera.next(Lobby)).matches:
        pass
    [row] = opened.matches
    assert (opened.whole, row.name, row.people, row.game) == (0, "Ours", 1, "toy")
    await ada.quit()
    while not (emptied := await vera.next(Lobby)).matches:
        pass
    assert [(row.name, row.people) for row in emptied.matches] == [("Ours", 0)]


async def test_private_matches_are_not_in_it(open_server: OpenServer) -> None:
    served = await open_server(private=True)
    _, whole = await browse(served)
    assert whole.matches == ()


async def test_updates_come_at_most_twice_a_second_and_stop_when_they_are_not_wanted(open_server: OpenServer) -> None:
    served = await open_server(max_players=64)
    vera, _ = await browse(served)
    heard: list[float] = []

    async def listen() -> None:
        while True:
            await vera.next(Lobby)
            heard.append(trio.current_time())

    async with trio.open_nursery() as nursery:
        nursery.start_soon(listen)
        for number in range(20):
            await served.join(f"Player {number}")
            await trio.sleep(0.11)
        nursery.cancel_scope.cancel()
    assert 3 <= len(heard) <= 6
    await vera.say(Browse(0))
    await served.join("Late")
    await trio.sleep(2)
    assert isinstance(await vera.ask(Ping(1)), Pong | Lobby)


async def test_one_who_browses_can_join_and_has_the_list_again_when_home(open_server: OpenServer) -> None:
    served = await open_server()
    vera, _ = await browse(served)
    await vera.say(Join(""))
    await vera.next(Welcome)
    assert await vera.ticks(30)
    await vera.say(Leave())
    await vera.next(Home)
    assert (await vera.next(Lobby)).whole == 1


async def test_sockets_of_those_who_play_or_browse_are_read_and_written_together(open_server: OpenServer) -> None:
    served = await open_server()
    await served.join()
    await browse(served)
    await trio.sleep(0.5)
    for wire in (served.match.match.players.wire, served.server.lobby.sockets):
        assert isinstance(wire, SeatedSockets)
        assert len(wire) == 1
