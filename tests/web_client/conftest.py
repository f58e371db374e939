"""Makes every ``*.test.js`` file of this folder a pytest test, run by Node's own test runner."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

NODE = Path(sys.executable).with_name("node")
DEADLINE = 240.0
"""Seconds for one file: of a machine that has much else to do."""


class JavaScriptTestsFailed(Exception):
    """Node's report of a file of which a test failed."""


class JavaScriptItem(pytest.Item):
    obj = None  # pytest-trio looks at it to see whether a test is async

    def runtest(self) -> None:
        command = [str(NODE), "--test", "--test-reporter=spec", str(self.path)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE, check=False)
        if done.returncode:
            raise JavaScriptTestsFailed(done.stdout + done.stderr)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None) -> str:  # noqa: ARG002
        return str(excinfo.value)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, None, self.name


class JavaScriptFile(pytest.File):
    def collect(self) -> Iterator[pytest.Item]:
        yield JavaScriptItem.from_parent(self, name="node --test")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    if file_path.name.endswith(".test.js"):
        return JavaScriptFile.from_parent(parent, path=file_path)
    return None
