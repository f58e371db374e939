"""Friends who find each other: links, lobby, queues, spectators, lost connections, and a host who keeps order."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from game_server.games.arena.constants import TILE
from game_server.games.arena.map import size_for
from tests.e2e.conftest import Join, OpenPage, StartHost
from tests.e2e.pages import Player
from tests.e2e.processes import Host

pytestmark = pytest.mark.e2e

PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 640}, "has_touch": True, "is_mobile": True}
CHOICES = {"mode", "takeover", "spectating"}
BACK_MS = 1000
"""From the link's return to playing, at most."""
JOINED_MS = 1500
"""From opening a link to one's own ship on screen, at most."""

SCREENS: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1280, "height": 720}},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
    "phone on its side": {"viewport": {"width": 844, "height": 390}, "has_touch": True, "is_mobile": True},
}

ARENA_IS_CLEAR = """([width, height]) => {
  const { screen } = window.gameServer;
  const [from, to] = [screen(0, 0), screen(width, height)];
  if (!from || from.x < 0 || from.y < 0 || to.x > innerWidth || to.y > innerHeight) return false;
  return ["clock", "leaders", "touch-menu", "open-people", "spectating"].every((id) => {
    const box = document.getElementById(id).getBoundingClientRect();
    return box.right <= from.x || box.left >= to.x || box.bottom <= from.y || box.top >= to.y;
  });
}"""

WATCH_FOR_THE_RETURN = """() => addEventListener("online", () => {
  const at = performance.now();
  const look = () => {
    const { state, self, player } = window.gameServer;
    if (state === "playing" && self && player !== null) window.backAfter = performance.now() - at;
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}, { once: true })"""

TAKE_OVER = """kept => {
  for (const [key, value] of Object.entries(kept)) {
    sessionStorage.setItem(key, value);
    localStorage.setItem(key, value);
  }
}"""

REMEMBER_WHETHER_THE_LOBBY_WAS_SEEN = """() => {
  const lobby = document.querySelector("#lobby");
  window.lobbySeen = false;
  new MutationObserver(() => { window.lobbySeen ||= !lobby.hidden; }).observe(lobby, { attributes: true });
}"""

FIRST_SHIP = """() => new Promise((resolve) => {
  const look = () => (window.gameServer?.self ? resolve(performance.now()) : requestAnimationFrame(look));
  look();
})"""

SCORE = """nickname => {
  const rows = [...document.querySelectorAll("#scoreboard tbody tr")];
  const row = rows.find((one) => one.querySelector(".nickname").textContent === nickname);
  return [...row.cells].slice(2).map((cell) => Number(cell.textContent));
}"""


@pytest.fixture
def server(host: StartHost) -> Host:
    """Hears within seconds that a connection is lost."""
    return host("--bots", "0", "--seed", "7", "--check-hash", "--timeout", "2", "--ping-interval", "0.5")


def create(player: Player, url: str, nickname: str, **options: str | bool) -> None:
    """Go to the lobby and create a match there: every option is the id of its field, without ``create-``."""
    player.enter(url, nickname)
    player.wait_for_state("lobby")
    player.page.click("#open-create")
    for name, value in {"bots": "0", **options}.items():
        if isinstance(value, bool):
            player.page.set_checked(f"#create-{name}", value)
        elif name in CHOICES:
            player.page.select_option(f"#create-{name}", value)
        else:
            player.page.fill(f"#create-{name}", value)
    player.page.click("#create-go")
    player.wait_until_playing()


def open_link(page: OpenPage, link: str, nickname: str, **context: Any) -> Player:
    player = page(**context)
    player.enter(link, nickname)
    return player


def wait_until_told(player: Player, text: str) -> None:
    player.wait_until("server.chat.some((line) => line.text.includes(text))", text=text)


def moderate(player: Player, nickname: str, deed: str) -> None:
    """Open the people of the match, choose a deed on somebody, and say yes."""
    player.page.keyboard.press("p")
    people = player.page.locator("#people")
    people.get_by_role("button", name=re.compile(nickname)).click()
    for _ in ("the deed", "the question"):
        people.get_by_role("button", name=deed, exact=True).click()
    player.page.keyboard.press("Escape")


