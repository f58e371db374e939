"""What a client knows of the world: the rows it has been sent."""

from __future__ import annotations

import attrs

Row = dict[str, float]
"""One entity: field name to value. Integer fields hold ints."""


@attrs.define
class View:
    """The world as one player sees it after a snapshot.

    Attributes:
        tick: the snapshot's tick.
        player: whose view it is.
        own: the player's own row, exactly, by field name; empty for one who has none.
        tables: rows by table name, then by entity id, in wire precision. Every declared table is there.
    """

    player: int
    tick: int = 0
    own: Row = attrs.Factory(dict)
    tables: dict[str, dict[int, Row]] = attrs.Factory(dict)
