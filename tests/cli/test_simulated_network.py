"""A server behind a simulated network: where it is reached, and whom the relay reaches."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
import trio

from game_server.cli import simulated_network as module
from game_server.cli.simulated_network import put_behind
from game_server.loadtest.network.model import Impairments
from tests.live_server import toy_options


@pytest.mark.parametrize(("seed", "relayed"), [(7, 7), (None, 0)])
async def test_players_reach_the_relay_where_the_host_said_and_the_relay_the_server(
    nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch, seed: int | None, relayed: int
) -> None:
    served: list[tuple[Any, ...]] = []

    async def relay(*given: Any, task_status: trio.TaskStatus[None]) -> None:
        served.append(given)
        task_status.started()
        await trio.sleep_forever()

    monkeypatch.setattr(module, "serve_relay", relay)
    options = attrs.evolve(toy_options(seed=seed), port=0)
    [server] = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = server.socket.getsockname()[1]
    url = await nursery.start(put_behind, "bad", f"http://127.0.0.1:{port}", options)
    [(listeners, connect, impairments_of, first_seed)] = served
    assert url == f"http://127.0.0.1:{listeners[0].socket.getsockname()[1]}"
    assert first_seed == relayed
    async with await connect() as stream:
        assert stream.socket.getpeername()[1] == port
    made = impairments_of(3)
    assert isinstance(made, Impairments)
    for listener in (*listeners, server):
        await listener.aclose()
    nursery.cancel_scope.cancel()
