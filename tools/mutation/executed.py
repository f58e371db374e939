"""Which test executes which lines of game_server, and how long it takes."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import attrs
import coverage
import pytest

_LINES = "lines"
_SECONDS = "seconds.json"


@attrs.frozen
class Executed:
    """What a run of the tests with `Recorder` left in a folder."""

    seconds: dict[str, float]
    """By test, of those that pass."""
    _lines: coverage.CoverageData

    @classmethod
    def load(cls, folder: Path) -> Executed:
        """Read ``folder``; ValueError if the run did not get to its end."""
        try:
            seconds = json.loads((folder / _SECONDS).read_text())
        except FileNotFoundError:
            raise ValueError(f"{folder} holds no record of a run that ended") from None
        lines = coverage.CoverageData(str(folder / _LINES))
        lines.read()
        return cls(seconds, lines)

    def tests(self, path: str, lines: Collection[int]) -> set[str]:
        """The tests that execute one of these lines of a file; what runs when it is imported, no test does."""
        by_line = self._lines.contexts_by_lineno(path)
        return {test for line in lines for test in by_line.get(line, ()) if test in self.seconds}


class Recorder:
    """A plugin of pytest that records each test apart."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seconds: dict[str, float] = {}
        self._failed: set[str] = set()
        self._coverage = coverage.Coverage(data_file=folder / _LINES, source=["game_server"])

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[Any]:
        """Record what ``item`` and its fixtures execute under its name."""
        began = time.perf_counter()
        self._coverage.start()  # each time, since a test may have set a trace function of its own
        self._coverage.switch_context(item.nodeid)
        result = yield
        self._coverage.stop()
        if item.nodeid not in self._failed:
            self._seconds[item.nodeid] = time.perf_counter() - began
        return result

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Leave out tests that fail as it is: they notice nothing."""
        if report.failed:
            self._failed.add(report.nodeid)

    def run(self, arguments: list[str]) -> int:
        """Run pytest; 0 when it got to its end."""
        code = pytest.main(arguments, plugins=[self])
        self._coverage.save()
        if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
            return int(code)
        (self._folder / _SECONDS).write_text(json.dumps(self._seconds))
        return 0


if __name__ == "__main__":
    *arguments, folder = sys.argv[1:]
    sys.exit(Recorder(Path(folder)).run(arguments))
