"""The matches of a --spread: existing ones with room, and new ones opened for the rest."""

from __future__ import annotations

from typing import Final, TypeVar

import attrs
import trio
from trio_websocket import WebSocketConnection

from game_server.client import CONNECT_TIMEOUT, ENDS, Target, open_stream, open_websocket, why_ended
from game_server.errors import ConfigError, GameServerError, leaves
from game_server.protocol import (
    LOCKED,
    MAX_CREATED_PLAYERS,
    WITH_PASSWORD,
    Browse,
    ClientMessage,
    Create,
    Hello,
    Home,
    HomeCode,
    Leave,
    Lobby,
    Refused,
    ServerMessage,
    Spectating,
    Welcome,
    decode_server,
    encode,
)

M = TypeVar("M", bound=ServerMessage)

LONGEST: Final = 60.0
"""Seconds that it may take: a match without people is closed after that time."""


class MatchesUnavailable(GameServerError):
    """There are not as many matches as needed; the message says why."""


def seats_each(wanted: int, *kinds: int) -> int:
    """Return how many seats each of ``wanted`` matches needs.

    Args:
        kinds: number of clients of each kind; each kind is spread from the first match on.

    Raises:
        ConfigError: it is more than a new match has.
    """
    seats = sum(-(-clients // wanted) for clients in kinds)
    if seats > MAX_CREATED_PLAYERS:
        clients = " and ".join(str(clients) for clients in kinds if clients)
        raise ConfigError(
            f"--spread {wanted}: {clients} clients need {seats} seats in a match; a new one has {MAX_CREATED_PLAYERS}"
        )
    return seats


async def find_or_open_matches(target: Target, wanted: int, seats: int, game: str = "") -> tuple[str, ...]:
    """Return the codes of ``wanted`` open matches, the fullest last; opens those that are missing.

    Args:
        seats: that must be free in each.
        game: of those that are opened; empty for the first that the server offers.

    Raises:
        MatchesUnavailable: the server refuses, or does not answer.
    """
    why: Exception | None = None
    codes: tuple[str, ...] = ()
    in_time = trio.move_on_after(LONGEST)
    try:
        with in_time:
            async with open_stream(target) as stream, trio.open_nursery() as nursery:
                with trio.fail_after(CONNECT_TIMEOUT):
                    socket = await open_websocket(nursery, stream, target)
                codes = await _LobbyVisit(socket).find_or_open(wanted, seats, game)
                await socket.aclose()
                nursery.cancel_scope.cancel()
    except* MatchesUnavailable as group:
        why = leaves(group)[0]  # type: ignore[assignment]  # what is raised in here would come out in a group
    except* ENDS as group:
        why = why or MatchesUnavailable(str(why_ended(leaves(group)[0])))
    if why:
        raise why from None
    if in_time.cancelled_caught:
        raise MatchesUnavailable(f"the matches were not open within {LONGEST:g} s")
    return codes


@attrs.frozen
class _LobbyVisit:
    """A connection to the lobby."""

    socket: WebSocketConnection

    async def find_or_open(self, wanted: int, seats: int, game: str) -> tuple[str, ...]:
        await self._send(Hello("Spreader", "game-server bots"))
        await self._send(Browse(1))
        offered = (await self._receive(Home)).games
        wanted_game = game or next((offer.game for offer in offered), "")
        lobby = await self._receive(Lobby)
        free = [
            m for m in lobby.matches if m.max_players - m.people >= seats and not m.flags & (LOCKED | WITH_PASSWORD)
        ]
        codes = [match.id for match in sorted(free, key=lambda match: match.people)][:wanted]
        await self._send(Browse(0))
        while len(codes) < wanted:
            number = len(codes) + 1
            name = f"Load test {number}"
            await self._send(Create(name, wanted_game, "", seats, 0, 0, 0, "", {}, 0, Spectating.ALLOWED, 0, 0, 1))
            codes.append((await self._receive(Welcome)).match.id)
            await self._send(Leave())
            while (await self._receive(Home)).code != HomeCode.LEFT:
                pass
        return tuple(codes)

    async def _send(self, message: ClientMessage) -> None:
        await self.socket.send_message(encode(message))

    async def _receive(self, kind: type[M]) -> M:
        """Return the next message of ``kind``, ignoring others.

        Raises:
            MatchesUnavailable: the request was refused.
        """
        while True:
            with trio.fail_after(CONNECT_TIMEOUT):
                data = await self.socket.get_message()
            message = decode_server(data if isinstance(data, bytes) else data.encode())
            if isinstance(message, kind):
                return message
            if isinstance(message, Refused):
                raise MatchesUnavailable(f"the server refused to open a match: {message.text}")
