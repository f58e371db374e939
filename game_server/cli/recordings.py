"""The commands ``game-server recordings``: cut a part out of a recording, and export one for any web server."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated, Final

import cyclopts
from cyclopts import Parameter

from game_server.cli.numbers import number
from game_server.errors import ConfigError
from game_server.games import game_named, web_folder
from game_server.journal import RECORDINGS, SUFFIX, RecordingReader, cut, default_directory, new_id
from game_server.page import rules_script, site_directory

_PAGE: Final = "index.html"
_HEAD: Final = "<head>\n"
_MOST_SECONDS: Final = 1e6

recordings = cyclopts.App(name="recordings", help="Cut and export recordings of matches.")

Seconds = Annotated[float, number(0, _MOST_SECONDS)]


@recordings.command(name="cut")
def cut_command(
    recording: str,
    file: Path,
    /,
    *,
    begin: Annotated[Seconds, Parameter(name="--from")] = 0.0,
    end: Annotated[Seconds, Parameter(name="--to")] = _MOST_SECONDS,
    data: Path | None = None,
) -> int:
    """Write a part of a recording to a file, as a recording of its own.

    Args:
        recording: The ID of a recording, as in the link to it, or a file.
        file: The file to write.
        begin: Second of the recording to begin at; it begins up to 5 seconds earlier, where everything is known.
        end: Second to end at.
        data: Data directory of the server; by default that of a server on port 8000.
    """
    path = _path(recording, data)
    try:
        with path.open("rb") as source:
            clip = cut(source, new_id(), begin, end)
        file.write_bytes(clip)
    except OSError as error:
        raise ConfigError(f"cannot cut {path}: {error}") from error
    print(f"{file}: {len(clip):,} bytes")
    return 0


@recordings.command
def export(recording: str, folder: Path, /, *, data: Path | None = None, game: str = "") -> int:
    """Write a recording and the page that plays it to a folder, for any web server.

    Args:
        recording: The ID of a recording, as in the link to it, or a file.
        folder: The folder to write; it must be missing or empty.
        data: Data directory of the server; by default that of a server on port 8000.
        game: The game that was played, if it is not installed here: module:Class.
    """
    if game:
        game_named(game)
    path = _path(recording, data)
    try:
        if folder.exists() and any(folder.iterdir()):
            raise ConfigError(f"{folder} is not empty: name another folder")
        with path.open("rb") as source:
            header = RecordingReader(source).header
        id = header.id
        shutil.copytree(site_directory(), folder, dirs_exist_ok=True)
        _add_game(header.game, folder / "games" / header.game)
        page = folder / _PAGE
        shown = f'{_HEAD}  <meta name="replay" content="{id}">\n'
        page.write_text(page.read_text("utf-8").replace(_HEAD, shown, 1), "utf-8")
        (folder / RECORDINGS).mkdir()
        shutil.copyfile(path, folder / RECORDINGS / id)
    except OSError as error:
        raise ConfigError(f"cannot export {path} to {folder}: {error}") from error
    print(f"{folder}: serve it with any web server, such as python3 -m http.server --directory {folder}")
    return 0


def _add_game(name: str, place: Path) -> None:
    """Copy what draws the game ``name`` to ``place``, unless the page has it anyway.

    Raises:
        ConfigError: there is no such game here.
    """
    found = game_named(name)
    if web_folder(found).is_dir():
        shutil.copytree(web_folder(found), place, dirs_exist_ok=True)
    place.mkdir(parents=True, exist_ok=True)
    (place / "rules.js").write_text(rules_script(found), "utf-8")


def _path(recording: str, data: Path | None) -> Path:
    """The file of ``recording``.

    Raises:
        ConfigError: there is none.
    """
    folder = (data or default_directory(8000)) / RECORDINGS
    for path in (Path(recording), folder / f"{recording}{SUFFIX}"):
        if path.is_file():
            return path
    raise ConfigError(f"there is no recording {recording!r}: it is neither a file nor an ID of one in {folder}")
