"""``game-server host``."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Annotated, Literal

import attrs
import trio
from cyclopts import Parameter
from cyclopts.validators import Number

from game_server.cli.live import show_live
from game_server.cli.networks import Preset, put_behind
from game_server.cli.whole import whole
from game_server.games import game_named
from game_server.lobby.hosted_match import MatchOptions
from game_server.protocol.limits import MAX_CHAT, MAX_TICK
from game_server.server import Server, ServerOptions
from game_server.telemetry.logs import LogFormat, LogLevel, set_up


def _check_name(_type: object, name: str) -> None:
    if not 1 <= len(name) <= MAX_CHAT or not name.isprintable():
        raise ValueError(f"Must be 1 to {MAX_CHAT} printable characters.")


PositiveSeconds = Annotated[float, Parameter(validator=Number(gt=0, lte=3600))]


async def host(
    *,
    game: str = "arena",
    host: str = "127.0.0.1",
    port: Annotated[int, whole(0, 65535)] = 8000,
    tick_rate: Annotated[int, whole(1, 240)] = 30,
    max_players: Annotated[int, whole(1, 4096)] = 16,
    bots: Annotated[int, whole(0, 4096)] = 4,
    bot_skill: Literal["easy", "normal", "hard", "mixed"] = "mixed",
    seed: Annotated[int | None, whole(0, MAX_TICK)] = None,
    name: Annotated[str, Parameter(validator=_check_name)] = "Arena",
    origin: Annotated[tuple[str, ...], Parameter(negative="", show_default=False)] = (),
    ping_interval: PositiveSeconds = 5.0,
    silence: Annotated[PositiveSeconds, Parameter(name="--timeout")] = 15.0,
    check_hash: Annotated[bool, Parameter(negative="")] = False,
    tls_cert: Path | None = None,
    tls_key: Path | None = None,
    tick_drain: bool = True,
    network: Preset | None = None,
    log_level: LogLevel = "info",
    log_format: LogFormat = "text",
    config: Path | None = None,
) -> int:
    """Host a match; browsers play it at the link that this prints.

    Ctrl-C ends it: every player is told, and the command exits with 0.

    Args:
        game: What is played.
        host: The address to listen at: 127.0.0.1 for this machine alone, 0.0.0.0 for everybody who can reach it.
        port: The port to listen at; 0 picks a free one.
        tick_rate: Steps of the simulation, and snapshots, a second.
        max_players: Seats, and so the size of the map.
        bots: Seats that bots hold; they give them up when people need them.
        bot_skill: How well bots play; mixed takes each in turn.
        seed: Decides the map and all chance; drawn at random when left out.
        name: What the match is called.
        origin: Another web page that may connect, https://example.org say; * for any. Repeatable.
        ping_interval: Seconds between heartbeats.
        silence: Seconds of silence after which a connection is given up.
        check_hash: Put a hash into every snapshot, so that clients find desyncs.
        tls_cert: Certificate and its chain, a PEM file; the link is then an https one.
        tls_key: Key of the certificate, a PEM file, unless the certificate's file has it.
        tick_drain: Read and write players' sockets at the tick, which costs least; off, each connection has tasks of
            its own, as it has with TLS.
        network: Put every player behind a bad network, to try how it feels.
        log_level: The least that is logged, to standard error.
        log_format: Lines for people or for machines.
        config: A TOML file with any of these options, written as here but without the dashes in front:
            tick-rate = 60. What is given on the command line wins.
    """
    del config  # read by options_from_file
    set_up(log_level, log_format)
    match = MatchOptions(
        name=name,
        game=game_named(game),
        tick_rate=tick_rate,
        max_players=max_players,
        bots=bots,
        bot_skill=bot_skill,
        seed=seed,
        hashed=check_hash,
    )
    options = ServerOptions(
        match=match,
        host=host,
        port=port,
        origins=origin,
        ping_interval=ping_interval,
        timeout=silence,
        tls_cert=tls_cert,
        tls_key=tls_key,
        tick_drain=tick_drain,
    )
    server = Server(attrs.evolve(options, host="127.0.0.1", port=0) if network else options)
    stop = trio.Event()
    async with trio.open_nursery() as nursery:
        await nursery.start(_stop_on_signal, stop, nursery.cancel_scope)
        async with trio.open_nursery() as serving:
            url = await serving.start(server.run, stop)
            if network:
                url = await nursery.start(put_behind, network, url, options)
            print(f"Listening on {url}", flush=True)
            nursery.start_soon(show_live, server, sys.stdout)
        nursery.cancel_scope.cancel()
    return 0


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
