"""Packing rows into records (docs/PROTOCOL.md section 6), many at a time.

The technique is Quake III's delta entity (a mask of the fields that changed, then those fields), done for all rows of a
table at once: rows lie in a matrix of bytes, and one boolean mask picks the bytes that go out.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from game_server.protocol.schema import ID_SIZE, TableSchema

Bytes2D = npt.NDArray[np.uint8]
Bools2D = npt.NDArray[np.bool_]
Ids = npt.NDArray[np.intp]


class RecordPacker:
    """Packs the rows of one table. Rows are ``(n, row_size)`` bytes, changes ``(n, fields)`` booleans."""

    def __init__(self, schema: TableSchema) -> None:
        self.schema = schema
        sizes = [field.size for field in schema.fields]
        self._field_starts = np.cumsum([0, *sizes[:-1]])
        self._field_of_byte = np.repeat(np.arange(len(sizes)), sizes)
        self._weights = 1 << np.arange(len(sizes), dtype=np.uint16)

    def changed_fields(self, before: Bytes2D, after: Bytes2D) -> Bools2D:
        """Which fields differ, row by row."""
        changed: Bools2D = np.logical_or.reduceat(before != after, self._field_starts, axis=1)
        return changed

    def pack(self, ids: Ids, rows: Bytes2D, changed: Bools2D) -> tuple[bytes, npt.NDArray[np.intp]]:
        """A record for each row, with the changed fields only, and the size of each; without any it is a removal."""
        matrix = self._matrix(ids, changed @ self._weights, rows)
        keep = np.empty(matrix.shape, np.bool_)
        keep[:, : self.schema.head_size] = True
        keep[:, self.schema.head_size :] = changed[:, self._field_of_byte]
        return matrix[keep].tobytes(), keep.sum(axis=1)

    def pack_whole(self, ids: Ids, rows: Bytes2D) -> bytes:
        """A whole row for each."""
        return self._matrix(ids, np.full(len(ids), self.schema.whole_mask, np.uint16), rows).tobytes()

    def pack_removals(self, ids: Ids) -> bytes:
        """A removal for each id."""
        return self._matrix(ids, np.zeros(len(ids), np.uint16), np.empty((len(ids), 0), np.uint8)).tobytes()

    def hash_input(self, ids: Ids, rows: Bytes2D) -> bytes:
        """What the snapshot's hash is taken over for these rows, as they stand after the snapshot."""
        return np.concatenate((_little_endian(ids, ID_SIZE), rows), axis=1).tobytes()

    def _matrix(self, ids: Ids, masks: npt.NDArray[np.uint16], rows: Bytes2D) -> Bytes2D:
        return np.concatenate(
            (_little_endian(ids, ID_SIZE), _little_endian(masks, self.schema.mask_size), rows), axis=1
        )


def _little_endian(values: npt.NDArray[np.integer], size: int) -> Bytes2D:
    return values.astype(f"<u{size}").view(np.uint8).reshape(len(values), size)
