"""Tests that run in one go, in a process of their own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

import attrs
import pytest

_FAILED: Final = re.compile(r"^(?:FAILED|ERROR) (.*?)(?: - .*)?$", re.MULTILINE)
_TIMES: Final = 3.0
_GRACE: Final = 20.0
"""Seconds: tests that take longer than `_TIMES` what they took before, and this, hang: that is noticed."""


@attrs.frozen
class Batch:
    """Some tests.

    Attributes:
        tests: ids, files or folders, in order.
        seconds: that they take.
    """

    tests: tuple[str, ...]
    seconds: float

    def only(self, test: str) -> Batch:
        """The batch with this test alone, if it is one of them or in one of their files."""
        mine = {test, test.partition("::")[0]} & set(self.tests)
        return attrs.evolve(self, tests=(test,)) if mine else self

    def failed(self, root: Path) -> str:
        """Run the tests in the tree at ``root`` and return the first that fails; empty when none does."""
        within = _TIMES * self.seconds + _GRACE
        return run("tools.mutation.chosen", ["-x"], root, within=within, given="\n".join(self.tests))


def run(module: str, arguments: list[str], root: Path, *, within: float, given: str = "") -> str:
    """Run a module that runs tests, for ``within`` seconds at most, and return the first test that fails."""
    command = [sys.executable, "-m", module, "-q", "-p", "no:cacheprovider", *arguments]
    environment = os.environ | {"PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    with (
        tempfile.TemporaryFile("w+") as output,
        subprocess.Popen(
            command, cwd=root, env=environment, stdin=subprocess.PIPE, stdout=output, stderr=output,
            start_new_session=True, text=True,
        ) as process,
    ):  # fmt: skip
        try:
            process.communicate(given, within)
        except subprocess.TimeoutExpired:
            return f"longer than {within:.0f} s"
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
        if process.returncode in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
            return ""
        output.seek(0)
        found = _FAILED.search(output.read())
        return found[1] if found else f"exit code {process.returncode}"
