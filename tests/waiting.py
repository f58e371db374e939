"""Waiting in tests: never for longer than is said, in the time that jumps.

Under a clock that jumps a wait without a bound ends after some timeout of the server, which then may have done the
work that the test is about, and the test is content. So each wait of a helper is `bounded`, by less than the shortest
of those timeouts unless a test says otherwise.
"""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from typing import Final

import trio

from game_server.errors import LinkClosed
from game_server.transport import Link

WITHIN: Final = 4.0
"""Seconds; hello may take 10, silence 15, and a seat is kept for 30."""


def bounded(seconds: float = WITHIN) -> AbstractContextManager[trio.CancelScope]:
    """Inside, whatever takes longer than ``seconds`` fails the test with `trio.TooSlowError`."""
    return trio.fail_after(seconds)


async def ended(link: Link, *, within: float = WITHIN) -> LinkClosed:
    """How ``link`` was closed, which is waited for."""
    with bounded(within):
        return await link.wait_closed()


class Passes(trio.abc.Instrument):
    """Counts, while it is entered, the passes of the scheduler: between two of them a tick may begin."""

    count = 0

    def __enter__(self) -> Passes:
        trio.lowlevel.add_instrument(self)
        return self

    def __exit__(self, *_: object) -> None:
        trio.lowlevel.remove_instrument(self)

    def before_io_wait(self, timeout: float) -> None:  # noqa: ARG002
        self.count += 1


async def happened(event: trio.Event, *, within: float = WITHIN) -> None:
    """Wait for ``event``."""
    with bounded(within):
        await event.wait()


async def happened_on_disk(event: trio.Event, *, within: float = 20.0) -> None:
    """Wait for ``event``, which follows work of threads: the clock that jumps runs ahead of them, so it is no bound.

    Args:
        within: real seconds.
    """
    until = time.monotonic() + within
    while not event.is_set():
        if time.monotonic() > until:
            raise trio.TooSlowError
        await trio.to_thread.run_sync(time.sleep, 0.01)
