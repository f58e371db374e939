"""A game in a folder of its own is hosted, listed, created, played by people and bots, load-tested and recorded."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from game_server.loadtest.report.results import TESTER_WAS_THE_LIMIT
from game_server.protocol import Create, decode_client
from tests.e2e.conftest import OpenPage
from tests.e2e.pages import Player
from tests.e2e.processes import GAME_SERVER, Host, start_host, unless_busy, wait_until

RULES = """
from game_server.author import Bot, Entity, Event, Game, Inputs, Stick, number, place, total
from game_server.simulation import Choice, Number, Switch


class Orchard(Game):
    title, seats = "Orchard", (1, 6)
    size, camera = (640, 360), "whole"
    inputs = Inputs(move=Stick())
    options = (
        Switch("windy", "Wind"),
        Number("speed", "Speed", 50, 500, default=200),
        Choice("fruit", "Fruit", (("apple", "Apples"), ("plum", "Plums"))),
    )

    class Player(Entity):
        x = place(0, 640)
        y = place(0, 360)
        score = total("Fruit")

    class Picked(Event):
        player: "Orchard.Player"
        fruit: str
        line = "{player} picked {fruit}"

    def predicted(me, input, dt):
        me.x = min(max(me.x + input.move_x * 200 * dt, 0), 640)
        me.y = min(max(me.y + input.move_y * 200 * dt, 0), 360)

    def joined(self, player, who):
        player.place(320, 180)

    def tick(self):
        for player in self.players:
            if self.now % 30 == player.id:
                player.score += 1
                self.emit(self.Picked(player, self.rules.chosen["fruit"]))
"""
SCRIPT = """
import { game } from "/sdk.js";

