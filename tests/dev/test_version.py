"""A process that serves one version of a game: what it inherits, what it answers, and how it ends."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trio

from game_server.dev import version
from game_server.dev.version import Version

WORKER = """#!{python} -IS
import json, os, signal, socket, sys, time
control = socket.socket(fileno=int(sys.argv[-1])).makefile("rwb", 0)
for line in control:
    asked = json.loads(line)["do"]
    if asked == "end":
        os._exit(3)
    if asked == "deaf":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if asked == "look":
        said = dict(
            arguments=sys.argv[1:-1], path=os.environ["PYTHONPATH"].split(os.pathsep),
            reads=os.readlink("/proc/self/fd/0"),
            leads=os.getsid(0) == os.getpid(), inherited=[os.fstat(fd).st_ino for fd in json.loads(line)["fds"]],
        )
    else:
        said = dict(did=asked)
    if asked != "nothing":
        control.write(json.dumps(said).encode() + b"\\n")
"""


@pytest.fixture
async def process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Version]:
    """One that inherits the standard error of this process."""
    worker = tmp_path / "worker"
    worker.write_text(WORKER.format(python=sys.executable))
    worker.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(worker))
    monkeypatch.setattr(sys, "path", ["", "somewhere", *sys.path])
    made = Version([2])
    yield made
    await made.end()


async def test_a_process_finds_what_this_one_finds_and_inherits_what_it_is_given(process: Version) -> None:
    said = await process.ask({"do": "look", "fds": [2]}, 30)
    assert said["arguments"] == ["-P", "-m", "game_server.dev.worker"]
    assert said["path"][:2] == [os.getcwd(), os.path.join(os.getcwd(), "somewhere")]
    assert said["path"][2:] == sys.path[2:]
    assert said["reads"] == os.devnull
    assert said["leads"], "a Ctrl-C of the terminal reaches it"
    assert said["inherited"] == [os.fstat(2).st_ino]
    assert process.lives


async def test_a_process_answers_one_thing_after_the_other(process: Version) -> None:
    assert [await process.ask({"do": what}, 30) for what in "ab"] == [{"did": "a"}, {"did": "b"}]


async def test_a_process_that_has_ended_fails_whatever_it_is_asked(process: Version) -> None:
    for _ in range(2):
        assert await process.ask({"do": "end"}, 30) == {"failed": "the process that played it has ended"}
    assert process.process.wait() == 3
    assert not process.lives


async def test_a_process_that_does_not_answer_in_time_fails(process: Version) -> None:
    await process.ask({"do": "begin"}, 30)
    assert await process.ask({"do": "nothing"}, 0.05) == {
        "failed": "it does nothing for 0.05 s: is there a loop without an end?"
    }
    assert process.lives


async def test_an_end_kills_and_a_stop_asks_first(process: Version) -> None:
    await process.ask({"do": "begin"}, 30)
    await process.stop()
    assert process.process.returncode == -signal.SIGTERM
    await process.stop()


async def test_a_process_that_does_not_stop_is_killed(process: Version, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(version, "STOP_TIMEOUT", 0.05)
    await process.ask({"do": "deaf"}, 30)
    with trio.fail_after(30):
        await process.stop()
    assert process.process.returncode == -signal.SIGKILL
