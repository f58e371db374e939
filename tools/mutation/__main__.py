"""``tools/mutate``: which small changes of the code no test notices."""

from __future__ import annotations

import argparse
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import Final

from tools.mutation.copy import Copy
from tools.mutation.mutations import LEFT_OUT, Mutation, choose, mutations

ROOT: Final = Path(__file__).parents[2]
_HUNK: Final = re.compile(r"^@@ -\S+ \+(\d+)(?:,(\d+))? @@|^\+\+\+ b/(.*)$", re.MULTILINE)


def main() -> int:
    """Run from the command line; 1 when something was not noticed."""
    parser = argparse.ArgumentParser(prog="tools/mutate", description=__doc__, epilog=LEFT_OUT)
    parser.add_argument("what", nargs="+", help="files, folders, or a git range, of which the changed lines count")
    parser.add_argument("--count", type=int, default=30, help="mutations at most (30)")
    parser.add_argument("--minutes", type=float, default=20.0, help="after which no other is begun (20)")
    parser.add_argument("--seed", type=int, default=1, help="of the choice; the same one makes the same run (1)")
    parser.add_argument("--jobs", type=int, default=1, help="mutations tried at a time, each in a copy of its own (1)")
    parser.add_argument(
        "--pytest", default="", help="files and tests to run besides those that execute the line, as of tests/e2e"
    )
    options = parser.parse_args()
    found = [mutation for what in options.what for mutation in _mutations(what)]
    chosen = choose(found, options.count, options.seed)
    print(f"{len(found)} mutations, of which {len(chosen)} by seed {options.seed}", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="mutate-") as folder:
        copies = [Copy(ROOT, Path(folder) / f"tree{number}") for number in range(options.jobs)]
        for copy in copies:  # all are made before the tests are recorded: the tree may change meanwhile
            print(f"{len(copy.executed.seconds)} tests are recorded", flush=True)
        found_by = tried(chosen, copies, options.pytest.split(), time.monotonic() + 60 * options.minutes)
    survivors = [mutation for mutation, by in found_by.items() if not by]
    if left := len(chosen) - len(found_by):
        print(f"the time is over, and {left} were not tried")
    noticed = len(found_by) - len(survivors)
    print(f"\n{noticed} of {len(found_by)} noticed ({noticed / max(1, len(found_by)):.0%})", *survivors, sep="\n")
    return 1 if survivors else 0


def tried(chosen: Sequence[Mutation], copies: Sequence[Copy], more: Sequence[str], until: float) -> dict[Mutation, str]:
    """Try mutations, one in each copy at a time, and return by which test each was noticed.

    Args:
        more: tests to run besides.
        until: when, on the monotonic clock, no other is begun.
    """
    idle, found_by = SimpleQueue[Copy](), dict[Mutation, str]()
    for copy in copies:
        idle.put(copy)

    def try_one(mutation: Mutation) -> None:
        if time.monotonic() > until:
            return
        copy = idle.get()
        by = found_by[mutation] = copy.noticed_by(mutation, more)
        idle.put(copy)
        print(f"{'noticed ' if by else 'SURVIVED'} {mutation}{by and f'  ({by})'}", flush=True)

    with ThreadPoolExecutor(len(copies)) as pool:
        try:
            list(pool.map(try_one, chosen))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return found_by


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


if __name__ == "__main__":
    sys.exit(main())
