"""Matches on canvases of somebody else's page: played, two at once, refused where the host allows none, and closed."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Join, OpenPage, StartHost
from tests.e2e.pages import PATIENCE
from tests.e2e.processes import wait_until

pytestmark = pytest.mark.e2e

COOKBOOK = Path(__file__).parents[2] / "docs" / "authors" / "COOKBOOK.md"
MOST_BYTES = 62_000
"""Of all scripts, the game's own included, as they are compressed: it was 92,000 with what is our page's alone."""
TWO_CANVASES = """
<canvas id="one" style="width: 400px; height: 225px"></canvas>
<canvas id="two" width="320" height="180"></canvas>
<p style="height: 3000px">A long page</p>
<script type="module">
  import {{ connect }} from "{server}/sdk.js";
  window.reasons = [];
  for (const id of ["one", "two"]) {{
    const match = connect({{ canvas: document.getElementById(id), nickname: id }});
    match.on("closed", ({{ reason }}) => window.reasons.push(reason));
    window[id] = match;
  }}
</script>
"""
COUNT = """
const counts = { listeners: 0, intervals: 0, frames: 0, sockets: 0 };
const ours = () => new Error().stack.includes("/v/"); // and not of the browser's driver
const { addEventListener } = EventTarget.prototype;
EventTarget.prototype.addEventListener = function (type, handler, options) {
  if (ours() && !(this instanceof AbortSignal)) {
    counts.listeners += 1;
    if (options?.signal) addEventListener.call(options.signal, "abort", () => { counts.listeners -= 1; });
  }
  return addEventListener.call(this, type, handler, options);
};
const { setInterval, clearInterval, requestAnimationFrame, WebSocket } = window;
window.setInterval = (...given) => { counts.intervals += 1; return setInterval(...given); };
window.clearInterval = (id) => { counts.intervals -= 1; clearInterval(id); };
window.requestAnimationFrame = (run) => requestAnimationFrame((now) => { counts.frames += 1; run(now); });
window.sockets = [];
window.WebSocket = class extends WebSocket {
  constructor(...given) {
    super(...given);
    window.sockets.push(this);
    counts.sockets += 1;
    addEventListener.call(this, "close", () => { counts.sockets -= 1; });
  }
};
window.counts = counts;
"""


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


class Site:
    """A server of files of another origin."""

    def __init__(self, server: ThreadingHTTPServer, folder: Path) -> None:
        self.origin = f"http://127.0.0.1:{server.server_port}"
        self.folder = folder

    def put(self, text: str) -> str:
        """The address of a page with ``text``."""
        (self.folder / "index.html").write_text(f'<!doctype html><link rel="icon" href="data:,">{text}', "utf-8")
        return f"{self.origin}/index.html"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    folder = tmp_path / "site"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Site(server, folder)
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def foreign(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Open empty pages whose errors end the test: ``foreign()``, with options for the browser's context."""
    pages: list[Page] = []
    errors: list[str] = []

    def open_page(**context: Any) -> Page:
        page = chromium.new_context(**context).new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        pages.append(page)
        return page

    yield open_page
    for page in pages:
        page.context.close()
    assert errors == []


def until(page: Page, condition: str) -> None:
    page.wait_for_function(f"() => {condition}")


