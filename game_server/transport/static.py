"""The client's files, served from memory.

A request is looked up among the paths of the files that were found; no path is ever made from a request,
so there is nothing to traverse.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Final

import attrs
import trio

from game_server.errors import ConfigError
from game_server.transport.responses import Response

logger = logging.getLogger("game_server.transport")

REFRESH_SECONDS: Final = 1.0
"""How often the folder is looked at again, so that a page under development needs no restart."""

CONTENT_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".txt": "text/plain; charset=utf-8",
}
"""What is served; a file of any other kind does not exist for a browser."""


@attrs.frozen
class _File:
    stamp: tuple[int, int]
    response: Response
    etag: str


class Site:
    """The files below ``folder`` that a browser may have. Hidden files and folders are left out.

    Raises:
        ConfigError: there is no such folder.
    """

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise ConfigError(f"{folder} is no folder: the browser client's files are missing")
        self._folder = folder
        self._files: dict[str, _File] = {}
        self._looked_at = trio.current_time()
        self._load()

    def get(self, path: str, if_none_match: str | None = None) -> Response | None:
        """The file at ``path`` (decoded, from the root: ``/src/main.js``), or None.

        Args:
            if_none_match: the entity tags that the browser has, as in the header; a match gives 304.
        """
        if trio.current_time() - self._looked_at >= REFRESH_SECONDS:
            self._looked_at = trio.current_time()
            self._load()
        file = self._files.get("/index.html" if path == "/" else path)
        if file is None:
            return None
        if if_none_match is not None and _matches(file.etag, if_none_match):
            return Response(HTTPStatus.NOT_MODIFIED, file.response.headers)
        return file.response

    def _load(self) -> None:
        self._files = dict(self._scan())

    def _scan(self) -> Iterator[tuple[str, _File]]:
        for folder, subfolders, names in os.walk(self._folder):
            subfolders[:] = [name for name in subfolders if not name.startswith(".")]
            for name in names:
                content_type = CONTENT_TYPES.get(os.path.splitext(name)[1].lower())
                if content_type is None or name.startswith("."):
                    continue
                source = Path(folder, name)
                path = "/" + source.relative_to(self._folder).as_posix()
                try:
                    status = source.stat()
                    stamp = (status.st_mtime_ns, status.st_size)
                    known = self._files.get(path)
                    yield path, known if known and known.stamp == stamp else _read(source, content_type, stamp)
                except OSError as error:  # removed or made unreadable while we look
                    logger.warning("cannot serve %s: %s", path, error)


def _read(source: Path, content_type: str, stamp: tuple[int, int]) -> _File:
    body = source.read_bytes()
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    # No name bears a hash of its content, so a browser must ask each time whether what it has is still right.
    headers = (("Content-Type", content_type), ("Cache-Control", "no-cache"), ("ETag", etag))
    return _File(stamp, Response(HTTPStatus.OK, headers, body), etag)


def _matches(etag: str, if_none_match: str) -> bool:
    candidates = [candidate.strip().removeprefix("W/") for candidate in if_none_match.split(",")]
    return etag in candidates or candidates == ["*"]
