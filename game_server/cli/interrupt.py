"""Signals that end a command: in order, so that players are told and reports are written."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs
import trio


@attrs.define
class Interrupt:
    """Whether a signal has come."""

    came: bool = False


def ending_signals() -> tuple[signal.Signals, ...]:
    """SIGINT, SIGTERM and, unless it is ignored, SIGHUP, which comes when the terminal is closed.

    ``nohup`` has it ignored, so that a command outlives its terminal.
    """
    ignored = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    return (signal.SIGINT, signal.SIGTERM) if ignored else (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def has_terminal() -> bool:
    """Whether a terminal controls this process, and so may be closed; to be asked at the start, while it is there."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


@asynccontextmanager
async def stoppable() -> AsyncIterator[Interrupt]:
    """An `ending_signals` signal cancels what is in the block; what follows it goes on."""
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
