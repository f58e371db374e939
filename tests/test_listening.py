"""The port that a server listens at."""

from __future__ import annotations

import socket

import pytest
import trio

from game_server.errors import ConfigError
from game_server.listening import inherited, listen


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2"])
async def test_a_server_listens_at_the_address_that_it_was_given_and_at_no_other(host: str) -> None:
    listeners = await listen(host, 0)
    assert [listener.socket.getsockname()[0] for listener in listeners] == [host]
    for listener in listeners:
        await listener.aclose()


async def test_a_port_in_use_and_an_address_of_another_machine_are_reported() -> None:
    [listener] = await listen("127.0.0.1", 0)
    port = listener.socket.getsockname()[1]
    with pytest.raises(ConfigError, match=f"port {port} of 127.0.0.1 is in use; choose another with --port, or 0"):
        await listen("127.0.0.1", port)
    await listener.aclose()
    with pytest.raises(ConfigError, match=r"cannot listen at '192[.]0[.]2[.]1' port 0: Cannot assign"):
        await listen("192.0.2.1", 0)


async def test_sockets_that_another_process_has_opened_are_listened_at() -> None:
    with socket.create_server(("127.0.0.1", 0)) as opened:
        name = opened.getsockname()
        [listener] = inherited([opened.detach()])
    async with listener, await trio.open_tcp_stream(*name), await listener.accept() as accepted:
        assert accepted.socket.getsockname() == name
