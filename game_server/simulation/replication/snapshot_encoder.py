"""Encoding of snapshots: what changed since the last tick, for all players of worlds with the same shape at once.

WebSocket is ordered and reliable, so the baseline of a delta is simply the world as of the tick before: a viewer has
either been given every delta since its last keyframe, or gets a keyframe. No acknowledged history is kept.

Everybody in a world whose view goes from around one cell to around another (the same, nearly always) gets the same
tables, packed once; only the short header differs. Where a game has private columns, each player's tables differ.
Players are numbered through all worlds, as the rows of the owned table are: with a table of 16 rows, player 3 of the
world of plane 2 is number 35.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from game_server.errors import RulesError
from game_server.protocol import (
    KEEPALIVE_SECONDS,
    MAX_SERVER_MESSAGE_BYTES,
    Ids,
    Integers,
    Snapshots,
    pack_tables,
)
from game_server.simulation.replication.silence import Silence
from game_server.simulation.replication.snapshot_assembly import assemble
from game_server.simulation.replication.snapshot_headers import Bools, HeaderFields, SnapshotHeaders
from game_server.simulation.replication.table_replica import CellBytes, Reach
from game_server.simulation.replication.table_replicas import TableReplicas
from game_server.simulation.replication.view_transitions import ViewSpans, ViewTransitions
from game_server.simulation.world.game import Game
from game_server.simulation.world.interest import ALL_CELLS, NOTHING, UNPLACED, Cells, Runs, Spans, ViewChange
from game_server.simulation.world.world import World

FILM_TICKS: Final = 32
"""Captures in one list of `SnapshotEncoder.film`: about as many as wait until recordings are written once a second."""
HASH_SLOTS: Final = 4
"""Worlds are hashed in turns, in as many ticks of a second: all at once would delay one tick by 0.3 ms with 30 matches,
and each turn costs 0.1 ms of its own."""


class Panorama:
    """What one capture has for a viewer of everything: the records of every plane.

    They stay valid. Nothing of them is copied or packed before somebody asks, as a thread does for recordings.

    Args:
        tables: number, records, and cells of one plane, of each table.
    """

    __slots__ = ("_split", "_tables")

    def __init__(self, tables: Sequence[tuple[int, CellBytes, int]]) -> None:
        self._tables = [
            (number, records.data, records.bounds[::cells]) for number, records, cells in tables if records.data
        ]
        self._split: list[tuple[int, bytes, list[int]]] | None = None

    def of(self, plane: int) -> bytes:
        """Pack the tables of ``plane``, as they stand in a snapshot. One thread may ask."""
        if self._split is None:
            self._split = [(number, data, bounds.tolist()) for number, data, bounds in self._tables]
        return pack_tables([(number, data[bounds[plane] : bounds[plane + 1]]) for number, data, bounds in self._split])


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
        is_filmed: whether the next capture goes into `film`; set it for each.
        due: for each player of the last `encode`, whether the snapshot is to be sent: see `Silence`.
        film: the changes of captures, in their order, the last of them those of the last capture if that was filmed;
            another list when this one is full.
    """

    def __init__(self, game: Game, *, hashed: bool = False) -> None:
        self.replicas = TableReplicas(game)
        self.grid = self.replicas.grid
        self.seats = game.owned.capacity
        self.centres: Cells = np.empty(0, np.intp)
        self.shown: Cells = np.empty(0, np.intp)
        self.captures = 0
        self.due: Bools = np.empty(0, np.bool_)
        self.is_filmed = False
        self.film: list[Panorama] = []
        self._owned = self.replicas.of(game.owned)
        self._places = game.owned.position if self.grid.cells > 1 else None
        """The columns of a player's position, around which the view lies; None where all see the same."""
        self._hash_every = 1 if hashed else game.world.tick_rate
        self._slot_ticks = np.arange(HASH_SLOTS) * self._hash_every // HASH_SLOTS
        # A multiple of the above: a keepalive has a hash.
        self._keepalive_every = KEEPALIVE_SECONDS * game.world.tick_rate
        self._hash_slots: Integers = np.empty(0, np.intp)
        """Those of the tick last captured."""
        self._keepalive_slots: Integers = np.empty(0, np.intp)
        """Those of them whose worlds send keepalives."""
        self._silence = Silence()
        self._headers = SnapshotHeaders(game.owned.specs)
        self._spans = ViewSpans(self.grid)
        self._public = [table for table in self.replicas.tables if table.reach is not Reach.OWNER]
        """What spectators and recordings may be shown as well."""
        self._is_private = len(self._public) < len(self.replicas.tables)
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
        if self.is_filmed:
            self.is_filmed = False
            if len(self.film) == FILM_TICKS:
                self.film = []
            self.film.append(self.panorama(keyframe=False))
        self.captures += 1
        self._hash_slots = np.flatnonzero((self.captures + self._slot_ticks) % self._hash_every == 0)
        self._keepalive_slots = np.flatnonzero((self.captures + self._slot_ticks) % self._keepalive_every == 0)
        if self._places:
            ids = self._owned.ids
            x, y = (self._owned.column(name)[ids] for name in self._places)
            self.centres[ids] = self.grid.centres(x, y, self.centres[ids])

    def encode(self, players: Ids, acks: Integers, depths: Integers, answered: Integers | None = None) -> Snapshots:
        """Make the snapshot of the tick last captured for each of ``players``. Call it once for each capture.

        A delta follows on the last snapshot made for that player. One that is not `due` need not be sent, since it
        changes nothing; if one that is due was not sent, set `shown` to `NOTHING`, and a keyframe comes next.

        Args:
            players: each once.
            acks, depths: one element for each of ``players``.
            answered: as in `InputStore.acknowledged`; by default ``acks``.

        Raises:
            RulesError: there is more in a view than a message may hold.
        """
        planes, before, now = players // self.seats, self.shown[players], self.centres[players]
        tables = self._tables(players, planes, before, now)
        hashed, hashes = self._hashes(players, planes, now)
        own = [self._owned.column(name)[players] for name in self._headers.own]
        ticks, alive = self.replicas.ticks[planes], self._owned.alive[players]
        keyframes = before == NOTHING
        fields = HeaderFields(ticks, keyframes, acks, depths, own, alive, hashed, hashes)
        heads = self._headers.pack(fields)
        self.due = self._silence.due(players, tables, keyframes, [alive, acks if answered is None else answered, *own])
        if len(self._keepalive_slots):
            self.due |= np.isin(planes % HASH_SLOTS, self._keepalive_slots)
        self.shown[players] = now
        return Snapshots(heads, tables)

    def pack(self, plane: int, before: int, now: int) -> bytes:
        """Pack the tables for a view in ``plane`` that was around the cell ``before`` and is around ``now``.

        Unlike `encode` it packs any view, one at a time: for spectators, so nothing that is private.

        Raises:
            RulesError: as for `encode`.
        """
        packed = self._packed.get((plane, before, now))
        if packed is None:
            packed = self._packed[plane, before, now] = self._pack(plane, before, now)
        return packed

    def hash_of(self, plane: int, centre: int) -> int | None:
        """Return the hash of a spectator's view around ``centre`` in ``plane``, which detects a desync.

        About once a second: None at other ticks.
        """
        if plane % HASH_SLOTS not in self._hash_slots:
            return None
        around, here = self.around(plane, centre), ((plane, plane + 1),)
        total = 0
        for table in self._public:
            for first, past in around if table.reach is Reach.NEAR else here:
                total += int(table.checksums[past]) - int(table.checksums[first])
        return total % 2**32

    def keeps_alive(self, plane: int) -> bool:
        """Whether the world in ``plane`` sends keepalives in the tick last captured."""
        return plane % HASH_SLOTS in self._keepalive_slots

    def panorama(self, *, keyframe: bool) -> Panorama:
        """Return what the last capture has for viewers of everything: the changes or, for a keyframe, every row.

        Everything but what is private.
        """
        found = self._panoramas.get(keyframe)
        if found is None:
            found = self._panoramas[keyframe] = Panorama(
                [(table.schema.number, table.whole if keyframe else table.delta, table.cells) for table in self._public]
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
            (table.schema.number, table.records(view if table.reach is Reach.NEAR else everywhere))
            for table in self._public
        )
        self._check(len(tables))
        return tables

    def _in_plane(self, plane: int, runs: Runs) -> Runs:
        first = plane * self.grid.cells
        return tuple((first + begin, first + past) for begin, past in runs)

    def _hashes(self, players: Ids, planes: Ids, centres: Cells) -> tuple[Bools, Integers]:
        """Do the same as `hash_of` for the views of ``players``: which have a hash, and which."""
        hashed, hashes = np.zeros(len(planes), np.bool_), np.zeros(len(planes), np.int64)
        if not len(self._hash_slots):
            return hashed, hashes
        hashed = np.isin(planes % HASH_SLOTS, self._hash_slots)
        players, planes, centres = players[hashed], planes[hashed], centres[hashed]
        spans = self._cells(players, planes, centres)
        totals = np.zeros(len(planes), np.uint64)
        for table in self.replicas.tables:
            first, past = spans[table.reach]
            totals += (table.checksums[past] - table.checksums[first]).sum(axis=1)
        hashes[hashed] = totals.astype(np.uint32)
        return hashed, hashes

    def _tables(self, players: Ids, planes: Ids, before: Cells, now: Cells) -> list[bytes]:
        """Pack the tables for the views of ``players``, that were around some cells and are around others.

        Two players of plane 0 who stay around cell 4, one of plane 1 who does, and one who goes to cell 5, are three
        views. Those that stay need only what has changed. They have the lower numbers, so that they come first.
        """
        kinds = self.grid.cells - ALL_CELLS  # cells, and the three that stand for none
        moves = before != now
        views = (moves * len(self.replicas.ticks) + planes) * kinds + before - ALL_CELLS
        views = (views * kinds + now - ALL_CELLS).astype(np.int64)
        if self._is_private:
            views = moves * len(self.shown) + players  # each is of one player
        _, firsts, which = np.unique(views, return_index=True, return_inverse=True)
        players, planes, before, now = (some[firsts] for some in (players, planes, before, now))
        stay = len(firsts) - np.count_nonzero(moves[firsts])
        packed = self._tables_staying(players[:stay], planes[:stay], now[:stay])
        if stay < len(firsts):
            packed += self._tables_moving(players[stay:], planes[stay:], before[stay:], now[stay:])
        return [packed[at] for at in which.tolist()]

    def _tables_staying(self, players: Ids, planes: Ids, now: Cells) -> list[bytes]:
        spans = self._cells(players, planes, now)
        tables = [
            (table.schema.number, [(table.delta, spans[table.reach])])
            for table in self.replicas.tables
            if table.delta.data
        ]
        return assemble(len(now), tables, self._check)

    def _tables_moving(self, players: Ids, planes: Ids, before: Cells, now: Cells) -> list[bytes]:
        """Assemble the tables for views that move; only whole rows that enter one are packed."""
        left, stayed, came = (spans.moved(planes * self.grid.cells) for spans in self._spans.moves(before, now))
        gone, new = left.mask(self.replicas.cells), came.mask(self.replicas.cells)
        first = before == NOTHING
        everybody, _, owner = self._cells(players, planes, now)
        cells = {Reach.EVERYBODY: (everybody, len(self.replicas.ticks))}
        if self._is_private:
            cells[Reach.OWNER] = owner, len(self.shown) + len(self.replicas.ticks)
        split = {reach: _split(spans, first, most) for reach, (spans, most) in cells.items()}
        tables: list[tuple[int, list[tuple[CellBytes, Spans]]]] = []
        for table in self.replicas.tables:
            changes = table.delta
            if table.reach is Reach.NEAR:
                sources = [(changes, stayed), (table.whole_in(new), came), (table.removals_in(gone), left)]
            else:
                again, begun, keyframed = split[table.reach]
                sources = [(changes, again), (table.whole_in(keyframed), begun)]
            tables.append((table.schema.number, sources))
        return assemble(len(now), tables, self._check)

    def _cells(self, players: Ids, planes: Ids, centres: Cells) -> tuple[Spans, Spans, Spans]:
        """Return the cells that ``players`` see around ``centres``, by the `Reach` of a table."""
        around = self._spans.around(centres).moved(planes * self.grid.cells)
        # A plane has one cell of a player more than players, for what is nobody's.
        return _one(planes), around, _one(players + planes)

    def _check(self, size: int) -> None:
        if size > MAX_SERVER_MESSAGE_BYTES - self._headers.most_bytes:
            raise RulesError(
                f"a snapshot has {size} bytes of tables for one viewer; a message holds "
                f"{MAX_SERVER_MESSAGE_BYTES}: keep fewer rows, or give them places and a smaller view"
            )


def _one(cells: npt.NDArray[np.intp]) -> Spans:
    """Return views of one cell each."""
    return Spans(cells[:, None], cells[:, None] + 1)


def _split(spans: Spans, first: Bools, cells: int) -> tuple[Spans, Spans, Bools]:
    """Part the views of one cell each into those that go on and those that begin, whose cells of all come as a mask."""
    cell, _ = spans
    again, begun = (Spans(cell, cell + some[:, None]) for some in (~first, first))
    return again, begun, begun.mask(cells)
