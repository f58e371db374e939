"""The commands for a server that runs, as the person who types them meets them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import StartHost
from tests.e2e.processes import GAME_SERVER, START_DEADLINE, STOP_DEADLINE, Host, run, wait_until

pytestmark = pytest.mark.e2e

TOKEN = "open-sesame-open-sesame"


def done(command: str, server: Host, *arguments: str, token: str = TOKEN) -> str:
    """What the command prints when it is carried out."""
    ended = run(command, server.url, *arguments, "--token", token)
    assert (ended.returncode, ended.stderr) == (0, "")
    return ended.stdout


def rows(server: Host) -> list[dict[str, Any]]:
    told = json.loads(done("matches", server, "--json"))
    assert isinstance(told, list)
    return told


def test_a_server_with_only_a_lobby_is_commanded_asked_and_stopped(host: StartHost) -> None:
    server = host("--no-match", "--admin-token", TOKEN)
    assert server.get("/api/matches") == []
    assert done("matches", server) == "0 matches, 0 people\n"
    assert done("say", server, "Good evening.") == "sent to everybody\n"
    refused = run("kick", server.url, "Bob", "--token", TOKEN)
    assert (refused.returncode, refused.stdout, refused.stderr) == (
        1,
        "",
        "game-server: You cannot kick: nobody is called 'Bob'\n",
    )
    assert done("stop", server, "--in", "60") == "the server stops in 60 s\n"
    assert done("stop", server, "--cancel") == "the server does not stop\n"
    assert done("stop", server, "--in", "1", "--text", "New version.") == "the server stops in 1 s\n"
    assert server.process.wait(1 + STOP_DEADLINE) == 0
    gone = run("matches", server.url, "--token", TOKEN)
    assert gone.returncode == 1
    assert "cannot be reached" in gone.stderr
    assert gone.stderr.count("\n") == 1


def test_matches_come_from_a_file_and_the_private_ones_by_a_link_that_is_printed(
    host: StartHost, tmp_path: Path
) -> None:
    file = tmp_path / "friday.toml"
    file.write_text(
        '[[match]]\nname = "Friday"\nmode = "teams"\nbots = 2\n'
        '[[match]]\nname = "Ours"\nprivate = true\nmax-players = 2\n'
    )
    server = host("--matches", str(file), "--admin-token", TOKEN)
    friday, ours = rows(server)
    assert (friday["name"], friday["mode"], friday["bots"], friday["max_players"]) == ("Friday", "teams", 2, 16)
    assert (ours["name"], ours["mode"], ours["bots"], ours["max_players"]) == ("Ours", "free-for-all", 2, 2)
    assert [match["name"] for match in server.get("/api/matches")] == ["Friday"]
    assert f"Ours is private: {server.url}/?match={ours['id']}\n" in server.stdout.read_text()
    assert done("close", server, ours["id"]) == f"Ours ({ours['id']}) is closed\n"
    assert [row["name"] for row in rows(server)] == ["Friday"]


def test_the_token_is_printed_once_unless_it_was_given(host: StartHost, monkeypatch: pytest.MonkeyPatch) -> None:
    [line] = [line for line in host().stdout.read_text().splitlines() if "oken" in line]
    assert line.startswith("Admin token: ")
    monkeypatch.setenv("GAME_SERVER_TOKEN", TOKEN)
    server = host()
    assert server.stdout.read_text() == f"Listening on {server.url}\n"
    ended = run("matches", server.url)
    assert (ended.returncode, ended.stdout.splitlines()[-1]) == (0, "1 match, 0 people")


def test_a_bot_that_is_kicked_learns_why(host: StartHost, tmp_path: Path) -> None:
    server, figures = host("--bots", "0", "--admin-token", TOKEN), tmp_path / "figures.json"
    arguments = ("bots", server.url, "--count", "1", "--duration", "20", "--json", str(figures))
    bot = subprocess.Popen([GAME_SERVER, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: server.match()["people"] == 1, START_DEADLINE)
        assert done("kick", server, "bot 1", "--reason", "Enough.") == "Bot 1 was removed\n"
        assert bot.wait(STOP_DEADLINE) == 1
    finally:
        bot.kill()
        bot.wait()
    assert json.loads(figures.read_text())["failures"] == {"closed with 4009 Enough.": 1}
    wait_until(lambda: bool(server.match()["people"] == 0), STOP_DEADLINE)  # what is served may be half a second old
