from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import cyclopts
import pytest
import trio

from game_server.cli import admin as module
from game_server.cli.admin import AccessOptions, ban, close, drain, kick, matches, move, restart, say, stop
from game_server.cli.app import app
from game_server.client import Target
from game_server.errors import ConfigError, RequestRefused
from game_server.protocol import (
    DRAIN_AFTER_ROUND,
    DRAIN_OFF,
    MAX_CHAT,
    MAX_MATCH_ID,
    MAX_NICKNAME_WISH,
    MAX_TOKEN,
    Admin,
    AdminDeed,
    Answer,
    CloseCode,
    Home,
    LineKind,
    MatchRow,
    RefusalCode,
)
from tests.cli.test_options import ARGUMENTS, VALUES
from tests.live_server import OpenServer, toy_options, wish

TOKEN = "-open sesame, open sesame"
OPTIONS = {"admin_token": TOKEN}


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


async def test_matches_shows_a_line_for_each_and_fits_80_columns(
    open_server: OpenServer, capsys: pytest.CaptureFixture[str]
) -> None:
    served = await open_server(options=OPTIONS, bots=2, name="Friday night of a long week " * 3)
    grace = await served.come("Grace")
    await grace.enter(wish(name="[bold]Ours[/bold]", private=1, password="x"))
    assert await matches(served.server.url, access=AccessOptions(TOKEN)) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].split() == ["match", "code", "mode", "phase", "people", "bots", "seats", "watch"]
    assert lines[1].startswith("Friday night")
    assert lines[1].split()[-4:] == ["0", "2", "4", "0"]
    [ours] = [line for line in lines if grace.welcome.match.id in line]
    assert ours.startswith("[bold]Ours[/bold] (private")
    assert lines[-1] == "2 matches, 1 person"


async def test_matches_as_json_has_the_rows_of_the_protocol(
    open_server: OpenServer, capsys: pytest.CaptureFixture[str]
) -> None:
    served = await open_server(options=OPTIONS)
    assert await matches(served.server.url, access=AccessOptions(TOKEN), json=True) == 0
    shown = capsys.readouterr().out
    assert json.loads(shown) == [served.match.row()._asdict()]
    assert shown.startswith('[\n  {\n    "id": ')


async def test_where_no_match_is_open_matches_says_so(
    open_server: OpenServer, capsys: pytest.CaptureFixture[str]
) -> None:
    served = await open_server(options=OPTIONS | {"matches": ()})
    assert await matches(served.server.url, access=AccessOptions(TOKEN)) == 0
    assert capsys.readouterr().out == "0 matches, 0 people\n"


async def test_say_reaches_everybody_a_match_or_one_person(open_server: OpenServer) -> None:
    served = await open_server(options=OPTIONS)
    url = served.server.url
    ada, edsger, grace = await served.join("Ada"), await served.join("Edsger"), await served.come("Grace")
    await say(url, "to Grace", to="grace", access=AccessOptions(TOKEN))
    await say(url, "to the match", match=served.match.id, access=AccessOptions(TOKEN))
    await say(f"{url}/?match={served.match.id}", "to Edsger", to="Edsger", access=AccessOptions(TOKEN))
    await say(f"{url}/?match={served.match.id}", "by its link", access=AccessOptions(TOKEN))
    await say(url, "to all", access=AccessOptions(TOKEN))
    for guest, heard in (
        (ada, ["to the match", "by its link", "to all"]),
        (edsger, ["to the match", "to Edsger", "by its link", "to all"]),
        (grace, ["to Grace", "to all"]),
    ):
        lines = [await guest.next_line() for _ in heard]
        assert [line.text for line in lines] == heard
        assert {line.kind for line in lines} == {LineKind.SERVER}


@pytest.mark.parametrize("command", [kick, ban])
async def test_kick_and_ban_cut_somebody_off_and_say_why(
    open_server: OpenServer, command: object, capsys: pytest.CaptureFixture[str]
) -> None:
    served = await open_server(options=OPTIONS)
    ada = await served.join("Ada")
    assert callable(command)
    assert await command(served.server.url, "ada", reason="Be nice.", access=AccessOptions(TOKEN)) == 0
    assert await ada.close_code() == (CloseCode.REMOVED, "Be nice.")
    assert capsys.readouterr().out.startswith("Ada was removed")


