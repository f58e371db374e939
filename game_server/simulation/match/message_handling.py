"""Handling of the messages that the players of a match send."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from game_server.errors import ProtocolError
from game_server.protocol import ClientMessage, CloseCode, Hello, Input, Ping, Pong, Resync, decode_client, encode
from game_server.simulation.inputs.buffers import InputBuffers
from game_server.simulation.match.participants import Player, Players
from game_server.simulation.match.ports import Outlet


class MessageHandler:
    """Handles messages, except inputs that were read for many players at once.

    A connection that breaks the protocol is closed; messages before the fault count.

    Args:
        players: those of the match.
        inputs: takes the inputs.
        match_time: returns the match time for pongs, in ticks.
        on_resync: called with the player and the tick of each `Resync`, but see below.
        on_message: called with the player and each message that is not for the match itself: all but `Input`, `Ping`
            and `Resync`. After a first call for a player it gets that player's `Ping` and `Resync` of the same tick as
            well, since the player may be in another match by then.
    """

    def __init__(
        self,
        players: Players,
        inputs: InputBuffers,
        match_time: Callable[[], float],
        on_resync: Callable[[int, int], None],
        on_message: Callable[[int, ClientMessage], None],
    ) -> None:
        self._players = players
        self._inputs = inputs
        self._match_time = match_time
        self._on_resync = on_resync
        self._on_message = on_message
        self._said: set[int] = set()
        """Players for whom ``on_message`` was called in this tick."""

    def handle(self, mail: Iterable[int], others: Iterable[tuple[int, bytes]]) -> None:
        """Handle what has come.

        Args:
            mail: players whose outlets are to be drained first.
            others: after that, in their order: player and bytes of each other message.
        """
        self._said.clear()
        for number in mail:
            # Chat may have made the host unseat somebody meanwhile.
            player = self._players.get(number)
            if player and player.outlet:
                self._receive(player, player.outlet, player.outlet.drain())
        for number, data in others:
            player = self._players.get(number)
            if player and player.outlet:
                self._receive(player, player.outlet, [data])

    def _receive(self, player: Player, outlet: Outlet, messages: list[bytes]) -> None:
        try:
            for data in messages:
                self._understand(player, outlet, decode_client(data))
        except ProtocolError as error:
            outlet.close(error.code, error.reason)

    def _understand(self, player: Player, outlet: Outlet, message: ClientMessage) -> None:
        match message:
            case Input():
                self._inputs.offer(player.number, message)
            case Ping() | Resync() if player.number in self._said:
                self._on_message(player.number, message)
            case Ping(client_time):
                outlet.send(encode(Pong(client_time, self._match_time())))
            case Resync(tick):
                self._on_resync(player.number, tick)
            case Hello():
                raise ProtocolError(CloseCode.BAD_MESSAGE, "hello is sent once, before anything else")
            case _:
                self._said.add(player.number)
                self._on_message(player.number, message)
