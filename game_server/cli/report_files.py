"""Where ``game-server bots`` writes its figures."""

from __future__ import annotations

import json
import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import attrs

from game_server.cli.console import write_out
from game_server.errors import ConfigError
from game_server.loadtest.report.html import to_html
from game_server.loadtest.report.markdown import to_markdown


def write_atomically(path: Path, text: str) -> None:
    """Put ``text`` into the file at ``path``, in the place of what is there.

    A process that ends half-way, or a disk that is full, leaves the old file as it was. The permissions of an old
    file stay, and a link goes on to lead where it led. What is no file, a pipe or a terminal, is written to as it is,
    and so is a file in a folder in which nothing new may be made.

    Raises:
        OSError: it cannot be written.
    """
    data = text.encode("utf-8", "backslashreplace")
    path = path.resolve()
    if path.exists() and not path.is_file():
        path.write_bytes(data)
        return
    # In a container every process has the same number, and one that was killed may have left such a file behind.
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
    try:
        file = fresh.open("xb")
    except PermissionError:
        path.write_bytes(data)
        return
    try:
        with file:
            file.write(data)
            file.flush()
            if path.exists():
                os.fchmod(file.fileno(), path.stat().st_mode & 0o7777)
            os.fsync(file.fileno())
        fresh.replace(path)
    except BaseException:
        with suppress(OSError):
            fresh.unlink()
        raise


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
