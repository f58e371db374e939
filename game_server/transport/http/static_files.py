"""The client's files, served from memory.

A request is looked up among the paths of the files that were found; no path is ever made from a request,
so there is nothing to traverse.

Every file has two addresses. At its own (``/style.css``) a browser must ask each time whether what it has is still
right. Below ``/v/`` and a hash of all files (``/v/3f9c.../style.css``) it may keep the file for ever: the page names
its script, style and pictures there, and what they name in turn lies there as well, since a relative address stays
below the prefix. There the modules are joined (`bundles`). Everything that gets smaller is kept compressed as well.
"""

from __future__ import annotations

import errno
import hashlib
import logging
import math
import os
import re
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Final

import attrs
import trio

from game_server.errors import ConfigError
from game_server.transport.http.bundles import NotJoinable, join_modules
from game_server.transport.http.responses import Headers, Response, compressed, takes_gzip

logger = logging.getLogger("game_server.transport")

REFRESH_SECONDS: Final = 1.0
"""How often the folder is looked at again, when somebody comes, so that a page under development needs no restart."""

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

INDEX: Final = "/index.html"
_ASK: Final = "no-cache"
_KEEP: Final = "public, max-age=31536000, immutable"
_NAMED: Final = re.compile(r'((?:href|src)=")([^":?#]+)"')
"""An attribute of the page that names a file beside it."""
_PAGE_SCRIPT: Final = re.compile(r'<script type="module" src="([^":?#]+)"')
_EXHAUSTED: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM})
"""What is lacking then is the server's, not the file."""


@attrs.frozen
class _File:
    """A file as it was read.

    Attributes:
        stamp: when it was changed last (ns), and its size (bytes).
    """

    stamp: tuple[int, int]
    content_type: str
    body: bytes


@attrs.frozen
class _Resource:
    """What is at an address: one body, and the same by gzip where that is smaller."""

    plain: Response
    gzip: Response | None

    def answer(self, if_none_match: str | None, accept_encoding: str | None) -> Response:
        """The form that a client takes, or 304 when it has that form."""
        response = self.gzip if self.gzip is not None and takes_gzip(accept_encoding) else self.plain
        headers = dict(response.headers)
        if if_none_match is not None and _matches(headers["ETag"], if_none_match):
            headers.pop("Content-Encoding", None)
            return Response(HTTPStatus.NOT_MODIFIED, tuple(headers.items()))
        return response


@attrs.frozen
class _Shown:
    """What there is for a browser.

    Attributes:
        files: as they were read.
        own: what is at each file's own address.
        kept: what is at the addresses that a browser may keep.
    """

    files: Mapping[str, _File]
    own: Mapping[str, _Resource]
    kept: Mapping[str, _Resource]

    @classmethod
    def of(cls, files: dict[str, _File]) -> _Shown:
        """What ``files`` come to; it takes some 100 ms to join and compress them."""
        digest = hashlib.sha256()
        for path, file in sorted(files.items()):
            digest.update(f"{path}\0{len(file.body)}\0".encode())
            digest.update(file.body)
        prefix = f"/v/{digest.hexdigest()[:16]}"
        own = {path: _resource(file, file.body, _ASK) for path, file in files.items() if path != INDEX}
        if INDEX in files:
            own[INDEX] = _resource(files[INDEX], _versioned(files[INDEX].body, prefix, files), _ASK)
        joined = _joined(files)
        kept = {
            prefix + path: _resource(file, joined.get(path, file.body), _KEEP)
            for path, file in files.items()
            if path != INDEX
        }
        return cls(files, own, kept)