def recipe(server: str) -> str:
    """The page of the cookbook, with the address of ``server`` in place of its own."""
    text = COOKBOOK.read_text("utf-8").split("## A match on a canvas of your own")[1].split("\n## ")[0]
    [page] = re.findall(r"^```html\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert page.count("https://play.example") == 1
    return str(page.replace("https://play.example", server))


def test_the_page_of_the_cookbook_plays_with_people_of_our_own_page(
    host: StartHost, site: Site, foreign: Callable[..., Page], join: Join
) -> None:
    server = host("--game", "tag", "--bots", "0", "--origin", site.origin)
    ada = join(server, "Ada")
    page = foreign()
    page.goto(site.put(recipe(server.url)))
    expect(page.locator("#say")).to_contain_text("Playing as Guest")
    assert page.evaluate("match.code") == ada.get("match")
    ada.wait_until("server.ships.length === 2")
    until(page, "match.look.players.length === 2")
    number = page.evaluate("match.look.me.id")
    start = ada.position_of(number)
    page.keyboard.down("KeyD")
    page.keyboard.up("KeyD")
    page.click("canvas")
    page.keyboard.down("KeyS")
    page.keyboard.down("KeyD")
    ada.wait_until_moved(number, start, 40, PATIENCE)
    page.click("#leave")
    expect(page.locator("#say")).to_have_text("You have left.")
    ada.wait_until("server.ships.length === 1")


def test_a_page_with_a_match_loads_the_game_and_not_the_lobby(
    host: StartHost, site: Site, foreign: Callable[..., Page]
) -> None:
    server = host("--game", "tag", "--bots", "0", "--origin", site.origin)
    page = foreign()
    traffic = page.context.new_cdp_session(page)
    traffic.send("Network.enable")
    asked: dict[str, str] = {}
    lengths: dict[str, float] = {}
    traffic.on("Network.requestWillBeSent", lambda event: asked.update({event["requestId"]: event["request"]["url"]}))
    traffic.on(
        "Network.loadingFinished", lambda event: lengths.update({event["requestId"]: event["encodedDataLength"]})
    )
    page.goto(site.put(recipe(server.url)))
    expect(page.locator("#say")).to_contain_text("Playing as Guest")
    ours = {url: lengths.get(id, 0.0) for id, url in asked.items() if url.startswith(server.url)}
    assert not [url for url in ours if url.endswith("/main.js")], ours
    assert sum(ours.values()) < MOST_BYTES, ours


def test_two_canvases_of_a_page_are_two_players_and_keys_are_for_the_one_in_focus(
    host: StartHost, site: Site, foreign: Callable[..., Page]
) -> None:
    server = host("--game", "tag", "--bots", "0", "--origin", site.origin)
    page = foreign(device_scale_factor=2)
    page.goto(site.put(TWO_CANVASES.format(server=server.url)))
    for name in ("one", "two"):
        until(page, f"{name}.look?.players.length === 2")
    assert page.evaluate("one.code === two.code && one.look.me.id !== two.look.me.id")
    page.click("#two")
    until(page, "two.look.round.countdown || two.look.round.playing")
    until(page, "two.look.round.playing")
    places = "[one, two].map(({ look: { me } }) => [me.x, me.y])"
    first, second = page.evaluate(places)
    page.keyboard.down("ArrowDown")
    page.keyboard.down("ArrowRight")
    until(page, f"Math.hypot(two.look.me.x - {second[0]}, two.look.me.y - {second[1]}) > 40")
    assert page.evaluate(places)[0] == first
    assert page.evaluate("scrollY") == 0, "the keys of the game do not scroll the page"
    boxes = [page.locator(selector).bounding_box() for selector in ("#one", "#two")]
    assert [(box["width"], box["height"]) for box in boxes if box] == [(400, 225), (320, 180)]
    assert page.evaluate("document.getElementById('two').width") == 640


def test_a_page_that_the_host_does_not_allow_cannot_even_import_it(
    host: StartHost, site: Site, chromium: Browser
) -> None:
    server = host("--game", "tag", "--bots", "0", "--origin", "https://club.example")
    page = chromium.new_context().new_page()  # whose error is expected
    with page.expect_console_message(lambda message: "blocked by CORS policy" in message.text):
        page.goto(site.put(TWO_CANVASES.format(server=server.url)))
    assert page.evaluate("window.reasons === undefined")
    page.context.close()


def test_a_page_with_a_module_of_its_own_that_is_refused_says_what_the_host_can_do(
    host: StartHost, site: Site, chromium: Browser
) -> None:
    server = host("--game", "tag", "--bots", "0")
    (site.folder / "client").symlink_to(Path(__file__).parents[2] / "web_client")
    page = chromium.new_context().new_page()  # whose error is expected
    page.goto(
        site.put(f"""<canvas></canvas><script type="module">
          import {{ connect }} from "./client/sdk.js";
          const match = connect({{ canvas: document.querySelector("canvas"), server: "{server.url}" }});
          match.on("lost", ({{ reason }}) => {{ window.reason = reason; }});
        </script>""")
    )
    page.wait_for_function("window.reason")
    assert page.evaluate("window.reason").endswith(f"its host does so with --origin {site.origin}")
    page.context.close()


def test_a_lost_connection_is_restored_and_after_close_nothing_is_left_in_the_page(
    host: StartHost, site: Site, foreign: Callable[..., Page]
) -> None:
    server = host("--game", "tag", "--bots", "0", "--origin", site.origin)
    page = foreign()
    page.add_init_script(COUNT)
    page.goto(site.put(TWO_CANVASES.format(server=server.url)))
    until(page, "one.look?.me && two.look?.me")
    seat = page.evaluate("one.look.me.id")
    page.evaluate("""() => {
      one.on("lost", () => { window.lost = true; });
      one.on("joined", (happening) => { window.joined = happening; });
    }""")
    page.evaluate("sockets[0].close(4006)")
    until(page, "window.joined && one.look?.me")
    assert page.evaluate("[lost, joined.again, one.look.me.id]") == [True, True, seat]
    counts = page.evaluate("counts")
    assert (counts["sockets"], counts["intervals"]) == (2, 2)
    assert counts["listeners"] > 40
    page.evaluate("one.close(); two.close(); one.close();")
    left = ["closed", "closed", None, "You have left.", "You have left."]
    assert page.evaluate("[one.state, two.state, one.look, ...reasons]") == left
    until(page, "counts.sockets === 0")
    frames = page.evaluate("counts.frames")
    page.wait_for_timeout(200)
    assert page.evaluate("counts") == {"listeners": 0, "intervals": 0, "frames": frames, "sockets": 0}
    assert page.evaluate("document.getElementById('one').outerHTML.match(/tabindex|touch-action/)") is None
    wait_until(lambda: sum(match["people"] for match in server.get("/api/matches")) == 0, 10)


def test_a_reload_goes_back_to_the_same_seats(host: StartHost, site: Site, foreign: Callable[..., Page]) -> None:
    server = host("--game", "tag", "--bots", "0", "--origin", site.origin)
    page = foreign()
    page.goto(site.put(TWO_CANVASES.format(server=server.url)))
    until(page, "one.look?.me && two.look?.me")
    seats = page.evaluate("[one.look.me.id, two.look.me.id]")
    page.reload()
    until(page, "one.look?.me && two.look?.me")
    assert page.evaluate("[one.look.me.id, two.look.me.id]") == seats
    assert page.evaluate("one.look.players.length") == 2


def test_a_match_that_there_is_not_ends_it_with_the_words_of_the_server(
    host: StartHost, site: Site, foreign: Callable[..., Page]
) -> None:
    server = host("--game", "tag", "--bots", "0", "--origin", site.origin)
    page = foreign()
    page.goto(
        site.put(f"""<canvas></canvas><script type="module">
          import {{ connect }} from "{server.url}/sdk.js";
          window.match = connect({{ canvas: document.querySelector("canvas"), match: "ZZZZZZ" }});
          match.on("closed", ({{ reason }}) => {{ window.reason = reason; }});
          try {{ connect({{ canvas: null }}); }} catch ({{ message }}) {{ window.refused = message; }}
        </script>""")
    )
    page.wait_for_function("window.reason")
    assert "ZZZZZZ" in page.evaluate("reason")
    assert page.evaluate("match.state") == "closed"
    assert page.evaluate("refused") == "canvas is null; it is a <canvas> of the page"


def test_a_finger_on_the_left_half_of_the_canvas_steers(
    host: StartHost, site: Site, foreign: Callable[..., Page], join: Join
) -> None:
    server = host("--game", "tag", "--bots", "0", "--origin", site.origin)
    join(server, "Ada")
    page = foreign(viewport={"width": 500, "height": 600}, has_touch=True, is_mobile=True)
    page.goto(site.put(TWO_CANVASES.format(server=server.url)))
    until(page, "one.look?.round.playing")
    x, y = page.evaluate("[one.look.me.x, one.look.me.y]")
    client = page.context.new_cdp_session(page)
    box = page.locator("#one").bounding_box()
    assert box
    at = {"x": box["x"] + 60, "y": box["y"] + 80}
    client.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [at]})
    pushed = {"x": at["x"] + 50, "y": at["y"] + 50}
    client.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [pushed]})
    until(page, f"Math.hypot(one.look.me.x - {x}, one.look.me.y - {y}) > 30")
    client.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_a_game_of_buttons_has_the_element_that_the_page_gives_it(
    host: StartHost, site: Site, foreign: Callable[..., Page], page: OpenPage
) -> None:
    del page
    server = host("--game", "sketch", "--bots", "0", "--origin", site.origin)
    other = foreign()
    other.goto(
        site.put(f"""<canvas style="width: 600px; height: 400px"></canvas><div id="mine"></div><script type="module">
          import {{ connect }} from "{server.url}/sdk.js";
          window.match = connect({{ canvas: document.querySelector("canvas"), root: document.querySelector("#mine") }});
        </script>""")
    )
    expect(other.locator("#mine > *").first).to_be_attached()
    other.evaluate("match.close()")
    assert other.locator("#mine > *").count() == 0
