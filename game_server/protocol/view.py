"""View of a client: the rows of the world that it has received."""

from __future__ import annotations

import attrs

Row = dict[str, float]
"""One entity, from field name to value. Integer fields hold ints."""


@attrs.define
class View:
    """The world as one player sees it after a snapshot.

    Attributes:
        tick: the snapshot's tick.
        player: whose view it is.
        own: the player's own row in full precision, by field name; empty for a spectator.
        tables: rows by table name, then by entity id, in wire precision. Every declared table is there.
    """

    player: int
    tick: int = 0
    own: Row = attrs.Factory(dict)
    tables: dict[str, dict[int, Row]] = attrs.Factory(dict)