@pytest.fixture
def ada(page: OpenPage, server: Host) -> Player:
    player = page()
    create(player, server.url, "Ada", name="Friends", private=True)
    return player


@pytest.fixture
def bob(page: OpenPage, ada: Player) -> Player:
    player = open_link(page, ada.link, "Bob")
    player.wait_until_playing()
    return player


@pytest.mark.alone
def test_a_friend_who_lost_the_network_is_back_in_the_same_seat_within_a_second(ada: Player, bob: Player) -> None:
    seat = bob.number
    wait_until_told(ada, "Bob joined")
    bob.page.evaluate(WATCH_FOR_THE_RETURN)
    bob.page.context.set_offline(offline=True)
    wait_until_told(ada, "Bob lost the connection; the seat is kept for")
    bob.wait_for_state("lost")
    bob.page.context.set_offline(offline=False)
    bob.page.wait_for_function("() => window.backAfter")
    assert bob.page.evaluate("window.backAfter") <= BACK_MS
    assert bob.number == seat
    wait_until_told(ada, "Bob is back")
    assert bob.get("stats.desyncs") == 0
    bob.errors.clear()  # the attempts without a network


def score_of(player: Player) -> tuple[int, int]:
    """Kills and deaths of somebody, on their own scoreboard."""
    player.page.keyboard.down("Tab")
    expect(player.page.locator("#scoreboard")).to_be_visible()
    kills, deaths = player.page.evaluate(SCORE, player.get("nickname"))
    player.page.keyboard.up("Tab")
    return kills, deaths


def test_the_score_is_kept_while_the_network_is_away(page: OpenPage, server: Host) -> None:
    player = page()
    create(player, server.url, "Ada", bots="11", maxPlayers="12", takeover="0")
    # Who stands still is sunk by bots before long.
    player.wait_until("server.ships.some((ship) => ship.id === server.player && !ship.alive)", patience=60_000)
    before = (0, 0)
    for _ in range(30):  # a death before the round began does not count
        if (before := score_of(player)) > (0, 0):
            break
        player.page.wait_for_timeout(1000)
    assert before > (0, 0)
    player.page.context.set_offline(offline=True)
    player.wait_for_state("lost")
    player.page.context.set_offline(offline=False)
    player.wait_until_playing()
    kills, deaths = score_of(player)
    assert kills >= before[0]
    assert deaths >= before[1]
    player.errors.clear()  # the attempts without a network


def test_a_reload_keeps_the_seat_and_a_second_tab_takes_it(page: OpenPage, ada: Player) -> None:
    seat, link = ada.number, ada.link
    bob = open_link(page, link, "Bob")
    bob.wait_until_playing()
    ada.page.reload()
    ada.wait_until_playing()
    assert ada.number == seat
    wait_until_told(bob, "Ada is back")
    assert [line["text"] for line in bob.get("chat")] == ["Ada is back"]
    other = page()
    other.page.goto(link.partition("?")[0])
    kept = ada.page.evaluate("() => ({ ...sessionStorage, ...localStorage })")
    other.page.evaluate(TAKE_OVER, kept)  # what a browser does when a tab is doubled
    other.page.reload()
    other.wait_until_playing()
    assert other.number == seat
    ada.wait_for_state("replaced")
    expect(ada.page.locator("#status")).to_contain_text("continues in another tab")
    ada.page.get_by_role("button", name="Take it back here").click()
    ada.wait_until_playing()
    other.wait_for_state("replaced")


def test_a_third_finds_the_match_in_the_list_watches_it_and_takes_a_seat(page: OpenPage, server: Host) -> None:
    ada = page()
    create(ada, server.url, "Ada", name="Friends")
    eve = open_link(page, server.url, "Eve")
    eve.page.get_by_role("button", name="Watch: Friends").click()
    eve.wait_until("server.state === 'watching' && server.ships.length === 1")
    expect(eve.page.locator("#spectating")).to_contain_text("Watching everything")
    assert [member["nickname"] for member in ada.get("roster")] == ["Ada"]
    eve.page.click("#spectating-seat")
    eve.wait_until_playing()
    assert [member["nickname"] for member in eve.get("roster")] == ["Eve", "Ada"]


