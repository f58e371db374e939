"""Ctrl-C as the end of what runs, and not of its report."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs
import trio


@attrs.define
class Interrupt:
    """Whether a signal has come."""

    came: bool = False


@asynccontextmanager
async def stoppable() -> AsyncIterator[Interrupt]:
    """SIGINT, SIGTERM and SIGHUP (the terminal has gone) cancel what is in the block; what follows it goes on."""
    interrupt = Interrupt()
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM, signal.SIGHUP) as signals:
        async with trio.open_nursery() as nursery:

            async def listen() -> None:
                await anext(signals)
                interrupt.came = True
                nursery.cancel_scope.cancel()

            nursery.start_soon(listen)
            yield interrupt
            nursery.cancel_scope.cancel()
