"""A server process that stands still for a while, and one that does not give out a file: a machine in trouble."""

from __future__ import annotations

import re
import signal
import time

import pytest
from playwright.sync_api import Route

from tests.e2e.conftest import Join, OpenPage, StartHost
from tests.e2e.pages import PATIENCE, Player
from tests.e2e.processes import Host

pytestmark = [pytest.mark.e2e, pytest.mark.alone]

AS_BEFORE_MS = 500
"""From the end of a stall until both clocks of the page are where they stay."""
ROOM_MS = 150
"""For the signal to be delivered, and for the load of the machine."""
NEAR = 3.0
"""Ticks by which the clocks may differ from where they are seconds later."""

CLOCKS = """([from, rate]) => window.gameServer.frames.filter(({ at }) => at > from).map(({ at, time, own_time }) => ({
  at: at - from, time: time - (at * rate) / 1000, own: own_time - (at * rate) / 1000,
}))"""


def stand_still(host: Host, player: Player, seconds: float) -> float:
    """Stop the process for ``seconds``; the time of the page, in ms, at which it goes on."""
    host.process.send_signal(signal.SIGSTOP)
    try:
        time.sleep(seconds)
        now = player.page.evaluate("performance.now()")
    finally:
        host.process.send_signal(signal.SIGCONT)
    assert isinstance(now, (int, float))
    return now


@pytest.mark.parametrize("seconds", [1.0, 2.0])
def test_half_a_second_after_a_stall_the_others_and_the_inputs_are_as_before(
    host: StartHost, join: Join, seconds: float
) -> None:
    server = host("--bots", "3", "--seed", "7")
    ada = join(server, "Ada")
    ada.page.evaluate("window.gameServer.record(true)")
    ada.page.wait_for_timeout(2000)
    resumed = stand_still(server, ada, seconds)
    ada.page.wait_for_timeout(4000)
    frames = ada.page.evaluate(CLOCKS, [resumed, 30])
    settled = frames[-1]
    for frame in frames:
        if frame["at"] > AS_BEFORE_MS + ROOM_MS:
            assert abs(frame["time"] - settled["time"]) < NEAR, f"others {frame['at']:.0f} ms after the stall"
            assert abs(frame["own"] - settled["own"]) < NEAR, f"own ship {frame['at']:.0f} ms after the stall"
    assert ada.get("state") == "playing"
    assert ada.get("stats.desyncs") == 0


def test_leaving_while_the_line_is_dead_holds_when_it_is_back(host: StartHost, join: Join) -> None:
    server = host("--bots", "1", "--seed", "7")
    ada = join(server, "Ada")
    server.process.send_signal(signal.SIGSTOP)
    try:
        ada.page.keyboard.press("Escape")
        ada.page.click("#settings-leave")
        ada.wait_for_state("lost")
        assert "You have left" in (ada.page.text_content("#status") or "")
    finally:
        server.process.send_signal(signal.SIGCONT)
    ada.wait_for_state("lobby")
    ada.page.wait_for_timeout(500)
    assert ada.get("state") == "lobby"
    ada.wait_until("server.lobby.length === 1 && server.lobby[0].people === 0", patience=PATIENCE)
    assert not ada.get("token")


def test_a_game_that_could_not_be_fetched_at_first_is_played_all_the_same(host: StartHost, page: OpenPage) -> None:
    server = host("--bots", "1", "--seed", "7")
    ada = page()
    asked = []

    def fail_at_first(route: Route) -> None:
        asked.append(route.request.url)
        if len(asked) <= 2:  # the address that a browser may keep, and the one that is asked for when that fails
            route.abort()
        else:
            route.continue_()

    ada.page.route(re.compile(r"/games/arena(/game)?\.js"), fail_at_first)
    ada.join(server.url, "Ada")
    assert len(asked) > 2
    ada.errors.clear()
    ada.page.close()
