"""The command ``game-server dev``: a server for the author of a game, which shows each change."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import Annotated, Final

import trio

from game_server.cli.interrupt import stoppable
from game_server.cli.invitation import invitation, links_for_others
from game_server.cli.match_choice import DEFAULT
from game_server.cli.numbers import whole
from game_server.dev import DevServer
from game_server.errors import ConfigError
from game_server.games import ENTRY_POINTS, module_of
from game_server.options import ServerOptions
from game_server.telemetry import printable

BOTS: Final = 2
"""Default of --bots: enough to see what the rules do between players."""


async def dev(
    game: str | None = None,
    /,
    *,
    bots: Annotated[int, whole(0, 64)] = BOTS,
    host: str = "127.0.0.1",
    port: Annotated[int, whole(0, 65535)] = 8000,
) -> int:
    """Host a game while you write it: what you save is seen in the page a moment later.

    The match goes on by the new rules, if it can, and everybody keeps their seat. Mistakes are shown on the page.

    Args:
        game: The game: module:Class of your own, or one that is installed; by default that of the package in this
            folder, as game-server new writes it.
        bots: Seats for bots, which give way to people.
        host: The address to listen on: 127.0.0.1 for this machine only, 0.0.0.0 for everybody who can reach it.
        port: The port to listen on; 0 picks a free one.
    """
    name = game or game_in(Path.cwd())
    options = ServerOptions(DEFAULT.options(), host=host, port=port)
    server = DevServer(name, module_of(name), bots=bots, host=options.host, port=options.port, say=_say)
    async with stoppable(), trio.open_nursery() as nursery:
        url = await nursery.start(server.run)
        print(f"Listening on {url}\n{invitation(url, links_for_others(options, url))}", end="", flush=True)
    return 0


def game_in(folder: Path) -> str:
    """Return the game that the ``pyproject.toml`` in ``folder`` declares, as ``module:Class``.

    Raises:
        ConfigError: it declares none, or several, or cannot be read.
    """
    path = folder / "pyproject.toml"
    try:
        project = tomllib.loads(path.read_text("utf-8")).get("project", {})
        games = project.get("entry-points", {}).get(ENTRY_POINTS, {})
    except FileNotFoundError:
        raise ConfigError("there is no pyproject.toml here: name the game, as module:Class") from None
    except (OSError, ValueError, AttributeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    if not isinstance(games, dict) or len(games) != 1:
        found = f"the games {', '.join(games)}" if games else "no game"
        raise ConfigError(f'{path} declares {found} in [project.entry-points."{ENTRY_POINTS}"]: name one')
    return str(next(iter(games.values())))


def _say(text: str) -> None:
    for line in text.splitlines():
        print(printable(line), file=sys.stderr)
