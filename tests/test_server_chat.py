"""What is said, and who hears it, over real sockets in virtual time."""

from __future__ import annotations

from pathlib import Path

import trio

from game_server.protocol import (
    NO_PLAYER,
    Browse,
    Chat,
    Join,
    Leave,
    Line,
    LineKind,
    Notice,
    NoticeCode,
    Said,
    Spectating,
)
from tests.live_server import OpenServer


async def test_a_line_reaches_everybody_in_the_match_and_nobody_else(open_server: OpenServer) -> None:
    served = await open_server()
    ada, grace, vera = await served.join("Ada"), await served.join("Grace"), await served.watch("Vera")
    lobby = await served.come("Edsger")
    await grace.say(Chat(" well\n\x1b played\u202e "))
    for guest in (ada, grace, vera):
        assert await guest.next_line() == Line(LineKind.MATCH, 1, "Grace", "well played")
    await lobby.say(Chat("anybody?"))
    assert await lobby.next_line() == Line(LineKind.LOBBY, NO_PLAYER, "Edsger", "anybody?")


async def test_what_is_said_in_the_lobby_stays_there_for_later_arrivals(
    open_server: OpenServer,
) -> None:
    served = await open_server()
    ada, grace = await served.come("Ada"), await served.come("Grace")
    await ada.say(Chat("one"), Chat("two"))
    assert [(await grace.next_line()).text for _ in range(2)] == ["one", "two"]
    edsger = await served.come("Edsger")
    await edsger.say(Browse(1), Browse(1))
    assert [line.text for line in (await edsger.next(Said)).lines] == ["one", "two"]
    await ada.say(Chat("three"))
    assert (await edsger.next_line()).text == "three"


async def test_newcomers_get_the_last_50_lines(open_server: OpenServer) -> None:
    served = await open_server(tick_rate=2)
    ada = await served.join("Ada")
    for number in range(55):
        await ada.say(Chat(f"line {number}"))
        await ada.next_line()
        await trio.sleep(1)
    grace = await served.join("Grace")
    assert [line.text for line in (await grace.next(Said)).lines] == [f"line {number}" for number in range(5, 55)]


async def test_a_whisper_reaches_one_alone(open_server: OpenServer) -> None:
    served = await open_server()
    ada, grace, edsger = [await served.join(name) for name in ("Ada", "Grace", "Edsger")]
    await ada.say(Chat("psst", "grace"), Chat("all"))
    assert await grace.next_line() == Line(LineKind.WHISPER, 0, "Ada", "psst")
    assert await ada.next_line() == Line(LineKind.WHISPERED, 1, "Grace", "psst")
    assert (await edsger.next_line()).text == "all"
    await ada.say(Chat("psst", "Nobody"))
    assert (await ada.next(Notice)).code == NoticeCode.NOBODY_CALLED_SO


async def test_a_flood_gives_five_lines_and_notices_for_its_sender_alone_wherever_it_goes(
    open_server: OpenServer,
) -> None:
    served = await open_server()
    ada, grace = await served.join("Ada"), await served.join("Grace")
    await ada.say(*map(Chat, "abcde"), Chat("x" * 3000), Leave(), Join(""), Chat("g"))
    assert (await ada.next(Notice)).code == NoticeCode.WRITES_TOO_FAST
    assert (await ada.next(Notice)).code == NoticeCode.WRITES_TOO_FAST
    await grace.say(Chat("enough"))
    assert [(await grace.next_line()).text for _ in range(6)] == [*"abcde", "enough"]


async def test_where_spectators_are_apart_players_do_not_hear_them(open_server: OpenServer) -> None:
    served = await open_server(spectating=Spectating.SILENT)
    ada, vera = await served.join("Ada"), await served.watch("Vera")
    await vera.say(Chat("behind you"), Chat("behind you", "Ada"))
    assert [(await vera.next(Notice)).code for _ in range(2)] == [NoticeCode.NOT_SHOWN_TO_PLAYERS] * 2
    assert (await vera.next_line()).kind == LineKind.SPECTATOR
    await ada.say(Chat("hello"))
    assert (await ada.next_line()).text == "hello"


async def test_words_of_the_hosts_file_are_shown_nowhere(open_server: OpenServer, tmp_path: Path) -> None:
    (tmp_path / "words").write_text("heck\n", "utf-8")
    served = await open_server(options={"word_filter": tmp_path / "words"})
    ada = await served.join("H3ck")
    assert ada.welcome.nickname == "****"
    await ada.say(Chat("what the HECK"))
    assert (await ada.next_line()).text == "what the ****"
