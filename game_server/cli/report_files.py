"""Where ``game-server bots`` writes its figures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import attrs

from game_server.cli.atomic_file import write_atomically
from game_server.cli.console import write_out
from game_server.errors import ConfigError
from game_server.loadtest.report.html import to_html
from game_server.loadtest.report.markdown import to_markdown

STANDARD_OUTPUT: Final = Path("-")


@attrs.frozen
class Files:
    """The files of one run; None for none, `STANDARD_OUTPUT` for that.

    Attributes:
        markdown: whether standard output is for Markdown.
    """

    json: Path | None = None
    html: Path | None = None
    markdown: bool = False

    @property
    def standard_output(self) -> bool:
        """Whether one of them goes there, so that nothing else may."""
        return self.markdown or STANDARD_OUTPUT in (self.json, self.html)

    def check(self) -> None:
        """Fail now rather than when all has been measured; leaves no file that was not there.

        Raises:
            ConfigError: one cannot be written, or they are one and the same.
        """
        if self.markdown and STANDARD_OUTPUT in (self.json, self.html):
            raise ConfigError("--markdown goes to standard output: name a file for --json and --html")
        if self.json and self.html and _place(self.json) == _place(self.html):
            raise ConfigError(f"--json and --html would both be written to {self.json}: name two files")
        for path in (self.json, self.html):
            if path and path != STANDARD_OUTPUT and not path.is_fifo():
                _check_writable(path)

    def write(self, figures: dict[str, Any]) -> None:
        """Write all that can be written.

        Raises:
            ConfigError: one could not.
        """
        failed = None
        markdown = STANDARD_OUTPUT if self.markdown else None
        for path, text in ((self.json, _json), (self.html, to_html), (markdown, to_markdown)):
            try:
                if path:
                    _write(path, text(figures))
            except ConfigError as error:
                failed = failed or error
        if failed:
            raise failed


def _json(figures: dict[str, Any]) -> str:
    return json.dumps(figures, indent=2) + "\n"


def _place(path: Path) -> Path:
    return path if path == STANDARD_OUTPUT else path.resolve()


def _check_writable(path: Path) -> None:
    there = path.exists()
    try:
        with path.open("a", encoding="utf-8"):
            pass
        if not there:
            path.unlink()
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror}") from error


def _write(path: Path, text: str) -> None:
    if path == STANDARD_OUTPUT:
        write_out(text)
        return
    try:
        write_atomically(path, text)
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror}") from error
