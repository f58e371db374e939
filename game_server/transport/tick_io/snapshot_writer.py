"""The tick's writes: events and snapshots, framed and written for all players at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain, compress
from operator import add
from typing import Final

import numpy as np
import numpy.typing as npt
import trio

from game_server.batch_io import BatchIO
from game_server.protocol import Ids, Snapshots
from game_server.transport.tick_io.numbered_column import NumberedColumn
from game_server.transport.tick_io.tick_socket import TickSocket
from game_server.transport.websocket.frames import head_of, heads_of
from game_server.transport.websocket.link import Link
from game_server.transport.websocket.traffic import Traffic

NO_SOCKET: Final = -1
"""Stands for the descriptor of a player whose socket is not in the set."""


class SnapshotWriter:
    """Writes to the sockets of a `SeatedSockets` what a tick has for their players.

    Nearly every socket takes all it is given, and nothing waits in it before: those are written in one call. The others
    go through the `Link` of each.

    Args:
        io: writes to many sockets in one call.
        traffic: counts what is written in one call; the links count the rest.
        links: by player.
        descriptors: by player, `NO_SOCKET` for those whose sockets are not in the set.
        sockets: by descriptor.
        busy: descriptors of sockets that have something to write already, or take nothing more.

    Attributes:
        skipped: players who have missed a snapshot, since their sockets are full.
    """

    def __init__(
        self,
        io: BatchIO,
        traffic: Traffic,
        links: Mapping[int, Link],
        descriptors: NumberedColumn,
        sockets: Mapping[int, TickSocket],
        busy: set[int],
    ) -> None:
        self._io = io
        self._traffic = traffic
        self._links = links
        self._descriptors = descriptors
        self._sockets = sockets
        self._busy = busy
        self._players: list[Ids] = []
        self._events: list[bytes] = []
        self._snapshots = Snapshots([], [])
        self.skipped: list[int] = []

    def add(self, players: Ids, events: Sequence[bytes], snapshots: Snapshots) -> None:
        """Have `flush` write to each of ``players`` a message of events, if it is not b"", and a snapshot."""
        self._players.append(players)
        self._events += events
        self._snapshots.heads.extend(snapshots.heads)
        self._snapshots.tables.extend(snapshots.tables)

    def flush(self) -> None:
        """Write what was added, as far as the sockets take it; the rest waits in them."""
        if not self._players:
            return
        players, events, snapshots = np.concatenate(self._players), self._events, self._snapshots
        self._players, self._events, self._snapshots = [], [], Snapshots([], [])
        fds = self._descriptors.values[players]
        elsewhere = fds == NO_SOCKET
        if self._busy:
            # Not `np.isin`, as in `InputReader.read`.
            elsewhere |= np.fromiter(map(self._busy.__contains__, fds.tolist()), np.bool_, len(fds))
        if elsewhere.any():
            for at in np.flatnonzero(elsewhere).tolist():
                self._send_singly(int(players[at]), events[at], snapshots.message(at))
            here = ~elsewhere
            players, fds = players[here], fds[here]
            events, *parts = (list(compress(part, here.tolist())) for part in (events, *snapshots))
            snapshots = Snapshots(*parts)
        if len(players):
            self._write(fds, players, events, snapshots)

    def _write(self, fds: Ids, players: Ids, events: list[bytes], snapshots: Snapshots) -> None:
        """Frame and write everything in one call.

        For two players, of whom the first gets no events, with ``e`` and ``s`` for headers of frames, E for a message
        of events, and H and T for head and tables of a snapshot:

            frames               s1        e E s2         a framed message of events joins the header of the snapshot
            data                 s1 H1 T1  e E s2 H2 T2   one buffer, in the order of ``fds``
            sizes                10        25             of which each socket gets its part
            taken                10        20             the second lacks data[30:35], which waits in its `TickSocket`

        A negative ``taken`` is an error, such as a full socket: nothing of that part is out.
        """
        heads, tables = snapshots
        messages = _sizes(heads) + _sizes(tables)
        frames = heads_of(messages)
        event_messages = len(events) - events.count(b"")
        if event_messages:
            # Many get the same events: each message is framed once.
            framed = {message: head_of(len(message)) + message if message else b"" for message in set(events)}
            frames = list(map(add, map(framed.__getitem__, events), frames))
        sizes = messages + _sizes(frames)
        data = b"".join(chain.from_iterable(zip(frames, heads, tables, strict=True)))
        taken = self._io.write(fds, data, sizes)
        written = len(fds) + event_messages
        lacking = (taken != sizes).nonzero()[0].tolist()
        if lacking:
            ends, now = np.cumsum(sizes), trio.current_time()
            for at in lacking:
                if taken[at] < 0:
                    written -= 1 + bool(events[at])
                    self._send_singly(int(players[at]), events[at], snapshots.message(at))
                else:
                    rest = data[ends[at] - sizes[at] + taken[at] : ends[at]]
                    size = int(messages[at])
                    self._sockets[int(fds[at])].keep_rest(rest, len(head_of(size)) + size, now)
        self._traffic.bytes_out += int(np.maximum(taken, 0).sum())
        self._traffic.messages_out += written

    def _send_singly(self, player: int, events: bytes, snapshot: bytes) -> None:
        """Send through the link: the socket is not in the set, has something to write already, or refuses."""
        link = self._links[player]
        if events:
            link.send(events)
        if not link.offer(snapshot):
            self.skipped.append(player)


def _sizes(messages: list[bytes]) -> npt.NDArray[np.intp]:
    return np.fromiter(map(len, messages), np.intp, len(messages))
