"""What one address, and all of them together, may ask of the lobby; over real sockets in virtual time."""

from __future__ import annotations

import itertools
from typing import Any

import attrs
import pytest
import trio

from game_server.lobby.opening_limits import OPENING_INTERVAL
from game_server.protocol import (
    Browse,
    Chat,
    Join,
    Leave,
    Moderate,
    ModerateDeed,
    Notice,
    NoticeCode,
    Ping,
    Pong,
    RefusalCode,
    Refused,
    Said,
    Vote,
    Watch,
    Welcome,
)
from game_server.throttling import Budgets
from tests.live_server import Guest, OpenServer, Served, wish


async def refused(guest: Guest, request: Join | Watch | object) -> tuple[int, str, int]:
    answer = await guest.ask(request)  # type: ignore[arg-type]
    assert isinstance(answer, Refused), answer
    return answer.code, answer.text, answer.wait


async def charged(open_server: OpenServer, **budgets: Any) -> Served:
    """A server that charges this machine, too."""
    return await open_server(options={"trusted_networks": (), "budgets": attrs.evolve(Budgets(), **budgets)})


async def test_codes_of_matches_are_guessed_at_ten_a_minute_from_one_address(open_server: OpenServer) -> None:
    served = await charged(open_server)
    codes = []
    for _ in range(4):
        guest = await served.come()
        codes += [(await refused(guest, (Join, Watch)[n % 2](f"GUESS{n}", "")))[0] for n in range(3)]
    assert codes == [RefusalCode.NO_SUCH_MATCH] * 5 + [RefusalCode.WAIT] * 7


async def test_one_who_asks_for_a_match_just_after_another_waits_a_moment_and_gets_it(
    open_server: OpenServer,
) -> None:
    served = await charged(open_server)
    first, second = await served.come("Ada"), await served.come("Grace")
    await first.say(wish())
    await second.say(wish())
    welcomes = [await guest.next(Welcome) for guest in (first, second)]
    assert len({welcome.match.id for welcome in welcomes}) == 2


@pytest.mark.parametrize("secret", [{"private": 1}, {"password": "sesame"}, {"private": 1, "password": "sesame"}])
async def test_after_too_many_guesses_no_secret_match_is_entered_until_later(
    open_server: OpenServer, secret: dict[str, Any]
) -> None:
    served = await charged(open_server)
    match = (await (await served.come()).enter(wish(**secret))).match.id
    await guess_too_often(served)
    ask = Join(match, secret.get("password", ""))
    code, text, wait = await refused(await served.come(), ask)
    assert (code, wait) == (RefusalCode.WAIT, 6)
    assert "too many wrong codes and passwords from your address; try again in 6 s" in text
    await trio.sleep(6)
    await (await served.come()).enter(ask)


@pytest.mark.parametrize("ask", [Join, Watch])
async def test_guesses_keep_no_neighbour_out_of_a_match_that_everybody_is_shown(
    open_server: OpenServer, ask: type[Join] | type[Watch]
) -> None:
    served = await charged(open_server)
    await guess_too_often(served)
    await (await served.come()).enter(ask(served.match.id))


async def guess_too_often(served: Served) -> None:
    """Use up what one address may guess."""
    for _ in range(2):
        guest = await served.come()
        for number in range(3):
            await refused(guest, Join(f"GUESS{number}"))


async def test_a_right_code_and_quick_play_are_no_guesses(open_server: OpenServer) -> None:
    served = await charged(open_server)
    for _ in range(4):
        await served.join(match=served.match.id)
    assert len(served.server._throttling.guesses) == 0


async def test_new_matches_of_one_address_are_limited_however_many_connections_it_has(open_server: OpenServer) -> None:
    served = await charged(open_server, creations_per_address=0.4)
    await (await served.come()).enter(wish())
    code, text, wait = await refused(await served.come(), wish())
    assert code == RefusalCode.WAIT
    assert wait > 60
    assert "too many new matches from your address" in text


async def test_chat_of_one_address_is_limited_however_many_connections_it_has(open_server: OpenServer) -> None:
    served = await charged(open_server, chat_per_address=1)
    guests = [await served.come(f"P{number}") for number in range(3)]
    for guest in guests:
        await guest.say(*map(Chat, "abcd"))
    assert (await guests[1].next(Notice)).code == NoticeCode.WRITES_TOO_FAST
    assert (await guests[2].next(Notice)).code == NoticeCode.WRITES_TOO_FAST


async def test_one_who_floods_the_chat_takes_nothing_from_others_at_the_address(open_server: OpenServer) -> None:
    served = await charged(open_server, chat_per_address=2)
    flooder, neighbour = await served.come("Mallory"), await served.come("Ada")
    await flooder.say(*[Chat("x")] * 20)
    for _ in range(15):  # the answers to all that the flooder may not say
        assert (await flooder.next(Notice)).code == NoticeCode.WRITES_TOO_FAST
    await neighbour.say(Chat("hello"))
    while (line := await neighbour.next_line()).nickname != "Ada":
        assert line.nickname == "Mallory"
    assert line.text == "hello"


