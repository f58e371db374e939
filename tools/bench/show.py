"""A cluster as it is played on: ``tools/bench/run show [FOLDER]``.

Two machines, which are servers on two ports with two workers each, share a Redis. nginx is in front, with one address
for any machine and one for each of them. Hundreds of people fly about and fire, and two pages in Chromium play in one
match, while a worker is killed, a machine stands still, is drained, and is replaced. What everybody notices is printed;
what the pages show is written to FOLDER.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import attrs
import cyclopts
from playwright.sync_api import Browser, sync_playwright
from rich.console import Console
from rich.table import Table

from game_server.client import Target
from game_server.protocol import Chat, Home, Said
from game_server.throttling import Budgets
from tests.deploy.proxies import NGINX, PROGRAMS
from tests.e2e.conftest import CHROMIUM_FLAGS, CHROMIUM_NAMES
from tests.e2e.pages import Player
from tools.bench.machines import TOKEN, Machine, Talk, matches_file, running_machine, running_redis
from tools.bench.moving import rank
from tools.bench.outage import Watch
from tools.bench.people import People
from tools.bench.trial import free_ports

SEATS: Final = 16
SETTLE: Final = 5.0
FROZEN: Final = 10.0
PATIENCE: Final = 30.0
NAMES: Final = ("berlin", "paris")
IN_FRONT: Final = """
    map $http_upgrade $connection_upgrade {{ default upgrade; "" ""; }}
    upstream any {{ server {servers[0]} max_fails=1 fail_timeout=2s; server {servers[1]} max_fails=1 fail_timeout=2s; }}
    proxy_http_version 1.1;
    proxy_set_header Host $http_host;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection $connection_upgrade;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_buffering off;
    proxy_connect_timeout 2s;
    proxy_read_timeout 60s;
    server {{ listen 127.0.0.1:{ports[0]}; location / {{ proxy_pass http://any; }} }}
    server {{ listen 127.0.0.1:{ports[1]}; location / {{ proxy_pass http://{servers[0]}; }} }}
    server {{ listen 127.0.0.1:{ports[2]}; location / {{ proxy_pass http://{servers[1]}; }} }}
"""

app = cyclopts.App(name="tools/bench/run show", help_format="plaintext")


@contextmanager
def nginx(folder: Path, ports: list[int], servers: list[str]) -> Iterator[None]:
    """An nginx that listens at ``ports``: for any of ``servers``, and for each of them.

    Raises:
        SystemExit: it is not installed.
    """
    program, file = PROGRAMS["nginx"], folder / "nginx.conf"
    if not program.path:
        raise SystemExit("nginx is missing: run tools/setup")
    file.write_text(NGINX.format(folder=folder, text=IN_FRONT.format(ports=ports, servers=servers)))
    process = subprocess.Popen(program.run(file, folder))
    try:
        yield
    finally:
        process.terminate()
        process.wait()


@attrs.frozen
class Stage:
    """A cluster that is played on."""

    any: Target
    machines: list[Machine]
    people: People
    pages: list[Player]
    folder: Path
    table: Table

    def shoot(self, name: str) -> None:
        """Write what the pages show."""
        for page, who in zip(self.pages, ("ada", "bob"), strict=True):
            page.page.screenshot(path=self.folder / f"{name}-{who}.png")

    def note(self, what: str, figure: str) -> None:
        """Add a figure to the table."""
        self.table.add_row(what, figure)

    def pauses(self, what: str, codes: set[str] | None = None) -> None:
        """Add the longest pauses since the last call, of those in matches with these ``codes`` and of the others."""
        found = list(zip(self.people.everybody, self.people.pauses(), strict=True))
        groups = {"people": [pause for person, pause in found if codes is None or person.home.match in codes]}
        if codes is not None:
            groups["others"] = [pause for person, pause in found if person.home.match not in codes]
        for who, longest in groups.items():
            if longest:
                figures = ", ".join(f"{1000 * value:,.0f}" for value in (rank(longest, 0.5), rank(longest, 0.99)))
                self.note(
                    f"{what}: {len(longest)} {who}, pause p50, p99, max", f"{figures}, {1000 * max(longest):,.0f} ms"
                )

    def settled(self, within: float = PATIENCE) -> None:
        """Wait until everybody plays."""
        self.people.wait(lambda person: time.monotonic() - person.seen < 0.5, within)
        for page in self.pages:
            page.wait_until_playing()

    def at(self, machine: Machine) -> set[str]:
        """Codes of the matches there."""
        return {match["id"] for match in machine.matches()}


def chat(stage: Stage) -> None:
    """Say something in the match, and in the lobbies of both machines."""
    ada, bob = stage.pages
    ada.say("Hello from the other machine")
    bob.wait_until_heard("Hello from the other machine")
    bob.say("Hello, Ada")
    ada.wait_until_heard("Hello, Ada")
    with Talk(stage.machines[0].target, "Cleo") as cleo, Talk(stage.machines[1].target, "Dan") as dan:
        for talk in (cleo, dan):
            talk.hear_one_of(Home)
        began = time.monotonic()
        cleo.say(Chat("is anybody there?"))
        while not any("anybody" in line.text for line in dan.hear_one_of(Said).lines):
            pass
        stage.note("a line of chat from lobby to lobby", f"{1000 * (time.monotonic() - began):.0f} ms")
    stage.shoot("2-chat")


def kill(stage: Stage) -> None:
    """Kill the worker that has the match of the pages."""
    code, paris = stage.pages[0].page.evaluate("new URL(location.href).searchParams.get('match')"), stage.machines[1]
    nodes = {match["id"]: match["node"] for match in paris.matches()}
    pid = int(re.findall(rf"{nodes[code]} is process (\d+)", paris.log.read_text())[-1])
    theirs = {other for other, node in nodes.items() if node == nodes[code]}
    stage.people.pauses()
    os.kill(pid, signal.SIGKILL)
    time.sleep(0.4)
    stage.shoot("3-killed")
    stage.settled()
    time.sleep(1)
    stage.pauses("kill of a worker", theirs)
    stage.shoot("3-killed-and-back")


def freeze(stage: Stage) -> None:
    """Let a machine stand still."""
    berlin, paris = stage.machines
    theirs, watch = stage.at(berlin), Watch(paris)
    watch.wait_for(theirs, PATIENCE)
    stage.people.pauses()
    berlin.signal(signal.SIGSTOP)
    time.sleep(FROZEN - 1)
    stage.shoot("4-frozen")
    time.sleep(1)
    berlin.signal(signal.SIGCONT)
    back = time.monotonic()
    time.sleep(SETTLE)
    stage.settled()
    stage.pauses(f"a machine frozen for {FROZEN:.0f} s", theirs)
    listed = watch.whole_after(back, theirs)
    watch.close()
    stage.note("its matches are listed again after", "never" if listed is None else f"{listed:.1f} s")


def drain(stage: Stage) -> None:
    """Drain a machine."""
    berlin, paris = stage.machines
    theirs = stage.at(berlin)
    stage.people.pauses()
    began = time.monotonic()
    subprocess.run(
        [sys.executable, "-m", "game_server", "drain", berlin.url, "--token", TOKEN], check=True, stdout=sys.stderr
    )
    while berlin.matches() and time.monotonic() < began + PATIENCE:
        time.sleep(0.1)
    stage.note(f"drain of {len(theirs)} matches to the other machine", f"{time.monotonic() - began:.1f} s")
    stage.settled()
    time.sleep(1)
    stage.pauses("drain", theirs)
    missing = theirs - stage.at(paris)
    stage.note("matches that are not there", str(len(missing)))
    stage.shoot("5-drained")


def roll(stage: Stage) -> None:
    """Replace both workers of the machine that has everybody."""
    paris = stage.machines[1]
    stage.people.pauses()
    began, before = time.monotonic(), paris.log.read_text().count("replaced")
    paris.process.send_signal(signal.SIGUSR2)
    shot = False
    while paris.log.read_text().count("replaced") < before + 2 and time.monotonic() < began + PATIENCE:
        if not shot and time.monotonic() > began + 1:
            stage.shoot("6-rolling")
            shot = True
        time.sleep(0.1)
    stage.note("rolling restart of two workers", f"{time.monotonic() - began:.1f} s")
    stage.settled()
    time.sleep(1)
    stage.pauses("rolling restart")
    stage.shoot("6-rolled")


def play(stage: Stage) -> None:
    """Show the match that both pages are in."""
    time.sleep(SETTLE)
    stage.note("people who play", str(sum(match["people"] for it in stage.machines for match in it.matches())))
    stage.shoot("1-play")
    stage.pauses("play, for 5 s")


@app.default
def show(folder: Path | None = None, *, players: int = 600) -> None:
    """Play, chat, kill, freeze, drain and roll, and print what people notice.

    Args:
        folder: Where to write what the pages show; by default a new one.
        players: People, the two pages included.
    """
    shots = folder or Path(tempfile.mkdtemp(prefix="show-"))
    shots.mkdir(parents=True, exist_ok=True)
    table = Table(title=f"{players} players on two machines with two workers each", title_justify="left")
    table.add_column("what")
    table.add_column("", justify="right")
    with tempfile.TemporaryDirectory(prefix="gs-") as name, sync_playwright() as playwright:
        inside, ports = Path(name), free_ports(5)
        executable = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
        browser = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_FLAGS)
        _play_on(inside, ports, shots, table, browser, players)
        browser.close()
    Console(width=None if sys.stdout.isatty() else 140).print(table)
    print(f"What the pages showed is in {shots}")


def _play_on(inside: Path, ports: list[int], shots: Path, table: Table, browser: Browser, players: int) -> None:
    each = -(-players // (SEATS - 1) // 2)  # a seat is free in each, so that people find one again at once
    budgets = [word for field in attrs.fields(Budgets) for word in (f"--{field.name.replace('_', '-')}", "0")]
    shared = (
        "--workers", "2", "--matches", str(matches_file(inside, each)), "--max-matches", str(2 * each + 8),
        "--trust-proxy", "127.0.0.1", "--origin", f"http://127.0.0.1:{ports[0]}",
        *budgets,  # everybody comes from one address here
    )  # fmt: skip
    own = [
        ("--port", str(ports[3 + number]), "--public-url", f"http://127.0.0.1:{ports[1 + number]}") for number in (0, 1)
    ]
    servers = [f"127.0.0.1:{port}" for port in ports[3:]]
    with (
        running_redis(inside) as redis,
        running_machine(NAMES[0], inside, *shared, *own[0], redis=redis) as berlin,
        running_machine(NAMES[1], inside, *shared, *own[1], redis=redis) as paris,
        nginx(inside, ports[:3], servers),
    ):
        front = Target("127.0.0.1", ports[0], tls=False)
        codes = [match["id"] for machine in (paris, berlin) for match in machine.matches()]
        chosen = [codes[number % len(codes)] for number in range(players)]
        del chosen[0 : 2 * len(codes) : len(codes)]  # two seats of the first match are for the pages
        people = People([front.to(code) for code in chosen], firing=True)
        with people.playing():
            pages = [Player(browser, viewport={"width": 1280, "height": 720}) for _ in range(2)]
            for page, who in zip(pages, ("Ada", "Bob"), strict=True):
                page.enter(f"http://{front.authority}/?match={codes[0]}", who)
                page.wait_until_playing()
            stage = Stage(front, [berlin, paris], people, pages, shots, table)
            for act in (play, chat, kill, freeze, drain, roll):
                print(act.__name__, file=sys.stderr)
                act(stage)
            stage.note(
                "people with another seat than at first", str(sum(len(it.seats) != 1 for it in people.everybody))
            )
            for page in pages:
                page.close()
                for error in dict.fromkeys(page.errors):
                    print(f"a page: {error}", file=sys.stderr)
        for why in dict.fromkeys(loss for person in people.everybody for loss in person.losses):
            print(f"people: {why}", file=sys.stderr)
        for machine in (berlin, paris):
            for line in machine.log.read_text().splitlines():
                if " ERROR " in line or " WARNING " in line or "Traceback" in line:
                    print(f"{machine.name}: {line}", file=sys.stderr)


if __name__ == "__main__":
    app()
