"""The SDK sidecar of Agones, by its REST API: one call, one connection, with a deadline.

Written from the Agones documentation, "REST Game Server Client API" and ``proto/sdk``.
"""

from __future__ import annotations

import json
import os
from typing import Any, Final

import attrs

from game_server.client import HttpError, Target, http_send
from game_server.errors import ConfigError

PORT_VARIABLE: Final = "AGONES_SDK_HTTP_PORT"
"""Set by Agones for the container of the server."""
DEFAULT_PORT: Final = 9358
"""The default of ``sdkServer.httpPort`` of a GameServer."""
HOST: Final = "localhost"
"""The sidecar listens nowhere else: it shares the network of the pod."""
CALL_WITHIN: Final = 1.0
"""Seconds: far more than a process on the same machine takes, and a fifth of the time within which it wants a ping."""
MOST: Final = 1_000_000
"""Bytes of an answer: a GameServer with the longest of lists (1,000 values) is far smaller."""
LAST_ALLOCATED: Final = "agones.dev/last-allocated"
"""The annotation that changes whenever anybody allocates the server, whatever its state was."""


PATHS: Final = {
    "Ready": "/ready",  # players may come
    "Allocated": "/allocate",  # there are players: Agones must not delete the server
    "Shutdown": "/shutdown",  # Agones deletes the server and its pod
}


@attrs.frozen
class GameServer:
    """What Agones knows of this server.

    Attributes:
        state: ``Scheduled``, ``Ready``, ``Allocated`` and so on.
        last_allocated: when it was allocated last; empty for never.
    """

    state: str
    last_allocated: str = ""


@attrs.frozen
class Sidecar:
    """Calls to the sidecar. Each may raise any of `HTTP_ERRORS`."""

    target: Target

    @classmethod
    def from_environment(cls) -> Sidecar:
        """The sidecar of this pod.

        Raises:
            ConfigError: `PORT_VARIABLE` is not the number of a port.
        """
        text = os.environ.get(PORT_VARIABLE) or str(DEFAULT_PORT)
        if not (text.isascii() and text.isdecimal() and 0 < int(text) < 65536):
            raise ConfigError(f"${PORT_VARIABLE} is {text!r}, which is not a port; Agones sets it to one like 9358")
        return cls(Target(HOST, int(text), tls=False))

    async def ask_for(self, state: str) -> None:
        """Ask for a state of `PATHS`, which Agones brings about later, if at all."""
        await self._post(PATHS[state])

    async def health(self) -> None:
        """Show that the server works."""
        await self._post("/health")

    async def game_server(self) -> GameServer:
        """Ask what Agones knows of this server."""
        found = await self._get("/gameserver")
        state = _part(found, "status").get("state")
        if not isinstance(state, str) or not state:
            raise HttpError(f"the answer to GET /gameserver has no state: {str(found)[:80]}")
        allocated = _part(_part(found, "object_meta"), "annotations").get(LAST_ALLOCATED, "")
        return GameServer(state, str(allocated))

    async def count(self, name: str, count: int) -> None:
        """Set the counter called ``name`` to ``count``, or to its capacity if that is less.

        Agones refuses more than the capacity; a counter that kept its old value would seem to have room.
        """
        try:
            await self._set(name, count)
        except HttpError as refused:
            # Some versions answer a PATCH with zeros (issue 4220 of Agones): only GET says what there is.
            counter = await self._get(f"/v1beta1/counters/{name}")
            try:
                capacity = int(counter["capacity"])
            except (KeyError, TypeError, ValueError):
                raise HttpError(f"the counter {name!r} has no capacity: {str(counter)[:80]}") from refused
            if capacity >= count:
                raise
            await self._set(name, capacity)

    async def _set(self, name: str, count: int) -> None:
        # A 64-bit integer is a string in the JSON of Protocol Buffers.
        await self._send("PATCH", f"/v1beta1/counters/{name}", {"count": str(count)})

    async def _post(self, path: str) -> None:
        await self._send("POST", path, {})

    async def _send(self, method: str, path: str, body: dict[str, str]) -> None:
        """Send what is answered by a status; what comes with it says nothing."""
        await http_send(self.target, method, path, json.dumps(body).encode(), within=CALL_WITHIN, most=MOST)

    async def _get(self, path: str) -> dict[str, Any]:
        answer = await http_send(self.target, "GET", path, within=CALL_WITHIN, most=MOST)
        try:
            found = json.loads(answer)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise HttpError(f"the answer to GET {path} is not a JSON object: {answer[:80]!r}")
        return found


def _part(found: dict[str, Any], name: str) -> dict[str, Any]:
    part = found.get(name)
    return part if isinstance(part, dict) else {}
