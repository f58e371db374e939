from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from game_server.cli.host import _obey_signals, _say_farewell
from game_server.cli.interrupt import ending_signals, stoppable

ALL = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture(autouse=True)
def hangup() -> Iterator[None]:
    """SIGHUP is not ignored, whatever the tests were started by."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


def test_a_closed_terminal_ends_a_command_unless_nohup_says_otherwise() -> None:
    assert ending_signals() == ALL
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    assert ending_signals() == (signal.SIGINT, signal.SIGTERM)


@pytest.mark.parametrize("first", ALL)
@pytest.mark.parametrize("second", ALL)
async def test_the_first_signal_stops_in_order_and_the_second_at_once(
    first: signal.Signals, second: signal.Signals
) -> None:
    stop = trio.Event()
    with trio.fail_after(5):
        async with trio.open_nursery() as nursery:
            with trio.CancelScope() as at_once:
                await nursery.start(_obey_signals, stop, at_once, None)
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
                await nursery.start(_obey_signals, stop, at_once, renew)
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


@pytest.mark.parametrize(("at_once", "said"), [(False, "everybody was notified."), (True, "has stopped at once.")])
def test_a_farewell_is_a_whole_line_on_a_terminal_and_none_elsewhere(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, at_once: bool, said: str
) -> None:
    _say_farewell(at_once)
    assert capsys.readouterr().out == ""
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    _say_farewell(at_once)
    assert capsys.readouterr().out.endswith(f"{said}\n")
