"""What the author of a game is shown on the page: mistakes of the rules, and what became of the match."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from typing import Any, Final

import trio

from game_server.errors import GameServerError
from game_server.games import authors_line

WAIT: Final = 20.0
"""Seconds that a request waits for news."""
MOST: Final = 5
"""Mistakes that are shown: the first of them."""


def in_words(error: BaseException) -> str:
    """Return what ``error`` says, and in which line of the author's it was raised."""
    said = str(error) if isinstance(error, GameServerError) else f"{type(error).__name__}: {error}"
    place = authors_line(error)
    return short(f"{said} ({place})" if place and place not in said else said)


def short(text: str) -> str:
    """Return ``text`` with the paths in it as they are from the working directory."""
    return text.replace(f"{os.getcwd()}{os.sep}", "")


class Mistakes(logging.Handler):
    """Collects what pages are to show, and lets requests wait for it.

    As a handler of logs it takes the errors that are logged with an exception: of rules and of bots.

    Args:
        version: changes with what browsers are served; a page that has another one loads itself again.
        news: what became of the match when the rules were changed.

    Attributes:
        unsaved: why what was saved last is not played; empty if it is.
        waiting: returns whether a match waits for its author.
    """

    def __init__(self, version: str = "", news: str = "") -> None:
        super().__init__(logging.ERROR)
        self.version = version
        self.news = news
        self.unsaved = ""
        self.waiting: Callable[[], bool] = lambda: False
        self._of_match: list[str] = []
        self._serial = 0
        self._changed = trio.Event()

    def emit(self, record: logging.LogRecord) -> None:
        """Take an exception that was logged, once."""
        error = record.exc_info[1] if record.exc_info else None
        if error and (text := in_words(error)) not in self._of_match and len(self._of_match) < MOST:
            self._of_match.append(text)
            self._notify()

    def refuse(self, text: str) -> None:
        """Note why what was saved last is not played; empty if it is."""
        self.unsaved = short(text)
        self._notify()

    def _notify(self) -> None:
        self._serial += 1
        self._changed.set()
        self._changed = trio.Event()

    @property
    def mark(self) -> str:
        """Another one after each change, and in each process."""
        return f"{os.getpid()}-{self._serial}"

    async def answer(self, fields: Mapping[str, str]) -> dict[str, Any]:
        """Answer a page that has seen what there was at the ``mark`` in its query: as soon as there is more."""
        with trio.move_on_after(WAIT):
            while fields.get("seen") == self.mark:
                await self._changed.wait()
        return {
            "mark": self.mark,
            "version": self.version,
            "news": self.news,
            "mistakes": self._of_match,
            "unsaved": self.unsaved,
            "waits": self.waiting(),
        }
