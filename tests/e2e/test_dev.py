"""`game-server dev`: what its author sees in the page after each save, while the match goes on."""

from __future__ import annotations

import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import OpenPage
from tests.e2e.pages import Player
from tests.e2e.processes import GAME_SERVER, Host, wait_until

pytestmark = pytest.mark.e2e

PATIENCE = 15_000
"""Milliseconds: a machine that tests many things at once is slow."""
SHOWN = "(document.querySelector('#author')?.textContent ?? '')"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """The folder of a game as `game-server new` writes it."""
    subprocess.run([GAME_SERVER, "new", "hunt"], cwd=tmp_path, check=True, capture_output=True)
    return tmp_path / "hunt"


@pytest.fixture
def dev(package: Path) -> Iterator[Host]:
    """Serve the package; it stops in order, with 0."""
    out, err = package / "out", package / "err"
    with out.open("wb") as stdout, err.open("wb") as stderr:
        process = subprocess.Popen(
            [GAME_SERVER, "dev", "--port", "0", "--bots", "1"], cwd=package, stdout=stdout, stderr=stderr
        )
    host = Host(process, out, err)
    host.wait_until_listening()
    yield host
    assert host.stop() == 0


@pytest.fixture
def ada(dev: Host, page: OpenPage) -> Player:
    player = page()
    player.join(dev.url, "Ada")
    return player


def save(path: Path, old: str, new: str) -> None:
    """Put ``new`` in place of ``old`` in a file."""
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def see(player: Player, text: str) -> None:
    """Wait until the author is shown ``text``."""
    player.wait_until(f"{SHOWN}.includes(text)", PATIENCE, text=text)


def keeps(player: Player, match: str, seat: int) -> None:
    """Wait until the page plays in ``match`` with ``seat``: it may be on its way to the process with the new rules."""
    player.wait_until(
        "server.state === 'playing' && server.match === match && server.player === seat",
        PATIENCE, match=match, seat=seat,
    )  # fmt: skip


def hangs(dev: Host) -> bool:
    """Whether it does not answer."""
    try:
        urllib.request.urlopen(f"{dev.url}/healthz", timeout=1).close()
    except TimeoutError:
        return True
    except OSError:  # the process is just being replaced
        return False
    return False


def rules(package: Path) -> Path:
    return package / "hunt" / "__init__.py"


def test_a_rule_of_the_tick_is_played_at_once_in_the_same_match(dev: Host, ada: Player, package: Path) -> None:
    before, seat = dev.match(), ada.number
    ada.page.evaluate("window.stays = true")
    save(rules(package), "    def tick(self):", "    def tick(self):\n        self.players[0].coins = 4321\n")
    ada.wait_until("server.state === 'playing' && document.body.textContent.includes('4321')", PATIENCE)
    after = dev.match()
    assert (after["id"], ada.number) == (before["id"], seat)
    assert after["tick"] >= before["tick"]
    assert ada.page.evaluate("window.stays"), "it was loaded again"


def test_what_browsers_load_is_loaded_again_by_a_page_that_keeps_its_seat(ada: Player, package: Path) -> None:
    match, seat = ada.get("match"), ada.number
    for file, old, new in (
        (rules(package), "1280, 720, 16, 260", "1280, 720, 16, 900"),
        (package / "hunt" / "web" / "game.js", "const RADIUS = 16", "const RADIUS = 40"),
    ):
        ada.page.evaluate("window.stays = true")
        save(file, old, new)
        ada.wait_until("!window.stays && server?.state === 'playing' && server.self !== null", PATIENCE)
        keeps(ada, match, seat)
    ada.page.keyboard.down("a")
    ada.wait_until("server.self.x <= 16", PATIENCE)
    ada.page.keyboard.up("a")
    assert ada.get("stats")["corrections"] == 0 or ada.get("stats")["late_inputs"] > 0


def test_mistakes_of_the_rules_are_shown_with_their_line_until_they_are_mended(ada: Player, package: Path) -> None:
    match, seat = ada.get("match"), ada.number
    good = rules(package).read_text()
    save(rules(package), "    def tick(self):", "    def tick(self):\n        1 / 0")
    see(ada, "ZeroDivisionError: division by zero (hunt/__init__.py, line 38)")
    see(ada, "The match stands still until you save a change.")
    ticks = ada.get("tick")
    ada.wait_until("server.tick > ticks", PATIENCE, ticks=ticks)
    rules(package).write_text(good)
    ada.wait_until(f"server.state === 'playing' && !{SHOWN}.includes('Zero')", PATIENCE)
    keeps(ada, match, seat)