async def test_close_ends_a_match(open_server: OpenServer) -> None:
    served = await open_server(options=OPTIONS)
    ada = await served.join("Ada")
    await close(served.server.url, served.match.id.lower(), text="Bedtime.", access=AccessOptions(TOKEN))
    assert (await ada.next(Home)).text == "Bedtime."


@pytest.mark.parametrize("seconds", [0, 3])
async def test_stop_stops_the_server_and_is_answered_before(
    open_server: OpenServer, capsys: pytest.CaptureFixture[str], seconds: int
) -> None:
    served = await open_server(options=OPTIONS)
    await stop(served.server.url, seconds=seconds, access=AccessOptions(TOKEN))
    assert capsys.readouterr().out == f"the server stops in {seconds} s\n"
    await served.stopped.wait()


async def test_stop_is_taken_back_with_cancel(open_server: OpenServer, capsys: pytest.CaptureFixture[str]) -> None:
    served = await open_server(options=OPTIONS)
    await stop(served.server.url, seconds=60, access=AccessOptions(TOKEN))
    assert await stop(served.server.url, cancel=True, access=AccessOptions(TOKEN)) == 0
    assert capsys.readouterr().out == "the server stops in 60 s\nthe server does not stop\n"
    with pytest.raises(RequestRefused, match="the server is not about to stop"):
        await stop(served.server.url, cancel=True, access=AccessOptions(TOKEN))
    assert not served.stopped.is_set()


async def test_what_the_server_refuses_is_raised_in_its_words(open_server: OpenServer) -> None:
    served = await open_server(options=OPTIONS)
    with pytest.raises(RequestRefused, match="nobody is called 'Bob'") as caught:
        await kick(served.server.url, "Bob", access=AccessOptions(TOKEN))
    assert caught.value.code == RefusalCode.NO_SUCH_PLAYER
    with pytest.raises(RequestRefused, match="the admin token is wrong"):
        await kick(served.server.url, "Bob", access=AccessOptions("guess"))


async def test_without_a_token_nobody_is_asked() -> None:
    with pytest.raises(ConfigError, match="GAME_SERVER_TOKEN"):
        await matches("http://127.0.0.1:9")


async def test_people_with_one_name_in_two_matches_are_distinguished_by_the_match(open_server: OpenServer) -> None:
    served = await open_server(options=OPTIONS | {"matches": (toy_options().match, toy_options().match)})
    first, second = served.server.match_index
    await served.join("Ada", first.id)
    ada = await served.join("Ada", second.id)
    with pytest.raises(RequestRefused, match="2 people are called 'Ada'; say in which match"):
        await kick(served.server.url, "Ada", access=AccessOptions(TOKEN))
    await kick(served.server.url, "Ada", match=second.id, access=AccessOptions(TOKEN))
    assert (await ada.close_code())[0] == CloseCode.REMOVED


@pytest.mark.parametrize("chosen", [{"by": "end-of-round"}, {"drain_timeout": 60}])
async def test_the_end_of_a_drain_has_none_of_the_options_of_a_drain(chosen: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="--off ends a drain"):
        await drain("http://127.0.0.1:9", off=True, access=AccessOptions("t" * 16), **chosen)


async def test_a_move_to_nowhere_is_refused_before_anything_is_asked() -> None:
    with pytest.raises(ConfigError, match="name one with --to"):
        await move("http://127.0.0.1:9", "K7RW2P", access=AccessOptions("t" * 16))


URL = "http://127.0.0.1:9"
ACCESS = AccessOptions(TOKEN)
Asked = tuple[Awaitable[int], Admin]


