"""Replication of one world: its plane in a `SnapshotEncoder`, which it may share with others."""

from __future__ import annotations

from collections.abc import Container

from game_server.protocol import DELTA, KEYFRAME, NO_OWN, Row, pack_hash, pack_snapshot
from game_server.simulation.replication.silence import NO_TABLES
from game_server.simulation.replication.snapshot_encoder import SnapshotEncoder
from game_server.simulation.replication.table_replica import Reach
from game_server.simulation.replication.table_replicas import schema_of, shape_of
from game_server.simulation.world.game import Game
from game_server.simulation.world.interest import NOTHING


class Replication:
    """What viewers of a world are shown, as of the last capture of its `encoder`.

    Args:
        hashed: whether every snapshot carries a hash (see `SnapshotEncoder`).

    Attributes:
        schema: of the world's tables.
        shape: equal for those that can share an encoder.
        encoder: the world's own, or one that it shares; then the driver of the worlds captures that.
        grid: the cells of the world.
        world: the world itself.
    """

    def __init__(self, game: Game, *, hashed: bool = False) -> None:
        self.schema = schema_of(game)
        self.shape = shape_of(game, hashed=hashed)
        self.world = game.world
        self._game = game
        self._hashed = hashed
        self.encoder = self.fresh()
        self.grid = self.encoder.grid
        self._plane = self.encoder.add(game.world)

    @property
    def plane(self) -> int:
        """The number of the world in the encoder."""
        return self._plane

    @property
    def first(self) -> int:
        """The number that player 0 has in the encoder."""
        return self._plane * self.encoder.seats

    @property
    def centres(self) -> list[int]:
        """By player, the cell in the middle of the view; `UNPLACED` for no place."""
        centres: list[int] = self.encoder.centres[self.encoder.players(self._plane)].tolist()
        return centres

    def centre(self, player: int) -> int:
        """Return the cell in the middle of the view of ``player``; `UNPLACED` for no place."""
        return int(self.encoder.centres[self.first + player])

    def fresh(self) -> SnapshotEncoder:
        """Make an encoder for worlds of this shape."""
        return SnapshotEncoder(self._game, hashed=self._hashed)

    def share(self, encoder: SnapshotEncoder | None) -> None:
        """Follow the world in ``encoder``, of its shape; in its own for None. Everybody gets a keyframe next."""
        before, plane = self.encoder, self._plane
        self.encoder = encoder or self.fresh()
        self._plane = self.encoder.add(self._game.world, before.centres[before.players(plane)])
        before.replicas.remove(plane)

    def forget(self, player: int) -> None:
        """Forget where ``player`` was: the next in this seat sees nothing that has a place before having a row."""
        self.encoder.forget(self.first + player)

    def capture(self) -> None:
        """Capture the world, unless a driver does it for all that share the encoder."""
        self.encoder.capture()

    def watched(self, before: int, now: int) -> bytes:
        """Make the snapshot message for a viewer without a row: a spectator.

        Args:
            before: the cell in the middle of what was shown with the message before; `NOTHING` for a keyframe.
            now: the cell in the middle of what is to be shown, or `ALL_CELLS`.

        Raises:
            RulesError: there is more in the view than a message may hold.
        """
        tables = self.encoder.pack(self._plane, before, now)
        digest = self.encoder.hash_of(self._plane, now)
        kind = KEYFRAME if before == NOTHING else DELTA
        return pack_snapshot(self._game.world.tick, kind, 0, 0, pack_hash(digest), NO_OWN, tables)

    @property
    def keeps_alive(self) -> bool:
        """Whether every viewer gets the snapshot of this tick, even if nothing in it is new."""
        return self.encoder.keeps_alive(self._plane)

    def has_changed(self, before: int, now: int) -> bool:
        """Whether something is new for a viewer without a row; ``before`` and ``now`` are as for `watched`."""
        return self.encoder.pack(self._plane, before, now) != NO_TABLES

    def rows_around(self, centre: int) -> dict[str, dict[int, Row]]:
        """Return the rows in the view around ``centre``, by table and id; do not write into them."""
        runs = self.encoder.around(self._plane, centre)
        return {
            table.schema.name: table.rows_in(runs)
            for table in self.encoder.replicas.tables
            if table.reach is Reach.NEAR
        }

    def rows_everywhere(self, known: Container[str]) -> dict[str, dict[int, Row]]:
        """Return the rows that everybody sees, by table and id, of the tables that changed or are not in ``known``."""
        here = ((self._plane, self._plane + 1),)
        return {
            table.schema.name: table.rows_in(here)
            for table in self.encoder.replicas.tables
            if table.reach is Reach.EVERYBODY and (table.schema.name not in known or table.changed_in(here))
        }

    def rows_of(self, player: int) -> dict[str, dict[int, Row]]:
        """Return what is private to ``player``, by table and id."""
        tables = [table for table in self.encoder.replicas.tables if table.reach is Reach.OWNER]
        cell = self.first + player + self._plane
        return {table.schema.name: table.rows_in(((cell, cell + 1),)) for table in tables}
