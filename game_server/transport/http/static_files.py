"""The client's files, served from memory.

A request is looked up among the paths of the files that were found; no path is ever made from a request,
so there is nothing to traverse.

Every file has two addresses. At its own (``/style.css``) a browser must ask each time whether what it has is still
right. Below ``/v/`` and a hash of all files (``/v/3f9c.../style.css``) it may keep the file for ever: the page names
its script, style and pictures there, and what they name in turn lies there as well, since a relative address stays
below the prefix. There the modules are joined (`bundles`). Everything that gets smaller is kept compressed as well.

Beside the client's files there are those of games, below ``/games/NAME/``. Their modules stay as they are, and import
``/sdk.js``, which passes on what is in the client's bundle: so a game and the page share one copy of each module.
"""

from __future__ import annotations

import errno
import functools
import hashlib
import logging
import math
import os
import re
from collections.abc import Mapping, Sequence
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
    ".mjs": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".avif": "image/avif",
    ".ico": "image/x-icon",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".m4a": "audio/mp4",
    ".wav": "audio/wav",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".ttf": "font/ttf",
    ".otf": "font/otf",
    ".glb": "model/gltf-binary",
    ".bin": "application/octet-stream",
    ".txt": "text/plain; charset=utf-8",
}
"""What is served; a file of any other kind does not exist for a browser."""

_PACKED: Final = ("image/", "audio/", "font/woff")
"""Beginnings of types that are compressed already, but for SVG."""
_REMEMBERED: Final = 256 * 1024
"""Bytes of a file that, once compressed, is not compressed again when another one has changed."""
_COMPRESSED: Final = 1024
"""Bodies whose compressed form is remembered: several times as many as the client has files."""
_JOINED: Final = 2
"""Clients whose joined modules are remembered: that of before a change, and that of after it."""
MOST_BYTES: Final = 32 * 1024 * 1024
"""Of a file: all of them are kept in memory."""

INDEX: Final = "/index.html"
_ASK: Final = "no-cache"
_KEEP: Final = "public, max-age=31536000, immutable"
_NAMED: Final = re.compile(r'((?:href|src)=")([^":?#]+)"')
"""An attribute of the page that names a file beside it."""
_PRELOADED: Final = '<meta name="games" content="'
"""What the page says of the games that it loads at once, in front of their names. A name is followed by an address that
a browser may keep, if the module of the game is joined with the page's."""
_VERSION: Final = b'<meta name="dev" content="'
"""What the page says in front of the version of a game that is being written."""
_DOOR: Final = re.compile(r"/(?:sdk|games/\w+/game)\.js")
"""A module of the client that others import by its own address."""
_AGAIN: Final = re.compile(r"again=\d{1,4}")
"""A query by which a page asks once more for a module that it could not fetch."""
_STYLE_COMMENT: Final = re.compile(rb"/\*.*?\*/\n?", re.DOTALL)
"""Our own style sheets have no such signs in a text."""
_PAGE_SCRIPT: Final = re.compile(r'<script type="module" src="([^":?#]+)"')
_EXHAUSTED: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM})
"""What is lacking then is the server's, not the file."""


@attrs.frozen
class GameFiles:
    """The files of a game, served below ``/games/NAME/``.

    Attributes:
        name: of the game.
        folder: where they are; it may be missing, and come later.
        made: texts that are in no file, by their names there.
        preloaded: whether the page loads the game at once, before anybody is in a match.
    """

    name: str
    folder: Path
    made: Mapping[str, str] = attrs.field(factory=dict)
    preloaded: bool = False


@attrs.frozen
class _File:
    """A file as it was read.

    Attributes:
        stamp: when it was changed last (ns), and its size (bytes).
    """

    stamp: tuple[int, int]
    content_type: str
    body: bytes
    foreign: bool = False
    """Whether it is a game's, and not joined with the client's own."""