def asked() -> dict[str, Callable[[], Asked]]:
    """Each command as it may be called, and the message that it sends."""

    def of(deed: AdminDeed, match: str = "", subject: str = "", text: str = "", seconds: int = 0) -> Admin:
        return Admin(TOKEN, deed, match, subject, text, seconds)

    return {
        "matches": lambda: (matches(URL, access=ACCESS), of(AdminDeed.MATCHES)),
        "say": lambda: (
            say(URL, "hi", match="K7RW2P", to="Bob", access=ACCESS), of(AdminDeed.SAY, "K7RW2P", "Bob", "hi")
        ),
        "kick": lambda: (
            kick(URL, "Bob", match="K7RW2P", reason="no", access=ACCESS), of(AdminDeed.KICK, "K7RW2P", "Bob", "no")
        ),
        "ban": lambda: (
            ban(URL, "Bob", match="K7RW2P", reason="no", access=ACCESS), of(AdminDeed.BAN, "K7RW2P", "Bob", "no")
        ),
        "ban by the link": lambda: (
            ban(f"{URL}/?match=K7RW2P", "Bob", access=ACCESS), of(AdminDeed.BAN, "K7RW2P", "Bob")
        ),
        "close": lambda: (close(URL, "K7RW2P", text="bye", access=ACCESS), of(AdminDeed.CLOSE, "K7RW2P", text="bye")),
        "stop": lambda: (stop(URL, seconds=9, text="bye", access=ACCESS), of(AdminDeed.STOP, text="bye", seconds=9)),
        "stop at once": lambda: (stop(URL, access=ACCESS), of(AdminDeed.STOP)),
        "cancel": lambda: (stop(URL, cancel=True, text="no", access=ACCESS), of(AdminDeed.CANCEL, text="no")),
        "move": lambda: (move(URL, "K7RW2P", to="w-1", access=ACCESS), of(AdminDeed.MOVE, "K7RW2P", "w-1")),
        "drain": lambda: (drain(URL, access=ACCESS), of(AdminDeed.DRAIN)),
        "drain a node": lambda: (
            drain(URL, node="w-1", by="end-of-round", drain_timeout=60, access=ACCESS),
            of(AdminDeed.DRAIN, subject="w-1", text=DRAIN_AFTER_ROUND, seconds=60),
        ),
        "drain off": lambda: (
            drain(URL, node="w-1", off=True, access=ACCESS), of(AdminDeed.DRAIN, subject="w-1", text=DRAIN_OFF)
        ),
        "restart": lambda: (restart(URL, access=ACCESS), of(AdminDeed.RESTART)),
    }  # fmt: skip


@pytest.mark.parametrize("command", asked())
async def test_a_command_sends_its_message_and_prints_what_it_is_answered(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sent: list[tuple[Target, Admin]] = []

    async def answer(target: Target, request: Admin) -> Answer:
        await trio.lowlevel.checkpoint()
        sent.append((target, request))
        return Answer("done\x1b[31m")

    monkeypatch.setattr(module, "ask", answer)
    called, expected = asked()[command]()
    assert await called == 0
    [(target, request)] = sent
    assert request == expected
    assert (target.host, target.port) == ("127.0.0.1", 9)
    assert capsys.readouterr().out == "done[31m\n"


LONGEST = {
    "--token": MAX_TOKEN, "--match": MAX_MATCH_ID, "CODE": MAX_MATCH_ID, "TEXT": MAX_CHAT, "--text": MAX_CHAT,
    "--reason": MAX_CHAT, "NICKNAME": MAX_NICKNAME_WISH, "--to": MAX_NICKNAME_WISH, "--node": MAX_NICKNAME_WISH,
}  # fmt: skip


@pytest.mark.parametrize(
    ("command", "name"), [key for key in ARGUMENTS if "--token" in VALUES[key[0]] and key[1] in LONGEST]
)
def test_a_text_is_taken_as_long_as_the_protocol_has_it_and_no_longer(command: str, name: str) -> None:
    def call(text: str) -> None:
        given = {**{key: str(value) for key, value in VALUES[command].items() if not key.startswith("-")}}
        words = [text if key == name else value for key, value in given.items()]
        app.parse_args([*command.split(), *words, *([name, text] if name.startswith("-") else [])], exit_on_error=False)

    call("x" * LONGEST[name])
    with pytest.raises(cyclopts.CycloptsError, match=f"must be at most {LONGEST[name]} characters long"):
        call("x" * (LONGEST[name] + 1))


async def test_matches_of_several_nodes_as_json_say_where_they_are(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    row = MatchRow("K7RW2P", "Friday", "toy", "", "playing", 1, 2, 4, 0, 0)

    async def answer(*_: object) -> Answer:
        await trio.lowlevel.checkpoint()
        return Answer("2 matches", (row, row), ("w-0", "w-1"))

    monkeypatch.setattr(module, "ask", answer)
    assert await matches(URL, access=ACCESS, json=True) == 0
    assert [shown["node"] for shown in json.loads(capsys.readouterr().out)] == ["w-0", "w-1"]
    assert await matches(URL, access=ACCESS) == 0
    out = capsys.readouterr().out.splitlines()
    assert [line.split()[2] for line in out[1:3]] == ["w-0", "w-1"]
    assert out[-1] == "2 matches"


def test_the_token_is_not_shown() -> None:
    assert TOKEN not in repr(ACCESS)
