"""The command line: one file a command."""

from __future__ import annotations

import sys
from typing import Final, NoReturn

INTERRUPTED: Final = 130
"""Exit code of what Ctrl-C ended before there was anything to tell: 128 and the number of the signal."""


def main(arguments: list[str] | None = None) -> NoReturn:
    """`app.main`, which takes a while to load: Ctrl-C meanwhile ends it without a traceback, too."""
    try:
        from game_server.cli import app  # noqa: PLC0415 - see above
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    app.main(arguments)


__all__ = ["INTERRUPTED", "main"]
