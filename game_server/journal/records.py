"""Records of a journal: values to bytes and back, one after another, each with a length and a checksum.

::

    bytes 0-3    length of the body, little-endian
    bytes 4-7    CRC-32 of the body (zlib.crc32)
    bytes 8-     the body: a msgpack array [kind, tick, ...]

What is written last may be cut off in the middle, so reading ends before the first record that is not whole.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import Any, Final

import attrs
import msgpack
import numpy as np
import numpy.typing as npt

from game_server.errors import JournalError
from game_server.simulation import INPUT_ROW_BYTES

FORMAT: Final = 1
"""Of journals. A change of what a record holds makes it another one."""
MAX_RECORD: Final = 64 * 1024 * 1024
"""Bytes of a body: far more than a checkpoint of 65,535 players."""

HEADER, CHECKPOINT, INPUTS, CAME, LEFT, ORDERED, HASH, PEOPLE, ENDED = range(9)
"""Kinds of records. ``tick`` is the one that was simulated last when the record was written, but for `INPUTS`, whose
tick is the one that the inputs are for: the same, since they are written when it has been simulated."""

_FRAME: Final = struct.Struct("<II")
_INPUTS_HEAD: Final = struct.Struct(">BBBIBH")
"""An array of 3, the kind, a uint32, and the head of a bin 16: the body of `INPUTS` is made by hand at each tick."""
_SHORT: Final = 2**16


@attrs.frozen
class Header:
    """The first record of each segment.

    Attributes:
        match: code of the match.
        game: name of its game.
        rules: the version of its rules (`version_of_rules`).
        begun: when the match began, in seconds since 1970.
    """

    match: str
    game: str
    rules: str
    begun: float


@attrs.frozen
class Checkpoint:
    """All that is needed to go on from here.

    Attributes:
        world: as `game_server.simulation.checkpoint` packs it.
        people: as the lobby packs it; plain values.
    """

    seed: int
    max_players: int
    tick_rate: int
    mode: str
    friendly_fire: bool
    world: bytes
    people: Any = None


Rows = npt.NDArray[np.uint16]


@attrs.frozen(eq=False)
class Record:
    """A record that was read.

    Attributes:
        kind: one of `HEADER` and so on.
        value: a `Header`, a `Checkpoint`, the rows of `INPUTS` (player, buttons, aim, behind), the number of a player
            or an order, the 16 bytes of a world's hash, for `PEOPLE` plain values, or for `ENDED` whether it is to
            be set aside.
        end: offset of the byte after it.
    """

    kind: int
    tick: int
    value: Any
    end: int = 0


def pack(kind: int, tick: int, value: Any) -> bytes:
    """Pack a record of any kind but `INPUTS`."""
    if attrs.has(type(value)):
        value = attrs.astuple(value, recurse=False)
    body: bytes = msgpack.packb((kind, tick, value))
    return _FRAME.pack(len(body), zlib.crc32(body)) + body


def pack_inputs(tick: int, rows: bytes) -> bytes:
    """Pack a record of `INPUTS`: the ``rows`` of players whose input is another one than in the tick before."""
    if len(rows) >= _SHORT:
        return pack(INPUTS, tick, rows)
    body = _INPUTS_HEAD.pack(0x93, INPUTS, 0xCE, tick, 0xC5, len(rows)) + rows
    return _FRAME.pack(len(body), zlib.crc32(body)) + body


def read(data: bytes, start: int = 0) -> Iterator[Record]:
    """Read the records in ``data`` from the offset ``start`` on, up to the first one that is not whole.

    Raises:
        JournalError: a whole record is none of this format.
    """
    at = start
    while at + _FRAME.size <= len(data):
        length, checksum = _FRAME.unpack_from(data, at)
        body = data[at + _FRAME.size : at + _FRAME.size + length]
        if length > MAX_RECORD or len(body) < length or zlib.crc32(body) != checksum:
            return
        at += _FRAME.size + length
        yield _record(body, at)


def is_checkpoint(data: bytes, at: int = 0) -> bool:
    """Whether the record at the offset ``at`` of ``data``, whole or not, is a checkpoint."""
    return data[at + _FRAME.size + 1] == CHECKPOINT  # after the head of the array; kinds are msgpack's small integers


def find_last_checkpoint(data: bytes) -> int:
    """Return the offset of the last whole checkpoint in ``data``, which begins with a record; -1 if there is none.

    Only heads are looked at: a journal of an hour has a hundred thousand records, of which the last few hundred count.
    """
    at, found = 0, []
    while at + _FRAME.size + 2 <= len(data):
        length, _ = _FRAME.unpack_from(data, at)
        if is_checkpoint(data, at):
            found.append(at)
        at += _FRAME.size + length
    return next((start for start in reversed(found) if next(read(data, start), None)), -1)


def _record(body: bytes, end: int) -> Record:
    try:
        kind, tick, value = msgpack.unpackb(body, use_list=False, strict_map_key=False)
        if type(kind) is not int or type(tick) is not int or not 0 <= tick < 2**32:
            raise ValueError(f"kind {kind!r} at tick {tick!r}")
        return Record(kind, tick, _READ[kind](value), end)
    except (ValueError, TypeError, KeyError, RecursionError, msgpack.UnpackException) as error:
        raise JournalError(f"the record before byte {end} is none of format {FORMAT}: {error}") from error


def _read_header(value: Any) -> Header:
    version, *rest = value
    if version != FORMAT:
        raise ValueError(f"format {version!r}, and this version reads {FORMAT}")
    header = Header(*rest)
    _check(header.match, str)
    _check(header.game, str)
    _check(header.rules, str)
    _check(header.begun, float)
    return header


def _read_checkpoint(value: Any) -> Checkpoint:
    found = Checkpoint(*value)
    for number in (found.seed, found.max_players, found.tick_rate):
        _check(number, int)
    _check(found.mode, str)
    _check(found.friendly_fire, bool)
    _check(found.world, bytes)
    return found


def _read_inputs(value: Any) -> Rows:
    _check(value, bytes)
    if len(value) % INPUT_ROW_BYTES:
        raise ValueError(f"rows of inputs take {INPUT_ROW_BYTES} bytes each, not {len(value)} in all")
    return np.frombuffer(value, "<u2").reshape(-1, INPUT_ROW_BYTES // 2)


def _read_number(value: Any) -> int:
    _check(value, int)
    if not 0 <= value < _SHORT:
        raise ValueError(f"{value} is not from 0 to {_SHORT - 1}")
    return int(value)


def _read_hash(value: Any) -> bytes:
    _check(value, bytes)
    return bytes(value)


def _read_bool(value: Any) -> bool:
    _check(value, bool)
    return bool(value)


def _check(value: Any, kind: type) -> None:
    if type(value) is not kind:
        raise TypeError(f"{type(value).__name__} where {kind.__name__} is due")


_READ: Final = {
    HEADER: _read_header,
    CHECKPOINT: _read_checkpoint,
    INPUTS: _read_inputs,
    CAME: _read_number,
    LEFT: _read_number,
    ORDERED: _read_number,
    HASH: _read_hash,
    PEOPLE: lambda value: value,
    ENDED: _read_bool,
}


def pack_header(header: Header) -> bytes:
    """Pack the record with which each segment begins."""
    return pack(HEADER, 0, (FORMAT, *attrs.astuple(header)))
