"""The reader of a recording in a file: with its index, or by a look at each chunk if the file was cut off."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from game_server.journal.recording.format import (
    CHUNK,
    HEADER,
    INDEX,
    SECTION,
    START,
    TAIL,
    TAIL_MAGIC,
    ChunkPlace,
    Header,
    Index,
    RecordingError,
    check_payload,
    read_chunk_head,
    read_header,
    read_index,
    read_messages,
    read_section_head,
    read_start,
)


class RecordingReader:
    """Reads a recording. Nothing in the file is trusted.

    Args:
        file: at any position; it stays open.

    Attributes:
        header: of the recording.
        index: that of the file, or what its chunks come to.
        whole: whether the file has an index that can be used; if not, it was cut off or is damaged.
        end: bytes up to which the file has chunks that can be read.

    Raises:
        RecordingError: it is none, or damaged before its first chunk.
        OSError: the file cannot be read.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        file.seek(0)
        read_start(file.read(len(START)))
        kind, payload = self._section(len(START))
        if kind != HEADER:
            raise RecordingError("the recording has no header")
        self.header: Header = read_header(payload)
        self._begin = len(START) + SECTION.size + len(payload)
        index = self._index_at_end()
        self.whole = index is not None
        self.index = index or self._scan()
        self.end = self.index.chunks[-1].offset + self.index.chunks[-1].size if self.index.chunks else self._begin

    @property
    def seconds(self) -> float:
        """From the first tick to the last."""
        chunks = self.index.chunks
        return (chunks[-1].last - chunks[0].first) / self.header.tick_rate if chunks else 0.0

    def messages(self, chunk: ChunkPlace) -> Iterator[bytes]:
        """Yield the messages of ``chunk``, the keyframe among them.

        Raises:
            RecordingError: the chunk is damaged.
            OSError: the file cannot be read.
        """
        kind, payload = self._section(chunk.offset)
        first, last, _ = read_chunk_head(payload) if kind == CHUNK else (-1, -1, [])
        if (first, last) != (chunk.first, chunk.last):
            raise RecordingError(f"there is no chunk of the ticks {chunk.first} to {chunk.last} at {chunk.offset}")
        yield from read_messages(payload)

    def _section(self, offset: int) -> tuple[bytes, bytes]:
        self._file.seek(offset)
        kind, length, crc = read_section_head(self._file.read(SECTION.size))
        payload = self._file.read(length)
        check_payload(kind, payload, length, crc)
        return kind, payload

    def _index_at_end(self) -> Index | None:
        """The index that the tail points to; None if there is none, or it does not fit the file."""
        size = self._file.seek(0, 2)
        if size < self._begin + TAIL.size:
            return None
        self._file.seek(size - TAIL.size)
        length, magic = TAIL.unpack(self._file.read(TAIL.size))
        place = size - TAIL.size - length
        if magic != TAIL_MAGIC or place < self._begin:
            return None
        try:
            kind, payload = self._section(place)
            index = read_index(payload) if kind == INDEX else None
        except RecordingError:
            return None
        return index if index and self._fits(index, place) else None

    def _fits(self, index: Index, end: int) -> bool:
        """Whether the chunks of ``index`` follow each other in the file, in ascending ticks, up to ``end``."""
        at, tick = self._begin, -1
        for chunk in index.chunks:
            if chunk.offset != at or chunk.size <= SECTION.size or not tick < chunk.first <= chunk.last:
                return False
            at, tick = at + chunk.size, chunk.last
        return at == end

    def _scan(self) -> Index:
        """What the chunks come to, up to the first that is cut off or damaged."""
        index = Index([], [])
        at, tick = self._begin, -1
        while True:
            try:
                kind, payload = self._section(at)
                if kind != CHUNK:
                    return index
                first, last, marks = read_chunk_head(payload)
            except RecordingError:
                return index
            if first <= tick:
                return index
            size = SECTION.size + len(payload)
            index.chunks.append(ChunkPlace(at, size, first, last))
            index.marks.extend(marks)
            at, tick = at + size, last
