"""``tools/mutate``: which small changes of the code no test notices."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import attrs

from tools.mutation.mutations import Mutation, choose, mutations

ROOT: Final = Path(__file__).parents[2]
_LEFT_OUT: Final = (".git", ".venv", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis")
_HUNK: Final = re.compile(r"^@@ -\S+ \+(\d+)(?:,(\d+))? @@|^\+\+\+ b/(.*)$", re.MULTILINE)
_TIMES: Final = 3.0
_GRACE: Final = 20.0
"""Seconds: tests that take longer than `_TIMES` what they took before, and this, hang: that is noticed."""


def main() -> int:
    """Run from the command line; 1 when something was not noticed."""
    parser = argparse.ArgumentParser(prog="tools/mutate", description=__doc__)
    parser.add_argument("what", nargs="+", help="files, folders, or a git range, of which the changed lines count")
    parser.add_argument("--count", type=int, default=30, help="mutations at most (30)")
    parser.add_argument("--minutes", type=float, default=20.0, help="after which no other is begun (20)")
    parser.add_argument("--seed", type=int, default=1, help="of the choice; the same one makes the same run (1)")
    parser.add_argument("--pytest", default="", help="tests to run besides those that mirror the file")
    options = parser.parse_args()
    found = [mutation for what in options.what for mutation in _mutations(what)]
    chosen = choose(found, options.count, options.seed)
    print(f"{len(found)} mutations, of which {len(chosen)} by seed {options.seed}", flush=True)
    until = time.monotonic() + 60 * options.minutes
    noticed, survivors = 0, list[Mutation]()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="mutate-") as folder:
        copy = Copy(Path(folder) / "tree")
        for mutation in chosen:
            if time.monotonic() > until:
                print(f"the time is over, and {len(chosen) - noticed - len(survivors)} were not tried")
                break
            by = copy.noticed_by(mutation, options.pytest.split())
            print(f"{'noticed ' if by else 'SURVIVED'} {mutation}{by and f'  ({by})'}", flush=True)
            if by:
                noticed += 1
            else:
                survivors.append(mutation)
    tried = noticed + len(survivors)
    print(f"\n{noticed} of {tried} noticed ({noticed / max(1, tried):.0%})", *survivors, sep="\n")
    return 1 if survivors else 0


def _mutations(what: str) -> Iterator[Mutation]:
    """Of a file, of a folder, or of the lines that a git range changed."""
    changed = _changed_lines(what) if ".." in what else {}
    listed = changed or _git("ls-files", "--cached", "--others", "--exclude-standard", "--", what).split()
    paths = [path for path in listed if path.endswith(".py") and path.startswith("game_server/")]
    if not paths:
        raise SystemExit(f"tools/mutate: {what!r} names no Python file of game_server")
    for path in sorted(paths):
        if (ROOT / path).exists():
            yield from mutations(path, (ROOT / path).read_bytes(), changed.get(path))


def _changed_lines(range_: str) -> dict[str, set[int]]:
    changed: dict[str, set[int]] = defaultdict(set)
    path = ""
    for start, count, name in _HUNK.findall(_git("diff", "--unified=0", range_)):
        path = name or path
        if start:
            changed[path] |= set(range(int(start), int(start) + int(count or 1)))
    return changed


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout


@attrs.define
class Copy:
    """The tree, copied, so that whatever ends a run leaves nothing behind in the original."""

    root: Path
    _seconds: dict[tuple[str, ...], float] = attrs.Factory(dict)
    """What tests took on the unchanged tree."""

    def __attrs_post_init__(self) -> None:
        shutil.copytree(ROOT, self.root, ignore=shutil.ignore_patterns(*_LEFT_OUT))

    def noticed_by(self, mutation: Mutation, more: Sequence[str]) -> str:
        """The first tests that fail; empty when none does.

        Those that mirror the file come first, since they are quick; then those of its room, and ``more``.
        """
        path = self.root / mutation.path
        source = path.read_bytes()
        for tests in mirrored(self.root, mutation.path, more):
            usual = self._usual(tests)
            try:
                path.write_bytes(mutation.apply(source))
                ok, _ = self._run(tests, _TIMES * usual + _GRACE)
            finally:
                path.write_bytes(source)
            if not ok:
                return " ".join(tests)
        return ""

    def _usual(self, tests: tuple[str, ...]) -> float:
        """Seconds that ``tests`` take on the unchanged tree, in which they have to pass."""
        if tests not in self._seconds:
            ok, self._seconds[tests] = self._run(tests, 1200.0)
            if not ok:
                raise SystemExit(f"tools/mutate: {' '.join(tests)} fails without any change")
        return self._seconds[tests]

    def _run(self, tests: Sequence[str], within: float) -> tuple[bool, float]:
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
        environment = os.environ | {"PYTHONPATH": str(self.root), "PYTHONDONTWRITEBYTECODE": "1"}
        began = time.monotonic()
        with subprocess.Popen(
            command, cwd=self.root, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as run:  # fmt: skip
            try:
                ok = run.wait(within) == 0
            except subprocess.TimeoutExpired:
                ok = False
            finally:
                if run.poll() is None:
                    os.killpg(run.pid, signal.SIGKILL)
        return ok, time.monotonic() - began


def mirrored(root: Path, path: str, more: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """The tests of a file of game_server, a few at a time: its own, its room's, and ``more``."""
    file = Path(path).relative_to("game_server")
    folders = [root / "tests" / folder for folder in file.parents]
    own = {test for folder in folders for test in folder.glob(f"test_{file.stem}*.py")}
    if own:
        yield tuple(sorted(str(test.relative_to(root)) for test in own))
    if len(file.parts) > 1:
        yield (str(folders[-2].relative_to(root)),)
    if more:
        yield tuple(more)


if __name__ == "__main__":
    sys.exit(main())
