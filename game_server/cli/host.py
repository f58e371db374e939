"""``game-server host``."""

from __future__ import annotations

import logging
import signal
import sys
from pathlib import Path
from typing import Annotated, Final

import attrs
import trio
from cyclopts import Group, Parameter

from game_server.cli.invitation import invitation, links_for_others, private_links, show_qr
from game_server.cli.live import show_live
from game_server.cli.match_choice import DEFAULT, MatchChoice, Switch
from game_server.cli.matches_file import matches_from_file
from game_server.cli.networks import Preset, put_behind
from game_server.cli.numbers import number, whole
from game_server.errors import ConfigError
from game_server.lobby.match_options import MatchOptions
from game_server.protocol.limits import BOTS_PER_ADDRESS, BOTS_PER_MATCH, MATCHES_PER_ADDRESS, MAX_BOTS, SEAT_HOLD
from game_server.server import Server
from game_server.server_options import ServerOptions
from game_server.telemetry.logs import LogFormat, LogLevel, set_up
from game_server.throttling import BUDGETS, LOOPBACK, Budgets

logger = logging.getLogger("game_server.cli")

TOKEN_VARIABLE: Final = "GAME_SERVER_TOKEN"

_MATCH = Group.create_ordered("The match")
_MATCHES = Group.create_ordered("More matches")
_PEOPLE = Group.create_ordered("People")
_REACHING = Group.create_ordered("How to reach it")
_BUDGETS = Group.create_ordered("What one address may cost")
_RUNNING = Group.create_ordered("Running")


Repeatable = Annotated[tuple[str, ...], Parameter(negative="", show_default=False, group=_REACHING)]
PositiveSeconds = Annotated[float, number(0, 3600, above=True)]


