"""A process that serves one version of a game, as `DevServer` sees it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

import trio

from game_server.supervisor import Control

STOP_TIMEOUT: Final = 2.0
"""Seconds for it to notify its pages. Nothing is kept that it could lose when it is killed."""


class Version:
    """A process, which is started at once.

    Args:
        descriptors: that it inherits.

    Attributes:
        process: its process.
    """

    def __init__(self, descriptors: Sequence[int]) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "game_server.dev.worker", str(theirs.fileno())],
                env={**os.environ, "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path))},
                stdin=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(), *descriptors),
                # A Ctrl-C in the terminal is for the parent, which passes on what it means.
                start_new_session=True,
            )
        self._control = Control(trio.SocketStream(trio.socket.from_stdlib_socket(ours)))
        self._answers = self._control.messages()

    @property
    def lives(self) -> bool:
        """Whether the process is there."""
        return self.process.poll() is None

    async def ask(self, request: dict[str, Any], patience: float) -> dict[str, Any]:
        """Send ``request`` and return the answer.

        Args:
            patience: seconds.

        Returns:
            ``{"failed": why}`` if it has ended, or does not answer in time.
        """
        with trio.move_on_after(patience), suppress(trio.TooSlowError):
            with suppress(trio.BrokenResourceError):
                await self._control.send(request)
                if answer := await anext(self._answers, None):
                    return answer
            return {"failed": "the process that played it has ended"}
        # What it answers later would be taken for the answer to something else.
        return {"failed": f"it does nothing for {patience:g} s: is there a loop without an end?"}

    async def end(self) -> None:
        """Kill the process: whatever there is of its matches has been handed over."""
        self.process.kill()
        self.process.wait()
        await self._control.aclose()

    async def stop(self) -> None:
        """Let it stop in order, or kill it."""
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        with trio.move_on_after(STOP_TIMEOUT):
            await trio.to_thread.run_sync(self.process.wait, abandon_on_cancel=True)
        await self.end()
