"""Printing for people: to the letter, and to an end in one line where nobody takes it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final, NoReturn, TextIO

from rich.console import Console

from game_server.errors import ConfigError
from game_server.telemetry.printable import printable

_USAGE: Final = 2
"""As for any output that cannot be written; 1 would be a verdict."""


class PlainConsole(Console):
    """Prints text as it stands: much of it is from outside, where a ``[/b]`` is no markup and ``:x:`` no picture.

    What would steer the terminal is left out.
    """

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(stderr=stderr, markup=False, emoji=False, highlight=False)

    def print(self, *objects: Any, **options: Any) -> None:
        """As rich does.

        Raises:
            ConfigError: it cannot be written.
            SystemExit: whoever read it has gone.
        """
        with writing_to(self.file):  # type: ignore[arg-type]
            super().print(*(printable(one) if isinstance(one, str) else one for one in objects), **options)

    def on_broken_pipe(self) -> NoReturn:
        """End without a word."""
        _discard(self.file)  # type: ignore[arg-type]
        raise SystemExit(_USAGE)


@contextmanager
def writing_to(stream: TextIO) -> Iterator[None]:
    """Write to ``stream`` in here.

    Raises:
        ConfigError: it cannot be written.
        SystemExit: whoever read it has gone.
    """
    try:
        yield
        stream.flush()
    except BrokenPipeError:
        _discard(stream)
        raise SystemExit(_USAGE) from None
    except OSError as error:
        _discard(stream)
        name = "standard error" if stream is sys.stderr else "standard output"
        raise ConfigError(f"cannot write to {name}: {error.strerror}") from error


def write_out(text: str) -> None:
    """Write ``text`` to standard output as it is; `ConfigError` and `SystemExit` as in `writing_to`."""
    with writing_to(sys.stdout):
        sys.stdout.write(text)


def _discard(stream: TextIO) -> None:
    """Let go to nowhere what is still in its buffer, or the interpreter stumbles over it at its end."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
