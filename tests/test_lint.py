"""The checks of `tools/lint` that it defines itself."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[1] / "tools" / "lint"


def passes(check: str, folder: Path, test: str) -> bool:
    """Whether a folder with nothing but this ``test`` passes the ``check``."""
    (folder / "tests").mkdir()
    (folder / "tests" / "test_it.py").write_text(test)
    function = re.search(rf"^{check}\(\) \{{\n.*?^\}}\n", TOOL.read_text(), re.MULTILINE | re.DOTALL)
    assert function
    command = ["bash", "-c", function[0] + check]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("before", ["", "    async "])
def test_the_name_of_a_test_has_at_most_80_characters(tmp_path: Path, before: str) -> None:
    for length, expected in ((80, True), (81, False)):
        (folder := tmp_path / str(length)).mkdir()
        name = "test_it".ljust(length, "s")
        assert passes("long_names", folder, f"{before}def {name}(clock: Clock) -> None:\n    pass\n") is expected
