"""Another revision of our servers, measured in turns with this one: hours on one machine differ by a third."""

from __future__ import annotations

import os
import subprocess
import sys
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import attrs
from rich.console import Console
from rich.table import Table

from tools.bench.benches import OURS, Bench, Results
from tools.bench.installing import CACHE, ROOT
from tools.bench.trial import Launch

_COMPARED: Final = (
    ("CPU", "cpu_us_per_client_second"),
    ("tick p50", "tick_ms_p50"),
    ("late p99", "tick_lateness_ms_p99"),
    ("memory", "memory_kb_per_client"),
    ("bytes", "bytes_per_client_second"),
)


def checkout(revision: str) -> Path:
    """Return a checkout of ``revision`` with an environment of its own, of the same Python as this one.

    It is made once for each commit and build of Python.

    Raises:
        CalledProcessError: there is no such revision, or it cannot be set up.
    """
    commit = _git("rev-parse", "--short=12", f"{revision}^{{commit}}")
    python = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
    build = f"{zlib.crc32(sys.version.encode()):08x}"
    folder, path = CACHE / "against" / f"{commit}-{build}", CACHE / "pythons" / build
    if not folder.exists():
        print(f"tools/bench/run: checking out {revision} ({commit})", file=sys.stderr)
        _git("clone", "--quiet", "--no-checkout", "--shared", str(ROOT), str(folder))
        _git("-C", str(folder), "checkout", "--quiet", commit)
    # Older revisions take the first python3 of $PATH, newer ones $PYTHON.
    path.mkdir(parents=True, exist_ok=True)
    if not (path / "python3").exists():
        (path / "python3").symlink_to(python)
    environment = {**os.environ, "PYTHON": str(python), "PATH": f"{path}{os.pathsep}{os.environ['PATH']}"}
    setup = [str(folder / "tools" / "setup"), "--play"]
    subprocess.run(setup, check=True, stdout=subprocess.DEVNULL, env=environment)
    return folder


def with_revision(bench: Bench, revision: str) -> Bench:
    """Return ``bench`` with our servers alone, each also as it was in ``revision``."""
    root = checkout(revision)
    servers: dict[str, Callable[[int], Launch]] = {}
    for name, launch in bench.servers.items():
        if name.startswith(OURS):
            servers |= {name: launch, older(name, revision): _launched_in(root, launch)}
    return attrs.evolve(bench, servers=servers, targets=())


def older(name: str, revision: str) -> str:
    """Return what the server ``name`` is called as it was in ``revision``."""
    return f"{name}@{revision}"


def ratios(results: Results, revision: str) -> list[tuple[str, int, Mapping[str, float]]]:
    """Return for each server and size the figures of this checkout as multiples of those of ``revision``."""
    found: list[tuple[str, int, Mapping[str, float]]] = []
    for server, sizes in results.items():
        for size, figures in sizes.items():
            before = results.get(older(server, revision), {}).get(size)
            if before is not None:
                shares = {title: _ratio(figures, before, name) for title, name in _COMPARED}
                found.append((server, size, {title: share for title, share in shares.items() if share is not None}))
    return found


def show(console: Console, bench: Bench, results: Results, revision: str) -> None:
    """Print the ratios, and a row for the history in docs/BENCHMARKS.md."""
    table = Table(title=f"This checkout, as a multiple of {revision}; medians")
    for column in ("server", "clients", *(title for title, _ in _COMPARED)):
        table.add_column(column, justify="right")
    rows = ratios(results, revision)
    for server, size, shares in rows:
        table.add_row(
            server, f"{size:,}", *(f"{shares[title]:.2f}" if title in shares else "" for title, _ in _COMPARED)
        )
    console.print(table)
    before, now = (_git("rev-parse", "--short", name) for name in (revision, "HEAD"))
    for server, size, shares in rows:
        console.print(f"| {before} | {now} | `{bench.name}`: `{server}` {size:,} | {shares['CPU']:.2f} |")


def _ratio(after: Mapping[str, Any], before: Mapping[str, Any], name: str) -> float | None:
    return after[name] / before[name] if after.get(name) is not None and before.get(name) else None


def _launched_in(root: Path, launch: Callable[[int], Launch]) -> Callable[[int], Launch]:
    def launched(clients: int) -> Launch:
        ours = launch(clients)
        python, *rest = ours.command
        assert python == sys.executable, python
        return attrs.evolve(ours, command=(str(root / ".venv" / "bin" / "python"), *rest), root=root)

    return launched


def _git(*arguments: str) -> str:
    return subprocess.run(("git", *arguments), cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()
