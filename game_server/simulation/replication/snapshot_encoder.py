"""Encoding of snapshots: what changed since the last tick, for all players of worlds with the same shape at once.

WebSocket is ordered and reliable, so the baseline of a delta is simply the world as of the tick before: a viewer has
either been given every delta since its last keyframe, or gets a keyframe. No acknowledged history is kept.

Everybody in a world whose view goes from around one cell to around another (the same, nearly always) gets the same
tables, packed once; only the short header differs. Players are numbered through all worlds, as the rows of the owned
table are: with a table of 16 rows, player 3 of the world of plane 2 is number 35.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from game_server.errors import RulesError
from game_server.protocol import (
    MAX_SERVER_MESSAGE_BYTES,
    Ids,
    Integers,
    Snapshots,
    pack_tables,
)
from game_server.simulation.replication.panorama import Panorama
from game_server.simulation.replication.snapshot_assembly import assemble
from game_server.simulation.replication.snapshot_headers import HeaderFields, SnapshotHeaders
from game_server.simulation.replication.table_replica import CellBytes
from game_server.simulation.replication.table_replicas import TableReplicas
from game_server.simulation.replication.view_transitions import ViewSpans, ViewTransitions
from game_server.simulation.world.game import Game
from game_server.simulation.world.interest import ALL_CELLS, NOTHING, UNPLACED, Cells, Runs, Spans, ViewChange
from game_server.simulation.world.world import World


class SnapshotEncoder:
    """Makes the snapshots of worlds, each of which is a plane of its `TableReplicas`.

    Call `capture` once after each step of all worlds, then `encode`.

    Args:
        game: one of those whose worlds may come; all have the same `shape_of`.
        hashed: whether every snapshot carries a hash of the rows in view; otherwise one a second does.

    Attributes:
        replicas: the tables.
        grid: the cells of one world.
        seats: numbers of players in one plane.
        centres: by player, the cell in the middle of the view, as of the tick last captured; `UNPLACED` for no place.
        shown: by player, the cell in the middle of what the last snapshot has shown; `NOTHING` before a keyframe.
        captures: how often `capture` was called.
        hash_due: whether the snapshots of the tick last captured carry a hash, with which clients detect a desync.
    """

    def __init__(self, game: Game, *, hashed: bool = False) -> None:
        self.replicas = TableReplicas(game)
        self.grid = self.replicas.grid
        self.seats = game.owned.capacity
        self.centres: Cells = np.empty(0, np.intp)
        self.shown: Cells = np.empty(0, np.intp)
        self.captures = 0
        self.hash_due = False
        self._owned = self.replicas.of(game.owned)
        self._places = game.owned.position if self.grid.cells > 1 else None
        """The columns of a player's position, around which the view lies; None where all see the same."""
        self._hash_every = 1 if hashed else game.world.tick_rate
        self._headers = SnapshotHeaders(game.owned.specs)
        self._spans = ViewSpans(self.grid)
        self._transitions = ViewTransitions(self.grid)
        self._packed: dict[tuple[int, int, int], bytes] = {}
        self._panoramas: dict[bool, Panorama] = {}

    def add(self, world: World, centres: Cells | None = None) -> int:
        """Take ``world`` in as the lowest plane that is free, and return that plane. Its players have a keyframe next.

        Args:
            centres: where the views of its players are; None for nowhere yet.
        """
        plane = self.replicas.add(world)
        if plane * self.seats == len(self.shown):
            self.centres, self.shown = (np.resize(old, len(old) + self.seats) for old in (self.centres, self.shown))
        players = self.players(plane)
        self.shown[players] = NOTHING
        nowhere = UNPLACED if self._places else 0
        self.centres[players] = nowhere if centres is None else centres
        return plane

    def players(self, plane: int) -> slice:
        """Return the numbers of the players of a plane."""
        return slice(plane * self.seats, (plane + 1) * self.seats)

    def forget(self, player: int) -> None:
        """Forget where ``player`` was: the next in this seat sees nothing that has a place before having a row."""
        if self._places:
            self.centres[player] = UNPLACED

    def capture(self) -> None:
        """Take all worlds as they stand, and move every view to its player's own row; without one it stays."""
        self.replicas.capture()
        self._packed.clear()
        self._panoramas.clear()
        self.captures += 1
        self.hash_due = self.captures % self._hash_every == 0
        if self._places:
            ids = self._owned.ids
            x, y = (self._owned.column(name)[ids] for name in self._places)
            self.centres[ids] = self.grid.centres(x, y, self.centres[ids])

    def encode(self, players: Ids, acks: Integers, depths: Integers) -> Snapshots:
        """Make the snapshot of the tick last captured for each of ``players``. Call it once a tick.

        A delta follows on the last snapshot made for that player, sent or not: if it was not sent, set `shown` to
        `NOTHING`, and a keyframe comes next.

        Args:
            players: each once.
            acks, depths: one element for each of ``players``.

        Raises:
            RulesError: there is more in a view than a message may hold.
        """
        planes, before, now = players // self.seats, self.shown[players], self.centres[players]
        tables = self._tables(planes, before, now)
        hashes = self._hashes(planes, now) if self.hash_due else None
        own = [self._owned.column(name)[players] for name in self._headers.own]
        ticks, alive = self.replicas.ticks[planes], self._owned.alive[players]
        heads = self._headers.pack(HeaderFields(ticks, before == NOTHING, acks, depths, own, alive, hashes))
        self.shown[players] = now
        return Snapshots(heads, tables)

    def pack(self, plane: int, before: int, now: int) -> bytes:
        """Pack the tables for a view in ``plane`` that was around the cell ``before`` and is around ``now``.

        Unlike `encode` it packs any view, one at a time: for spectators.

        Raises:
            RulesError: as for `encode`.
        """
        packed = self._packed.get((plane, before, now))
        if packed is None:
            packed = self._packed[plane, before, now] = self._pack(plane, before, now)
        return packed

    def hash_of(self, plane: int, centre: int) -> int:
        """Return the hash of the view around ``centre`` in ``plane``: what its snapshot has with `hash_due`."""
        around, here = self.around(plane, centre), ((plane, plane + 1),)
        total = 0
        for table in self.replicas.tables:
            for first, past in around if table.placed else here:
                total += int(table.checksums[past]) - int(table.checksums[first])
        return total % 2**32

    def panorama(self, *, keyframe: bool) -> Panorama:
        """Return what the last capture has for viewers of everything: the changes or, for a keyframe, every row."""
        found = self._panoramas.get(keyframe)
        if found is None:
            found = self._panoramas[keyframe] = Panorama(
                [
                    (table.schema.number, table.whole if keyframe else table.delta, table.cells)
                    for table in self.replicas.tables
                ]
            )
        return found

    def around(self, plane: int, centre: int) -> Runs:
        """Return the cells of the view around ``centre`` in ``plane``, numbered through all planes."""
        return self._in_plane(plane, self.grid.runs(self.grid.around(centre)))

    def _pack(self, plane: int, before: int, now: int) -> bytes:
        runs = self._transitions.between(before, now)
        view = ViewChange(*(self._in_plane(plane, some) for some in runs))
        here = ((plane, plane + 1),)
        everywhere = ViewChange((), (), here) if before == NOTHING else ViewChange((), here, ())
        tables = pack_tables(
            (table.schema.number, table.records(view if table.placed else everywhere)) for table in self.replicas.tables
        )
        self._check(len(tables))
        return tables

    def _in_plane(self, plane: int, runs: Runs) -> Runs:
        first = plane * self.grid.cells
        return tuple((first + begin, first + past) for begin, past in runs)

    def _hashes(self, planes: Ids, centres: Cells) -> Integers:
        """Do the same as `hash_of` for each of many views."""
        around, here = self._spans.around(centres).moved(planes * self.grid.cells), _here(planes)
        totals = np.zeros(len(planes), np.uint64)
        for table in self.replicas.tables:
            spans = around if table.placed else here
            totals += (table.checksums[spans.past] - table.checksums[spans.first]).sum(axis=1)
        return totals.astype(np.uint32)

    def _tables(self, planes: Ids, before: Cells, now: Cells) -> list[bytes]:
        """Pack the tables for each of many views, in ``planes``, that were around some cells and are around others.

        Two players of plane 0 who stay around cell 4, one of plane 1 who does, and one who goes to cell 5, are three
        views. Those that stay need only what has changed. They have the lower numbers, so that they come first.
        """
        kinds = self.grid.cells - ALL_CELLS  # cells, and the three that stand for none
        moves = before != now
        views = (moves * len(self.replicas.ticks) + planes) * kinds + before - ALL_CELLS
        views = (views * kinds + now - ALL_CELLS).astype(np.int64)
        _, firsts, which = np.unique(views, return_index=True, return_inverse=True)
        planes, before, now = planes[firsts], before[firsts], now[firsts]
        stay = len(firsts) - np.count_nonzero(moves[firsts])
        packed = self._tables_staying(planes[:stay], now[:stay])
        if stay < len(firsts):
            packed += self._tables_moving(planes[stay:], before[stay:], now[stay:])
        return [packed[at] for at in which.tolist()]

    def _tables_staying(self, planes: Ids, now: Cells) -> list[bytes]:
        around, here = self._spans.around(now).moved(planes * self.grid.cells), _here(planes)
        tables = [
            (table.schema.number, [(table.delta, around if table.placed else here)])
            for table in self.replicas.tables
            if table.delta.data
        ]
        return assemble(len(now), tables, self._check)

    def _tables_moving(self, planes: Ids, before: Cells, now: Cells) -> list[bytes]:
        """Assemble the tables for views that move; only whole rows that enter one are packed."""
        left, stayed, came = (spans.moved(planes * self.grid.cells) for spans in self._spans.moves(before, now))
        gone, new = left.mask(self.replicas.cells), came.mask(self.replicas.cells)
        first = before == NOTHING
        here = _here(planes)
        here_again, here_first = (Spans(here.first, here.first + some[:, None]) for some in (~first, first))
        keyframed = here_first.mask(len(self.replicas.ticks))
        tables: list[tuple[int, list[tuple[CellBytes, Spans]]]] = []
        for table in self.replicas.tables:
            changes = table.delta
            if table.placed:
                sources = [(changes, stayed), (table.whole_in(new), came), (table.removals_in(gone), left)]
            else:
                sources = [(changes, here_again), (table.whole_in(keyframed), here_first)]
            tables.append((table.schema.number, sources))
        return assemble(len(now), tables, self._check)

    def _check(self, size: int) -> None:
        if size > MAX_SERVER_MESSAGE_BYTES - self._headers.most_bytes:
            raise RulesError(
                f"a snapshot has {size} bytes of tables for one viewer; a message holds "
                f"{MAX_SERVER_MESSAGE_BYTES}: keep fewer rows, or give them places and a smaller view"
            )


def _here(planes: npt.NDArray[np.intp]) -> Spans:
    """Return the one cell of each plane that holds the rows without a place."""
    return Spans(planes[:, None], planes[:, None] + 1)
