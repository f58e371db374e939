"""`game-server` as a process, the way a person starts it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs

from game_server.loadtest.report.results import TESTER_WAS_THE_LIMIT

GAME_SERVER = str(Path(sys.executable).with_name("game-server"))
START_DEADLINE = 15.0
STOP_DEADLINE = 5.0
"""Seconds; the host promises the second."""


@attrs.define
class Host:
    """A running `game-server host`; ``stdout`` and ``stderr`` are the files that take its output."""

    process: subprocess.Popen[bytes]
    stdout: Path
    stderr: Path
    url: str = ""

    def wait_until_listening(self) -> None:
        """Read the link that it prints; one that prints none in time is killed."""
        try:
            wait_until(lambda: "\n" in self.stdout.read_text() or self.process.poll() is not None, START_DEADLINE)
        except TimeoutError:
            self.process.kill()
            self.process.wait()
            raise
        line = self.stdout.read_text().partition("\n")[0]
        prefix = "Listening on "
        assert line.startswith(prefix + "http"), f"printed {line!r}, then:\n{self.stderr.read_text()}"
        self.url = line.removeprefix(prefix)

    def get(self, path: str) -> Any:
        """The JSON at ``path``."""
        with urllib.request.urlopen(self.url + path, timeout=5) as response:
            return json.load(response)

    def match(self) -> dict[str, Any]:
        """What ``/api/matches`` says of the only match."""
        [match] = self.get("/api/matches")
        assert isinstance(match, dict)
        return match

    def stop(self, by: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal, wait, and return the exit code.

        Raises:
            subprocess.TimeoutExpired: it did not stop in time, and was killed.
        """
        if self.process.poll() is None:
            self.process.send_signal(by)
        try:
            return self.process.wait(STOP_DEADLINE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise


def start_host(
    arguments: tuple[str, ...], folder: Path, command: tuple[str, ...] = (GAME_SERVER,), **environment: str
) -> Host:
    """Start a host in ``folder``, which takes its output, on a free port unless one is given; wait until it listens."""
    number = len(list(folder.glob("host-*.out")))
    stdout, stderr = folder / f"host-{number}.out", folder / f"host-{number}.err"
    with stdout.open("wb") as out, stderr.open("wb") as err:
        process = subprocess.Popen(
            [*command, "host", *(() if "--port" in arguments else ("--port", "0")), *arguments],
            stdout=out,
            stderr=err,
            cwd=folder,
            env={
                **os.environ,
                "XDG_STATE_HOME": str(folder / "state"),
                "RUNTIME_DIRECTORY": str(folder),
                **environment,
            },
        )
    host = Host(process, stdout, stderr)
    host.wait_until_listening()
    return host


def run(*arguments: str, command: tuple[str, ...] = (GAME_SERVER,)) -> subprocess.CompletedProcess[str]:
    """A command that is expected to end by itself."""
    return subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=START_DEADLINE, check=False)


def unless_busy(code: int, figures: dict[str, Any]) -> int:
    """``code``, or that of a load test on a machine too busy to measure, which the figures have to say."""
    return TESTER_WAS_THE_LIMIT if figures["tester"]["limit"] else code


def wait_until(condition: Callable[[], bool], seconds: float) -> None:
    """Look again and again until ``condition`` holds.

    Raises:
        TimeoutError: it did not within ``seconds``.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds} s")
        time.sleep(0.02)