def test_a_newcomer_whom_the_rules_fail_is_refused_and_joins_once_they_are_mended(
    dev: Host, ada: Player, page: OpenPage, package: Path
) -> None:
    match, seat, good = ada.get("match"), ada.number, rules(package).read_text()
    save(rules(package), "    def joined(self, player, who):", "    def joined(self, player, who):\n        1 / 0")
    wait_until(lambda: "the match goes on" in dev.stderr.read_text() + dev.stdout.read_text(), PATIENCE / 1000)
    bob = page()
    bob.enter(f"{dev.url}/?play", "Bob")
    see(ada, "ZeroDivisionError: division by zero (hunt/__init__.py")
    see(ada, "The match stands still until you save a change.")
    bob.wait_until("document.body.innerText.includes('it stands still until they are changed')", PATIENCE)
    rules(package).write_text(good)
    ada.wait_until(f"server.state === 'playing' && !{SHOWN}.includes('Zero')", PATIENCE)
    bob.page.goto(f"{dev.url}/?play")
    bob.wait_until_playing()
    keeps(ada, match, seat)
    assert bob.get("match") == match


def test_rules_that_cannot_be_imported_are_refused_while_the_match_goes_on(
    dev: Host, ada: Player, package: Path
) -> None:
    good = rules(package).read_text()
    for old, new, words in (
        ("min(max(me.x + input", "min(max(me.x**2 + input", "there is no **; write x * x"),
        ("def tick(self):", "def tick(self:", "hunt/__init__.py, line 37"),
        ("self.appear()", "self.emerge()", "'Hunt' object has no attribute 'emerge' (hunt/__init__.py, line 32)"),
    ):
        rules(package).write_text(good)
        save(rules(package), old, new)
        see(ada, words)
        see(ada, "the match goes on by the rules as they were before")
    tick = ada.get("tick")
    ada.wait_until("server.tick > tick + 10", PATIENCE, tick=tick)
    assert words in dev.stderr.read_text()
    save(rules(package), "self.emerge()", "self.appear()")
    ada.wait_until(f"server.state === 'playing' && !{SHOWN}.includes('emerge')", PATIENCE)


def test_a_script_that_fails_is_said_once_with_its_line_and_one_that_does_not_run(
    dev: Host, page: OpenPage, package: Path
) -> None:
    script, ada = package / "hunt" / "web" / "game.js", page()
    ada.join(dev.url, "Ada")
    match, seat, good = ada.get("match"), ada.number, script.read_text()
    save(script, "paint.fill(", "paint.fll(")
    see(ada, "draw of the game hunt has failed: paint.fll is not a function (game.js, line 7)")
    ada.page.wait_for_timeout(500)
    assert ada.page.evaluate(SHOWN).count("paint.fll") == 1
    expect(ada.page.locator("#warning")).to_be_hidden()
    script.write_text(good.replace("draw(paint", "draw(paint }"))
    see(ada, "The script of the game hunt does not run:")
    script.write_text(good)
    ada.wait_until("server?.state === 'playing' && server.self !== null", PATIENCE)
    keeps(ada, match, seat)
    ada.errors.clear()  # what the script has thrown


def test_a_match_with_a_new_field_goes_on_and_one_that_does_not_fit_begins_afresh(
    dev: Host, ada: Player, package: Path
) -> None:
    match, seat = ada.get("match"), ada.number
    ada.wait_until("server.tick > 150", PATIENCE)
    ada.page.evaluate("window.stays = true")
    save(rules(package), 'coins = total("Coins")', 'coins = total("Coins")\n        lives = count(3, 9)')
    save(rules(package), "import Bot,", "import Bot, count,")
    ada.wait_until("server.state !== 'playing'", PATIENCE)
    ada.wait_until("server.state === 'playing' && server.tick > 150", PATIENCE)
    save(rules(package), 'seats = "Hunt", (1, 16)', 'tick_rate, seats = "Hunt", 20, (1, 16)')
    see(ada, "The match began afresh: its tick rate was 30, and is 20 now.")
    ada.wait_until("server?.state === 'playing' && server.self !== null", PATIENCE)
    keeps(ada, match, seat)
    assert dev.match()["tick_rate"] == 20
    assert dev.match()["tick"] < 150


def test_rules_that_loop_without_an_end_are_refused_or_ended_by_the_next_save(
    dev: Host, ada: Player, package: Path
) -> None:
    seat, good = ada.number, rules(package).read_text()
    save(rules(package), "    def tick(self):", "    def tick(self):\n        while self.now: pass")
    see(ada, "It does nothing for 5 s: is there a loop without an end?")
    rules(package).write_text(good)
    ada.wait_until(f"!{SHOWN}.includes('loop')", PATIENCE)
    save(rules(package), "    def tick(self):", "    def tick(self):\n        while self.now % 90 == 89: pass")
    wait_until(lambda: hangs(dev), PATIENCE / 1000)
    rules(package).write_text(good)
    wait_until(lambda: "goes on as it was before: it does nothing for 3 s" in dev.stderr.read_text(), PATIENCE / 1000)
    ada.wait_until("server.state === 'playing' && server.player === seat", PATIENCE, seat=seat)
