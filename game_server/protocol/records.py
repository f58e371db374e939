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
        ends = np.cumsum(sizes).tolist()
        self._fields = [(end - size, end, f"u{size}") for size, end in zip(sizes, ends, strict=True)]
        self._field_of_byte = np.repeat(np.arange(len(sizes)), sizes)
        self._whole = np.frombuffer(schema.whole_mask.to_bytes(schema.mask_size, "little"), np.uint8)

    def changed_fields(self, before: Bytes2D, after: Bytes2D) -> Bools2D:
        """Which fields differ, row by row."""
        changed = np.empty((len(after), len(self._fields)), np.bool_)
        for at, (start, end, number) in enumerate(self._fields):
            field = np.s_[:, start:end]
            np.not_equal(before[field].view(number), after[field].view(number), out=changed[:, at : at + 1])
        return changed

    def pack(self, ids: Ids, rows: Bytes2D, changed: Bools2D) -> bytes:
        """A record for each row, with the changed fields only; without any it is a removal."""
        # Packed bit by bit from the lowest, the changes of a row are the bytes of its mask.
        matrix = self._matrix(ids, np.packbits(changed, axis=1, bitorder="little"), rows)
        keep = np.ones(matrix.shape, np.bool_)
        keep[:, self.schema.head_size :] = changed[:, self._field_of_byte]
        return matrix[keep].tobytes()

    def sizes(self, changed: Bools2D) -> npt.NDArray[np.intp]:
        """The bytes of each record that `pack` makes."""
        bodies: npt.NDArray[np.intp] = changed[:, self._field_of_byte].sum(axis=1, dtype=np.intp)
        return self.schema.head_size + bodies

    def pack_whole(self, ids: Ids, rows: Bytes2D) -> bytes:
        """A whole row for each."""
        return self._matrix(ids, self._whole, rows).tobytes()

    def pack_removals(self, ids: Ids) -> bytes:
        """A removal for each id."""
        return self._matrix(ids, np.zeros(self.schema.mask_size, np.uint8), np.empty((len(ids), 0), np.uint8)).tobytes()

    def hash_input(self, ids: Ids, rows: Bytes2D) -> bytes:
        """What the snapshot's hash is taken over for these rows, as they stand after the snapshot."""
        return self._matrix(ids, np.empty(0, np.uint8), rows).tobytes()

    def _matrix(self, ids: Ids, masks: npt.NDArray[np.uint8], rows: Bytes2D) -> Bytes2D:
        """Ids, masks (one for each row, or one for all) and rows side by side."""
        mask_end = ID_SIZE + masks.shape[-1]
        matrix = np.empty((len(ids), mask_end + rows.shape[1]), np.uint8)
        matrix[:, :ID_SIZE] = ids.astype("<u2").view(np.uint8).reshape(len(ids), ID_SIZE)
        matrix[:, ID_SIZE:mask_end] = masks
        matrix[:, mask_end:] = rows
        return matrix
