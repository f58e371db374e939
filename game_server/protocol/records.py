"""Packing of rows into records (docs/PROTOCOL.md section 6), many at a time.

The technique is Quake III's delta entity (a mask of the fields that changed, then those fields), done for all rows of a
table at once: rows lie in a matrix of bytes, and one boolean mask picks the bytes that go out.

An example: a table with the fields ``x`` (2 bytes), ``y`` (2 bytes) and ``health`` (1 byte), of which the rows 7 and 9
have changed, row 7 in ``y`` and row 9 in ``x`` and ``health``::

                id     mask  x      y      health
    matrix    | 07 00  02    11 11  22 22  64     |
              | 09 00  05    33 33  44 44  5a     |
    kept      | 1  1   1     0  0   1  1   0      |
              | 1  1   1     1  1   0  0   1      |

``matrix[kept]`` reads row by row and is the two records, ``07 00 02 22 22`` and ``09 00 05 33 33 5a``.
"""

from __future__ import annotations

import zlib
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from game_server.protocol.inputs import Ids
from game_server.protocol.schema import ID_SIZE, TableSchema

Bytes2D = npt.NDArray[np.uint8]
Masks = npt.NDArray[np.unsignedinteger]


class RecordPacker:
    """Packer of the rows of one table. Rows are ``(n, row_size)`` bytes, changes ``n`` masks as in a record."""

    def __init__(self, schema: TableSchema) -> None:
        self.schema = schema
        sizes = [field.size for field in schema.fields]
        ends = np.cumsum(sizes).tolist()
        # Start and end of each field in a row, and the unsigned integer of its size.
        self._fields = [(end - size, end, f"u{size}") for size, end in zip(sizes, ends, strict=True)]
        self._mask = np.dtype(f"<u{schema.mask_size}")
        self._whole = np.frombuffer(schema.whole_mask.to_bytes(schema.mask_size, "little"), np.uint8)
        # For each byte of a mask and each of its values, which bytes of a record go out. In the example above those of
        # the value 2 are 1 1 1 0 0 1 1 0. The head belongs to the first byte of the mask.
        bits = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1, bitorder="little").astype(np.bool_)
        halves = [np.repeat(bits[:, : len(some)], some, axis=1) for some in (sizes[:8], sizes[8:]) if some]
        halves[0] = np.concatenate((np.ones((256, schema.head_size), np.bool_), halves[0]), axis=1)
        self._kept = [(half, half.sum(axis=1)) for half in halves]

    def changed_fields(self, before: Bytes2D, after: Bytes2D) -> Masks:
        """Compare two versions of rows, field by field."""
        changed = np.empty((len(after), len(self._fields)), np.bool_)
        for at, (start, end, number) in enumerate(self._fields):
            field = np.s_[:, start:end]
            np.not_equal(before[field].view(number), after[field].view(number), out=changed[:, at : at + 1])
        # Field 0 is the lowest bit of the mask; with more than 8 fields a row has 2 bytes of mask, the lower one first.
        return np.packbits(changed, axis=1, bitorder="little").view(self._mask)[:, 0]

    def pack(self, ids: Ids, rows: Bytes2D, masks: Masks) -> tuple[bytes, Ids]:
        """Pack a record for each row, with the changed fields alone; a row without any becomes a removal.

        Returns:
            The records, and the size of each.
        """
        parts = masks.view(np.uint8).reshape(len(masks), self._mask.itemsize)
        kept = [half.take(part, axis=0) for (half, _), part in zip(self._kept, parts.T, strict=True)]
        keep = kept[0] if len(kept) == 1 else np.concatenate(kept, axis=1)
        sizes: Ids = sum(size.take(part) for (_, size), part in zip(self._kept, parts.T, strict=True))
        return self._matrix(ids, parts, rows)[keep].tobytes(), sizes

    def pack_whole(self, ids: Ids, rows: Bytes2D) -> bytes:
        """Pack a record with the whole row for each."""
        return self._matrix(ids, self._whole, rows).tobytes()

    def pack_removals(self, ids: Ids) -> bytes:
        """Pack a removal for each id."""
        return self._matrix(ids, np.zeros(self.schema.mask_size, np.uint8), np.empty((len(ids), 0), np.uint8)).tobytes()

    def checksums(self, ids: Ids, rows: Bytes2D) -> npt.NDArray[np.uint32]:
        """Return of each row the CRC-32 of table number, id and row, the sum of which is the hash of a snapshot."""
        matrix = self._matrix(ids, np.empty(0, np.uint8), rows)
        width = matrix.shape[1]
        crcs = np.full(len(ids), zlib.crc32(bytes((self.schema.number, *bytes(width)))), np.uint32)
        for column, effects in zip(matrix.T, _effects_of_bytes(width), strict=True):
            crcs ^= effects.take(column)
        return crcs

    def _matrix(self, ids: Ids, masks: npt.NDArray[np.uint8], rows: Bytes2D) -> Bytes2D:
        """Put ids, masks (one for each row, or one for all) and rows side by side."""
        mask_end = ID_SIZE + masks.shape[-1]
        matrix = np.empty((len(ids), mask_end + rows.shape[1]), np.uint8)
        matrix[:, :ID_SIZE] = ids.astype("<u2").view(np.uint8).reshape(len(ids), ID_SIZE)
        matrix[:, ID_SIZE:mask_end] = masks
        matrix[:, mask_end:] = rows
        return matrix


@lru_cache
def _effects_of_bytes(width: int) -> npt.NDArray[np.uint32]:
    """Return by place and value what a byte, among ``width`` at the end, changes in a CRC-32 beside a zero.

    A CRC is linear: the changes of all bytes, taken together by exclusive or, are that of the whole.
    """
    effects = np.empty((width, 256), np.uint32)
    for place in range(width):
        changed = [zlib.crc32(bytes((value, *bytes(width - place - 1)))) for value in range(256)]
        effects[place] = np.array(changed, np.uint32) ^ np.uint32(changed[0])
    return effects
