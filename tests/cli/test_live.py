from __future__ import annotations

from io import StringIO
from typing import Any

import trio
import trio.testing

from game_server.cli.live import PERIOD, show_live
from game_server.server import Server
from tests.live_server import OpenServer, toy_options


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


async def shown_within(server: Server, out: StringIO, seconds: float) -> str:
    with trio.move_on_after(seconds):
        await show_live(server, out)
    return out.getvalue()


async def test_the_line_tells_players_tick_and_lateness_of_each_match(
    open_server: OpenServer, monkeypatch: Any
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.setenv("TERM", "xterm")
    served = await open_server(bots=2)
    await served.join()
    shown = await shown_within(served.server, Terminal(), 2 * PERIOD)
    status = served.match.status()
    assert f"Friday ({status['id']})  playing  1 people + 2 bots of 4  tick " in shown
    assert "late p50 0.0 p99 0.0 ms" in shown
    assert "dropped 0" in shown


async def test_it_is_drawn_anew_all_the_time_until_it_is_over(open_server: OpenServer, monkeypatch: Any) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.setenv("TERM", "xterm")
    served = await open_server()
    assert (await shown_within(served.server, Terminal(), 10 * PERIOD)).count("tick takes") >= 10


async def test_a_name_with_markup_is_shown_as_it_is(open_server: OpenServer, monkeypatch: Any) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.setenv("TERM", "xterm")
    served = await open_server(name="[bold]Friday[/bold]")
    assert "[bold]Friday[/bold] (" in await shown_within(served.server, Terminal(), PERIOD / 2)


async def test_before_there_is_a_match_it_shows_nothing_and_goes_on(autojump_clock: trio.abc.Clock) -> None:  # noqa: ARG001
    assert "tick" not in await shown_within(Server(toy_options()), Terminal(), 3 * PERIOD)


async def test_nothing_is_written_where_there_is_no_terminal() -> None:
    assert await shown_within(Server(toy_options()), StringIO(), 3600) == ""
