"""The server for authors: which process plays when, and what its author reads, with processes that are stand-ins."""

from __future__ import annotations

import base64
import os
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trio

from game_server.dev import DevServer, dev_server
from game_server.dev.dev_server import ANSWER, BEGINNING, LOADING, SPARE_AFTER
from game_server.dev.watching import LOOK_EVERY, SETTLED

Answers = Callable[["Process", dict[str, Any]], dict[str, Any] | None]


class Process:
    """Stands in for a process: notes what it is asked, and answers as the test says, or as one that works."""

    def __init__(self, descriptors: tuple[int, ...], number: int, web: str, desk: Desk) -> None:
        self.descriptors = descriptors
        self.number = number
        self.asked: list[tuple[dict[str, Any], float]] = []
        self.lives = True
        self.ended: list[str] = []
        self._web = web
        self._desk = desk

    def requests(self) -> list[str]:
        return [next(iter(request)) for request, _ in self.asked]

    async def ask(self, request: dict[str, Any], patience: float) -> dict[str, Any]:
        assert self.lives
        self.asked.append((request, patience))
        await trio.lowlevel.checkpoint()
        usual: dict[str, dict[str, Any]] = {
            "game": {"loaded": self._web},
            "serve": {"ready": ""},
            "accept": {"serving": "http://here/"},
        }
        return self._desk.answers(self, request) or usual.get(next(iter(request)), {"done": True})

    async def end(self) -> None:
        await trio.lowlevel.checkpoint()
        self.ended.append("end")
        self.lives = False

    async def stop(self) -> None:
        await trio.lowlevel.checkpoint()
        self.ended.append("stop")
        self.lives = False


