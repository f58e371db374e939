"""Signals that end a command in order, so that players are notified and reports are written."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs
import trio


@attrs.define
class Interrupt:
    """Whether a signal came."""

    came: bool = False


def ending_signals() -> tuple[signal.Signals, ...]:
    """Return SIGINT, SIGTERM and, unless it is ignored, SIGHUP, which is sent when the terminal is closed.

    ``nohup`` ignores SIGHUP, so that a command outlives its terminal.
    """
    ignored = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    return (signal.SIGINT, signal.SIGTERM) if ignored else (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def has_terminal() -> bool:
    """Return whether this process has a controlling terminal; call it at the start, while the terminal is there."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


@asynccontextmanager
async def stoppable() -> AsyncIterator[Interrupt]:
    """Cancel the block at the first of `ending_signals`; execution goes on after the block."""
    interrupt = Interrupt()
    with trio.open_signal_receiver(*ending_signals()) as signals:
        async with trio.open_nursery() as nursery:

            async def listen() -> None:
                await anext(signals)
                interrupt.came = True
                nursery.cancel_scope.cancel()

            nursery.start_soon(listen)
            yield interrupt
            nursery.cancel_scope.cancel()
