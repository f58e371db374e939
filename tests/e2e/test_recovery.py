"""A host that is killed in the middle of a fight, and started again, as the people in it see that."""

from __future__ import annotations

import re
import signal
import socket
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.e2e.pages import Player
from tests.e2e.processes import Host, start_host

pytestmark = pytest.mark.e2e

PATIENCE = 15_000
"""Milliseconds for a server to start and a page to come back to it."""


def free_port() -> str:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return str(listener.getsockname()[1])


def killed(host: Host) -> None:
    host.process.send_signal(signal.SIGKILL)
    host.process.wait()


def test_two_pages_play_on_where_they_were_after_a_kill(chromium: Browser, tmp_path: Path) -> None:
    arguments = ("--port", free_port(), "--data", str(tmp_path / "data"), "--bots", "6", "--bot-skill", "hard")
    first = start_host(arguments, tmp_path)
    ada, bob = Player(chromium), Player(chromium)
    ada.join(first.url, "Ada")
    bob.enter(ada.link, "Bob")
    bob.wait_until_playing()
    bob.say("before the kill")
    ada.wait_until_heard("before the kill")
    ada.wait_until("server.tick > 300", patience=PATIENCE)
    before, link = ada.get("tick"), ada.link
    killed(first)
    ada.wait_until("server.state !== 'playing'", patience=PATIENCE)
    second = start_host(arguments, tmp_path)
    try:
        for player in (ada, bob):
            player.wait_until("server.state === 'playing' && server.tick > before", patience=PATIENCE, before=before)
        assert ada.link == link
        ada.wait_until_heard("before the kill")
        bob.say("after it")
        ada.wait_until_heard("after it")
        assert second.match()["people"] == 2
        assert ada.get("tick") < before + 30 * 60
    finally:
        for player in (ada, bob):
            player.page.context.close()
        assert second.stop() == 0
    assert "Traceback" not in second.stderr.read_text()


def test_a_second_server_on_the_same_data_is_refused_in_one_line(tmp_path: Path) -> None:
    data = ("--data", str(tmp_path / "data"))
    first = start_host(data, tmp_path)
    try:
        with pytest.raises(AssertionError, match=re.escape(f"in use by another server (process {first.process.pid})")):
            start_host(data, tmp_path)
    finally:
        assert first.stop() == 0
