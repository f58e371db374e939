"""The command ``game-server host``: a server, its links, and its live view."""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Callable
from contextlib import nullcontext, suppress
from functools import partial
from pathlib import Path
from typing import Annotated, Final, Literal

import attrs
import trio
from cyclopts import Parameter

from game_server.agones import FleetMember, Sidecar
from game_server.cli.host_live import show_live
from game_server.cli.host_signals import obey_signals, pin_line, renew_certificate
from game_server.cli.interrupt import has_terminal
from game_server.cli.invitation import invitation, links_for_others, private_links, show_with_qr
from game_server.cli.match_choice import DEFAULT, EXPERTS, FRIENDS, MatchChoice, Switch
from game_server.cli.matches_file import matches_from_file
from game_server.cli.numbers import number, whole, whole_or
from game_server.cli.simulated_network import Preset, put_behind
from game_server.errors import ConfigError
from game_server.journal import default_directory
from game_server.lobby import MatchLimits, MatchOptions, StayOptions
from game_server.options import ServerOptions, listening_address
from game_server.options import node_name as read_node_name
from game_server.page import missing_script
from game_server.server import Server
from game_server.supervisor import Supervisor
from game_server.telemetry import LogFormat, LogLevel, set_up
from game_server.throttling import Budgets
from game_server.transport import networks, page_origin
from game_server.transport import public_url as read_public_url

logger = logging.getLogger("game_server.cli")

MEGABYTE: Final = 1_000_000
TOKEN_VARIABLE: Final = "GAME_SERVER_TOKEN"
NOBODY: Final = "none"
"""The value of --trust-network for no network at all, not even this machine."""
_DEFAULTS: Final = ServerOptions(DEFAULT.options())


def _checked(read: Callable[[str], object], what: str) -> Parameter:
    """Return a parameter whose values ``read`` checks, so that errors name option, file and line.

    Args:
        what: the values are called in the messages of ``read``, which begin with it.
    """

    def check(_type: object, value: str | tuple[str, ...] | None) -> None:
        for text in (value,) if isinstance(value, str) else value or ():
            try:
                read(text)
            except ConfigError as error:
                raise ValueError(str(error).removeprefix(f"{what} {text!r} ")) from error

    return Parameter(validator=check)


Repeatable = Annotated[tuple[str, ...], Parameter(negative="", show_default=False, group=EXPERTS)]


def _network(what: str) -> Parameter:
    return _checked(lambda text: networks([text], what), what)


def _read_trusted(text: str) -> object:
    return text == NOBODY or networks([text], "trusted network")


MOST_WORKERS: Final = 64
PositiveSeconds = Annotated[float, number(0, 3600, above=True)]


