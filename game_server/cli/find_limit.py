"""``game-server bots --find-limit``: the search for a server's capacity, on the terminal."""

from __future__ import annotations

from typing import Final

from game_server.cli.console import PlainConsole
from game_server.cli.interrupt import stoppable
from game_server.cli.report_files import Files
from game_server.loadtest.capacity import CapacitySearch
from game_server.loadtest.limit_search import Bound
from game_server.loadtest.metrics.conditions import Condition
from game_server.loadtest.options import LoadTestOptions
from game_server.loadtest.report.summary import Tone

_STYLES: Final[dict[Tone, str]] = {"bad": "red", "warn": "yellow", "good": "green"}


async def find_limit(
    options: LoadTestOptions, condition: Condition, most: int, console: PlainConsole, files: Files
) -> int:
    """Search, print each probe and the capacity, write the files, and return the exit code.

    Ctrl-C ends the search; what is known by then is printed and written.

    Args:
        options: accepted by `check_search`.
        most: clients beyond which the search does not go.

    Raises:
        ConfigError: the condition is about figures that this server does not report.
    """
    search = CapacitySearch(options, condition, most, lambda text, tone: console.print(text, style=_STYLES[tone]))
    async with stoppable():
        await search.run()
    try:
        files.write(search.report())
    finally:
        if search.ended:
            console.print(search.ended, style="bold red")
        if search.limit.bound is Bound.TESTER:
            console.print(f"THE TESTER WAS THE LIMIT, not the server: {search.because}", style="bold red")
        console.print(search.sentence, style="bold")
    return search.exit_code
