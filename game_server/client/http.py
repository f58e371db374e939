"""HTTP requests to a server: for its metrics and its list of matches, or to the sidecar of a fleet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

import h11
import trio

from game_server.client.target import Target
from game_server.client.websocket import Stream, open_stream
from game_server.errors import GameServerError

T = TypeVar("T")

GET_WITHIN: Final = 10.0
"""Seconds for a whole answer, as long as for a connection."""
MAX_BODY: Final = 32_000_000
"""Bytes; without a limit a stranger's endless answer would fill the memory."""
_QUOTED: Final = 200
"""Bytes of a refusal that go into the error."""


class HttpError(GameServerError):
    """The server refused the request, or what it answered is not HTTP.

    Attributes:
        status: of the answer; 0 if it is not HTTP, or too long.
        body: the beginning of what came with it.
    """

    def __init__(self, reason: str, status: int = 0, body: bytes = b"") -> None:
        super().__init__(reason)
        self.status = status
        self.body = body


HTTP_ERRORS: Final = (HttpError, OSError, trio.TooSlowError, trio.BrokenResourceError)
"""What `http_send` raises."""


async def http_send(
    target: Target, method: str, path: str, body: bytes = b"", *, within: float = GET_WITHIN, most: int = MAX_BODY
) -> bytes:
    """Send a request on a connection of its own, and return the body of the answer.

    Args:
        body: JSON; none if empty.
        within: seconds for all of it.
        most: bytes that the answer may have.

    Raises:
        HttpError: the status is not one of success, or the answer is not HTTP or longer than ``most``.
        OSError, trio.BrokenResourceError: the connection failed.
        trio.TooSlowError: the answer was not complete in time.
    """
    with trio.fail_after(within):
        async with open_stream(target) as stream:
            return await _exchange(stream, target.authority, method, path, body, most)


async def http_get(target: Target, path: str, parse: Callable[[bytes], T]) -> T:
    """Return what ``parse`` makes of the body of the answer to ``GET path``.

    It runs in a thread, so that parsing a large body holds nobody up. Cancelled, this leaves the thread behind.

    Raises:
        HttpError, OSError, trio.TooSlowError, trio.BrokenResourceError: see `http_send`.
        Exception: whatever ``parse`` raises.
    """
    body = await http_send(target, "GET", path)
    return await trio.to_thread.run_sync(parse, body, abandon_on_cancel=True)


async def _exchange(stream: Stream, authority: str, method: str, path: str, body: bytes, most: int) -> bytes:
    http = h11.Connection(h11.CLIENT)
    headers = [("Host", authority), ("Connection", "close")]
    events: list[h11.Event] = [h11.EndOfMessage()]
    if body:
        headers += [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        events.insert(0, h11.Data(body))
    events.insert(0, h11.Request(method=method, target=path, headers=headers))
    await stream.send_all(b"".join(http.send(event) or b"" for event in events))
    status, answer = 0, bytearray()
    try:
        while True:
            event = http.next_event()
            if event is h11.NEED_DATA:
                data = bytes(await stream.receive_some())
                if not data and not status:
                    raise HttpError(f"{method} {path} was not answered in HTTP before the connection ended")
                http.receive_data(data)
            elif isinstance(event, h11.Response):
                status = event.status_code
            elif isinstance(event, h11.Data):
                answer += event.data
                if len(answer) > most:
                    raise HttpError(f"the answer to {method} {path} has more than {most} bytes")
            elif isinstance(event, h11.EndOfMessage):
                break
    except h11.RemoteProtocolError as error:
        raise HttpError(f"the answer to {method} {path} is not HTTP: {error}") from error
    if not 200 <= status < 300:
        raise HttpError(f"{method} {path} was answered with {status}", status, bytes(answer[:_QUOTED]))
    return bytes(answer)
