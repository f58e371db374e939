"""The files in which ``game-server bots`` writes its figures, each replaced as a whole or not at all."""

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
    """Replace the file at ``path`` by one with ``text``.

    If the process ends half-way, or the disk is full, the old file stays as it was. Its permissions are kept, and a
    symbolic link is followed. A pipe or a terminal is written to directly, and so is a file in a folder in which
    no file may be created.

    Raises:
        OSError: it cannot be written.
    """
    data = text.encode("utf-8", "backslashreplace")
    path = path.resolve()
    if path.exists() and not path.is_file():
        path.write_bytes(data)
        return
    # Random, as process ids repeat in containers, and a killed process may have left a file behind.
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
    """The files of one run; None for no file, or `STANDARD_OUTPUT`.

    Attributes:
        markdown: whether to write Markdown to standard output.
    """

    json: Path | None = None
    html: Path | None = None
    markdown: bool = False

    @property
    def standard_output(self) -> bool:
        """Whether one of them goes to standard output, so that nothing else may."""
        return self.markdown or STANDARD_OUTPUT in (self.json, self.html)

    def check(self) -> None:
        """Check now, rather than after the run, that all files can be written. Leaves no new files.

        Raises:
            ConfigError: a file cannot be written, or two outputs go to the same place.
        """
        if self.markdown and STANDARD_OUTPUT in (self.json, self.html):
            raise ConfigError("--markdown goes to standard output: name a file for --json and --html")
        if self.json and self.html and _place(self.json) == _place(self.html):
            raise ConfigError(f"--json and --html are both {self.json}: name two files")
        for path in (self.json, self.html):
            if path and path != STANDARD_OUTPUT and not path.is_fifo():
                _check_writable(path)

    def write(self, figures: dict[str, Any]) -> None:
        """Write all files that can be written.

        Raises:
            ConfigError: a file could not be written.
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
