from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import cast

import attrs
import pytest
import trio
import trustme
from trio.testing import wait_all_tasks_blocked

from game_server.cli.host_signals import obey_signals, pin_line, renew_certificate
from game_server.errors import ConfigError
from game_server.options import ServerOptions
from game_server.server import Server
from tests.live_server import toy_options

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


class Obeyed:
    """A server that obeys signals: what these have asked for, in their order."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.stop, self.at_once = trio.Event(), trio.CancelScope()

    async def obey(self, nursery: trio.Nursery, *signals: signal.Signals) -> None:
        def ask(what: str) -> Callable[[], None]:
            return lambda: self.asked.append(what)

        await nursery.start(obey_signals, self.stop, self.at_once, None, ask("restart"), ask("drain"))
        for number in signals:
            os.kill(os.getpid(), number)
            await wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()

    @property
    def ends(self) -> tuple[bool, bool]:
        """Whether the server stops in order, and at once."""
        return self.stop.is_set(), self.at_once.cancel_called


@pytest.mark.parametrize("second", ALL)
async def test_the_first_sigterm_drains_if_there_is_time_and_a_second_signal_ends_at_once(
    nursery: trio.Nursery, caplog: pytest.LogCaptureFixture, second: signal.Signals
) -> None:
    caplog.set_level("INFO")
    obeyed = Obeyed()
    await obeyed.obey(nursery, signal.SIGTERM)
    assert (obeyed.asked, obeyed.ends) == (["drain"], (False, False))
    assert caplog.messages == ["SIGTERM: draining, then stopping; a second signal ends the server at once"]
    async with trio.open_nursery() as again:
        await obeyed.obey(again, signal.SIGTERM, second)
    assert (obeyed.asked, obeyed.ends) == (["drain", "drain"], (False, True))


async def test_a_first_ctrl_c_stops_without_draining(nursery: trio.Nursery, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    obeyed = Obeyed()
    await obeyed.obey(nursery, signal.SIGINT)
    assert (obeyed.asked, obeyed.ends) == ([], (True, False))
    assert caplog.messages == ["SIGINT: notifying everybody and stopping"]


async def test_sigusr2_replaces_the_workers_each_time(nursery: trio.Nursery, caplog: pytest.LogCaptureFixture) -> None:
    obeyed = Obeyed()
    await obeyed.obey(nursery, signal.SIGUSR2, signal.SIGUSR2)
    assert (obeyed.asked, obeyed.ends, caplog.messages) == (["restart", "restart"], (False, False), [])


@attrs.define
class Renewed:
    """A server that reads its certificate again, or cannot."""

    options: ServerOptions
    trouble: str = ""
    times: int = 0

    async def reload_certificate(self) -> None:
        self.times += 1
        if self.trouble:
            raise ConfigError(self.trouble)


@pytest.mark.parametrize("trouble", ["", "it is no certificate"])
async def test_what_came_of_a_certificate_that_is_read_again_is_logged_with_its_pin(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, trouble: str
) -> None:
    caplog.set_level("INFO")
    certificate = tmp_path / "cert.pem"
    trustme.CA().issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(certificate)
    for path, said in (
        (None, "SIGHUP: there is no certificate to reload"),
        (certificate, f"SIGHUP: reloaded the certificate. {pin_line(certificate)}"),
    ):
        server = Renewed(attrs.evolve(toy_options(), tls_cert=path), trouble)
        await renew_certificate(cast("Server", server))
        assert server.times == 1
        assert caplog.messages[-1] == (f"SIGHUP: {trouble}; keeping the old certificate" if trouble else said)
    assert pin_line(certificate).startswith("Certificate, for --pin: sha256:")
