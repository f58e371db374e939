from __future__ import annotations

import os
import signal

import pytest
import trio

from game_server.cli.interrupt import ending_signals, stoppable

pytestmark = pytest.mark.usefixtures("hangup")

ALL = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def test_a_closed_terminal_ends_a_command_unless_nohup_says_otherwise() -> None:
    assert ending_signals() == ALL
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    assert ending_signals() == (signal.SIGINT, signal.SIGTERM)


@pytest.mark.parametrize("by", ALL)
async def test_what_is_stoppable_is_cancelled_and_what_follows_it_goes_on(by: signal.Signals) -> None:
    with trio.fail_after(5):
        async with stoppable() as interrupt:
            os.kill(os.getpid(), by)
            await trio.sleep_forever()
        assert interrupt.came
        async with stoppable() as interrupt:
            await trio.lowlevel.checkpoint()
    assert not interrupt.came
