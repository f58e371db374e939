"""A game of declarations in the browser: tag, with nothing but its two files."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import Join, StartHost

pytestmark = pytest.mark.e2e


def test_tag_is_played_and_foretold_in_the_browser(host: StartHost, join: Join) -> None:
    server = host("--game", "tag", "--bots", "3", "--seed", "1")
    ada = join(server, "Ada")
    ada.wait_until("server.ships.length === 4")
    ada.page.keyboard.down("KeyD")
    ada.wait_until("server.self.x > 1263")  # the rim, but for her radius of 16
    ada.page.keyboard.up("KeyD")
    ada.page.keyboard.down("KeyA")
    ada.wait_until("server.self.x < 1200")
    ada.page.keyboard.up("KeyA")
    ada.wait_until("document.querySelector('#clock').textContent.includes(' it')")
    stats = ada.get("stats")
    assert stats["desyncs"] == 0
    # An input that a busy machine sends too late makes a right prediction wrong.
    assert stats["corrections"] == 0 or stats["late_inputs"] > 0
