"""The command ``game-server bots``: a load test."""

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
from game_server.games import game_named
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
"""Default of --most."""
_DEFAULTS: Final = LoadTestOptions("", Target("localhost", 8000, tls=False))

Output = Annotated[Path | None, Parameter(allow_leading_hyphen=True)]
Switch = Annotated[bool, Parameter(negative="", show_default=False)]


@bots.default
async def send_bots(
    url: str,
    /,
    *,
    count: Annotated[int | None, whole(0, 10_000)] = None,
    swarm: Annotated[int, whole(0, 100_000)] = _DEFAULTS.swarm,
    duration: Annotated[float | None, number(0, 86_400, above=True)] = None,
    scenario: str = _DEFAULTS.scenario,
    rate: Annotated[float | None, number(0, 100_000, above=True)] = None,
    spread: Annotated[int, whole(0, 1000)] = _DEFAULTS.spread,
    processes: Annotated[int, whole(1, 64)] = _DEFAULTS.processes,
    seed: Annotated[int, whole(0, 2**63)] = _DEFAULTS.seed,
    network: Annotated[str, Parameter(show_default=False)] = "",
    ca: Path | None = None,
    pin: Annotated[str, Parameter(show_default=False)] = "",
    reconnect: Switch = False,
    watch: Switch = False,
    browse: Switch = False,
    game: Annotated[str, Parameter(show_default=False)] = "",
    fail_if: Annotated[tuple[str, ...], Parameter(negative="", show_default=False)] = (),
    find_limit: Annotated[str, Parameter(show_default=False)] = "",
    most: Annotated[int | None, whole(1, 100_000)] = None,
    json_file: Annotated[Output, Parameter(name="--json")] = None,
    html_file: Annotated[Output, Parameter(name="--html")] = None,
    markdown: Switch = False,
) -> int:
    """Put a server under load, and measure what players experience.

    Players (--count) are full clients that play as bots do; the --swarm is thousands of light ones.

    The exit code is 0 if all clients joined and stayed, no snapshot was wrong, and no --fail-if condition holds; 1
    otherwise, also if a condition could not be checked; 2 for a wrong option or an output that cannot be written; 3 if
    the tester was the limit and not the server; and 130 for Ctrl-C before the run began. Later, Ctrl-C ends the run
    early and reports what was measured until then. docs/LOAD_TESTING.md explains each figure.

    Args:
        url: The link that game-server host prints, with ?match=CODE for a certain match; otherwise any match.
        count: Number of players: full clients. 8 by default, or 0 with a --swarm.
        swarm: Number of light clients: they send inputs and check what they receive, but decode only a sample.
        duration: Seconds until all clients leave; 30 by default.
        scenario: What happens meanwhile: hold, ramp, churn, storm, spike, lobby, or a TOML file with its own numbers,
            times and rates. With a --swarm, the swarm follows the scenario, and players stay throughout.
        rate: Clients a second that join at the beginning.
        spread: Number of matches to spread clients over; missing ones are opened.
        processes: Number of processes to spread each kind of clients over.
        seed: Seed of the clients' random numbers: their inputs and their networks.
        network: Put clients behind simulated networks: mobile for all, or shares such as mobile=30%,bad=5%.
        ca: A PEM file with the server's certificate, or with that of its authority, if the system does not trust it.
        pin: The fingerprint of the server's certificate, which game-server host prints; no other is accepted.
        reconnect: Return to the seat when the connection breaks, and measure how long that takes.
        watch: Players join as spectators; a swarm still plays.
        browse: Players stay in the lobby and measure its list of matches; a swarm still plays.
        game: The game that is played, if it is not installed here: module:Class. Missing matches of a --spread are of
            this game.
        fail_if: Exit with 1 if this condition holds, such as "input_ack_ms.p99 > 120". Repeatable.
        find_limit: Raise the number of clients until this condition fails, such as "tick_lateness_ms.p99 < 5".
        most: Maximum number of clients that --find-limit tries; 4000 by default.
        json_file: File for the figures as JSON; - for standard output.
        html_file: File for the figures as a page with plots; - for standard output.
        markdown: Print ten lines of Markdown for a pull request instead of the table.
    """
    options = LoadTestOptions(
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
        game=game,
    )
    if game:
        game_named(game)  # what is wrong with it is said at once
    files = Files(json_file, html_file, markdown)
    failing = [parse(text, SPREAD_NAMES, NUMBER_NAMES) for text in fail_if]
    holding = parse(find_limit, SPREAD_NAMES, NUMBER_NAMES) if find_limit else None
    if holding is None:
        if most is not None:
            raise ConfigError(f"--most {most} limits a search: it needs --find-limit")
        options.check()
    else:
        if failing or html_file or markdown:
            raise ConfigError(
                "--find-limit makes many runs: it cannot be combined with --fail-if, --html or --markdown"
            )
        most = MOST if most is None else most
        check_search(options, most)
    await _check_host(options.target)
    files.check()
    raise_file_limit()
    console = PlainConsole(stderr=files.standard_output)
    if holding and most:
        return await search_limit(options, holding, most, console, files)
    return await _run(options, failing, console, files)


async def _run(options: LoadTestOptions, failing: list[Condition], console: PlainConsole, files: Files) -> int:
    async with stoppable() as interrupt:
        try:
            places = (
                await find_or_open_matches(options.target, options.spread, options.seats, options.opens)
                if options.spread
                else (options.target.match,)
            )
        except MatchesUnavailable as why:
            console.print(str(why), style="bold red")
            return FAILED
    if interrupt.came:
        return INTERRUPTED
    test = LoadTest(options.plans(places), options.processes)
    server = ServerScraper(options.target, on_epochs=test.learn)
    async with stoppable() as interrupt, trio.open_nursery() as nursery:
        nursery.start_soon(show_live, test, console)
        nursery.start_soon(server.run, test.recording, trio.current_time() + test.lead)
        await test.run()
        nursery.cancel_scope.cancel()
    results = Results(test.recording, server, test.seconds, test.broken, interrupt.came)
    judged = results.evaluate(failing)
    figures = report(results, options.about(), judged)
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
        raise ConfigError(f"cannot find the host {target.host!r}: {error.strerror}") from error
