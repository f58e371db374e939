"""A disk that is really full: a small one, mounted where the process that fills it alone sees it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMESPACE = ("unshare", "--user", "--map-root-user", "--mount")


def has_namespaces() -> bool:
    if not shutil.which("unshare"):
        return False
    return subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not has_namespaces(), reason="this system gives no mount namespaces to its users")
def test_a_match_goes_on_while_the_disk_is_really_full_and_is_kept_again_after_it(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "memory").mkdir()
    done = subprocess.run(
        [*NAMESPACE, sys.executable, "-m", "tests.journal.full_disk", str(tmp_path / "disk")],
        cwd=ROOT,
        env={**os.environ, "RUNTIME_DIRECTORY": str(tmp_path / "memory")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "full: No space left on device",
        f"tick: {63 * 30}",
        "same: True",
        "failures: 1 1",
    ]
    first, second, third = sorted(done.stderr.splitlines())
    folder = tmp_path / "disk" / "data"
    assert first.startswith(f"cannot write to {folder / 'recordings'}: No space left on device; no recording is kept")
    assert second == "match K7RW2P is kept again"
    assert third.startswith(f"match K7RW2P is not kept any more: {folder / 'journals'}")
    assert third.endswith(": No space left on device")