@pytest.mark.parametrize("screen", SCREENS)
def test_no_panel_lies_over_the_whole_arena(page: OpenPage, host: StartHost, screen: str) -> None:
    server = host("--bots", "3", "--max-players", "8")
    eve = open_link(page, server.url, "Eve", **SCREENS[screen])
    eve.page.get_by_role("button", name=re.compile("^Watch")).click()
    eve.wait_until("server.state === 'watching' && server.ships.length > 0")
    eve.page.wait_for_function(ARENA_IS_CLEAR, arg=[tiles * TILE for tiles in size_for(8)])


def test_a_private_match_is_not_listed_and_its_code_leads_in(page: OpenPage, server: Host, ada: Player) -> None:
    eve = open_link(page, server.url, "Eve")
    eve.wait_until("server.state === 'lobby' && server.lobby.length > 0")
    assert "Friends" not in [match["name"] for match in eve.get("lobby")]
    eve.page.fill("#code", ada.get("match").lower())
    eve.page.keyboard.press("Enter")
    eve.wait_until_playing()
    assert eve.get("match") == ada.get("match")


def test_at_a_full_match_one_queues_watches_meanwhile_and_gets_the_seat(page: OpenPage, server: Host) -> None:
    ada = page()
    create(ada, server.url, "Ada", name="Quiet evening", private=True, maxPlayers="1")
    bob = open_link(page, ada.link, "Bob")
    bob.wait_until("server.queue?.place === 1")
    expect(bob.page.locator("#queue-text")).to_contain_text("Quiet evening is full. You are number 1 of 1")
    bob.page.click("#queue-watch")
    bob.wait_until("server.state === 'watching' && server.ships.length === 1")
    bob.page.keyboard.press("ArrowRight")
    bob.wait_until("server.following === player", player=ada.number)
    expect(bob.page.locator("#spectating")).to_contain_text("Watching Ada")
    expect(bob.page.locator("#spectating")).to_contain_text("number 1 of 1")
    assert bob.get("self") is None
    ada.page.keyboard.press("Escape")
    ada.page.click("#settings-leave")
    bob.wait_until_playing()
    ada.wait_for_state("lobby")
    expect(ada.page.locator("#lobby-notice")).to_be_visible()


def test_the_host_kicks_and_bans_and_both_learn_why(page: OpenPage, ada: Player, bob: Player) -> None:
    eve = open_link(page, ada.link, "Eve")
    eve.wait_until_playing()
    ada.wait_until("server.roster.length === 3")
    moderate(ada, "Bob", "Kick")
    bob.wait_for_state("lobby")
    expect(bob.page.locator("#lobby-notice")).to_contain_text("removed")
    wait_until_told(eve, "Bob was kicked")
    moderate(ada, "Eve", "Ban")
    eve.wait_for_state("lobby")
    eve.page.goto(ada.link)
    eve.wait_for_state("lobby")
    expect(eve.page.locator("#lobby-notice")).to_contain_text("banned")
    assert [member["nickname"] for member in ada.get("roster")] == ["Ada"]


def test_the_host_hands_the_role_to_another_page_which_then_has_the_deeds(ada: Player, bob: Player) -> None:
    ada.wait_until("server.roster.length === 2")
    moderate(ada, "Bob", "Make host")
    bob.wait_until("server.host === server.player")
    wait_until_told(bob, "You are the host now")
    wait_until_told(ada, "Bob is the host now")
    ada.page.keyboard.press("p")
    ada.page.locator("#people").get_by_role("button", name=re.compile("Bob")).click()
    expect(ada.page.get_by_role("button", name="Whisper", exact=True)).to_be_visible()
    expect(ada.page.get_by_role("button", name="Kick", exact=True)).to_have_count(0)
    moderate(bob, "Ada", "Kick")
    ada.wait_for_state("lobby")
    wait_until_told(bob, "Ada was kicked")
    bob.wait_until("server.roster.length === 1")


def test_a_password_is_asked_for_and_a_wrong_one_said(page: OpenPage, server: Host) -> None:
    ada = page()
    create(ada, server.url, "Ada", password="open sesame")
    bob = open_link(page, ada.link, "Bob")
    for password, fault in (("open", True), ("open sesame", False)):
        expect(bob.page.locator("#password")).to_be_visible()
        bob.page.fill("#password-input", password)
        bob.page.keyboard.press("Enter")
        if fault:
            expect(bob.page.locator("#password-fault")).not_to_be_empty()
    bob.wait_until_playing()