@attrs.frozen
class _PassedOn:
    """A module that passes on what the one at ``target`` exports."""

    target: str

    def answer(self, if_none_match: str | None, accept_encoding: str | None, query: str = "") -> Response:
        """The module; asked for again, it asks again for the other one, too."""
        again = f"?{query}" if _AGAIN.fullmatch(query) else ""
        body = f'export * from "{self.target}{again}";\n'.encode()
        return _resource(_File((0, 0), CONTENT_TYPES[".js"], body), body, _ASK).answer(if_none_match, accept_encoding)


@attrs.frozen
class _Resource:
    """What is at an address: one body, and the same by gzip where that is smaller."""

    plain: Response
    gzip: Response | None

    def answer(self, if_none_match: str | None, accept_encoding: str | None, query: str = "") -> Response:  # noqa: ARG002 - a file is the same for any
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
    own: Mapping[str, _Resource | _PassedOn]
    kept: Mapping[str, _Resource]

    @classmethod
    def of(cls, files: dict[str, _File], preloaded: Sequence[str] = (), version: str = "") -> _Shown:
        """What ``files`` come to; it takes some 100 ms to join and compress them."""
        digest = hashlib.sha256()
        for path, file in sorted(files.items()):
            digest.update(f"{path}\0{len(file.body)}\0".encode())
            digest.update(file.body)
        prefix = f"/v/{digest.hexdigest()[:16]}"
        own: dict[str, _Resource | _PassedOn] = {
            path: _resource(file, file.body, _ASK) for path, file in files.items() if path != INDEX
        }
        client = {path: file for path, file in files.items() if not file.foreign}
        joined = _joined(client)
        if INDEX in files:
            games = [(name, f"/games/{name}/game.js") for name in preloaded]
            named = [f"{name}={prefix}{path}" if path in joined else name for name, path in games]
            page = files[INDEX].body.replace(_PRELOADED.encode(), f"{_PRELOADED}{' '.join(named)}".encode(), 1)
            page = page.replace(_VERSION, _VERSION + version.encode(), 1)
            own[INDEX] = _resource(files[INDEX], _versioned(page, prefix, files), _ASK)
        own |= {path: _PassedOn(prefix + path) for path in joined if _DOOR.fullmatch(path)}
        kept = {
            prefix + path: _resource(file, joined.get(path) or _uncommented(path, file.body), _KEEP)
            for path, file in client.items()
            if path != INDEX
        }
        return cls(files, own, kept)


def warm_up(folder: Path) -> None:
    """Join and compress the files of the browser client, so that a `Site` is made in a tenth of the time later.

    Raises:
        ConfigError: as `Site`.
    """
    Site(folder)