async def host(
    *,
    choice: Annotated[MatchChoice, Parameter(name="*", group=FRIENDS)] = DEFAULT,
    matches: Annotated[Path | None, Parameter(group=EXPERTS)] = None,
    no_match: Annotated[Switch, Parameter(group=EXPERTS)] = False,
    max_matches: Annotated[int, whole(1, 1024), Parameter(group=EXPERTS)] = _DEFAULTS.limits.max_matches,
    max_matches_per_address: Annotated[
        int, whole(0, 1024), Parameter(group=EXPERTS)
    ] = _DEFAULTS.limits.max_matches_per_address,
    max_bots_per_match: Annotated[int, whole(0, 64), Parameter(group=EXPERTS)] = _DEFAULTS.limits.max_bots_per_match,
    max_bots_per_address: Annotated[
        int, whole(0, 4096), Parameter(group=EXPERTS)
    ] = _DEFAULTS.limits.max_bots_per_address,
    max_bots: Annotated[int, whole(0, 4096), Parameter(group=EXPERTS)] = _DEFAULTS.limits.max_bots,
    seat_hold: Annotated[float, number(0, 3600), Parameter(group=EXPERTS)] = _DEFAULTS.stays.seat_hold,
    idle_to_watching: Annotated[float, number(0, 3600), Parameter(group=EXPERTS)] = _DEFAULTS.stays.idle_to_watching,
    word_filter: Annotated[Path | None, Parameter(group=EXPERTS)] = None,
    admin_token: Annotated[
        str | None,
        Parameter(env_var=TOKEN_VARIABLE, allow_leading_hyphen=True, group=EXPERTS),
    ] = None,
    host: Annotated[str, Parameter(group=FRIENDS), _checked(listening_address, "host")] = _DEFAULTS.host,
    port: Annotated[int, whole(0, 65535), Parameter(group=FRIENDS)] = _DEFAULTS.port,
    public_url: Annotated[str | None, Parameter(group=EXPERTS), _checked(read_public_url, "public URL")] = None,
    trust_proxy: Annotated[Repeatable, _network("trusted proxy")] = (),
    origin: Annotated[Repeatable, _checked(page_origin, "origin")] = (),
    frame_ancestor: Annotated[Repeatable, _checked(page_origin, "origin")] = (),
    qr: Annotated[bool | None, Parameter(group=FRIENDS)] = None,
    tls_cert: Annotated[Path | None, Parameter(group=EXPERTS)] = None,
    tls_key: Annotated[Path | None, Parameter(group=EXPERTS)] = None,
    budgets: Annotated[Budgets, Parameter(name="*", group=EXPERTS)] = _DEFAULTS.budgets,
    trust_network: Annotated[Repeatable, _checked(_read_trusted, "trusted network")] = _DEFAULTS.trusted_networks,
    config: Annotated[Path | None, Parameter(group=FRIENDS)] = None,
    log_level: Annotated[LogLevel, Parameter(group=EXPERTS)] = "info",
    log_format: Annotated[LogFormat, Parameter(group=EXPERTS)] = "text",
    ping_interval: Annotated[PositiveSeconds, Parameter(group=EXPERTS)] = _DEFAULTS.ping_interval,
    silence: Annotated[PositiveSeconds, Parameter(name="--timeout", group=EXPERTS)] = _DEFAULTS.timeout,
    tick_drain: Annotated[bool, Parameter(group=EXPERTS)] = _DEFAULTS.tick_drain,
    ring: Annotated[bool, Parameter(group=EXPERTS)] = _DEFAULTS.ring,
    metrics: Annotated[bool, Parameter(group=EXPERTS)] = _DEFAULTS.metrics,
    metrics_from: Annotated[Repeatable, _network("metrics network")] = (),
    data: Annotated[Path | None, Parameter(group=EXPERTS)] = None,
    no_data: Annotated[Switch, Parameter(group=EXPERTS)] = False,
    recordings: Annotated[bool, Parameter(group=EXPERTS)] = _DEFAULTS.recordings,
    data_limit: Annotated[int, whole(1, 1_000_000), Parameter(group=EXPERTS)] = _DEFAULTS.data_limit // MEGABYTE,
    keep_matches: Annotated[Switch, Parameter(group=EXPERTS)] = False,
    drain_timeout: Annotated[float, number(0, 86400), Parameter(group=EXPERTS)] = _DEFAULTS.drain_timeout,
    workers: Annotated[
        int | Literal["auto"], whole_or("auto", 1, MOST_WORKERS), Parameter(group=EXPERTS)
    ] = _DEFAULTS.workers,
    redis: Annotated[str | None, Parameter(group=EXPERTS)] = None,
    redis_prefix: Annotated[str, Parameter(group=EXPERTS)] = _DEFAULTS.redis_prefix,
    node_name: Annotated[str | None, Parameter(group=EXPERTS), _checked(read_node_name, "node name")] = None,
    cluster_key: Annotated[Path | None, Parameter(group=EXPERTS)] = None,
    agones: Annotated[Switch, Parameter(group=EXPERTS)] = False,
    network: Annotated[Preset | None, Parameter(group=EXPERTS)] = None,
) -> int:
    """Host matches that people play in a browser, and print the link to them.

    Ctrl-C stops the server: every player is notified, and the command exits with 0. While it runs, the other commands
    show and control it, with the admin token that it prints.

    Args:
        choice: A match.
        matches: A TOML file with a table [[match]] for each match to open, instead of one match. The keys of a table
            are the options from name to password and from game to check-hash; the options given here apply to keys that
            it leaves out.
        no_match: Open no match: people open their own in the lobby.
        max_matches: Maximum number of matches on the server.
        max_matches_per_address: Maximum number of matches that people may open from one address; 0 for none.
        max_bots_per_match: Maximum number of bots in a match that people open.
        max_bots_per_address: Maximum number of bots in all matches that people open from one address.
        max_bots: Maximum number of bots in all matches that people open.
        seat_hold: Seconds for which the seat of a disconnected player is held.
        idle_to_watching: Seconds without input after which a player becomes a spectator, while others play or wait for
            a seat; 0 for never.
        word_filter: A text file of words, one a line, that are replaced by asterisks in chat and names.
        admin_token: Token for the commands for a running server, at least 16 characters; by default a random one,
            which is printed.
        host: The address to listen on: 127.0.0.1 for this machine only, 0.0.0.0 for everybody who can reach it, :: for
            the same over IPv6.
        port: The port to listen on; 0 picks a free one.
        public_url: The URL of the proxy in front of this server, such as https://play.example.org.
        trust_proxy: Address or network of a proxy, such as 127.0.0.1 or 10.0.0.0/8, whose X-Forwarded-For is trusted.
            Repeatable.
        origin: Another web page that may connect, and import /sdk.js, such as https://example.org; * for any.
            Repeatable.
        frame_ancestor: A web page that may show this server's page in a frame, such as https://club.example; * for any.
            Repeatable.
        qr: Show the best link as a QR code for phones; by default only on a terminal, and if others can connect.
        tls_cert: PEM file with the certificate and its chain; the link is then an https one.
        tls_key: PEM file with the key of the certificate, unless the certificate's file contains it.
        budgets: Budgets.
        trust_network: Address or network, such as 10.0.0.0/8, that has no budgets if it connects directly; by default
            only this machine; none for no address at all. Repeatable.
        config: A TOML file with any of these options, written as here without the leading dashes, such as
            tick-rate = 60. The command line takes precedence.
        log_level: The least severe messages to log, to standard error.
        log_format: Log lines for people or for machines.
        ping_interval: Seconds between heartbeats.
        silence: Seconds without a message after which a connection is given up.
        tick_drain: Read and write players' sockets at the tick, which costs least; without it, each connection has
            tasks of its own, as it has with TLS.
        ring: Read and write these sockets in one system call (io_uring of Linux), if the kernel allows it.
        metrics: Answer GET /metrics for Prometheus, to this machine only.
        metrics_from: Address or network that may read the metrics as well, such as 192.0.2.7 or 10.0.0.0/8. Repeatable.
        data: Directory for what outlives the server; by default game-server/PORT in the user's state directory
            (~/.local/state), or none with --port 0.
        no_data: Keep nothing: no data directory.
        recordings: Record matches in the data directory, so that everybody can watch them again.
        data_limit: Megabytes that may be used in the data directory; the oldest recordings go first.
        keep_matches: When the server is stopped, keep its matches for the next start, as after a crash.
        drain_timeout: Seconds for which the server drains at SIGTERM, before it stops: /readyz answers 503 at once,
            matches move to other machines, and those that cannot play their round to its end; 0 to stop at once.
        workers: Number of processes that share the port, each with matches of its own, or auto for one on each core.
        redis: Address of a Redis or Valkey, such as redis://10.0.0.5, which makes servers on several machines one.
        redis_prefix: What the names of everything in it begin with, so that it can be used for other things, too.
        node_name: Name of this server among those that share a Redis; by default the name of the machine and the port.
        cluster_key: File with a secret of 32 bytes or more, the same for all servers that share a Redis.
        agones: Report to the sidecar of Agones, in whose fleet this server runs: when it is ready, allocated, healthy
            and shut down, and how many players and matches it has.
        network: Put every player behind a simulated network, to try how the game feels there.
    """
    del config  # read by options_from_file
    set_up(log_level, log_format)
    # Before and after `obey_signals` it would end the process, as `systemctl reload` while a service starts or stops.
    signal.signal(signal.SIGUSR2, signal.SIG_IGN)
    if network and trust_proxy:
        raise ConfigError(
            "--trust-proxy cannot be combined with --network: behind it, every player has this machine's address"
        )
    options = ServerOptions(
        match=choice.options(),
        matches=_opened(choice, matches, no_match),
        host=host,
        port=port,
        origins=origin,
        frame_ancestors=frame_ancestor,
        ping_interval=ping_interval,
        timeout=silence,
        tls_cert=tls_cert,
        tls_key=tls_key,
        tick_drain=tick_drain,
        ring=ring,
        public_url=public_url,
        trusted_proxies=trust_proxy,
        # Through the relay, everybody seems to be on this machine.
        metrics=metrics and not network,
        metrics_from=metrics_from,
        budgets=budgets,
        trusted_networks=() if trust_network == (NOBODY,) else trust_network,
        limits=MatchLimits(
            max_matches=max_matches,
            max_matches_per_address=max_matches_per_address,
            max_bots_per_match=max_bots_per_match,
            max_bots_per_address=max_bots_per_address,
            max_bots=max_bots,
        ),
        stays=StayOptions(seat_hold=seat_hold, idle_to_watching=idle_to_watching),
        admin_token=admin_token,
        word_filter=word_filter,
        data=_data_directory(data, no_data, port),
        recordings=recordings,
        data_limit=data_limit * MEGABYTE,
        keep_matches=keep_matches,
        drain_timeout=drain_timeout,
        workers=_cores() if workers == "auto" else workers,
        redis=redis,
        redis_prefix=redis_prefix,
        node_name=node_name,
        cluster_key=cluster_key,
    )
    chosen = attrs.evolve(options, host="127.0.0.1", port=0) if network else options
    server: Server | Supervisor
    _warn_of_missing_scripts(chosen)
    if chosen.workers > 1 or chosen.redis:
        if chosen.redis and chosen.cluster_key is None:
            logger.warning("without --cluster-key this server is a stranger to all others that share its Redis")
        server = Supervisor(chosen, (log_level, log_format), live=sys.stdout.isatty())
    else:
        for option, given in (("--node-name", node_name), ("--cluster-key", cluster_key)):
            if given:
                logger.warning("%s is of no use without --redis or --workers: this server is one process", option)
        server = Server(chosen)
    member = FleetMember(Sidecar.from_environment(), server.load, lambda: server.works) if agones else None
    stop = trio.Event()
    with trio.CancelScope() as at_once:
        await _serve(server, options, network, qr, member, stop, at_once)
    _say_farewell(at_once.cancelled_caught)
    return 0


