"""What a person does and sees in the browser client."""

from __future__ import annotations

import base64
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage

PATIENCE = 10_000
"""Milliseconds in which anything a page is asked for must happen."""

SHIP_OF = "player => window.gameServer.ships.find(ship => ship.id === player)"

COUNT_COLOURS = """async png => {
  const bytes = Uint8Array.from(atob(png), (character) => character.charCodeAt(0));
  const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
  const context = new OffscreenCanvas(image.width, image.height).getContext("2d");
  context.drawImage(image, 0, 0);
  return new Set(new Uint32Array(context.getImageData(0, 0, image.width, image.height).data.buffer)).size;
}"""


class Player:
    """One page, and the errors of its console, its scripts and its own list (`window.gameServer.errors`)."""

    def __init__(self, browser: Browser, **context: Any) -> None:
        self.page = page = browser.new_context(**context).new_page()
        self.errors: list[str] = []
        page.set_default_timeout(PATIENCE)
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def enter(self, url: str, nickname: str) -> None:
        """Open a link and give a name: the plain address leads to the lobby, one with a code into a match."""
        self.page.goto(url)
        self.page.fill("#nickname", nickname)
        self.page.click("#join")

    def wait_for_state(self, state: str) -> None:
        self.wait_until("server.state === state", state=state)

    def wait_until(self, condition: str, patience: float = PATIENCE, **known: Any) -> None:
        """Wait for a condition on ``server`` (`window.gameServer`) and what is ``known`` by name.

        Raises:
            playwright.sync_api.TimeoutError: not within ``patience`` milliseconds.
        """
        names = ", ".join(known)
        look = f"({{ {names} }}) => {{ const server = window.gameServer; return {condition} }}"
        self.page.wait_for_function(look, arg=known, timeout=patience)

    def wait_until_playing(self) -> None:
        self.wait_until("server.state === 'playing' && server.self !== null")

    def join(self, url: str, nickname: str) -> None:
        """Play at once, in any match."""
        self.enter(f"{url}/?play", nickname)
        self.wait_until_playing()

    def get(self, name: str) -> Any:
        """What `window.gameServer` has under ``name``."""
        return self.page.evaluate(f"window.gameServer.{name}")

    @property
    def link(self) -> str:
        """The address by which a friend comes into the same match."""
        return str(self.page.evaluate("location.href"))

    def close(self) -> None:
        if not self.page.is_closed():
            self.errors += self.page.evaluate("window.gameServer.errors")
            self.page.context.close()

    @property
    def number(self) -> int:
        number = self.get("player")
        assert isinstance(number, int)
        return number

    def position_of(self, player: int) -> tuple[float, float]:
        """Where this page has the ship of ``player``, in world units."""
        self.page.wait_for_function(f"player => ({SHIP_OF})(player)", arg=player)
        ship: dict[str, Any] = self.page.evaluate(SHIP_OF, player)
        return ship["x"], ship["y"]

    def wait_until_moved(self, player: int, start: tuple[float, float], distance: float, patience: float) -> None:
        """Wait until this page has the ship of ``player`` at least ``distance`` world units away from ``start``.

        Raises:
            playwright.sync_api.TimeoutError: not within ``patience`` milliseconds.
        """
        moved = (
            f"([player, x, y, far]) => {{ const s = ({SHIP_OF})(player); return Math.hypot(s.x - x, s.y - y) > far }}"
        )
        self.page.wait_for_function(moved, arg=[player, *start, distance], timeout=patience)

    def say(self, text: str) -> None:
        self.page.keyboard.press("Enter")
        self.page.wait_for_selector("#chat-input:focus")
        self.page.keyboard.type(text)
        self.page.keyboard.press("Enter")

    def wait_until_heard(self, text: str) -> None:
        self.page.wait_for_function("text => document.querySelector('#chat-log').textContent.includes(text)", arg=text)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(message.text)


def count_colours(browser: Browser, png: bytes) -> int:
    """How many different colours a picture has."""
    page = browser.new_page()
    try:
        colours = page.evaluate(COUNT_COLOURS, base64.b64encode(png).decode())
    finally:
        page.close()
    assert isinstance(colours, int)
    return colours
