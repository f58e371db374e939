"""A game from the cookbook in a folder of its own: what a click asks for is done, and everybody sees it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.e2e.conftest import Join, StartHost

pytestmark = pytest.mark.e2e

COOKBOOK = Path(__file__).parents[2] / "docs" / "authors" / "COOKBOOK.md"


def write_nim(folder: Path) -> None:
    recipe = COOKBOOK.read_text("utf-8").split("## Taking turns")[1]
    for language, path in (("python", folder / "nim.py"), ("js", folder / "web" / "game.js")):
        path.parent.mkdir(exist_ok=True)
        [code] = re.findall(rf"^```{language}\n(.*?)^```", recipe.split("\n## ")[0], re.MULTILINE | re.DOTALL)
        path.write_text(code, "utf-8")


def test_a_click_asks_the_rules_for_a_command(host: StartHost, join: Join, tmp_path: Path) -> None:
    write_nim(tmp_path)
    server = host("--game", "nim:Nim")
    players = [join(server, "Ada"), join(server, "Bob")]
    for player in players:
        player.wait_until("document.querySelector('#clock-label').textContent === '21 left'")
    first, second = sorted(players, key=lambda player: player.number)
    for player, x, left in ((first, 1100, 20), (second, 950, 17)):
        place = player.page.evaluate("x => window.gameServer.screen(x, 300)", x)
        player.page.mouse.click(place["x"], place["y"])
        for each in players:
            each.wait_until("document.querySelector('#clock-label').textContent === `${left} left`", left=left)
