"""A stand-in for the sidecar of Agones, written from its documentation.

"REST Game Server Client API", ``proto/sdk/sdk.proto`` and ``proto/sdk/beta/beta.proto``: which paths there are, that
state changes are asked for and happen later, that a server that is being deleted or unhealthy stays so, and what
counters refuse. Errors are as the gateway of gRPC writes them: a status, and an object with ``code`` and ``message``.
"""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, Final

import attrs
import h11
import trio

HAPPENS_AFTER: Final = 0.2
"""Seconds between a request for a state and the state."""
UNSUPPORTED, NOT_FOUND, OUT_OF_RANGE = 501, 404, 400
NO_ESCAPE = ("Shutdown", "Unhealthy")

Answer = tuple[int, dict[str, Any] | bytes]


def error(status: int, message: str) -> Answer:
    return status, {"code": 2, "message": message, "details": []}


@attrs.define(slots=False)
class StandIn:
    """A GameServer with counters, by name their count and capacity.

    Attributes:
        calls: what was asked, and when: method and path.
        spoils: replaces an answer, given method and path, unless it returns None. With status 0 only bytes are sent.
        silent: whether nothing is answered.
        slow: seconds that an answer takes, by path.
    """

    state: str = "Scheduled"
    counters: dict[str, list[int]] = attrs.field(factory=lambda: {"players": [0, 1000], "matches": [0, 1000]})
    last_allocated: str = ""
    calls: list[tuple[float, str, str]] = attrs.field(factory=list)
    spoils: Callable[[str, str], Answer | None] = lambda _method, _path: None
    silent: bool = False
    slow: dict[str, float] = attrs.field(factory=dict)
    port: int = 0

    async def serve(self, *, task_status: trio.TaskStatus[int] = trio.TASK_STATUS_IGNORED) -> None:
        """Serve at `port`, or at a free one."""
        async with trio.open_nursery() as self._nursery:
            [listener] = await self._nursery.start(partial(trio.serve_tcp, self._talk, self.port, host="127.0.0.1"))
            self.port = listener.socket.getsockname()[1]
            task_status.started(self.port)

    def asked(self, path: str) -> list[float]:
        """When ``path`` was asked for."""
        return [when for when, _, asked in self.calls if asked == path]

    def allocate(self) -> None:
        """What an allocator does."""
        self.state, self.last_allocated = "Allocated", f"2026-01-01T00:00:{trio.current_time():.3f}Z"

    async def _talk(self, stream: trio.SocketStream) -> None:
        http = h11.Connection(h11.SERVER)
        request, body = None, b""
        while True:
            event = http.next_event()
            if event is h11.NEED_DATA:
                http.receive_data(bytes(await stream.receive_some()))
            elif isinstance(event, h11.Request):
                request = event
            elif isinstance(event, h11.Data):
                body += event.data
            else:
                break
        if request is None:
            return
        method, path = request.method.decode(), request.target.decode()
        self.calls.append((trio.current_time(), method, path))
        if self.silent:
            await trio.sleep_forever()
        await trio.sleep(self.slow.get(path, 0))
        status, answer = self.spoils(method, path) or self._answer(method, path, body)
        data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        if status:
            headers = [("Content-Type", "application/json"), ("Content-Length", str(len(data)))]
            data = (http.send(h11.Response(status_code=status, headers=headers)) or b"") + data
        with suppress(trio.BrokenResourceError):  # a client need not read to the end
            await stream.send_all(data)

    def _answer(self, method: str, path: str, body: bytes) -> Answer:
        match method, path:
            case "POST", "/health" | "/ready" | "/allocate" | "/shutdown":
                if body != b"{}":
                    return error(400, f"unexpected body {body!r}")
                state = {"/ready": "RequestReady", "/allocate": "Allocated", "/shutdown": "Shutdown"}.get(path)
                if state:
                    self._nursery.start_soon(self._become, state)
                return 200, {}
            case "GET", "/gameserver":
                annotations = {"agones.dev/last-allocated": self.last_allocated} if self.last_allocated else {}
                return 200, {
                    "object_meta": {"name": "local", "annotations": annotations},
                    "status": {"state": self.state},
                }
            case (("GET" | "PATCH"), _) if path.startswith("/v1beta1/counters/"):
                return self._counter(path.rpartition("/")[2], json.loads(body or b"{}"))
        return error(UNSUPPORTED if path == "/health" else NOT_FOUND, "Not Found")

    def _counter(self, name: str, change: dict[str, str]) -> Answer:
        if name not in self.counters:
            return error(NOT_FOUND, f"counter not found: {name}")
        count, capacity = self.counters[name]
        if "count" in change:
            count = int(change["count"])
            if not 0 <= count <= capacity:
                return error(OUT_OF_RANGE, f"out of range. Found Count: {count}, Capacity: {capacity}")
            self.counters[name][0] = count
            return 200, {"name": "", "count": "0", "capacity": "0"}  # as some versions do: issue 4220 of Agones
        return 200, {"name": name, "count": str(count), "capacity": str(capacity)}

    async def _become(self, state: str) -> None:
        if state == "RequestReady":
            self._move(state)
        await trio.sleep(HAPPENS_AFTER)
        self._move("Ready" if state == "RequestReady" else state)

    def _move(self, state: str) -> None:
        if self.state not in NO_ESCAPE:
            self.state = state
            if state == "Allocated":
                self.last_allocated = f"2026-01-01T00:00:{trio.current_time():.3f}Z"


@contextmanager
def beside_the_test() -> Iterator[StandIn]:
    """A stand-in that serves in a thread of its own, for tests of processes."""
    stand_in, tokens = StandIn(), queue.SimpleQueue[trio.lowlevel.TrioToken]()
    scope = trio.CancelScope()

    async def serve() -> None:
        async with trio.open_nursery() as nursery:
            with scope:
                await nursery.start(stand_in.serve)
                tokens.put(trio.lowlevel.current_trio_token())
                await trio.sleep_forever()
            nursery.cancel_scope.cancel()

    thread = threading.Thread(target=trio.run, args=(serve,))
    thread.start()
    token = tokens.get(timeout=10)
    try:
        yield stand_in
    finally:
        trio.from_thread.run_sync(scope.cancel, trio_token=token)
        thread.join(10)