async def _serve(
    server: Server | Supervisor,
    options: ServerOptions,
    network: Preset | None,
    qr: bool | None,
    member: FleetMember | None,
    stop: trio.Event,
    at_once: trio.CancelScope,
) -> None:
    """Run ``server`` with its links and live view until it has stopped."""
    async with trio.open_nursery() as nursery:
        renew = None if has_terminal() else partial(renew_certificate, server)
        restart = server.restart if isinstance(server, Supervisor) else None
        await nursery.start(
            obey_signals, stop, at_once, renew, restart, server.drain if server.options.drain_timeout else None
        )
        if member:
            nursery.start_soon(member.run)
        async with trio.open_nursery() as serving:
            url = await serving.start(server.run, stop)
            if url and not stop.is_set():  # before everything was there
                if member:
                    member.opened()
                if network:
                    url = await nursery.start(put_behind, network, url, options)
                # A closed terminal sends SIGHUP, which decides what to do; that nothing can be printed is no error.
                with suppress(ConfigError, SystemExit) if sys.stdout.isatty() else nullcontext():
                    print(f"Listening on {url}")
                    _show_links(server, url, links_for_others(options, url), qr)
                logger.info("players' sockets are served %s", server.served)
                nursery.start_soon(show_live, server, sys.stdout)
        nursery.cancel_scope.cancel()
    if member:
        await member.shut_down()


