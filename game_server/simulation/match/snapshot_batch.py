"""The snapshots of a tick for the people of many matches, made and handed to the wire together."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import attrs
import numpy as np

from game_server.protocol import Ids, Snapshots
from game_server.simulation.match.match import Match
from game_server.simulation.match.ports import Wire
from game_server.simulation.world.interest import NOTHING


@attrs.frozen
class SnapshotBatch:
    """What a tick has for the people of some matches: the arguments of `Wire.write`."""

    players: Ids
    events: list[bytes]
    snapshots: Snapshots

    @classmethod
    def of(cls, matches: Sequence[Match]) -> list[SnapshotBatch]:
        """Encode the snapshots of ``matches``, whose events are routed: one batch, or none if nobody gets anything.

        Those that have nothing new are left out (`Silence`).

        A player has a number on the wire, which the store of inputs shares, and another in the encoder, where only
        matches of one shape are. Say that two matches have the bases 0 and 16 on the wire, and 0 and 8 in the encoder,
        and people in the seats 0 and 2 of the first and 1 of the second::

            seats 0 2 1     on the wire 0 2 17     in the encoder 0 2 9

        Args:
            matches: share encoder, store of inputs, and wire.

        Raises:
            RulesError: there is more in a view than a message may hold.
        """
        shown = [match for match in matches if match.events]
        if not shown:
            return []
        encoder, store = shown[0].replication.encoder, shown[0].inputs.store
        seats = [match.players.seats for match in shown]
        counts = [len(some) for some in seats]
        bases = [(match.players.first, match.replication.first) for match in shown]
        everybody = np.concatenate(seats)
        on_wire, in_encoder = (everybody + np.repeat(firsts, counts) for firsts in zip(*bases, strict=True))
        for match in shown:
            if match.players.behind:
                encoder.shown[[match.replication.first + number for number in match.players.behind]] = NOTHING
                match.players.behind.clear()
        snapshots = encoder.encode(in_encoder, *store.acknowledged(on_wire))
        events = list(chain.from_iterable(match.events or () for match in shown))
        if encoder.due.all():
            return [cls(on_wire, events, snapshots)]
        sent = (encoder.due | np.fromiter(map(bool, events), np.bool_, len(events))).nonzero()[0]
        if not len(sent):
            return []
        heads, tables = ([part[at] for at in sent.tolist()] for part in snapshots)
        return [cls(on_wire[sent], [events[at] for at in sent.tolist()], Snapshots(heads, tables))]

    def write(self, wire: Wire) -> None:
        """Write everything to ``wire``; it goes out when that is flushed."""
        wire.write(self.players, self.events, self.snapshots)
