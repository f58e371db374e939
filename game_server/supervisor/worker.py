"""``python -m game_server.supervisor.worker``: one worker, which its supervisor has started and speaks to."""

from __future__ import annotations

import base64
import logging
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import attrs
import trio

from game_server.cluster import Node
from game_server.errors import ConfigError, GameServerError, RequestRefused, leaves
from game_server.protocol import RefusalCode
from game_server.server import Server
from game_server.supervisor.control import Control
from game_server.supervisor.packing import unpack
from game_server.supervisor.parent_death import die_with_parent
from game_server.telemetry import set_up

logger = logging.getLogger("game_server.supervisor")

BEAT_EVERY: Final = 1.0
"""Seconds between two heartbeats."""
ORDER_TIMEOUT: Final = 10.0


def main() -> None:
    """Serve as the supervisor orders, until it says otherwise or is gone."""
    die_with_parent()
    for number in (signal.SIGINT, signal.SIGUSR2):  # they are for the supervisor
        signal.signal(number, signal.SIG_IGN)
    control = socket.socket(fileno=int(sys.argv[1]))
    control.set_inheritable(False)
    if not trio.run(_work, control):
        sys.exit(1)


async def _work(pair: socket.socket) -> bool:
    """Serve; whether what was ordered could be done."""
    control = Control(trio.SocketStream(trio.socket.from_stdlib_socket(pair)))
    messages = control.messages()
    with trio.fail_after(ORDER_TIMEOUT):
        order = await anext(messages, None)
    if order is None:
        return True
    log_to(order)
    options = unpack(order["options"])
    node = Node(
        order["name"],
        order["number"],
        order["workers"],
        base64.b64decode(order["key"]),
        tuple(order["listening"]),
        Path(order["sockets"]),
        order["machine"],
        order["url"],
        options.redis,
        options.redis_prefix,
    )
    stop, may_serve, serves, failed = trio.Event(), trio.Event(), trio.Event(), False
    try:
        async with trio.open_nursery() as nursery:
            server = Server(options, node)
            nursery.start_soon(_listen, messages, control, server, may_serve, serves)
            nursery.start_soon(_obey_signals, server, stop)

            async def recovered() -> None:
                nursery.start_soon(_beat, control, server, order["live"])
                await _deliver(control, {"recovered": True})
                await may_serve.wait()

            server.before_accepting = recovered

            def restart() -> None:
                if server.retiring:
                    raise RequestRefused(RefusalCode.STOPPING, "the server drains and stops then: it is not restarted")
                nursery.start_soon(_deliver, control, {"restart": True})

            server.administration.restart = restart
            async with trio.open_nursery() as serving:
                url = await serving.start(server.run, stop)
                if url:
                    await _deliver(control, {"ready": url, **_report(server)})
                    serves.set()
            if not stop.is_set():  # an admin has stopped it
                await _deliver(control, {"stop": True})
            nursery.cancel_scope.cancel()
    except* GameServerError as group:
        with suppress(trio.BrokenResourceError, trio.TooSlowError):
            await control.send({"failed": "; ".join(map(str, leaves(group)))})
        failed = True
    return not failed


def log_to(order: dict[str, Any]) -> None:
    """Log as the supervisor orders: with a live screen through a pipe to it, which after Ctrl-Z nobody reads."""
    level, log_format = order["log"]
    set_up(level, log_format, order["name"])
    if order["live"]:
        os.set_blocking(sys.stderr.fileno(), False)  # what does not fit into the pipe is left out: ticks do not wait


async def _listen(
    messages: AsyncIterator[dict[str, Any]],
    control: Control,
    server: Server,
    may_serve: trio.Event,
    serves: trio.Event,
) -> None:
    """Do what the supervisor asks for; end at once when it is gone, as when killed: the matches are in their journals.

    What it asks for replaces what it has asked for before, which is done with nothing to report.
    """
    task = trio.CancelScope()
    async with trio.open_nursery() as nursery:
        async for message in messages:
            if "serve" in message:
                may_serve.set()
                continue
            task.cancel()
            task = trio.CancelScope()
            nursery.start_soon(_carry_out, message, task, control, server, serves)
        logger.error("the supervisor is gone: ending")
        os._exit(1)


async def _carry_out(
    message: dict[str, Any], task: trio.CancelScope, control: Control, server: Server, serves: trio.Event
) -> None:
    """Drain as ``message`` says, and report how many matches are left; or spread, and report which were moved."""
    if "retire" in message:
        server.retire()
    done: Any = None
    with task:
        await serves.wait()
        assert server.membership
        emptying = server.membership.emptying
        match message:
            case {"retire": within}:
                done = await emptying.retire(within, ends=not server.options.keep_matches)
            case {"spread": stay}:
                done = await server.membership.spreading.spread(stay)
            case _:
                done = await emptying.make_way()
    await _deliver(control, {"done": done, "number": message.get("number")})


async def _deliver(control: Control, message: dict[str, Any]) -> None:
    """Send ``message`` as soon as the supervisor reads: after Ctrl-Z it stands still, and its workers go on."""
    with suppress(trio.BrokenResourceError):  # it is gone, which `_listen` notices
        while True:
            with suppress(trio.TooSlowError):
                await control.send(message)
                return


async def _obey_signals(server: Server, stop: trio.Event) -> None:
    with trio.open_signal_receiver(signal.SIGTERM, signal.SIGHUP) as signals:
        async with trio.open_nursery() as nursery:
            async for came in signals:
                if came == signal.SIGTERM:
                    stop.set()
                else:  # a disk that hangs does not keep the next signal waiting
                    nursery.start_soon(_reload_certificate, server)


async def _reload_certificate(server: Server) -> None:
    try:
        await server.reload_certificate()
    except ConfigError as error:
        logger.error("%s; keeping the old certificate", error)


async def _beat(control: Control, server: Server, live: bool) -> None:
    """Show the supervisor each second that this process works."""
    while True:
        with suppress(trio.TooSlowError):  # a supervisor that stands still, as after Ctrl-Z: the next one may arrive
            await control.send({"beat": True, "load": attrs.asdict(server.load()), **(_report(server) if live else {})})
        await trio.sleep(BEAT_EVERY)


def _report(server: Server) -> dict[str, Any]:
    return {"matches": server.matches(private=True), "people": server.people()}


if __name__ == "__main__":
    main()
