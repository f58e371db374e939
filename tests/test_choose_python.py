"""`tools/choose_python`, which finds the interpreter that `.venv` is made with."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[1] / "tools" / "choose_python"

UNUSABLE, PLAIN, OPTIMISED = "unusable", "plain", "optimised"


def chosen(folder: Path, kinds: list[str], **environment: str) -> str:
    """Let it choose among interpreters of these ``kinds``, each in a folder of $PATH; the name of that folder."""
    path = []
    for number, kind in enumerate(kinds):
        fake = folder / f"{number} {kind}".replace(" ", "-") / "python3"
        fake.parent.mkdir()
        fake.write_text(
            f"""#!/bin/sh
            case "$2" in
                *ensurepip*) exit {int(kind == UNUSABLE)} ;;
                *CONFIG_ARGS*) exit {int(kind != OPTIMISED)} ;;
            esac
            """
        )
        fake.chmod(0o755)
        path.append(str(fake.parent))
    searched = os.pathsep.join([*path, "/usr/bin", "/bin"])
    done = subprocess.run([TOOL], env={"PATH": searched, **environment}, capture_output=True, check=True, text=True)
    return Path(done.stdout.strip()).parent.name


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        ([OPTIMISED, OPTIMISED], "0-optimised"),
        ([PLAIN, OPTIMISED], "1-optimised"),
        ([UNUSABLE, OPTIMISED], "1-optimised"),
        ([UNUSABLE, PLAIN, OPTIMISED], "2-optimised"),
    ],
)
def test_the_first_usable_interpreter_that_is_an_optimised_build_is_chosen(
    tmp_path: Path, kinds: list[str], expected: str
) -> None:
    assert chosen(tmp_path, kinds) == expected


def test_an_interpreter_that_the_user_names_is_chosen_whatever_else_there_is(tmp_path: Path) -> None:
    assert chosen(tmp_path, [OPTIMISED], PYTHON="/opt/mine/python3") == "mine"
