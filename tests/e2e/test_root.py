"""Games with an element of their own: what is typed there, and who gets keys and touches."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import OpenPage
from tests.e2e.processes import start_host

pytestmark = pytest.mark.e2e

RULES = """
from game_server.author import Command, Entity, Event, Game, Inputs, Stick, place, text


class Talk(Game):
    size, camera = (640, 360), "whole"
    {inputs}

    class Player(Entity):
        x = place(0, 640)
        y = place(0, 360)

    class Say(Command):
        words = text(40)

    class Said(Event):
        player: "Player"
        words: str
        line = "{{player}} says {{words}}"

    def joined(self, player, who):
        player.place(320, 180)

    def tick(self):
        for player in self.players:
            player.x = min(max(player.x + getattr(self.input(player), "move_x", 0) * 5, 0), 640)

    def say(self, player, words):
        self.emit(self.Said(player, words))
"""
SCRIPT = """
import { game } from "/sdk.js";

export default game({
  root(element, { send }) {
    const field = document.createElement("input");
    field.className = "words";
    const button = document.createElement("button");
    button.textContent = "Say it";
    button.addEventListener("click", () => send.say(field.value));
    const count = document.createElement("p");
    element.append(field, button, count);
    return ({ players }) => { count.textContent = `${players.length} here`; };
  },
});
"""


def folder_of(tmp_path: Path, inputs: str) -> Path:
    (tmp_path / "talk.py").write_text(RULES.format(inputs=inputs))
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "game.js").write_text(SCRIPT)
    return tmp_path


def test_what_is_typed_in_the_root_steers_nothing_and_a_click_returns_the_keyboard(
    tmp_path: Path, page: OpenPage
) -> None:
    host = start_host(
        ("--game", "talk:Talk", "--bots", "0", "--no-data"), folder_of(tmp_path, "inputs = Inputs(move=Stick())")
    )
    try:
        ada = page()
        ada.join(host.url, "Ada")
        expect(ada.page.locator("#root p")).to_have_text("1 here")
        start = ada.position_of(ada.number)
        ada.page.click("#root .words")
        ada.page.keyboard.type("<b>daddy</b>p", delay=20)
        ada.page.keyboard.press("Enter")
        expect(ada.page.locator("#chat-input")).to_be_hidden()
        expect(ada.page.locator("#people")).to_be_hidden()
        assert ada.position_of(ada.number) == start
        ada.page.click("#root button")
        expect(ada.page.locator("#feed")).to_contain_text("<b>daddy</b>p")
        ada.page.keyboard.down("KeyD")
        ada.wait_until_moved(ada.number, start, 20, 10_000)
        ada.page.keyboard.up("KeyD")
        ada.page.click("#root .words")
        ada.page.keyboard.press("Escape")
        expect(ada.page.locator("#settings")).to_be_hidden()
        ada.page.keyboard.press("Escape")
        expect(ada.page.locator("#settings")).to_be_visible()
        ada.close()  # or it looks for the host that has gone
    finally:
        host.stop()


def test_a_game_of_buttons_and_text_alone_is_played_by_touch(tmp_path: Path, page: OpenPage) -> None:
    host = start_host(("--game", "talk:Talk", "--bots", "0", "--no-data"), folder_of(tmp_path, ""))
    try:
        ada = page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
        ada.join(host.url, "Ada")
        expect(ada.page.locator("#touch")).to_be_hidden()
        ada.page.locator("#root .words").fill("hello")
        ada.page.tap("#root button")
        expect(ada.page.locator("#feed")).to_contain_text("hello")
        box = ada.page.locator("#root").bounding_box()
        assert box
        assert box["height"] > 500, "it has the screen to itself"
        ada.close()
    finally:
        host.stop()
