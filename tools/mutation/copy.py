"""A copy of the tree, in which changes are tried."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Final

import attrs

from tools.mutation.batch import Batch, run
from tools.mutation.executed import Executed
from tools.mutation.mutations import Mutation
from tools.mutation.selection import likely_tests, whole_tests

_LEFT_OUT: Final = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info")
_FIRST: Final = 5.0
"""Seconds that the first tests of a change take: they notice most changes, and the others have not to be loaded."""
_LONGEST: Final = 1800.0
"""Seconds that all tests take at most."""
_WHOLE: Final = 90.0
"""Seconds that tests take that nobody has measured, as those of tests/e2e; they run three times as long at most."""


@attrs.define
class Copy:
    """The tree, copied, so that whatever ends a run leaves nothing behind in the original."""

    original: Path
    root: Path
    _passed: set[Batch] = attrs.Factory(set)
    """On the unchanged tree."""

    def __attrs_post_init__(self) -> None:
        shutil.copytree(self.original, self.root, ignore=_LEFT_OUT)

    @cached_property
    def executed(self) -> Executed:
        """Which test executes which line. Recorded once for each state of the tree, and kept in .cache."""
        folder = self.original / ".cache" / "mutation" / self._digest()
        try:
            return Executed.load(folder)
        except ValueError:
            return self._record(folder)

    def _digest(self) -> str:
        """What distinguishes one state of the tree from another."""
        digest = hashlib.sha256()
        for path in sorted(path for room in ("game_server", "tests") for path in self.root.glob(f"{room}/**/*.py")):
            digest.update(f"{path.relative_to(self.root)} {path.stat().st_size}\n".encode() + path.read_bytes())
        return digest.hexdigest()[:16]

    def _record(self, folder: Path) -> Executed:
        print("recording which test executes which lines, which takes as long as two runs of them", flush=True)
        folder.mkdir(parents=True, exist_ok=True)
        arguments = ["--ignore=tests/e2e", "tests", str(folder)]
        if failed := run("tools.mutation.executed", arguments, self.root, within=_LONGEST):
            raise SystemExit(f"tools/mutate: the tests do not run without any change: {failed}")
        return Executed.load(folder)

    def noticed_by(self, mutation: Mutation, more: Sequence[str]) -> str:
        """The first test that fails, of the likely ones, of whole processes and of ``more``; empty when none does."""
        path = self.root / mutation.path
        source = path.read_bytes()
        for batch in self._batches(mutation, more):
            try:
                path.write_bytes(mutation.apply(source))
                failed = batch.failed(self.root)
            finally:
                path.write_bytes(source)
            if not failed:
                continue
            if self._passes_unchanged(batch.only(failed)):
                return failed
            if failed.startswith("exit code"):
                raise SystemExit(f"tools/mutate: the tests do not run without any change: {failed}")
            print(f"left out, since it fails without any change, too: {failed}", flush=True)
            if self.executed.seconds.pop(failed, None) is not None:
                return self.noticed_by(mutation, more)  # without that test
        return ""

    def _batches(self, mutation: Mutation, more: Sequence[str]) -> Iterator[Batch]:
        seconds = self.executed.seconds
        likely = likely_tests(self.root, mutation, self.executed)
        first, total = 0, 0.0
        while first < len(likely) and total <= _FIRST:
            total += seconds[likely[first]]
            first += 1
        for tests in (likely[:first], likely[first:]):
            if tests:
                yield Batch(tuple(tests), sum(seconds[test] for test in tests))
        if whole := [*whole_tests(self.root, mutation, self.executed), *more]:
            yield Batch(tuple(whole), _WHOLE)

    def _passes_unchanged(self, batch: Batch) -> bool:
        if batch not in self._passed and not batch.failed(self.root):
            self._passed.add(batch)
        return batch in self._passed
