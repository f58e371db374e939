from __future__ import annotations

import os
import signal

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from game_server.cli.host_signals import obey_signals

pytestmark = pytest.mark.usefixtures("hangup")

ALL = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.mark.parametrize("first", ALL)
@pytest.mark.parametrize("second", ALL)
async def test_the_first_signal_stops_in_order_and_the_second_at_once(
    first: signal.Signals, second: signal.Signals
) -> None:
    stop = trio.Event()
    with trio.fail_after(5):
        async with trio.open_nursery() as nursery:
            with trio.CancelScope() as at_once:
                await nursery.start(obey_signals, stop, at_once, None)
                await wait_all_tasks_blocked()
                assert not stop.is_set()
                os.kill(os.getpid(), first)
                await stop.wait()
                await wait_all_tasks_blocked()
                assert not at_once.cancel_called
                os.kill(os.getpid(), second)
                await trio.sleep_forever()
            assert at_once.cancelled_caught


async def test_where_no_terminal_could_be_closed_sighup_renews_and_stops_nothing() -> None:
    stop, renewed = trio.Event(), trio.Event()

    async def renew() -> None:
        renewed.set()

    with trio.fail_after(5):
        async with trio.open_nursery() as nursery:
            with trio.CancelScope() as at_once:
                await nursery.start(obey_signals, stop, at_once, renew)
                os.kill(os.getpid(), signal.SIGHUP)
                await renewed.wait()
                await wait_all_tasks_blocked()
                assert not stop.is_set()
                os.kill(os.getpid(), signal.SIGTERM)
                await stop.wait()
                os.kill(os.getpid(), signal.SIGHUP)
                await wait_all_tasks_blocked()
                assert not at_once.cancel_called
                nursery.cancel_scope.cancel()


async def test_sigusr2_to_a_server_without_workers_is_reported_and_ends_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stop = trio.Event()
    with trio.fail_after(5), caplog.at_level("ERROR"):
        async with trio.open_nursery() as nursery:
            with trio.CancelScope() as at_once:
                await nursery.start(obey_signals, stop, at_once, None)
                os.kill(os.getpid(), signal.SIGUSR2)
                await wait_all_tasks_blocked()
                assert "one process, which cannot be replaced" in caplog.text
                assert not stop.is_set()
                assert not at_once.cancel_called
                nursery.cancel_scope.cancel()


async def test_a_certificate_whose_disk_hangs_keeps_no_signal_waiting() -> None:
    stop = trio.Event()
    with trio.fail_after(5):
        async with trio.open_nursery() as nursery:
            with trio.CancelScope() as at_once:
                await nursery.start(obey_signals, stop, at_once, trio.sleep_forever)
                os.kill(os.getpid(), signal.SIGHUP)
                await wait_all_tasks_blocked()
                os.kill(os.getpid(), signal.SIGTERM)
                await stop.wait()
                os.kill(os.getpid(), signal.SIGTERM)
                await trio.sleep_forever()
            assert at_once.cancelled_caught
