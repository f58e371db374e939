"""Signals to ``game-server host``: they stop the server, drain it, replace its workers, or renew its certificate."""

from __future__ import annotations

import logging
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

import trio

from game_server.cli.interrupt import ending_signals
from game_server.client import fingerprint_of_file
from game_server.errors import ConfigError
from game_server.server import Server
from game_server.supervisor import Supervisor

logger = logging.getLogger("game_server.cli")


async def obey_signals(
    stop: trio.Event,
    now: trio.CancelScope,
    renew: Callable[[], Awaitable[None]] | None,
    restart: Callable[[], None] | None = None,
    drain: Callable[[], None] | None = None,
    *,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Stop in order at the first signal that ends a command, and at once at the second.

    Args:
        drain: called at a first SIGTERM, which then stops the server later.
        restart: called at SIGUSR2; None if there are no workers to be replaced, which is logged then.
        renew: called at SIGHUP if there is no terminal that could have been closed: services reload their files then.
    """
    draining = False
    # Also where there are no workers: a SIGUSR2 that nobody receives ends the process at once.
    with trio.open_signal_receiver(*ending_signals(), signal.SIGUSR2) as signals:
        task_status.started()
        async with trio.open_nursery() as nursery:
            async for came in signals:
                if came == signal.SIGUSR2:
                    if restart:
                        restart()
                    else:
                        logger.error("SIGUSR2: this server is one process, which cannot be replaced: use --workers 2")
                elif came == signal.SIGHUP and renew:
                    nursery.start_soon(renew)  # a disk that hangs does not keep the next signal waiting
                elif stop.is_set() or draining:
                    now.cancel()
                    nursery.cancel_scope.cancel()
                elif drain and came == signal.SIGTERM:
                    logger.info("SIGTERM: draining, then stopping; a second signal ends the server at once")
                    draining = True
                    drain()
                else:
                    logger.info("%s: notifying everybody and stopping", signal.Signals(came).name)
                    stop.set()


async def renew_certificate(server: Server | Supervisor) -> None:
    """Have ``server`` read its certificate again, and log what came of it."""
    try:
        await server.reload_certificate()
    except ConfigError as error:
        logger.error("SIGHUP: %s; keeping the old certificate", error)
    else:
        certificate = server.options.tls_cert
        if certificate is None:
            logger.info("SIGHUP: there is no certificate to reload")
        else:  # commands that pin the old one need the new fingerprint
            pin = await trio.to_thread.run_sync(pin_line, certificate, abandon_on_cancel=True)
            logger.info("SIGHUP: reloaded the certificate. %s", pin)


def pin_line(certificate: Path) -> str:
    """What other commands need to know of ``certificate``, in words; reads the file."""
    return f"Certificate, for --pin: {fingerprint_of_file(certificate)}"