class Site:
    """The files below ``folder`` that a browser may have, and those of games. Hidden files and folders are left out.

    Args:
        folder: of the browser client.
        games: whose files are served beside it.
        version: of a game that is being written, which the page is given; empty for none.

    Raises:
        ConfigError: there is no such folder, or it cannot be read.
    """

    def __init__(self, folder: Path, games: Sequence[GameFiles] = (), version: str = "") -> None:
        if not folder.is_dir():
            raise ConfigError(f"{folder} is not a folder: the browser client's files are missing")
        self._folder = folder
        self._games = games
        self._version = version
        self._preloaded = [game.name for game in games if game.preloaded]
        self._complaints: frozenset[str] = frozenset()
        self._looked_at = trio.current_time()
        try:
            files = self._scan({})
        except OSError as error:
            raise ConfigError(f"{folder} cannot be read: {error}") from error
        self._shown = _Shown.of(files, self._preloaded, version)
        # Who was given the page just before a change still comes for its files.
        self._kept_before: Mapping[str, _Resource] = {}

    def get(
        self, path: str, if_none_match: str | None = None, accept_encoding: str | None = None, query: str = ""
    ) -> Response | None:
        """The file at ``path`` (decoded, from the root: ``/src/app/main.js``), or None.

        Args:
            if_none_match: the entity tags that the browser has, as in the header; a match gives 304.
            accept_encoding: the header of that name.
        """
        name = INDEX if path == "/" else path
        resource = self._shown.own.get(name) or self._shown.kept.get(name) or self._kept_before.get(name)
        return resource.answer(if_none_match, accept_encoding, query) if resource else None

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
        return shown if files == shown.files else _Shown.of(files, self._preloaded, self._version)

    def _scan(self, before: Mapping[str, _File]) -> dict[str, _File]:
        """Look at every file, and read those that are not as ``before``.

        Raises:
            OSError: a folder could not be listed, or there are too many open files.
        """
        files: dict[str, _File] = {}
        complaints: set[str] = set()
        places = [(self._folder, "/", False)]
        places += [(game.folder, f"/games/{game.name}/", True) for game in self._games if game.folder.is_dir()]
        for root, address, foreign in places:
            for folder, subfolders, names in os.walk(root, onerror=_raise):
                subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
                for name in sorted(names):
                    content_type = CONTENT_TYPES.get(os.path.splitext(name)[1].lower())
                    if content_type is None or name.startswith("."):
                        continue
                    source = Path(folder, name)
                    path = address + source.relative_to(root).as_posix()
                    try:
                        status = source.stat()
                        stamp = (status.st_mtime_ns, status.st_size)
                        if status.st_size > MOST_BYTES:
                            complaints.add(f"cannot serve {path}: it has more than {MOST_BYTES // 2**20} MB")
                            continue
                        known = before.get(path)
                        if known is None or known.stamp != stamp:
                            known = _File(stamp, content_type, source.read_bytes(), foreign)
                        files[path] = known
                    except OSError as error:  # removed or made unreadable while we look
                        if error.errno in _EXHAUSTED:
                            raise
                        complaints.add(f"cannot serve {path}: {error}")
        for game in self._games:
            for name, text in game.made.items():
                content_type = CONTENT_TYPES[os.path.splitext(name)[1]]
                files[f"/games/{game.name}/{name}"] = _File((0, 0), content_type, text.encode(), foreign=True)
        self._complain(complaints)
        return files

    def _complain(self, complaints: set[str]) -> None:
        """Log what was not logged at the look before."""
        for complaint in sorted(complaints - self._complaints):
            logger.warning("%s", complaint)
        self._complaints = frozenset(complaints)


_compressed_once = functools.lru_cache(_COMPRESSED)(compressed)
_joined_once = functools.lru_cache(_JOINED)(lambda sources, page: join_modules(dict(sources), page))


def _raise(error: OSError) -> None:
    raise error


def _resource(file: _File, body: bytes, cache_control: str) -> _Resource:
    tag = hashlib.sha256(body).hexdigest()[:32]
    headers: Headers = (("Content-Type", file.content_type), ("Cache-Control", cache_control))
    packed = file.content_type.startswith(_PACKED) and file.content_type != CONTENT_TYPES[".svg"]
    smaller = None if packed else _compressed_once(body) if len(body) < _REMEMBERED else compressed(body)
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


def _uncommented(path: str, body: bytes) -> bytes:
    """``body`` without the comments of a style sheet, which are a tenth of what would be sent of it."""
    return _STYLE_COMMENT.sub(b"", body) if path.endswith(".css") else body


def _joined(files: dict[str, _File]) -> dict[str, bytes]:
    """The page's modules, joined; nothing where there are none, or where they cannot be."""
    sources = {path: file.body for path, file in files.items() if path.endswith(".js")}
    script = _PAGE_SCRIPT.search(files[INDEX].body.decode("utf-8", "replace")) if INDEX in files else None
    if script is None or (page := f"/{script.group(1)}") not in sources:
        return {}
    try:
        texts = {path: body.decode("utf-8") for path, body in sources.items()}
        return {path: text.encode() for path, text in _joined_once(tuple(texts.items()), page).items()}
    except (NotJoinable, UnicodeDecodeError) as error:
        logger.warning("the page's modules are served one by one: %s", error)
        return {}


def _matches(etag: str, if_none_match: str) -> bool:
    candidates = [candidate.strip().removeprefix("W/") for candidate in if_none_match.split(",")]
    return etag in candidates or candidates == ["*"]
