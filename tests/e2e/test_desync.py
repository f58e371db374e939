"""A page that was not given a part of what the server sent."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import WebSocketRoute

from tests.e2e.conftest import OpenPage, StartHost
from tests.e2e.processes import wait_until

pytestmark = pytest.mark.e2e

SNAPSHOT = b"\x98\x11"
"""How each begins."""


def test_a_page_that_missed_snapshots_notices_asks_for_all_and_its_match_is_kept(
    host: StartHost, page: OpenPage, tmp_path: Path
) -> None:
    server = host("--bots", "3", "--bot-skill", "hard", "--seed", "7", "--data", str(tmp_path / "data"))
    ada = page()
    lost: list[int] = []
    losing = [0]

    def pass_on(socket: WebSocketRoute) -> None:
        upstream = socket.connect_to_server()

        def heard(message: Any) -> None:
            if losing[0] and message[:2] == SNAPSHOT:
                losing[0] -= 1
                lost.append(len(message))
            else:
                socket.send(message)

        upstream.on_message(heard)

    ada.page.route_web_socket(re.compile("/ws$"), pass_on)
    ada.join(server.url, "Ada")
    ada.page.wait_for_timeout(1500)
    assert ada.get("stats.desyncs") == 0
    losing[0] = 20
    ada.page.wait_for_function("() => window.gameServer.stats.desyncs > 0", timeout=5000)
    wait_until(lambda: server.match()["counts"]["desyncs"] > 0, 5)
    assert len(lost) == 20
    ada.page.wait_for_timeout(1000)
    mended = ada.get("stats.desyncs")
    ada.page.wait_for_timeout(2500)
    assert ada.get("stats.desyncs") == mended
    assert ada.get("state") == "playing"
    player = ada.get("player")
    assert server.stop() == 0
    [kept] = (tmp_path / "data" / "failed").iterdir()
    assert kept.name.endswith("-desync")
    log = server.stderr.read_text()
    assert log.count(f"desync: player {player} reported") == 1
    assert str(kept) in log
