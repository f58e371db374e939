"""The bytes of a recording (docs/REPLAYS.md): sections with a check sum, without any reading or writing of files.

::

    file    = magic, version, header, chunk ..., index, tail     a file that was cut off ends after some chunk
    section = kind (1 byte), length (4), CRC-32 of kind and payload (4), payload
    chunk   = first tick (4), last tick (4), length of the marks (4), marks (msgpack), messages (zlib)
    tail    = length of the section of the index (4), b"GSRX"

Numbers are unsigned, the most significant byte first.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from typing import Any, Final, TypeAlias

import attrs
import msgpack

from game_server.errors import JournalError

MAGIC: Final = b"\x89GSREC\n"
"""The first byte is no text, and a transfer that changes line ends breaks the last one: the idea is that of PNG."""
VERSION: Final = 1
START: Final = MAGIC + bytes((VERSION,))
HEADER, CHUNK, INDEX = b"H", b"C", b"I"
SECTION: Final = struct.Struct(">cII")
TAIL: Final = struct.Struct(">I4s")
TAIL_MAGIC: Final = b"GSRX"
_CHUNK_HEAD: Final = struct.Struct(">III")
_LENGTH: Final = struct.Struct(">I")
MAX_SECTION: Final = 64 * 1024 * 1024
"""Bytes: more than five seconds of 4,096 players, and what a reader takes into memory at once."""

PHASE, WINNERS, CHAT, EVENT, SEATED = range(5)
"""Kinds of a mark, its second element; docs/REPLAYS.md has what follows."""
OPEN, BY_CODE, HOST_ONLY = range(3)
"""Who may watch: everybody; those who know the code of the match; only who has the file."""
Mark: TypeAlias = list[Any]
"""``[tick, kind, ...]``: what a timeline shows of a moment."""
_OF_MARKS: Final[dict[int, list[type[Any]]]] = {
    PHASE: [str],
    WINNERS: [list],
    CHAT: [str],
    EVENT: [int],
    SEATED: [int, str, int],
}


class RecordingError(JournalError):
    """A file is no recording, or a part of it is damaged."""


@attrs.frozen
class Header:
    """What is known of a match when its recording begins.

    Attributes:
        id: of the recording.
        match: the code of the match.
        name: of the match, by then.
        seats: for players.
        tick: after which the first message is.
        started: seconds since 1970.
        access: `OPEN`, `BY_CODE` or `HOST_ONLY`.
        welcome: the message that a spectator would get, without anybody in its roster.
    """

    id: str
    match: str
    name: str
    game: str
    mode: str
    seats: int
    tick_rate: int
    tick: int
    started: int
    access: int
    welcome: bytes = attrs.field(repr=False)


@attrs.frozen
class ChunkPlace:
    """Where a chunk is in the file, and which ticks it has; ``size`` counts the whole section."""

    offset: int
    size: int
    first: int
    last: int


@attrs.frozen
class Index:
    """What a reader of a whole file need not look for."""

    chunks: list[ChunkPlace]
    marks: list[Mark]


def pack_section(kind: bytes, payload: bytes) -> bytes:
    """Pack a section."""
    return SECTION.pack(kind, len(payload), zlib.crc32(payload, zlib.crc32(kind))) + payload


def pack_header(header: Header) -> bytes:
    """Pack the beginning of a file."""
    return START + pack_section(HEADER, msgpack.packb(attrs.asdict(header)))


def pack_chunk(first: int, last: int, marks: Sequence[Mark], compressed: bytes) -> bytes:
    """Pack the chunk of the ticks ``first`` to ``last``."""
    packed: bytes = msgpack.packb(marks)
    return pack_section(CHUNK, _CHUNK_HEAD.pack(first, last, len(packed)) + packed + compressed)


def pack_index(index: Index) -> bytes:
    """Pack the end of a file."""
    chunks = [attrs.astuple(chunk) for chunk in index.chunks]
    section = pack_section(INDEX, msgpack.packb({"chunks": chunks, "marks": index.marks}))
    return section + TAIL.pack(len(section), TAIL_MAGIC)


def pack_length(message: bytes) -> bytes:
    """Pack what stands before a message in the uncompressed part of a chunk."""
    return _LENGTH.pack(len(message))


def read_start(data: bytes) -> None:
    """Check the first bytes of a file.

    Raises:
        RecordingError: they are not those of a recording, or of a newer version.
    """
    if data[: len(MAGIC)] != MAGIC or len(data) < len(START):
        raise RecordingError("this file is no recording: it does not begin with the bytes of one")
    if data[len(MAGIC)] != VERSION:
        raise RecordingError(f"the recording has version {data[len(MAGIC)]}, and this server reads version {VERSION}")


def read_section_head(head: bytes) -> tuple[bytes, int, int]:
    """Return kind, length of the payload, and check sum of a section.

    Raises:
        RecordingError: it is cut off, or not the head of a section.
    """
    if len(head) < SECTION.size:
        raise RecordingError("the recording is cut off in the head of a section")
    kind, length, crc = SECTION.unpack(head)
    if kind not in (HEADER, CHUNK, INDEX) or length > MAX_SECTION:
        raise RecordingError(f"a section of kind {kind!r} and {length} bytes is none of a recording")
    return kind, length, crc


def check_payload(kind: bytes, payload: bytes, length: int, crc: int) -> None:
    """Check the payload of a section.

    Raises:
        RecordingError: it is cut off or damaged.
    """
    if len(payload) < length:
        raise RecordingError(f"the recording is cut off: {len(payload)} of {length} bytes of a section are there")
    if zlib.crc32(payload, zlib.crc32(kind)) != crc:
        raise RecordingError("a section of the recording is damaged: its check sum is wrong")


def read_header(payload: bytes) -> Header:
    """Return the header in a section.

    Raises:
        RecordingError: it is none.
    """
    fields = _unpack(payload, dict)
    try:
        header = Header(**fields)
    except TypeError as error:
        raise RecordingError(f"the header of the recording lacks a field, or has one too many: {error}") from error
    for name, value in attrs.asdict(header).items():
        if type(value).__name__ != Header.__annotations__[name]:
            raise RecordingError(f"{name} of the recording is {value!r:.100}")
    if not 1 <= header.tick_rate <= 240:
        raise RecordingError(f"the recording has {header.tick_rate} ticks a second")
    return header


def read_chunk_head(payload: bytes) -> tuple[int, int, list[Mark]]:
    """Return first and last tick, and the marks of a chunk.

    Raises:
        RecordingError: it is none.
    """
    if len(payload) < _CHUNK_HEAD.size:
        raise RecordingError(f"a chunk of {len(payload)} bytes is too short")
    first, last, size = _CHUNK_HEAD.unpack_from(payload)
    marks = _checked_marks(_unpack(payload[_CHUNK_HEAD.size : _CHUNK_HEAD.size + size], list))
    if last < first:
        raise RecordingError(f"a chunk from tick {first} to tick {last} is none")
    return first, last, marks


def read_messages(payload: bytes) -> Iterator[bytes]:
    """Yield the messages of a chunk.

    Raises:
        RecordingError: they cannot be read.
    """
    *_, size = _CHUNK_HEAD.unpack_from(payload)
    inflate = zlib.decompressobj()
    try:
        data = inflate.decompress(payload[_CHUNK_HEAD.size + size :], MAX_SECTION)
    except zlib.error as error:
        raise RecordingError(f"the messages of a chunk cannot be read: {error}") from error
    if not inflate.eof:
        raise RecordingError("the messages of a chunk are cut off, or too large")
    at = 0
    while at < len(data):
        begin = at + _LENGTH.size
        at = begin + _LENGTH.unpack_from(data, at)[0] if begin <= len(data) else len(data) + 1
        if at > len(data):
            raise RecordingError("a message of a chunk is cut off")
        yield data[begin:at]


def read_index(payload: bytes) -> Index:
    """Return the index in a section.

    Raises:
        RecordingError: it is none.
    """
    fields = _unpack(payload, dict)
    chunks, marks = fields.get("chunks"), fields.get("marks")
    if not isinstance(chunks, list) or not isinstance(marks, list):
        raise RecordingError("the index of the recording lacks its chunks or marks")
    return Index([_checked_place(chunk) for chunk in chunks], _checked_marks(marks))


def _checked_place(chunk: Any) -> ChunkPlace:
    if not isinstance(chunk, list) or [type(value) for value in chunk] != [int] * 4:
        raise RecordingError(f"the index of the recording has {chunk!r:.100} for a chunk")
    return ChunkPlace(*chunk)


def _checked_marks(marks: list[Any]) -> list[Mark]:
    for mark in marks:
        good = isinstance(mark, list) and len(mark) > 2 and type(mark[0]) is type(mark[1]) is int
        expected = _OF_MARKS.get(mark[1], []) if good else []
        if not good or [type(value) for value in mark[2 : 2 + len(expected)]] != expected:
            raise RecordingError(f"{mark!r:.100} is no mark of a recording")
    return marks


def _unpack(data: bytes, kind: type[Any]) -> Any:
    try:
        value = msgpack.unpackb(data)
    except (ValueError, msgpack.UnpackException) as error:
        raise RecordingError(f"a part of the recording is not msgpack: {error}") from error
    if type(value) is not kind:
        raise RecordingError(f"a part of the recording is {value!r:.100}")
    return value
