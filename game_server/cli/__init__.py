"""The command line: one file a command."""

from __future__ import annotations

import sys
from typing import NoReturn

from game_server.cli.exit_codes import INTERRUPTED


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run `app.main`, imported here: loading it takes a while, and Ctrl-C meanwhile must not print a traceback."""
    try:
        from game_server.cli import app  # noqa: PLC0415 - see above
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    app.main(arguments)


__all__ = ["main"]
