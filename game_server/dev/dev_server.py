"""A server whose game is being written: it listens, watches the files, and lets processes play them in turn.

Each version of the rules gets a process of its own, since modules that are loaded again leave old classes behind. The
socket that listens belongs to this process, and the matches go from one process to the next as `packed_match` has them:
a version that cannot be imported, or cannot go on with them, never takes over.
"""

from __future__ import annotations

import base64
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import trio

from game_server.dev.version import Version
from game_server.dev.watching import LOOK_EVERY, changed, folders_of, make_importable, settled, stamps
from game_server.listening import listen

LOADING: Final = 30.0
"""Seconds for a game to be imported."""
BEGINNING: Final = 5.0
"""Seconds for its matches to begin, and for the first tick."""
ANSWER: Final = 3.0
"""Seconds for the process that serves to answer: it does so between two ticks."""
SPARE_AFTER: Final = 1.0
"""Seconds after a change until the process for the next one is started, so that pages can load first."""


class DevServer:
    """Serves a game, and each change of it. Use `run` once.

    Args:
        game: ``module:Class``, or the name of a game.
        module: where its files are looked for.
        bots: seats for bots.
        host, port: where to listen; port 0 picks a free one.
        say: called with each line for the author.
    """

    def __init__(
        self, game: str, module: str, *, bots: int, host: str, port: int, say: Callable[[str], object]
    ) -> None:
        self._game = game
        self._module = module
        self._bots = bots
        self._host = host
        self._port = port
        self._say = say
        self._serving: Version | None = None
        self._spare: Version | None = None
        self._folders: list[tuple[Path, bool]] = []

    async def run(self, *, task_status: trio.TaskStatus[str] = trio.TASK_STATUS_IGNORED) -> None:
        """Serve until cancelled. Started in a nursery it reports its URL when the game is served first.

        Raises:
            ConfigError: it cannot listen at that host and port.
        """
        listeners = await listen(self._host, self._port)
        descriptors = tuple(listener.socket.fileno() for listener in listeners)
        order = {
            "game": self._game,
            "bots": self._bots,
            "host": self._host,
            "port": listeners[0].socket.getsockname()[1],
            "listening": descriptors,
            "key": base64.b64encode(secrets.token_bytes(32)).decode(),
        }
        make_importable()
        self._folders = folders_of(self._module)
        with tempfile.TemporaryDirectory(prefix="game-server-") as folder:
            try:
                await self._go_on(order, descriptors, Path(folder) / "matches", task_status)
            finally:
                with trio.CancelScope(shield=True):
                    if self._spare:
                        await self._spare.end()
                    if self._serving:
                        await self._serving.stop()
                for listener in listeners:
                    listener.socket.close()

    async def _go_on(
        self, order: dict[str, Any], descriptors: tuple[int, ...], matches: Path, task_status: trio.TaskStatus[str]
    ) -> None:
        reported = False
        while True:
            seen = stamps(self._folders)
            if self._spare is None:
                self._spare = Version(descriptors)
            if (url := await self._take_turns(self._spare, order, matches)) and not reported:
                reported = True
                task_status.started(url)
            with trio.move_on_after(SPARE_AFTER):
                await self._next_change(seen)
                continue
            self._spare = Version(descriptors)
            await self._next_change(seen)

    async def _next_change(self, seen: dict[str, tuple[int, int]]) -> None:
        """Wait until a file has changed, or the process that serves has ended by itself."""
        while (now := stamps(self._folders)) == seen:
            if self._serving and not self._serving.lives:
                self._say("the process that played it has ended; save a file to go on")
                await self._serving.end()
                self._serving = None
            await trio.sleep(LOOK_EVERY)
        await settled(self._folders, now)
        self._say(f"{', '.join(Path(path).name for path in changed(seen, now)[:3])} changed")

    async def _take_turns(self, version: Version, order: dict[str, Any], matches: Path) -> str:
        """Let ``version`` serve in place of the one that does; return its URL, or nothing if it cannot."""
        before = self._serving
        loaded = await version.ask(order, LOADING)
        if "failed" in loaded:
            return await self._refuse(version, loaded["failed"], "refuse")
        if (web := (Path(loaded["loaded"]), True)) not in self._folders:
            self._folders.append(web)
        handed = await before.ask({"hand_over": str(matches)}, ANSWER) if before else {}
        if "failed" in handed:
            self._say(f"the match goes on as it was before: {handed['failed']}")
        ready = await version.ask({"serve": str(matches)}, BEGINNING)
        if "failed" in ready:
            return await self._refuse(version, ready["failed"], "go_on")
        if before:
            await before.end()
        self._serving, self._spare = version, None
        served = await version.ask({"accept": True}, BEGINNING)
        if "failed" in served:
            return await self._refuse(version, served["failed"], "refuse")
        self._say(ready["ready"] or ("the match goes on" if before else "the game is served"))
        return str(served["serving"])

    async def _refuse(self, version: Version, why: str, then: str) -> str:
        """Let the process that serves go on, if there is one, and show ``why`` on its pages."""
        self._say(f"{why}\n  waiting for the next change")
        await version.end()
        self._spare = None
        if self._serving is version:
            self._serving = None
        if self._serving:
            await self._serving.ask({then: True, "why": why}, ANSWER)
        return ""