def _show_links(server: Server | Supervisor, url: str, links: list[str], qr: bool | None) -> None:
    best = links[0] if links else url
    text = invitation(url, links) + private_links(best, server.matches(private=True))
    if server.options.admin_token is None:
        text += f"Admin token: {server.admin_token}\n"
    if certificate := server.options.tls_cert:
        text += f"{pin_line(certificate)}\n"
    if qr or (qr is None and links and sys.stdout.isatty()):
        show_with_qr(text, best, sys.stdout)
    else:
        print(text, end="")
    sys.stdout.flush()


def _say_farewell(at_once: bool) -> None:
    """Print a last line on a terminal, over the echo of ^C."""
    # The terminal may be gone, which may be why the server stopped.
    with suppress(ConfigError, SystemExit):
        if sys.stdout.isatty():
            print(f"\rThe server has stopped{' at once' if at_once else '; everybody was notified'}.", flush=True)


def _warn_of_missing_scripts(options: ServerOptions) -> None:
    """Warn of games that are played here and that no page can draw."""
    for game in dict.fromkeys(match.game for match in (options.match, *options.opened)):
        if script := missing_script(game):
            logger.warning("the game %r has no %s: pages cannot show it", game.name, script)


def _opened(choice: MatchChoice, matches: Path | None, no_match: bool) -> tuple[MatchOptions, ...] | None:
    if matches and no_match:
        raise ConfigError("--matches and --no-match exclude one another: one opens matches, the other none")
    if no_match:
        return ()
    return matches_from_file(matches, choice) if matches else None


def _data_directory(data: Path | None, no_data: bool, port: int) -> Path | None:
    if no_data:
        if data:
            raise ConfigError("--data and --no-data exclude one another: one names a directory, the other wants none")
        return None
    return data or (_default_directory(port) if port else None)  # with port 0, another one at each start


def _cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _default_directory(port: int) -> Path | None:
    """The directory that is used if the host names none; None, with a warning, if it cannot be made."""
    try:
        directory = default_directory(port)
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (ConfigError, OSError) as error:
        logger.warning("nothing will outlive this server: %s; give a directory with --data, or --no-data", error)
        return None
    return directory
