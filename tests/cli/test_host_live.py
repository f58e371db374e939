from __future__ import annotations

import re
from io import StringIO

import pytest
import trio

from game_server.cli.host_live import PERIOD, show_live
from game_server.errors import ConfigError
from game_server.server import Server
from tests.live_server import OpenServer, toy_options

CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
"""Colours, and moves of the cursor."""


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


async def shown_within(server: Server, out: StringIO, seconds: float) -> str:
    with trio.move_on_after(seconds):
        await show_live(server, out)
    return CONTROL.sub("", out.getvalue()).replace("\r", "\n")


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm")


async def test_it_shows_who_is_where_and_how_each_match_goes(open_server: OpenServer) -> None:
    private = toy_options(name="Ours", private=True).match
    served = await open_server(options={"matches": (toy_options(bots=2).match, private)})
    friday, ours = served.server.match_index
    await served.join("Ada", friday.id)
    await served.watch("Vera", friday.id)
    await served.come("Grace")
    people, heading, *rows = (await shown_within(served.server, Terminal(), PERIOD / 2)).splitlines()[:4]
    assert people == "3 connected, 1 of them in the lobby; late and work: ms, 99th percentile"
    assert heading.split() == ["match", "code", "phase", "people", "bots", "seats", "watch", "late", "work", "dropped"]
    assert rows[0].split() == ["Friday", friday.id, "playing", *"1241", "0.0", "0.0", "0"]
    assert rows[1].split() == ["Ours", ours.id, "playing", *"0040", "0.0", "0.0", "0"]


async def test_it_fits_a_terminal_of_80_columns_whatever_a_match_is_called(open_server: OpenServer) -> None:
    served = await open_server(name="A long evening with friends " * 7, max_players=4096, bots=4096)
    shown = await shown_within(served.server, Terminal(), PERIOD / 2)
    assert max(map(len, shown.splitlines())) <= 80
    assert all(word in shown for word in ("A long", served.match.id, "playing", "4096", "0.0"))


async def test_it_is_drawn_again_and_again_until_it_is_over(open_server: OpenServer) -> None:
    served = await open_server()
    assert (await shown_within(served.server, Terminal(), 10 * PERIOD)).count("in the lobby") >= 10


async def test_a_name_with_markup_is_shown_as_it_is(open_server: OpenServer) -> None:
    served = await open_server(name="[b]Friday[/b]")
    assert "[b]Friday[/b] " in await shown_within(served.server, Terminal(), PERIOD / 2)


async def test_where_there_is_no_match_it_says_so(open_server: OpenServer) -> None:
    served = await open_server(options={"matches": ()})
    shown = await shown_within(served.server, Terminal(), PERIOD / 2)
    assert shown.splitlines()[0] == "0 connected, 0 of them in the lobby; no match is open"


async def test_nothing_is_written_where_there_is_no_terminal() -> None:
    assert await shown_within(Server(toy_options()), StringIO(), 3600) == ""


async def test_however_narrow_it_is_the_names_stay_and_no_line_breaks(
    open_server: OpenServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = await open_server(name="Friday with friends", max_players=4096, bots=4096)
    for columns in (30, 40, 60, 80, 100, 200):
        monkeypatch.setenv("COLUMNS", str(columns))
        shown = await shown_within(served.server, Terminal(), PERIOD / 2)
        heading = next(line for line in shown.splitlines() if line.startswith("match"))
        row = shown.splitlines()[shown.splitlines().index(heading) + 1]
        assert row.startswith("Friday with friends "[: columns - 4]), columns
        assert served.match.id in row, columns
        assert max(len(heading), len(row)) <= columns - len("^C")
        assert ("late" in heading) == ("late and work" in shown), columns


async def test_a_terminal_that_has_gone_ends_the_picture_and_nothing_else(open_server: OpenServer) -> None:
    class Gone(Terminal):
        def write(self, _: str) -> int:
            raise ConfigError("cannot write to standard output: Input/output error")

    served = await open_server()
    with trio.fail_after(1):
        await show_live(served.server, Gone())