export default game({
  draw(paint, { players, me, world, colours }) {
    paint.fill(colours.shallow, 0, 0, world.width, world.height);
    for (const player of players) {
      paint.circle(player.x, player.y, 14, { fill: player.colour, line: player === me ? "#fff" : colours.ink });
      paint.name(player);
    }
  },
});
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a game, and nothing of this repository."""
    folder = tmp_path_factory.mktemp("orchard")
    (folder / "orchard.py").write_text(RULES)
    (folder / "web").mkdir()
    (folder / "web" / "game.js").write_text(SCRIPT)
    return folder


@pytest.fixture(scope="module")
def orchard(folder: Path) -> Iterator[Host]:
    host = start_host(("--game", "orchard:Orchard", "--bots", "2", "--data", "data", "--seat-hold", "0"), folder)
    yield host
    host.stop()


def test_it_is_listed_by_its_title_and_created_with_its_own_options(orchard: Host, page: OpenPage) -> None:
    ada = page()
    ada.page.goto(orchard.url)
    ada.page.fill("#nickname", "Ada")
    ada.page.click("#join")
    expect(ada.page.locator("#match-table .who b").first).to_have_text("Orchard")
    ada.page.click("#open-create")
    expect(ada.page.locator("#create-game")).to_have_value("orchard")
    expect(ada.page.locator("#create-mode-entry")).to_be_hidden()
    expect(ada.page.locator("#create-maxPlayers")).to_have_attribute("max", "6")
    ada.page.set_checked("#option-windy", True)
    ada.page.fill("#option-speed", "20")
    ada.page.click("#create-go")
    expect(ada.page.locator("#create-options .fault")).to_contain_text(["A whole number from 50 to 500.", ""])
    ada.page.fill("#option-speed", "300")
    ada.page.select_option("#option-fruit", "plum")
    ada.page.click("#create-go")
    ada.wait_for_state("playing")
    expect(ada.page.locator("#feed")).to_contain_text("plum")
    expect(ada.page.locator("#minimap")).to_be_hidden()
    expect(ada.page.locator("#leaders")).to_contain_text("Ada")


@pytest.mark.parametrize("recorded", [True, False])
def test_who_creates_a_match_chooses_whether_it_is_recorded(orchard: Host, page: OpenPage, recorded: bool) -> None:
    ada = page()
    with ada.page.expect_websocket() as socket:
        ada.enter(orchard.url, "Ada")
    ada.page.click("#open-create")
    expect(ada.page.locator("#create-recorded")).to_be_checked()
    ada.page.set_checked("#create-recorded", recorded)
    with socket.value.expect_event("framesent", lambda frame: isinstance(decode_client(frame), Create)) as sent:
        ada.page.click("#create-go")
    create = decode_client(sent.value)
    assert isinstance(create, Create)
    assert create.recorded == recorded


def test_it_is_played_with_prediction_and_nothing_is_corrected(orchard: Host, page: OpenPage) -> None:
    ada = page()
    ada.join(orchard.url, "Ada")
    start = ada.position_of(ada.number)
    ada.page.keyboard.down("KeyD")
    ada.wait_until_moved(ada.number, start, 50, 10_000)
    ada.page.keyboard.up("KeyD")
    stats = ada.get("stats")
    assert (stats["corrections"], stats["desyncs"]) == (0, 0)


def bots(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [GAME_SERVER, "bots", *arguments], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )


def test_it_is_load_tested_by_its_own_bots_in_matches_that_are_opened_for_them(orchard: Host, folder: Path) -> None:
    arguments = ("--count", "4", "--duration", "3", "--json", "-", "--spread", "2", "--game", "orchard:Orchard")
    done = bots(folder, orchard.url, *arguments)
    assert done.returncode == unless_busy(0, json.loads(done.stdout)), done.stderr
    assert {match["game"] for match in orchard.get("/api/matches")} == {"orchard"}


def test_bots_that_do_not_know_the_game_say_what_to_do(orchard: Host, tmp_path: Path) -> None:
    done = bots(tmp_path, orchard.url, "--count", "1", "--duration", "1")
    assert done.returncode in (1, TESTER_WAS_THE_LIMIT)
    said = " ".join((done.stdout + done.stderr).split())
    assert re.search(r"the game 'orchard' is not installed here; name it with --game module:Class", said), said


def test_what_was_played_can_be_watched_again(orchard: Host, page: OpenPage) -> None:
    bob = page()
    bob.join(orchard.url, "Bob")
    bob.wait_until(f"server.tick > {bob.get('tick') + 11 * 30}", 20_000)  # what is shorter is not kept
    bob.close()
    wait_until(lambda: bool(orchard.get("/recordings")), 20)
    ada = page()
    ada.page.goto(f"{orchard.url}/?replay={orchard.get('/recordings')[0]['id']}")
    expect(ada.page.locator("#replay-clock")).to_contain_text("0:0")
    expect(ada.page.locator("#leaders")).to_contain_text("Argon")
    expect(ada.page.locator("#replay-says")).to_have_text("")


def test_a_script_that_throws_in_each_frame_is_reported_once_in_words(folder: Path, chromium: Browser) -> None:
    place = folder / "torn"
    (place / "web").mkdir(parents=True)
    (place / "orchard.py").write_text(RULES)
    (place / "web" / "game.js").write_text(SCRIPT.replace("paint.fill(", "paint.fil("))
    host = start_host(("--game", "orchard:Orchard", "--no-data"), place)
    try:
        ada = Player(chromium)  # whose errors are expected
        ada.enter(f"{host.url}/?play", "Ada")
        expect(ada.page.locator("#warning-text")).to_contain_text(
            "draw of the game orchard has failed: paint.fil is not"
        )
        ada.wait_for_state("playing")
        assert len([error for error in ada.get("errors") if "paint.fil" in error]) == 1
    finally:
        host.stop()


def test_a_game_without_a_script_is_said_by_the_host_and_by_the_page(folder: Path, chromium: Browser) -> None:
    place = folder / "bare"
    place.mkdir()
    (place / "orchard.py").write_text(RULES)
    host = start_host(("--game", "orchard:Orchard", "--no-data"), place)
    try:
        missing = place.resolve() / "web" / "game.js"
        assert f"the game 'orchard' has no {missing}: pages cannot show it" in host.stderr.read_text()
        ada = Player(chromium)  # whose errors are expected
        ada.enter(f"{host.url}/?play", "Ada")
        expect(ada.page.locator("#status")).to_contain_text("This page has no game called orchard.")
    finally:
        host.stop()


def test_a_page_with_an_old_copy_of_the_script_loads_itself_again_and_keeps_its_seat(
    tmp_path: Path, chromium: Browser
) -> None:
    (tmp_path / "web").mkdir()
    (tmp_path / "orchard.py").write_text(RULES)
    (tmp_path / "web" / "game.js").write_text(SCRIPT)
    arguments = ("--game", "orchard:Orchard", "--keep-matches", "--data", str(tmp_path / "data"))
    host = start_host(arguments, tmp_path)
    ada = Player(chromium)  # whose lost connection is expected
    try:
        ada.join(host.url, "Ada")
        match, seat = ada.get("match"), ada.number
        asked = "performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('/rules.js')).length > 1"
        ada.page.wait_for_function(f"() => {asked}")
        ada.page.evaluate("window.stays = true")
        host.stop()
        (tmp_path / "web" / "game.js").write_text(f"{SCRIPT}// Another one.\n")
        host = start_host((*arguments, "--port", host.url.rpartition(":")[2]), tmp_path)
        ada.wait_until("!window.stays && server?.state === 'playing' && server.self !== null", 20_000)
        assert (ada.get("match"), ada.number) == (match, seat)
    finally:
        ada.close()
        host.stop()


def test_a_module_that_cannot_be_imported_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("import nothing_of_that_name\n")
    command = [GAME_SERVER, "host", "--port", "0", "--game", "broken:Broken"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("game-server: the game 'broken:Broken' cannot be imported: ModuleNotFoundError")
    assert done.stderr.count("\n") == 1
