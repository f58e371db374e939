"""The answers of /recordings: the list of what was recorded, and the files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import trio

from game_server.journal import OPEN, Recordings
from game_server.throttling import Keys, Throttling
from game_server.transport import Api, Download, Queried, Response, json_response, too_many


class RecordingsApi:
    """Recordings over HTTP: those of open matches for everybody, those of private ones for people who know the code.

    Args:
        recordings: what there is; None if the server keeps none.
        is_open: returns whether the match that goes on under a code is one that everybody is shown; None for no match.
        throttling: its ``guesses`` pay for wrong codes.
    """

    def __init__(
        self, recordings: Recordings | None, is_open: Callable[[str], bool | None], throttling: Throttling
    ) -> None:
        self._recordings = recordings
        self._is_open = is_open
        self._throttling = throttling
        self._everybodys: tuple[int, Response] | None = None
        """Made once for each version of the list: everybody in the lobby asks for it."""

    def paths(self) -> Api:
        """The two paths, for the router."""
        return {"/recordings": Queried(self._list), "/recordings/": Queried(self._file)}

    def summaries(self, match: str) -> list[dict[str, Any]]:
        """What everybody may watch, or what there is of the match with the code ``match``: rows of the list."""
        return [summary.to_json() for summary in self._recordings.listed(match)] if self._recordings else []

    def found(self, id: str, code: str) -> dict[str, Any] | None:
        """The fields of the `Download` of a recording; None if there is none that may be watched with ``code``."""
        recordings = self._recordings
        found = recordings.find(id, code) if recordings else None
        if recordings is None or found is None:
            return None
        path = recordings.path(id)
        if not path.is_file():
            recordings.forget(id)
            return None
        # The bytes of one that goes on stay, and more come.
        return {
            "path": str(path),
            "size": found.size,
            "etag": f"{id}-{found.size}",
            "name": path.name,
            "final": recordings.is_finished(id),
            "secret": found.header.access != OPEN,
        }

    def refused_guess(self, code: str, charged_to: Keys, *, found: bool, shown: bool) -> Response | None:
        """The refusal of a question about the match with ``code``, after too many wrong codes from the address.

        As in the lobby, what everybody is shown cannot be guessed.

        Args:
            code: of the match.
            charged_to: keys of the budgets of the address.
            found: there are recordings of it.
            shown: there is one that everybody may watch.
        """
        is_open = self._is_open(code)
        if is_open or shown:
            return None
        guesses, now = self._throttling.guesses, trio.current_time()
        if (wait := guesses.wait(charged_to, now)) > 0:
            guesses.refused += 1
            return too_many("wrong codes", wait)
        if is_open is None and not found:
            guesses.charge(charged_to, now)
        return None

    def _list(self, _rest: str, query: Mapping[str, str], charged_to: Keys) -> Response:
        """``GET /recordings``: what everybody may watch, or what there is of the match with the code ``match``."""
        match = query.get("match", "").upper()
        if match:
            listed = self.summaries(match)
            shown = self.shows(listed)
            return self.refused_guess(match, charged_to, found=bool(listed), shown=shown) or json_response(listed)
        version = self._recordings.version if self._recordings else 0
        if self._everybodys is None or self._everybodys[0] != version:
            self._everybodys = version, json_response(self.summaries(""))
        return self._everybodys[1]

    def shows(self, listed: list[dict[str, Any]]) -> bool:
        """Whether everybody may watch one of the recordings in ``listed``."""
        recordings = self._recordings
        return recordings is not None and any(recordings.find(summary["id"]) for summary in listed)

    def _file(self, id: str, query: Mapping[str, str], charged_to: Keys) -> Response | Download | None:
        """``GET /recordings/ID``: the file; of a private match, for those who know its code."""
        code = query.get("match", "").upper()
        found = self.found(id, code)
        shown = found is not None and not found["secret"]
        if code and (refused := self.refused_guess(code, charged_to, found=found is not None, shown=shown)):
            return refused
        return download(found) if found else None


def download(found: Mapping[str, Any]) -> Download:
    """The `Download` that `RecordingsApi.found` describes."""
    return Download(**{**found, "path": Path(found["path"])})
