from __future__ import annotations

import errno
import os
from typing import Any

import pytest

from game_server.cli.console import PlainConsole, writing_to
from game_server.errors import ConfigError
from game_server.loadtest.report.terminal import as_table
from tests.loadtest.report.test_json import recording, told

TAG = "[/b] :smile:"


def test_words_from_outside_are_printed_as_they_stand(capsys: pytest.CaptureFixture[str]) -> None:
    made = recording(failed=1)
    made.kinds["failures"][f"closed with 4009 {TAG}\x1b[2J"] = 1
    figures: dict[str, Any] = told(made) | {"scenario": TAG, "target": f"http://127.0.0.1/?match={TAG}"}
    console = PlainConsole()
    console.print(as_table(figures))
    console.print(f"could not connect: {TAG}\x1b[2J", style="bold red")
    shown = capsys.readouterr().out
    assert (shown.count(TAG), shown.count("\x1b")) == (5, 0)


def test_output_that_nobody_takes_ends_it_in_a_line_or_without_a_word() -> None:
    with (
        pytest.raises(ConfigError, match="cannot write to standard output: No space left"),
        open(os.devnull, "w") as out,
        writing_to(out),
    ):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with pytest.raises(SystemExit, match="2"), open(os.devnull, "w") as out, writing_to(out):
        raise BrokenPipeError
