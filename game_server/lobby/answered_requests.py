"""Requests for any seat that have been answered: a client that asks again gets the same seat, wherever it is.

Its connection broke before the answer came, and the next one may be served by another node.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from typing import Final

import trio

from game_server.cluster import Directory, Neighbours, NodeCalls
from game_server.errors import GameServerError
from game_server.lobby.match.hosted_match import HostedMatch
from game_server.lobby.match_index import MatchIndex
from game_server.lobby.person import Person
from game_server.protocol import ClientMessage, Create, Join, encode

ASKED_AGAIN_WITHIN: Final = 60.0
"""Seconds: a client tries again for as long as that, with waits in between."""
_DIGEST_BYTES: Final = 16


class AnsweredRequests:
    """Remembers in the directory which match each client was given.

    Args:
        key: of the cluster, without which nobody can say which client asked for what.
        directory: remembers.
        calls: to the node that has the match.
        neighbours: the other nodes.
        matches: of this node.
    """

    def __init__(
        self,
        key: bytes,
        directory: Directory,
        calls: NodeCalls,
        neighbours: Neighbours,
        matches: MatchIndex[HostedMatch],
    ) -> None:
        self._key = key[:64]
        self._directory = directory
        self._calls = calls
        self._neighbours = neighbours
        self._matches = matches
        calls.answer("has seat", self._has_seat)

    async def match_of(self, person: Person, message: ClientMessage) -> str:
        """The code of the match at another node in which this client got a seat by the same request; empty for none.

        What cannot be found out in time counts as none.
        """
        if not _is_for_any_seat(person, message) or self._neighbours.directory_is_gone:
            return ""
        try:
            name = self._name_of(person, message)
            code = ((await self._directory.take(name)) or b"").decode()
            node = await self._neighbours.find(code, for_certain=True) if code else None
            if node is None or not await self._calls.ask(node, "has seat", code, self._digest(person.key)):
                return ""
            await self._directory.put(name, code.encode(), ASKED_AGAIN_WITHIN)  # they may have to ask once more
        except (GameServerError, trio.TooSlowError):
            return ""
        return code

    async def note(self, person: Person, message: ClientMessage) -> None:
        """Remember the seat that ``person`` has got by ``message``, if any."""
        seated = person.stays_in is not None and not person.watches
        if not (seated and _is_for_any_seat(person, message)) or self._neighbours.directory_is_gone:
            return
        assert person.stays_in
        with suppress(GameServerError):
            code = person.stays_in.id.encode()
            await self._directory.put(self._name_of(person, message), code, ASKED_AGAIN_WITHIN)

    def _name_of(self, person: Person, message: ClientMessage) -> str:
        return f"asked:{self._digest(person.key, encode(message))}"

    def _digest(self, client: str, request: bytes = b"") -> str:
        data = f"{len(client)} {client}".encode() + request
        return hashlib.blake2b(data, digest_size=_DIGEST_BYTES, key=self._key).hexdigest()

    def _has_seat(self, code: str, client: str) -> bool:
        match = self._matches.get(code)
        return match is not None and any(
            member.key and self._digest(member.key) == client for member in match.state.roster.people()
        )


def _is_for_any_seat(person: Person, message: ClientMessage) -> bool:
    """Whether ``message`` lets the server choose or open the match, by a client that can be known again."""
    return bool(person.key) and (
        isinstance(message, Create) or (isinstance(message, Join) and not message.match.strip())
    )