async def test_more_than_30_requests_at_once_and_3_a_second_have_to_wait(open_server: OpenServer) -> None:
    served = await open_server()
    ada = await served.join("Ada")
    await ada.say(*[Moderate(ModerateDeed.LOCK)] * 40)
    codes = [(await ada.next(Refused)).code for _ in range(40)]  # one was the join
    assert codes == [RefusalCode.NOT_ALLOWED] * 29 + [RefusalCode.WAIT] * 11
    await trio.sleep(1)
    await ada.say(*[Vote(1)] * 4)
    assert (await ada.next(Refused)).code == RefusalCode.WAIT


async def test_bots_of_one_match_one_address_and_all_are_limited(open_server: OpenServer) -> None:
    limits = {"max_bots_per_match": 3, "max_bots_per_address": 5, "max_bots": 5, "max_matches_per_address": 9}
    served = await open_server(options=limits)
    code, text, _ = await refused(await served.come(), wish(bots=4))
    assert code == RefusalCode.BAD_OPTION
    assert "at most 3 bots" in text
    first, second = await served.come(), await served.come()
    await first.enter(wish(bots=3))
    assert "at most 2 bots" in (await refused(second, wish(bots=3)))[1]
    await second.enter(wish(bots=2, max_players=9))
    code, text, _ = await refused(second, Moderate(ModerateDeed.ADD_BOT))
    assert code == RefusalCode.MATCH_FULL
    assert "limit of bots" in text


async def test_a_match_of_quick_play_has_as_many_bots_as_there_is_room_for(open_server: OpenServer) -> None:
    served = await open_server(max_players=2, bots=1, options={"max_bots": 0})
    for _ in range(2):
        await served.join()
    third = await served.join()
    assert [entry.nickname for entry in third.welcome.roster] == ["Ada"]


async def test_while_ticks_are_late_nobody_opens_a_match_and_everybody_joins(open_server: OpenServer) -> None:
    served = await open_server(max_players=2)
    hosting = served.server.lobby.hosting
    playing, creating = await served.join(), await served.come()
    hosting._groups._groups[0].group.lateness = 1.0
    hosting.limits.overload.look(hosting._groups.lateness)
    assert (await refused(creating, wish()))[0] == RefusalCode.BUSY
    await creating.enter(Join(""))
    assert (await refused(await served.come(), Join("")))[::2] == (RefusalCode.BUSY, 10)
    assert await playing.ticks(60)
    await trio.sleep(0.5)
    assert not hosting.limits.overload.lasts
    assert isinstance(await (await served.come()).ask(wish()), Welcome)


async def test_a_burst_of_seventy_people_closes_nobody_who_reads(open_server: OpenServer) -> None:
    served = await open_server()
    ada = await served.come("Ada")
    await ada.say(Browse(1))
    crowd = [await served.come(f"P{number}") for number in range(70)]
    for guest in crowd:
        await guest.say(*[Chat("\U0001f680" * 200)] * 5)
    said = await ada.next(Said)
    assert len(said.lines) < 20
    await trio.sleep(1)
    await ada.say(Chat("still here"))
    while (line := await ada.next_line()).text != "still here":
        assert len(line.text.encode()) <= 600


async def test_matches_that_many_ask_for_at_once_are_opened_one_after_another(open_server: OpenServer) -> None:
    served = await charged(open_server, creations_per_address=600)
    guests = [await served.come(f"P{number}") for number in range(4)]
    pace = served.server.lobby.hosting.limits.pace
    opened: list[float] = []
    opening = pace.opened

    def note() -> None:
        opened.append(trio.current_time())
        opening()

    pace.opened = note  # type: ignore[method-assign]
    for number, guest in enumerate(guests):
        await guest.say(wish(name=f"Of {number}"), Ping(number))
    for number, guest in enumerate(guests):
        assert (await guest.next(Welcome)).match.name == f"Of {number}"
        assert (await guest.next(Pong)).client_time == number
    assert len(opened) == 4
    assert all(later - earlier > 0.99 * OPENING_INTERVAL for earlier, later in itertools.pairwise(opened))


async def test_one_who_leaves_a_match_and_opens_another_in_one_tick_is_paced_too(open_server: OpenServer) -> None:
    served = await charged(open_server, creations_per_address=600)
    ada, grace = await served.join("Ada"), await served.come("Grace")
    pace = served.server.lobby.hosting.limits.pace
    pace.opened()
    pace._opened_at += 3_600
    await ada.say(Leave(), wish())
    assert (await ada.next(Refused)).code == RefusalCode.BUSY
    await grace.enter(Join(served.match.id))
