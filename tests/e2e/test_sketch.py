"""Sketch in browsers: drawn with a mouse and a finger, guessed by typing, and seen by those who come later."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from urllib.parse import urlsplit

import pytest
import trio
from playwright.sync_api import expect

from game_server.loadtest.network.model import Impairments, Network
from game_server.loadtest.network.relay import serve_relay
from tests.e2e.conftest import OpenPage, StartHost
from tests.e2e.pages import Player

pytestmark = pytest.mark.e2e

DARK = """() => {
  const { width, height } = document.querySelector("#field");
  const pixels = document.querySelector("#field").getContext("2d").getImageData(0, 0, width, height).data;
  let dark = 0;
  for (let at = 0; at < pixels.length; at += 4) {
    dark += pixels[at] === 28 && pixels[at + 1] === 27 && pixels[at + 2] === 25;
  }
  return dark;
}"""
"""How many pixels have the colour of the black pen."""


def place(player: Player, x: float, y: float) -> tuple[float, float]:
    """Where a place of the field is on the screen, in CSS pixels."""
    player.wait_until("server.scale > 0")
    at = player.page.evaluate("([x, y]) => window.gameServer.screen(x, y)", [x, y])
    return at["x"], at["y"]


def drag(player: Player, *places: tuple[float, float]) -> None:
    mouse = player.page.mouse
    mouse.move(*place(player, *places[0]))
    mouse.down()
    for x, y in places[1:]:
        mouse.move(*place(player, x, y), steps=8)
    mouse.up()


MISSING = """(places) => {
  const field = document.querySelector("#field");
  const context = field.getContext("2d");
  return places.filter(([x, y]) => {
    const at = window.gameServer.screen(x, y);
    const [left, top] = [at.x, at.y].map((side) => Math.round(side * field.width / field.clientWidth));
    const [red, green, blue] = context.getImageData(left, top, 1, 1).data;
    return red !== 28 || green !== 27 || blue !== 25;
  });
}"""
"""Those of the places that the black pen has not touched."""
HIGH_DELAY = Network(round_trip=0.4, jitter=0.1, stall=0.5, stall_every=2.0)
"""A fifth of a second each way; TCP makes such stalls out of lost packets."""


@contextmanager
def behind(network: Network, url: str) -> Iterator[str]:
    """The address of the server at ``url`` with ``network`` in between."""
    server = urlsplit(url)
    started: queue.Queue[tuple[int, Callable[[], object]]] = queue.Queue()

    async def carry() -> None:
        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
        connect = partial(trio.open_tcp_stream, str(server.hostname), server.port or 0)
        token = trio.lowlevel.current_trio_token()
        with trio.CancelScope() as carrying:
            started.put((listeners[0].socket.getsockname()[1], lambda: token.run_sync_soon(carrying.cancel)))
            await serve_relay(listeners, connect, lambda seed: Impairments(network, seed, trio.current_time()), 1)

    thread = threading.Thread(target=trio.run, args=(carry,))
    thread.start()
    port, stop = started.get(timeout=10)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        stop()
        thread.join()


def wait_until_drawn(player: Player) -> None:
    player.page.wait_for_function(f"() => ({DARK})() > 100")


def test_a_word_is_drawn_with_a_mouse_guessed_and_seen_by_a_spectator(host: StartHost, page: OpenPage) -> None:
    server = host("--game", "sketch", "--bots", "0", "--seed", "1")
    ada, bob, cy = page(), page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True), page()
    ada.join(server.url, "Ada")
    bob.join(server.url, "Bob")
    expect(ada.page.locator(".sketch-word")).to_contain_text("Draw: ")
    word = str(ada.page.locator(".sketch-word").text_content()).removeprefix("Draw: ")
    expect(ada.page.locator(".sketch-pens")).to_be_visible()
    expect(bob.page.locator(".sketch-pens")).to_be_hidden()
    drag(ada, (200, 200), (600, 220), (600, 500))
    wait_until_drawn(ada)
    wait_until_drawn(bob)
    cy.page.goto(server.url)
    cy.page.fill("#nickname", "Cy")
    cy.page.click("#join")
    cy.page.get_by_role("button", name="Watch: Sketch").click()
    cy.wait_for_state("watching")
    wait_until_drawn(cy)
    expect(cy.page.locator(".sketch-guess")).to_be_hidden()
    ada.say(f"It is {word}")
    ada.wait_until_heard("The game lets nobody see what you write now")
    bob.page.fill(".sketch-guess input", "<i>no idea</i>")
    bob.page.tap(".sketch-guess button")
    expect(ada.page.locator("#feed")).to_contain_text("<i>no idea</i>")
    bob.page.fill(".sketch-guess input", word)
    bob.page.tap(".sketch-guess button")
    expect(ada.page.locator("#feed")).to_contain_text("has found the word")
    expect(ada.page.locator("#results")).to_be_visible()
    ada.say("well guessed")
    bob.wait_until_heard("well guessed")
    assert not [line for line in bob.get("chat") if word in line["text"]]


def test_a_finger_draws_on_a_phone_and_a_reload_brings_word_and_picture_back(host: StartHost, page: OpenPage) -> None:
    server = host("--game", "sketch", "--bots", "0", "--seed", "1")
    ada, bob = page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True), page()
    ada.join(server.url, "Ada")
    bob.join(server.url, "Bob")
    expect(ada.page.locator(".sketch-word")).to_contain_text("Draw: ")
    ada.page.set_viewport_size({"width": 844, "height": 390})
    # A third of the screen: 230 by 173 pixels between a menu and two rows of tools are too few for a finger.
    ada.wait_until("server.scale * 720 > 280")
    ada.page.set_viewport_size({"width": 390, "height": 844})
    ada.wait_until("server.scale * 960 > 340")
    word = ada.page.locator(".sketch-word").text_content()
    touch = ada.page.context.new_cdp_session(ada.page)
    x, y = place(ada, 300, 300)
    for kind, step in (("Start", 0), *(("Move", step) for step in range(1, 20))):
        touch.send(
            "Input.dispatchTouchEvent",
            {"type": f"touch{kind}", "touchPoints": [{"x": x + 5 * step, "y": y + 3 * step}]},
        )
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    wait_until_drawn(bob)
    ada.page.reload()
    ada.wait_until_playing()
    wait_until_drawn(ada)
    expect(ada.page.locator(".sketch-word")).to_have_text(str(word))
    ada.page.tap(".sketch-pens >> text=Undo")
    bob.page.wait_for_function(f"() => ({DARK})() === 0")


def test_nothing_of_a_picture_is_lost_on_a_network_with_delay_and_loss(host: StartHost, page: OpenPage) -> None:
    server = host("--game", "sketch", "--bots", "0", "--seed", "1")
    ada, bob = page(), page()
    with behind(HIGH_DELAY, server.url) as address:
        ada.join(address, "Ada")
        bob.join(server.url, "Bob")
        expect(ada.page.locator(".sketch-word")).to_contain_text("Draw: ")
        dots = [(100 + 80 * column, 80 + 60 * row) for row in range(4) for column in range(10)]
        for number, dot in enumerate(dots):
            ada.page.mouse.move(*place(ada, *dot))
            ada.page.mouse.down()
            if number % 10 == 0:
                ada.page.wait_for_timeout(50)  # the others are taps, over before the next frame
            ada.page.mouse.up()
        wait_until_drawn(bob)
        bob.page.wait_for_function(f"(places) => !({MISSING})(places).length", arg=dots, timeout=40_000)
        between = [[x + 40, y] for x, y in dots]
        assert bob.page.evaluate(MISSING, between) == between
        ada.close()
