"""A worker's process, as far as it comes without a server."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import aclosing

import pytest
import trio
import trio.testing

from game_server.supervisor.control import Control
from game_server.supervisor.worker import _deliver


def test_a_worker_whose_supervisor_is_gone_before_its_order_ends_without_a_fault() -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        ours.close()
        ended = subprocess.run(
            [sys.executable, "-m", "game_server.supervisor.worker", str(theirs.fileno())],
            pass_fds=[theirs.fileno()], capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip
    assert (ended.returncode, ended.stderr) == (0, "")


async def test_what_a_worker_reports_arrives_when_its_supervisor_reads_again(
    autojump_clock: trio.testing.MockClock,  # noqa: ARG001
) -> None:
    ours, theirs = (Control(trio.SocketStream(trio.socket.from_stdlib_socket(end))) for end in socket.socketpair())
    with pytest.raises(trio.TooSlowError):
        await theirs.send({"matches": ["x" * 1_000_000]})  # nobody reads: the supervisor stands still
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_deliver, theirs, {"restart": True})
        await trio.sleep(60)
        async with aclosing(ours.messages()) as said:
            assert "matches" in await anext(said)
            assert await anext(said) == {"restart": True}
    await ours.aclose()
    with trio.fail_after(5):
        await _deliver(theirs, {"done": 0})  # the supervisor is gone
    await theirs.aclose()


def test_a_worker_whose_log_nobody_reads_goes_on() -> None:
    """With a live screen, what workers log goes through a pipe to the supervisor."""
    read, write = os.pipe()
    code = (
        "import logging, sys\n"
        "from game_server.supervisor.worker import log_to\n"
        "log_to({'log': ('info', 'text'), 'live': True, 'name': 'worker-0'})\n"
        "for _ in range(2000): logging.getLogger('game_server').info('x' * 1000)\n"
        "print('goes on')\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=write, text=True, timeout=30, check=False
    )
    os.close(write)
    assert ended.stdout == "goes on\n"
    assert os.read(read, 5)
    os.close(read)
