"""The log: one line an entry on standard error, as text for people or as JSON for machines."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Final, Literal

LogFormat = Literal["text", "json"]
LogLevel = Literal["debug", "info", "warning", "error"]

_TEXT: Final = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"


def set_up(level: LogLevel, log_format: LogFormat) -> None:
    """Send the log of this package, and warnings of others, to standard error."""
    handler = _StderrHandler()
    handler.setFormatter(_JsonFormatter() if log_format == "json" else logging.Formatter(_TEXT, "%H:%M:%S"))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("game_server").setLevel(level.upper())
    # What peers do wrong is told by our own transport, in one line; the library would add its own.
    logging.getLogger("trio-websocket").setLevel(logging.CRITICAL)


class _StderrHandler(logging.Handler):
    """Writes to what `sys.stderr` is at the time, so that a live display may take it over."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            sys.stderr.write(self.format(record) + "\n")
        except OSError:
            self.handleError(record)


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            entry["traceback"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False)
