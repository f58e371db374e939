"""``game-server bots``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import trio
from cyclopts import App, Parameter

from game_server.cli.compare_reports import compare_reports
from game_server.cli.console import PlainConsole
from game_server.cli.exit_codes import INTERRUPTED
from game_server.cli.find_limit import find_limit as search_limit
from game_server.cli.interrupt import stoppable
from game_server.cli.loadtest_live import show_live
from game_server.cli.numbers import number, whole
from game_server.cli.report_files import Files
from game_server.client import Target, Trust
from game_server.errors import ConfigError
from game_server.loadtest.capacity import check_search
from game_server.loadtest.coordinator import LoadTest
from game_server.loadtest.metrics.conditions import Condition, parse
from game_server.loadtest.metrics.server_scraper import ServerScraper
from game_server.loadtest.network.shares import Shares
from game_server.loadtest.options import LoadTestOptions
from game_server.loadtest.report.json import report
from game_server.loadtest.report.results import FAILED, NUMBER_NAMES, SPREAD_NAMES, Results
from game_server.loadtest.report.terminal import as_table
from game_server.loadtest.scenario.spread import MatchesUnavailable, find_or_open_matches
from game_server.loadtest.worker import raise_file_limit

bots = App(name="bots")
bots.command(compare_reports, name="compare")

MOST: Final = 4000
"""Clients beyond which a search does not go, unless told."""

Output = Annotated[Path | None, Parameter(allow_leading_hyphen=True)]
Switch = Annotated[bool, Parameter(negative="", show_default=False)]


@bots.default
async def send_bots(
    url: str,
    /,
    *,
    count: Annotated[int | None, whole(0, 10_000)] = None,
    swarm: Annotated[int, whole(0, 100_000)] = 0,
    duration: Annotated[float | None, number(0, 86_400, above=True)] = None,
    scenario: str = "hold",
    rate: Annotated[float | None, number(0, 100_000, above=True)] = None,
    spread: Annotated[int, whole(0, 1000)] = 0,
    processes: Annotated[int, whole(1, 64)] = 1,
    seed: Annotated[int, whole(0, 2**63)] = 1,
    network: Annotated[str, Parameter(show_default=False)] = "",
    ca: Path | None = None,
    pin: Annotated[str, Parameter(show_default=False)] = "",
    reconnect: Switch = False,
    watch: Switch = False,
    browse: Switch = False,
    fail_if: Annotated[tuple[str, ...], Parameter(negative="", show_default=False)] = (),
    find_limit: Annotated[str, Parameter(show_default=False)] = "",
    most: Annotated[int | None, whole(1, 100_000)] = None,
    json_file: Annotated[Output, Parameter(name="--json")] = None,
    html_file: Annotated[Output, Parameter(name="--html")] = None,
    markdown: Switch = False,
) -> int:
    """Put a server under load, and measure what players meet.

    Players (--count) are real clients with brains; the --swarm is thousands of light ones.

    The exit code is 0 when every bot joined and stayed, no snapshot was wrong and no --fail-if holds, 1 otherwise (also
    when it is unknown whether one does), 2 for a wrong option or an output that cannot be written, 3 when the figures
    tell of the tester and not of the server, and 130 for Ctrl-C before anything was begun. Later, Ctrl-C ends the run
    early; what was measured until then is reported. docs/LOAD_TESTING.md says what each figure means.

    Args:
        url: The link that game-server host prints, with ?match=CODE to choose a match; without, Play now.
        count: How many players: full clients with brains. 8, or none when there is a --swarm.
        swarm: How many light clients: they send inputs and check what they get, but decode only a sample.
        duration: Seconds until all leave; 30.
        scenario: What happens meanwhile: hold, ramp, churn, storm, spike, lobby, or a TOML file, which tells numbers,
            times and rates by itself. It is the swarm's, if there is one; players stay throughout then.
        rate: Clients a second, coming at the beginning.
        spread: Over so many matches; those that are missing are opened.
        processes: Over how many processes each kind is spread.
        seed: Of the bots' chance: what they press, and the networks they are behind.
        network: Put clients behind bad networks: mobile, or by share mobile=30%,bad=5%.
        ca: A PEM file with the server's certificate, or that of who signed it, if the system does not know it.
        pin: The fingerprint of the server's certificate, which game-server host prints; no other is accepted.
        reconnect: Come back to the seat when the connection breaks, and measure how long that takes.
        watch: Players come as spectators; a swarm plays all the same.
        browse: Players stay in the lobby, and count what it tells of its matches; a swarm plays all the same.
        fail_if: Exit with 1 when this holds, input_ack_ms.p99 > 120 say. Repeatable.
        find_limit: Raise the number of clients until this holds no longer, tick_lateness_ms.p99 < 5 say.
        most: Clients beyond which --find-limit does not go; 4000 when left out.
        json_file: Where to write the figures as JSON; - for standard output.
        html_file: Where to write them as a page with plots; - for standard output.
        markdown: Print ten lines for a pull request instead of the table.
    """
    order = LoadTestOptions(
        url=url,
        target=Target.from_url(url, Trust.of(ca, pin)),
        count=count,
        swarm=swarm,
        duration=duration,
        scenario=scenario,
        rate=rate,
        spread=spread,
        processes=processes,
        seed=seed,
        network=Shares.parse(network) if network else Shares(),
        reconnect=reconnect,
        watch=watch,
        browse=browse,
    )
    files = Files(json_file, html_file, markdown)
    failing = [parse(text, SPREAD_NAMES, NUMBER_NAMES) for text in fail_if]
    holding = parse(find_limit, SPREAD_NAMES, NUMBER_NAMES) if find_limit else None
    if holding is None:
        if most is not None:
            raise ConfigError(f"--most {most} bounds a search: it goes with --find-limit")
        order.check()
    else:
        if failing or html_file or markdown:
            raise ConfigError("--find-limit makes many runs: it goes with none of --fail-if, --html and --markdown")
        most = MOST if most is None else most
        check_search(order, most)
    await _check_host(order.target)
    files.check()
    raise_file_limit()
    console = PlainConsole(stderr=files.standard_output)
    if holding and most:
        return await search_limit(order, holding, most, console, files)
    return await _run(order, failing, console, files)


async def _run(order: LoadTestOptions, failing: list[Condition], console: PlainConsole, files: Files) -> int:
    async with stoppable() as interrupt:
        try:
            places = (
                await find_or_open_matches(order.target, order.spread, order.seats)
                if order.spread
                else (order.target.match,)
            )
        except MatchesUnavailable as why:
            console.print(str(why), style="bold red")
            return FAILED
    if interrupt.came:
        return INTERRUPTED
    test = LoadTest(order.plans(places), order.processes)
    server = ServerScraper(order.target, on_epochs=test.learn)
    async with stoppable() as interrupt, trio.open_nursery() as nursery:
        nursery.start_soon(show_live, test, console)
        nursery.start_soon(server.run, test.recording, trio.current_time() + test.lead)
        await test.run()
        nursery.cancel_scope.cancel()
    results = Results(test.recording, server, test.seconds, test.broken, interrupt.came)
    judged = results.evaluate(failing)
    figures = report(results, order.about(), judged)
    try:
        files.write(figures)
    finally:
        if not files.markdown:
            console.print(as_table(figures))
    return results.exit_code(judged)


async def _check_host(target: Target) -> None:
    try:
        await trio.socket.getaddrinfo(target.host, target.port)
    except OSError as error:
        raise ConfigError(f"there is no host {target.host!r}: {error.strerror}") from error