async def host(
    *,
    choice: Annotated[MatchChoice, Parameter(name="*", group=_MATCH)] = DEFAULT,
    matches: Annotated[Path | None, Parameter(group=_MATCHES)] = None,
    no_match: Annotated[Switch, Parameter(group=_MATCHES)] = False,
    max_matches: Annotated[int, whole(1, 1024), Parameter(group=_MATCHES)] = 64,
    max_matches_per_address: Annotated[int, whole(0, 1024), Parameter(group=_MATCHES)] = MATCHES_PER_ADDRESS,
    max_bots_per_match: Annotated[int, whole(0, 64), Parameter(group=_MATCHES)] = BOTS_PER_MATCH,
    max_bots_per_address: Annotated[int, whole(0, 4096), Parameter(group=_MATCHES)] = BOTS_PER_ADDRESS,
    max_bots: Annotated[int, whole(0, 4096), Parameter(group=_MATCHES)] = MAX_BOTS,
    seat_hold: Annotated[float, number(0, 3600), Parameter(group=_PEOPLE)] = SEAT_HOLD,
    word_filter: Annotated[Path | None, Parameter(group=_PEOPLE)] = None,
    admin_token: Annotated[
        str | None,
        Parameter(env_var=TOKEN_VARIABLE, allow_leading_hyphen=True, group=_PEOPLE),
    ] = None,
    host: Annotated[str, Parameter(group=_REACHING)] = "127.0.0.1",
    port: Annotated[int, whole(0, 65535), Parameter(group=_REACHING)] = 8000,
    public_url: Annotated[str | None, Parameter(group=_REACHING)] = None,
    trust_proxy: Repeatable = (),
    origin: Repeatable = (),
    qr: Annotated[bool | None, Parameter(group=_REACHING)] = None,
    tls_cert: Annotated[Path | None, Parameter(group=_REACHING)] = None,
    tls_key: Annotated[Path | None, Parameter(group=_REACHING)] = None,
    budgets: Annotated[Budgets, Parameter(name="*", group=_BUDGETS)] = BUDGETS,
    trust_network: Annotated[tuple[str, ...], Parameter(negative="", show_default=False, group=_BUDGETS)] = LOOPBACK,
    config: Annotated[Path | None, Parameter(group=_RUNNING)] = None,
    log_level: Annotated[LogLevel, Parameter(group=_RUNNING)] = "info",
    log_format: Annotated[LogFormat, Parameter(group=_RUNNING)] = "text",
    ping_interval: Annotated[PositiveSeconds, Parameter(group=_RUNNING)] = 5.0,
    silence: Annotated[PositiveSeconds, Parameter(name="--timeout", group=_RUNNING)] = 15.0,
    tick_drain: Annotated[bool, Parameter(group=_RUNNING)] = True,
    ring: Annotated[bool, Parameter(group=_RUNNING)] = True,
    metrics: Annotated[bool, Parameter(group=_RUNNING)] = True,
    metrics_from: Annotated[tuple[str, ...], Parameter(negative="", show_default=False, group=_RUNNING)] = (),
    network: Annotated[Preset | None, Parameter(group=_RUNNING)] = None,
) -> int:
    """Host matches; browsers play them at the link that this prints.

    Ctrl-C ends it: every player is told, and the command exits with 0. While it runs, the other commands and the admin
    token that it prints say what goes on, and end it.

    Args:
        choice: A match.
        matches: A TOML file with a table [[match]] for each match to open instead of the one above; its keys are the
            options above, and what it leaves out is as they say.
        no_match: Open none: people open their own in the lobby.
        max_matches: How many there may be.
        max_matches_per_address: How many of them people may open from one address; 0 for none.
        max_bots_per_match: Bots in a match that people open.
        max_bots_per_address: Bots in all matches that people open from one address.
        max_bots: Bots in all matches that people open.
        seat_hold: Seconds for which the seat of a lost connection is kept.
        word_filter: A text file of words, one a line, that turn into asterisks in chat and names.
        admin_token: What the commands for a running server have to know, 16 characters or more; drawn at random and
            printed when left out.
        host: The address to listen at: 127.0.0.1 for this machine alone, 0.0.0.0 for everybody who can reach it, :: for
            everybody who can over IPv6.
        port: The port to listen at; 0 picks a free one.
        public_url: Where players reach the proxy in front of this server, https://play.example.org say.
        trust_proxy: Address or network of a proxy, 127.0.0.1 or 10.0.0.0/8, which is believed when it tells in
            X-Forwarded-For where a player is. Repeatable.
        origin: Another web page that may connect, https://example.org say; * for any. Repeatable.
        qr: Draw the best link as a QR code for phones; when left out, only where others can play and on a terminal.
        tls_cert: Certificate and its chain, a PEM file; the link is then an https one.
        tls_key: Key of the certificate, a PEM file, unless the certificate's file has it.
        budgets: Budgets.
        trust_network: Address or network that none of that holds for when it connects directly, 10.0.0.0/8 say; this
            machine alone when left out, none for nobody. Repeatable.
        config: A TOML file with any of these options, written as here but without the dashes in front:
            tick-rate = 60. What is given on the command line wins.
        log_level: The least that is logged, to standard error.
        log_format: Lines for people or for machines.
        ping_interval: Seconds between heartbeats.
        silence: Seconds of silence after which a connection is given up.
        tick_drain: Read and write players' sockets at the tick, which costs least; off, each connection has tasks of
            its own, as it has with TLS.
        ring: Read and write them all in one call to the kernel (Linux's io_uring), where it allows that.
        metrics: Answer GET /metrics for Prometheus, to this machine alone.
        metrics_from: Address or network that may read the metrics, too, 192.0.2.7 or 10.0.0.0/8. Repeatable.
        network: Put every player behind a bad network, to try how it feels.
    """
    del config  # read by options_from_file
    set_up(log_level, log_format)
    if network and trust_proxy:
        raise ConfigError("--trust-proxy cannot go with --network: behind that every player has this machine's address")
    options = ServerOptions(
        match=choice.options(),
        matches=_opened(choice, matches, no_match),
        host=host,
        port=port,
        origins=origin,
        ping_interval=ping_interval,
        timeout=silence,
        tls_cert=tls_cert,
        tls_key=tls_key,
        tick_drain=tick_drain,
        ring=ring,
        public_url=public_url,
        trusted_proxies=trust_proxy,
        # Behind a bad network everybody seems to be on this machine.
        metrics=metrics and not network,
        metrics_from=metrics_from,
        budgets=budgets,
        trusted_networks=() if trust_network == ("none",) else trust_network,
        seat_hold=seat_hold,
        max_matches=max_matches,
        max_matches_per_address=max_matches_per_address,
        max_bots_per_match=max_bots_per_match,
        max_bots_per_address=max_bots_per_address,
        max_bots=max_bots,
        admin_token=admin_token,
        word_filter=word_filter,
    )
    server = Server(attrs.evolve(options, host="127.0.0.1", port=0) if network else options)
    stop = trio.Event()
    async with trio.open_nursery() as nursery:
        await nursery.start(_stop_on_signal, stop, nursery.cancel_scope)
        async with trio.open_nursery() as serving:
            url = await serving.start(server.run, stop)
            if network:
                url = await nursery.start(put_behind, network, url, options)
            print(f"Listening on {url}")
            links = links_for_others(options, url)
            print(invitation(url, links), end="")
            print(private_links(links[0] if links else url, server.matches(private=True)), end="")
            if admin_token is None:
                print(f"Admin token: {server.admin_token}")
            sys.stdout.flush()
            logger.info("sockets of those who play are served %s", server.served)
            if qr or (qr is None and links and sys.stdout.isatty()):
                show_qr(links[0] if links else url, sys.stdout)
            nursery.start_soon(show_live, server, sys.stdout)
        nursery.cancel_scope.cancel()
    return 0


def _opened(choice: MatchChoice, matches: Path | None, no_match: bool) -> tuple[MatchOptions, ...] | None:
    if matches and no_match:
        raise ConfigError("--matches and --no-match exclude one another: the one opens matches, the other none")
    if no_match:
        return ()
    return matches_from_file(matches, choice) if matches else None


async def _stop_on_signal(
    stop: trio.Event, now: trio.CancelScope, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
) -> None:
    """Stop in order at the first SIGINT or SIGTERM, and at once at the second."""
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        task_status.started()
        await anext(signals)
        stop.set()
        await anext(signals)
        now.cancel()
