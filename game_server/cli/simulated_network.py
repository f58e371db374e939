"""``game-server host --network PRESET``: a server behind a simulated network."""

from __future__ import annotations

from functools import partial
from typing import Literal
from urllib.parse import urlsplit

import trio

from game_server.listening import listen, local_url
from game_server.loadtest.network.model import PRESETS, Impairments
from game_server.loadtest.network.relay import serve_relay
from game_server.options import ServerOptions

Preset = Literal["lan", "home", "mobile", "bad", "satellite"]
"""The keys of `PRESETS`."""


async def put_behind(
    preset: Preset, url: str, options: ServerOptions, *, task_status: trio.TaskStatus[str] = trio.TASK_STATUS_IGNORED
) -> None:
    """Listen where ``options`` say, and relay to the server at ``url``; starts with the URL to play at.

    Raises:
        ConfigError: the address cannot be listened on.
    """
    server = urlsplit(url)
    listeners = await listen(options.host, options.port)
    connect = partial(trio.open_tcp_stream, str(server.hostname), server.port or 0)

    def impairments_of(seed: int) -> Impairments:
        return Impairments(PRESETS[preset], seed, trio.current_time())

    async with trio.open_nursery() as nursery:
        await nursery.start(serve_relay, listeners, connect, impairments_of, options.match.seed or 0)
        task_status.started(local_url(options, listeners))
