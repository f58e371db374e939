"""Output as it stands, without markup; a failure to write is one line, or none if the reader is gone."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, NoReturn, TextIO, cast

from rich.console import Console

from game_server.cli.exit_codes import USAGE_ERROR
from game_server.errors import ConfigError
from game_server.telemetry import printable


class PlainConsole(Console):
    """A console that prints text as it stands.

    Much of it comes from outside, where ``[/b]`` is not markup and ``:x:`` is not an emoji. Characters that control the
    terminal are left out.
    """

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(stderr=stderr, markup=False, emoji=False, highlight=False)

    def print(self, *objects: Any, **options: Any) -> None:
        """Print as rich does.

        Raises:
            ConfigError: the output cannot be written.
            SystemExit: its reader is gone.
        """
        with writing_to(self.file):  # type: ignore[arg-type]
            super().print(*(printable(one) if isinstance(one, str) else one for one in objects), **options)

    def on_broken_pipe(self) -> NoReturn:
        """Exit without a message."""
        discard(self.file)  # type: ignore[arg-type]
        raise SystemExit(USAGE_ERROR)


class _Guarded:
    """A stream whose errors say which stream failed."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with _explained(self._stream):
            return self._stream.write(text)

    def flush(self) -> None:
        with _explained(self._stream):
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def guarded_output() -> Iterator[None]:
    """Let every write to standard output in the block fail as in `writing_to`.

    Standard output is flushed at the end: when the interpreter flushes it at exit, a failure prints a traceback.
    """
    stream = sys.stdout
    if stream is None:  # closed by the caller, as by >&-
        raise ConfigError("cannot write to standard output: it is closed")
    sys.stdout = cast(TextIO, _Guarded(stream))
    try:
        yield
    finally:
        try:
            sys.stdout.flush()
        finally:
            sys.stdout = stream


@contextmanager
def writing_to(stream: TextIO) -> Iterator[None]:
    """Write to ``stream`` in the block, and flush it.

    Raises:
        ConfigError: the output cannot be written.
        SystemExit: its reader is gone.
    """
    with _explained(stream):
        yield
        stream.flush()


@contextmanager
def _explained(stream: TextIO) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        discard(stream)
        raise SystemExit(USAGE_ERROR) from None
    except OSError as error:
        discard(stream)
        name = "standard error" if stream is sys.stderr else "standard output"
        raise ConfigError(f"cannot write to {name}: {error.strerror}") from error


def write_out(text: str) -> None:
    """Write ``text`` to standard output as it stands; raises as `writing_to` does."""
    with writing_to(sys.stdout):
        sys.stdout.write(text)


def discard(stream: TextIO) -> None:
    """Redirect ``stream`` to nowhere, so that flushing its buffer when the interpreter exits cannot fail."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