def test_whispers_reach_one_and_mute_is_for_one_s_own_screen(ada: Player, bob: Player) -> None:
    wait_until_told(ada, "Bob joined")
    ada.say("/w bob only you")
    bob.wait_until("server.chat.some((line) => line.kind === 'whisper' && line.text === 'only you')")
    ada.wait_until("server.chat.some((line) => line.kind === 'whispered' && line.nickname === 'Bob')")
    bob.page.keyboard.press("p")
    bob.page.locator("#people").get_by_role("button", name=re.compile("Ada")).click()
    bob.page.get_by_role("button", name="Mute for me").click()
    bob.page.keyboard.press("Escape")
    ada.say("can you hear me")
    bob.say("no")
    wait_until_told(ada, "no")
    assert not any("hear" in line["text"] for line in bob.get("chat"))


def test_a_shortcut_of_the_browser_s_does_nothing_in_the_match(ada: Player) -> None:
    ada.page.keyboard.press("Control+p")
    expect(ada.page.locator("#people")).to_be_hidden()
    ada.page.keyboard.press("p")
    expect(ada.page.locator("#people")).to_be_visible()


def test_play_now_on_a_phone(page: OpenPage, join: Join, server: Host) -> None:
    join(server, "Ada")
    phone = open_link(page, server.url, "Bob", **PHONE)
    phone.wait_for_state("lobby")
    phone.page.tap("#play-now")
    phone.wait_until_playing()
    assert len(phone.get("roster")) == 2  # the match with somebody in it, not a new one
    phone.page.tap("#touch-people")
    expect(phone.page.locator("#people")).to_be_visible()
    expect(phone.page.locator("#invite-link")).to_have_value(phone.link)
    expect(phone.page.locator("#invite-code")).to_be_visible()
    expect(phone.page.locator("#invite-code")).to_have_text(phone.get("match"))
    assert phone.page.evaluate("document.documentElement.scrollWidth") == PHONE["viewport"]["width"]


@pytest.mark.alone
def test_a_link_leads_to_one_s_own_ship_within_a_second_and_a_half(page: OpenPage, ada: Player) -> None:
    bob = page()
    bob.page.goto(f"{ada.link}&nick=Bob", wait_until="commit")
    assert bob.page.evaluate(FIRST_SHIP) <= JOINED_MS


def test_the_lobby_and_the_create_dialogue_work_with_the_keyboard_alone(page: OpenPage, server: Host) -> None:
    player = page()
    keyboard = player.page.keyboard
    player.page.goto(server.url)
    keyboard.type("Ada")
    keyboard.press("Enter")
    player.wait_for_state("lobby")
    keyboard.press("Tab")  # from Play now to Create
    keyboard.press("Enter")
    expect(player.page.locator("#create-name")).to_be_focused()
    keyboard.press("Escape")
    expect(player.page.locator("#create")).to_be_hidden()
    expect(player.page.locator("#open-create")).to_be_focused()
    keyboard.press("Enter")
    keyboard.type("Mine")
    keyboard.press("Enter")
    player.wait_until_playing()
    assert player.page.title() == "Mine - game-server"


def test_the_next_round_begins_on_another_map_without_a_sight_of_the_lobby(ada: Player, bob: Player) -> None:
    seats = ada.number, bob.number
    ada.wait_until("server.roster.length === 2")
    for player in (ada, bob):
        player.page.evaluate(REMEMBER_WHETHER_THE_LOBBY_WAS_SEEN)
    ada.page.keyboard.press("p")
    ada.page.click("#host-tools summary")
    ada.page.click("#host-start")
    ada.page.click("#host-end")
    ada.page.keyboard.press("Escape")
    for player in (ada, bob):
        expect(player.page.locator("#results")).to_be_visible()
    ada.page.click("#vote-next")
    expect(bob.page.locator("#vote-next")).to_have_text("Next round 1/2")
    before = ada.get("tick")
    ada.wait_until("server.tick > 0 && server.tick < before", before=before, patience=20_000)
    for player in (ada, bob):
        player.wait_until_playing()
        assert not player.page.evaluate("window.lobbySeen")
    assert (ada.number, bob.number) == seats
