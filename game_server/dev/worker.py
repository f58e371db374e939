"""``python -m game_server.dev.worker``: one version of a game, served until a process with the next one takes over.

It imports the server first and the game when it is asked to: so a change does not wait for the imports of the server.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import msgpack
import trio

from game_server.dev.mistakes import Mistakes, in_words
from game_server.dev.watching import make_importable, stamps
from game_server.errors import leaves
from game_server.games import game_named, web_folder
from game_server.lobby import MatchOptions, StayOptions, packed_match, take_over
from game_server.options import ServerOptions
from game_server.page import site_directory
from game_server.server import Server, Workshop
from game_server.simulation import Game
from game_server.supervisor import Control, die_with_parent
from game_server.telemetry import set_up
from game_server.transport import Queried, json_response, warm_up

SEATS: Final = 16
"""Of a match, unless the game has fewer or needs more."""
ANSWERING: Final = 1.0
"""Seconds to say why it cannot serve."""


def main() -> None:
    """Serve as the parent asks, until it ends this process or is gone itself."""
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    control = socket.socket(fileno=int(sys.argv[1]))
    control.set_inheritable(False)
    trio.run(_work, control)


async def _work(pair: socket.socket) -> None:
    control = Control(trio.SocketStream(trio.socket.from_stdlib_socket(pair)))
    requests = control.messages()
    warm_up(site_directory())
    order = await anext(requests, None)
    if order is None:
        return
    set_up("warning", "text")
    # A page that is loaded again keeps this machine busy, and overload is no news then.
    logging.getLogger("game_server.lobby").setLevel(logging.ERROR)
    try:
        game = _imported(order["game"])
        options = _options(game, order)
        await control.send({"loaded": str(web_folder(game))})
        request = await anext(requests, None)
        if request is None:
            return
        await _serve(control, requests, options, order, Path(request["serve"]))
    except BaseException as error:  # noqa: ASYNC103 - rules may raise anything; trio.Cancelled is not raised here
        fault = leaves(error)[0] if isinstance(error, BaseExceptionGroup) else error
        with trio.move_on_after(ANSWERING, shield=True):
            await control.send({"failed": in_words(fault)})


def _imported(name: str) -> type[Game]:
    make_importable()
    # Written in the same second, with as many bytes, a changed file would pass for the compiled one.
    sys.dont_write_bytecode = True
    return game_named(name)


def _options(game: type[Game], order: dict[str, Any]) -> ServerOptions:
    least, most = game.seats
    seats = max(least, min(SEATS, most))
    bots = min(order["bots"], seats)
    match = MatchOptions(game.called(), game, game.tick_rate, seats, bots)
    return ServerOptions(
        match,
        host=order["host"],
        port=order["port"],
        # The author is away from the page most of the time.
        stays=StayOptions(idle_to_watching=0),
        metrics=False,
    )


async def _serve(
    control: Control,
    requests: AsyncIterator[dict[str, Any]],
    options: ServerOptions,
    order: dict[str, Any],
    handed_over: Path,
) -> None:
    """Go on with what is in the file ``handed_over``, if it is there, and serve."""
    game = options.match.game
    mistakes = Mistakes(_version(game))
    logging.getLogger("game_server").addHandler(mistakes)

    async def news(_rest: str, fields: Any, _charged_to: Any) -> Any:
        return json_response(await mistakes.answer(fields))

    key = base64.b64decode(order["key"])
    workshop = Workshop(tuple(order["listening"]), key, mistakes.version, {"/dev": Queried(news)})
    server = Server(options, workshop=workshop)
    mistakes.waiting = lambda: any(match.match.waits for match in server.match_index)
    hosting = server.lobby.hosting
    for packed in _read(handed_over):
        taken = take_over(packed, hosting.games, options.match)
        taken.try_a_tick()
        hosting.handed_over[taken.code] = taken.match
        if taken.afresh and taken.match.people.opening.stays:
            mistakes.news = f"The match began afresh: {taken.afresh}."

    async def accept() -> None:
        await control.send({"ready": mistakes.news})
        await anext(requests, None)

    server.before_accepting = accept
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_stop_when_asked, stop := trio.Event())
        async with trio.open_nursery() as serving:
            await serving.start(server.run, stop)
            if server.url:
                await control.send({"serving": server.url})
                nursery.start_soon(_obey, control, requests, server, mistakes)
        nursery.cancel_scope.cancel()


def _read(path: Path) -> list[bytes]:
    """Return the matches in the file at ``path``; none if there is no such file."""
    return list(msgpack.unpackb(path.read_bytes())) if path.is_file() else []


def _write(path: Path, matches: list[bytes]) -> None:
    path.write_bytes(msgpack.packb(matches))


def _version(game: type[Game]) -> str:
    """Return a digest of what browsers load of ``game``: they load it again when that has changed."""
    served = (game.rules_script, stamps([(web_folder(game), True)]))
    return hashlib.blake2b(repr(served).encode(), digest_size=8).hexdigest()


async def _stop_when_asked(stop: trio.Event) -> None:
    with trio.open_signal_receiver(signal.SIGTERM) as signals:
        async for _ in signals:
            stop.set()


async def _obey(control: Control, requests: AsyncIterator[dict[str, Any]], server: Server, mistakes: Mistakes) -> None:
    """Do what the parent asks for, one thing at a time, and end when it is gone."""
    matches = server.match_index
    async for request in requests:
        match request:
            case {"hand_over": path}:
                for match in matches:
                    match.stand_still()
                _write(Path(path), [packed_match(match) for match in matches])
            case {"go_on": _}:
                for match in matches:
                    match.go_on()
        mistakes.refuse(request.get("why", ""))
        await control.send({"done": True})
    os._exit(0)


if __name__ == "__main__":
    main()
