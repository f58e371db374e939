"""The log: one line an entry on standard error, as text for people or as JSON for machines."""

from __future__ import annotations

import json
import logging
import sys
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final, Literal

_STANDS_IN: Final = "\N{REPLACEMENT CHARACTER}"


def printable(text: str) -> str:
    """Return ``text`` on one line, with U+FFFD for each character that is not printable.

    Such characters control a terminal (C0 and C1), start a line that looks like an entry of its own, reverse what
    follows (bidirectional formatting), are invisible, or cannot be encoded (surrogates).
    """
    if text.isprintable():
        return text
    return "".join([letter if letter.isprintable() else _STANDS_IN for letter in text])


LogFormat = Literal["text", "json"]
LogLevel = Literal["debug", "info", "warning", "error"]

_INDENT: Final = "    "
"""Before each line of a traceback in text: an exception's message might look like an entry of its own."""


def set_up(level: LogLevel, log_format: LogFormat, process: str = "") -> None:
    """Send the log of this package, and warnings of others, to standard error.

    Args:
        level: of the least severe entries.
        log_format: of the lines.
        process: named in each entry, if several processes write to the same place.
    """
    handler = _StderrHandler()
    handler.setFormatter(_JsonFormatter(process) if log_format == "json" else _TextFormatter(process))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("game_server").setLevel(level.upper())
    # Our own transport logs the faults of peers, in one line; the library would log them a second time.
    logging.getLogger("trio-websocket").setLevel(logging.CRITICAL)
    # With a traceback for each attempt to reach Redis; it raises what is logged here as an outage.
    logging.getLogger("coredis").setLevel(logging.CRITICAL)


class _StderrHandler(logging.Handler):
    """Writes to whatever `sys.stderr` is at the time, so that a live display may replace it."""

    def emit(self, record: logging.LogRecord) -> None:
        with suppress(OSError, ValueError):  # nobody reads it any more, and there is nowhere else to report that
            sys.stderr.write(self.format(record) + "\n")


class _Formatter(logging.Formatter):
    """Passes every entry through `printable`, since much of what is logged comes from outside."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self.process = process

    def message(self, record: logging.LogRecord) -> str:
        """Return the message on one line; if its arguments do not fit it, the unformatted message and the error."""
        try:
            return printable(record.getMessage())
        except Exception as error:
            return printable(f"{record.msg!r} could not be written: {error!r}")

    def traceback(self, record: logging.LogRecord) -> list[str]:
        """Return the lines of the traceback; none without an exception."""
        text = self.formatException(record.exc_info) if record.exc_info else ""
        return [printable(line) for line in text.split("\n")] if text else []


class _TextFormatter(_Formatter):
    def format(self, record: logging.LogRecord) -> str:
        time = self.formatTime(record, "%H:%M:%S")
        process = f"{self.process} " if self.process else ""
        line = f"{time} {record.levelname:7} {process}{printable(record.name)}: {self.message(record)}"
        return "\n".join([line, *(_INDENT + each for each in self.traceback(record))])


class _JsonFormatter(_Formatter):
    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            **({"process": self.process} if self.process else {}),
            "logger": printable(record.name),
            "message": self.message(record),
        }
        if traceback := self.traceback(record):
            entry["traceback"] = "\n".join(traceback)
        return json.dumps(entry, ensure_ascii=False)
