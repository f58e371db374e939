"""Runs some tests in a given order: ids, files or folders come in by standard input, one a line."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

import pytest


class Chosen:
    """A plugin of pytest that runs these tests alone, in this order."""

    def __init__(self, tests: Sequence[str]) -> None:
        self._tests = tests

    @property
    def files(self) -> list[str]:
        """Where they are."""
        return sorted({test.partition("::")[0] for test in self._tests})

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep those that were chosen."""
        items[:] = self._ordered({item.nodeid: item for item in items})

    def _ordered(self, items: dict[str, pytest.Item]) -> Iterator[pytest.Item]:
        for test in self._tests:
            if test in items:
                yield items[test]
            else:
                yield from (item for id_, item in items.items() if id_.startswith((f"{test}::", f"{test}/")))


if __name__ == "__main__":
    chosen = Chosen(sys.stdin.read().splitlines())
    sys.exit(pytest.main([*sys.argv[1:], *chosen.files], plugins=[chosen]))