class Site:
    """The files below ``folder`` that a browser may have. Hidden files and folders are left out.

    Raises:
        ConfigError: there is no such folder, or it cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise ConfigError(f"{folder} is not a folder: the browser client's files are missing")
        self._folder = folder
        self._complaints: frozenset[str] = frozenset()
        self._looked_at = trio.current_time()
        try:
            files = self._scan({})
        except OSError as error:
            raise ConfigError(f"{folder} cannot be read: {error}") from error
        self._shown = _Shown.of(files)
        # Who was given the page just before a change still comes for its files.
        self._kept_before: Mapping[str, _Resource] = {}

    def get(self, path: str, if_none_match: str | None = None, accept_encoding: str | None = None) -> Response | None:
        """The file at ``path`` (decoded, from the root: ``/src/app/main.js``), or None.

        Args:
            if_none_match: the entity tags that the browser has, as in the header; a match gives 304.
            accept_encoding: the header of that name.
        """
        name = INDEX if path == "/" else path
        resource = self._shown.own.get(name) or self._shown.kept.get(name) or self._kept_before.get(name)
        return resource.answer(if_none_match, accept_encoding) if resource else None

    def refresh(self, nursery: trio.Nursery) -> None:
        """Let ``nursery`` run `look_again`, unless that is under way or was done less than `REFRESH_SECONDS` ago."""
        if trio.current_time() - self._looked_at >= REFRESH_SECONDS:
            # At once, not by the task: many requests may be answered before it begins, and a thread for each of them
            # would keep the interpreter from the loop for many milliseconds.
            self._looked_at = math.inf
            nursery.start_soon(self.look_again)

    async def look_again(self) -> None:
        """Read what has changed, in a thread, since to join and compress it takes longer than a tick.

        Until that is done what was served before is served on, and so it is when the folder cannot be looked at.
        """
        try:
            shown = await trio.to_thread.run_sync(self._read_again, self._shown)
        finally:
            self._looked_at = trio.current_time()
        if shown is not self._shown:
            self._kept_before, self._shown = self._shown.kept, shown

    def _read_again(self, shown: _Shown) -> _Shown:
        """What is to be shown after ``shown``."""
        try:
            files = self._scan(shown.files)
        except OSError as error:
            self._complain({f"cannot look for changed files: {error}"})
            return shown
        return shown if files == shown.files else _Shown.of(files)

    def _scan(self, before: Mapping[str, _File]) -> dict[str, _File]:
        """Look at every file, and read those that are not as ``before``.

        Raises:
            OSError: a folder could not be listed, or there are too many open files.
        """
        files = {}
        complaints = set()
        for folder, subfolders, names in os.walk(self._folder, onerror=_raise):
            subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
            for name in sorted(names):
                content_type = CONTENT_TYPES.get(os.path.splitext(name)[1].lower())
                if content_type is None or name.startswith("."):
                    continue
                source = Path(folder, name)
                path = "/" + source.relative_to(self._folder).as_posix()
                try:
                    status = source.stat()
                    stamp = (status.st_mtime_ns, status.st_size)
                    known = before.get(path)
                    if known is None or known.stamp != stamp:
                        known = _File(stamp, content_type, source.read_bytes())
                    files[path] = known
                except OSError as error:  # removed or made unreadable while we look
                    if error.errno in _EXHAUSTED:
                        raise
                    complaints.add(f"cannot serve {path}: {error}")
        self._complain(complaints)
        return files

    def _complain(self, complaints: set[str]) -> None:
        """Log what was not logged at the look before."""
        for complaint in sorted(complaints - self._complaints):
            logger.warning("%s", complaint)
        self._complaints = frozenset(complaints)


def _raise(error: OSError) -> None:
    raise error


def _resource(file: _File, body: bytes, cache_control: str) -> _Resource:
    tag = hashlib.sha256(body).hexdigest()[:32]
    headers: Headers = (("Content-Type", file.content_type), ("Cache-Control", cache_control))
    smaller = compressed(body)
    if smaller is None:
        return _Resource(Response(HTTPStatus.OK, (*headers, ("ETag", f'"{tag}"')), body), None)
    headers = (*headers, ("Vary", "Accept-Encoding"))
    coded = (*headers, ("Content-Encoding", "gzip"), ("ETag", f'"{tag}-gzip"'))
    return _Resource(
        Response(HTTPStatus.OK, (*headers, ("ETag", f'"{tag}"')), body), Response(HTTPStatus.OK, coded, smaller)
    )


def _versioned(page: bytes, prefix: str, files: dict[str, _File]) -> bytes:
    """``page`` with each file that it names below ``prefix``."""

    def below(found: re.Match[str]) -> str:
        attribute, name = found.groups()
        return f'{attribute}{prefix}/{name}"' if f"/{name}" in files else found.group()

    return _NAMED.sub(below, page.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")


def _joined(files: dict[str, _File]) -> dict[str, bytes]:
    """The page's modules, joined; nothing where there are none, or where they cannot be."""
    sources = {path: file.body for path, file in files.items() if path.endswith(".js")}
    script = _PAGE_SCRIPT.search(files[INDEX].body.decode("utf-8", "replace")) if INDEX in files else None
    if script is None or (page := f"/{script.group(1)}") not in sources:
        return {}
    try:
        texts = {path: body.decode("utf-8") for path, body in sources.items()}
        return {path: text.encode() for path, text in join_modules(texts, page).items()}
    except (NotJoinable, UnicodeDecodeError) as error:
        logger.warning("the page's modules are served one by one: %s", error)
        return {}


def _matches(etag: str, if_none_match: str) -> bool:
    candidates = [candidate.strip().removeprefix("W/") for candidate in if_none_match.split(",")]
    return etag in candidates or candidates == ["*"]
