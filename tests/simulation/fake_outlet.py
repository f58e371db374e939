"""A player's connection as the match sees it, without a network."""

from __future__ import annotations

from typing import Any

from game_server.protocol import ClientMessage, Events, ServerMessage, Snapshot, decode_server, encode


class FakeOutlet:
    """A connection that a test reads from and writes to."""

    def __init__(self) -> None:
        self.incoming: list[bytes] = []
        self.sent: list[bytes] = []
        self.closed: tuple[int, str] | None = None
        self.full = False
        self.round_trip = 0.0

    def drain(self) -> list[bytes]:
        came, self.incoming = self.incoming, []
        return came

    def send(self, message: bytes, /) -> None:
        self.sent.append(message)

    def try_send(self, message: bytes, /) -> bool:
        if not self.full:
            self.sent.append(message)
        return not self.full

    def offer(self, snapshot: bytes, /) -> bool:
        if not self.full:
            self.sent.append(snapshot)
        return not self.full

    def close(self, code: int, reason: str) -> None:
        self.closed = (code, reason)

    def say(self, *messages: ClientMessage) -> None:
        self.incoming += [encode(message) for message in messages]

    def heard(self) -> list[ServerMessage]:
        """What was sent since the last call."""
        sent, self.sent = self.sent, []
        return [decode_server(data) for data in sent]

    def told(self) -> list[ServerMessage]:
        """What was sent since the last call, but for snapshots."""
        return [message for message in self.heard() if not isinstance(message, Snapshot)]

    def events(self) -> list[tuple[Any, ...]]:
        """The events sent since the last call."""
        return [event for message in self.heard() if isinstance(message, Events) for event in message.events]

    def snapshots(self) -> list[Snapshot]:
        """The snapshots sent since the last call."""
        return [message for message in self.heard() if isinstance(message, Snapshot)]
