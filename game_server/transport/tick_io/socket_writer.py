"""What goes out to players at the end of a tick: framed and written for all of them at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain, compress
from operator import add

import numpy as np
import trio

from game_server.batch_io import BatchIO
from game_server.transport.tick_io.tick_socket import TickSocket
from game_server.transport.websocket.frames import head_of, heads_of
from game_server.transport.websocket.link import Link
from game_server.transport.websocket.traffic import Traffic


class SocketWriter:
    """Events and snapshots on their way out. Nearly every socket takes its snapshot whole, and nothing waits for it.

    Args:
        traffic: counts what goes the short way.
        links: by player.
        descriptors: of the players whose sockets are written here.
        sockets: by descriptor.
        busy: descriptors of sockets that have something to write already, or take nothing more.

    Attributes:
        skipped: players who did not get a snapshot, since their sockets are full.
    """

    def __init__(
        self,
        io: BatchIO,
        traffic: Traffic,
        links: Mapping[int, Link],
        descriptors: Mapping[int, int],
        sockets: Mapping[int, TickSocket],
        busy: set[int],
    ) -> None:
        self._io = io
        self._traffic = traffic
        self._links = links
        self._descriptors = descriptors
        self._sockets = sockets
        self._busy = busy
        self._players: list[int] = []
        self._events: list[bytes] = []
        self._snapshots: list[bytes] = []
        self.skipped: list[int] = []

    def add(self, players: Sequence[int], events: Sequence[bytes], snapshots: Sequence[bytes]) -> None:
        """Each of ``players`` is to get a message of events, if it is not b"", and a snapshot."""
        self._players += players
        self._events += events
        self._snapshots += snapshots

    def flush(self) -> None:
        """Write what was added; nothing here waits."""
        if not self._players:
            return
        players, events, snapshots = self._players, self._events, self._snapshots
        self._players, self._events, self._snapshots = [], [], []
        fds = [self._descriptors.get(player, -1) for player in players]
        if self._busy or -1 in fds:
            here = [fd >= 0 and fd not in self._busy for fd in fds]
            for at in [at for at, is_here in enumerate(here) if not is_here]:
                self._hand_over(players[at], events[at], snapshots[at])
            players, fds = list(compress(players, here)), list(compress(fds, here))
            events, snapshots = list(compress(events, here)), list(compress(snapshots, here))
        if fds:
            self._write(fds, players, events, snapshots)

    def _write(self, fds: list[int], players: list[int], events: list[bytes], snapshots: list[bytes]) -> None:
        sizes = np.fromiter(map(len, snapshots), np.intp, len(snapshots))
        heads = heads_of(sizes)
        told = len(events) - events.count(b"")
        if told:
            # Many are told the same: each message is framed once.
            framed = {message: head_of(len(message)) + message if message else b"" for message in set(events)}
            heads = list(map(add, map(framed.__getitem__, events), heads))
        sizes += np.fromiter(map(len, heads), np.intp, len(heads))
        data = b"".join(chain.from_iterable(zip(heads, snapshots, strict=True)))
        taken = self._io.write(fds, data, sizes)
        written = len(fds) + told
        lacking = (taken != sizes).nonzero()[0].tolist()
        if lacking:
            ends, now = np.cumsum(sizes), trio.current_time()
            for at in lacking:
                if taken[at] < 0:
                    written -= 1 + bool(events[at])
                    self._hand_over(players[at], events[at], snapshots[at])
                else:
                    rest = data[ends[at] - sizes[at] + taken[at] : ends[at]]
                    size = len(snapshots[at])
                    self._sockets[fds[at]].keep(rest, len(head_of(size)) + size, now)
        self._traffic.bytes_out += int(np.maximum(taken, 0).sum())
        self._traffic.messages_out += written

    def _hand_over(self, player: int, told: bytes, snapshot: bytes) -> None:
        """To one whose socket is not here, or has something to write already, or refuses."""
        link = self._links[player]
        if told:
            link.send(told)
        if not link.offer(snapshot):
            self.skipped.append(player)