class Desk:
    """What is served from a folder with the game ``hunt_under_test.py``, and what the author reads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.made: list[Process] = []
        self.said: list[str] = []
        self.answers: Answers = lambda _process, _request: None
        self.url = ""
        (folder / "hunt_under_test.py").write_text("x")

    def process(self, descriptors: tuple[int, ...]) -> Process:
        """Start one."""
        web = str(self.folder / "pages")
        self.made.append(Process(descriptors, len(self.made), web, self))
        return self.made[-1]

    async def save(self, name: str = "hunt_under_test.py") -> None:
        """Change a file, and wait until that has been followed."""
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(path.read_text() + "x" if path.exists() else "x")
        await trio.sleep(SPARE_AFTER / 2)

    @asynccontextmanager
    async def served(self) -> AsyncIterator[DevServer]:
        """Serve until the block ends."""
        server = DevServer(
            "hunt_under_test:Hunt", "hunt_under_test", bots=2, host="127.0.0.1", port=0, say=self.said.append
        )
        with trio.fail_after(30):
            async with trio.open_nursery() as nursery:
                self.url = await nursery.start(server.run)
                yield server
                nursery.cancel_scope.cancel()


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jumping_clock: None) -> Desk:  # noqa: ARG001
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    made = Desk(tmp_path)
    monkeypatch.setattr(dev_server, "Version", made.process)
    return made


async def test_a_process_is_ordered_to_play_the_game_where_the_server_listens(desk: Desk) -> None:
    async with desk.served():
        [process, *_] = desk.made
        order, patience = process.asked[0]
        assert patience == LOADING
        assert {name: order[name] for name in ("game", "bots", "host")} == {
            "game": "hunt_under_test:Hunt", "bots": 2, "host": "127.0.0.1",
        }  # fmt: skip
        assert len(base64.b64decode(order["key"])) == 32
        assert process.descriptors == order["listening"]
        [descriptor] = order["listening"]
        with socket.socket(fileno=os.dup(descriptor)) as listening:
            assert listening.getsockname() == ("127.0.0.1", order["port"])
            assert listening.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
        assert process.requests() == ["game", "serve", "accept"]
        assert [patience for _, patience in process.asked[1:]] == [BEGINNING, BEGINNING]
        assert (desk.url, desk.said) == ("http://here/", ["the game is served"])


async def test_the_next_process_starts_before_it_is_needed_and_takes_over_with_a_change(desk: Desk) -> None:
    async with desk.served():
        assert len(desk.made) == 1
        await trio.sleep(SPARE_AFTER * 1.5)
        assert len(desk.made) == 2
        await desk.save()
        first, second = desk.made
        assert (first.lives, second.lives) == (False, True)
        assert first.requests() == ["game", "serve", "accept", "hand_over"]
        assert second.requests() == ["game", "serve", "accept"]
        (handed, patience), (taken, _) = first.asked[3], second.asked[1]
        assert (handed["hand_over"], patience) == (taken["serve"], ANSWER)
        assert second.asked[0] == first.asked[0]
        assert desk.said == ["the game is served", "hunt_under_test.py changed", "the match goes on"]


async def test_changes_in_a_row_are_each_played_by_a_process_of_their_own(desk: Desk) -> None:
    async with desk.served():
        for _ in range(3):
            await desk.save()
        assert [process.lives for process in desk.made] == [False, False, False, True]
        assert desk.said.count("the match goes on") == 3


async def test_a_save_in_two_steps_is_played_once(desk: Desk) -> None:
    async with desk.served():
        path = desk.folder / "hunt_under_test.py"
        for text in ("xx", "xxx"):
            path.write_text(text)
            await trio.sleep(LOOK_EVERY + SETTLED / 2)
        await trio.sleep(SPARE_AFTER / 2)
        assert desk.said[1:] == ["hunt_under_test.py changed", "the match goes on"]
        assert len(desk.made) == 2


async def test_a_package_in_the_working_directory_is_watched_as_a_whole(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [path for path in sys.path if path not in ("", str(desk.folder))])
    part = desk.folder / "hunt_under_test" / "part"
    part.mkdir(parents=True)
    (part.parent / "__init__.py").write_text("x")
    async with desk.served():
        (part / "rules.py").write_text("x")
        await trio.sleep(SPARE_AFTER / 2)
        assert desk.said[1:] == ["rules.py changed", "the match goes on"]


async def test_what_became_of_the_match_is_said(desk: Desk) -> None:
    desk.answers = lambda process, request: (
        {"ready": "It began afresh."} if process.number and "serve" in request else None
    )
    async with desk.served():
        await desk.save()
    assert desk.said[-1] == "It began afresh."


async def test_up_to_three_files_that_changed_are_named(desk: Desk) -> None:
    async with desk.served():
        for name in "abcd":
            (desk.folder / f"{name}.py").write_text("x")
        await trio.sleep(SPARE_AFTER / 2)
    assert "a.py, b.py, c.py changed" in desk.said


async def test_what_browsers_load_is_watched_where_the_game_has_it(desk: Desk) -> None:
    async with desk.served():
        await desk.save("pages/game.js")
        await desk.save("pages/game.js")
        assert desk.said.count("game.js changed") == 2
        assert desk.said.count("the match goes on") == 2


async def test_rules_that_cannot_be_imported_are_refused_while_the_others_serve(desk: Desk) -> None:
    desk.answers = lambda process, request: {"failed": "no *"} if process.number == 1 and "game" in request else None
    async with desk.served():
        await desk.save()
        first, second, *rest = desk.made
        assert (first.lives, second.ended) == (True, ["end"])
        assert first.asked[3:] == [({"refuse": True, "why": "no *"}, ANSWER)]
        assert desk.said[-1] == "no *\n  waiting for the next change"
        await desk.save()
        assert first.requests()[4:] == ["hand_over"]
        assert not first.lives
        assert desk.said[-1] == "the match goes on"
        assert rest or len(desk.made) == 3


async def test_rules_that_cannot_go_on_with_the_match_give_it_back(desk: Desk) -> None:
    desk.answers = lambda process, request: {"failed": "1 / 0"} if process.number == 1 and "serve" in request else None
    async with desk.served():
        await desk.save()
        first, second, *_ = desk.made
        assert (first.lives, second.ended) == (True, ["end"])
        assert first.asked[3:] == [
            ({"hand_over": second.asked[1][0]["serve"]}, ANSWER), ({"go_on": True, "why": "1 / 0"}, ANSWER),
        ]  # fmt: skip
        assert second.requests() == ["game", "serve"]


async def test_a_match_that_is_not_handed_over_goes_on_as_it_was(desk: Desk) -> None:
    desk.answers = lambda _process, request: {"failed": "it loops"} if "hand_over" in request else None
    async with desk.served():
        await desk.save()
        assert desk.said[-2:] == ["the match goes on as it was before: it loops", "the match goes on"]
        assert [process.lives for process in desk.made[:2]] == [False, True]


async def test_a_process_that_fails_at_the_last_moment_is_ended(desk: Desk) -> None:
    desk.answers = lambda process, request: {"failed": "gone"} if process.number == 1 and "accept" in request else None
    async with desk.served():
        await desk.save()
        assert [process.ended for process in desk.made[:2]] == [["end"], ["end"]]
        assert "gone\n  waiting for the next change" in desk.said
        assert desk.made[1].requests() == ["game", "serve", "accept"]
        await desk.save()
        assert desk.said[-1] == "the game is served"


async def test_rules_that_fail_at_first_are_waited_for(desk: Desk) -> None:
    desk.answers = lambda process, request: {"failed": "no"} if process.number < 1 and "game" in request else None

    async def mend() -> None:
        await trio.sleep(SPARE_AFTER / 2)
        await desk.save()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(mend)
        async with desk.served():
            assert desk.url == "http://here/"
            assert desk.said == [
                "no\n  waiting for the next change",
                "hunt_under_test.py changed",
                "the game is served",
            ]


async def test_a_process_that_ends_by_itself_is_said_once_and_the_next_change_replaces_it(desk: Desk) -> None:
    async with desk.served():
        desk.made[0].lives = False
        await trio.sleep(SPARE_AFTER * 3)
        assert desk.said[1:] == ["the process that played it has ended; save a file to go on"]
        assert desk.made[0].ended == ["end"]
        await desk.save()
        assert desk.said[-1] == "the game is served"
        assert desk.made[1].requests() == ["game", "serve", "accept"]


async def test_in_the_end_the_one_that_serves_stops_in_order_and_nothing_listens(desk: Desk) -> None:
    async with desk.served():
        await trio.sleep(SPARE_AFTER * 1.5)
        port = desk.made[0].asked[0][0]["port"]
        folder = Path(desk.made[0].asked[1][0]["serve"]).parent
        assert folder.is_dir()
    assert [process.ended for process in desk.made] == [["stop"], ["end"]]
    assert not folder.exists()
    with socket.socket() as probe, pytest.raises(ConnectionRefusedError):
        probe.connect(("127.0.0.1", port))
