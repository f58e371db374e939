"""What a supervisor and a worker say to each other: objects in JSON, one a line, over a pair of Unix sockets."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from typing import Any, Final

import trio

MAX_LINE: Final = 4_000_000
"""Bytes: a thousand matches, each as /api/matches describes it."""
SEND_TIMEOUT: Final = 5.0
"""Seconds that the other side may take to read."""


class Control:
    """One end of the pair.

    Args:
        stream: taken over; `aclose` closes it.
    """

    def __init__(self, stream: trio.SocketStream) -> None:
        self._stream = stream
        self._sending = trio.Lock()
        self._unsent = b""
        """The rest of a line that the other side has in part."""

    async def send(self, message: dict[str, Any]) -> None:
        """Send ``message``. Cancelled, or too slow, it is left out, or what is missing of it goes before the next.

        Raises:
            trio.BrokenResourceError: the other side is gone.
            trio.TooSlowError: it does not read.
        """
        async with self._sending:
            with trio.fail_after(SEND_TIMEOUT):
                await self._flush()
                self._unsent = json.dumps(message).encode() + b"\n"
                begun = len(self._unsent)
                try:
                    await self._flush()
                finally:
                    if len(self._unsent) == begun:
                        self._unsent = b""

    async def _flush(self) -> None:
        while self._unsent:
            try:
                sent = await self._stream.socket.send(self._unsent)
            except OSError as error:
                raise trio.BrokenResourceError("the other side is gone") from error
            self._unsent = self._unsent[sent:]

    async def messages(self) -> AsyncGenerator[dict[str, Any], None]:
        """The messages of the other side, until it is gone."""
        waiting = bytearray()
        while data := await self._read():
            waiting += data
            *lines, rest = waiting.split(b"\n")
            for line in lines:
                yield json.loads(line)
            waiting = rest
            if len(waiting) > MAX_LINE:
                return

    async def aclose(self) -> None:
        """Close this end."""
        await self._stream.aclose()

    async def _read(self) -> bytes:
        try:
            return bytes(await self._stream.receive_some())
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            return b""
