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
from collections.abc import Iterator, Mapping
from typing import Any, Final

import attrs
import msgpack
import numpy as np
import numpy.typing as npt

from game_server.errors import JournalError
from game_server.simulation import Value

FORMAT: Final = 3
"""Of journals. A change of what a record holds makes it another one."""
READ_FORMATS: Final = (2, FORMAT)
"""In format 2, `CAME` has the number of the player alone."""
MAX_RECORD: Final = 64 * 1024 * 1024
"""Bytes of a body: far more than a checkpoint of 65,535 players."""

HEADER, CHECKPOINT, INPUTS, CAME, LEFT, ORDERED, HASH, PEOPLE, ENDED, CARRIED, OPENED, OF, TICKED, COMMANDED = range(14)
"""Kinds of records. ``tick`` is the one that was simulated last when the record was written, but for `INPUTS`, whose
tick is the last one that the inputs are for. `CARRIED` is in segments, the three after it in tails alone."""

COMMAND: Final = np.dtype("<u2")
"""Of the three numbers of an input: buttons, aim and behind."""
PLACE: Final = np.dtype("<u4")
"""Of the four numbers with which `TICKED` has a match."""
NUMBER, FIRST, SEATS, TICK = range(4)
"""These: which match it is, where its player 0 is in the inputs, how many seats it has, and its tick."""

_FRAME: Final = struct.Struct("<II")
_SHORT: Final = 2**16
_PARTS: Final = 3
"""Numbers of an input."""


@attrs.frozen
class Header:
    """The first record of each segment.

    Attributes:
        match: code of the match.
        game: name of its game.
        rules: the version of its rules (`version_of_rules`).
        begun: when the match began, in seconds since 1970.
        tail: name of the tail that the segment follows; empty for none.
        number: of the match in that tail.
        since: offset in that tail of what the segment begins with.
    """

    match: str
    game: str
    rules: str
    begun: float
    tail: str = ""
    number: int = 0
    since: int = 0

    @property
    def name(self) -> str:
        """What the journal is called."""
        return f"{self.match}-{int(self.begun * 1000)}"


@attrs.frozen
class Checkpoint:
    """All that is needed to go on from here.

    Attributes:
        mode, options: as in `Rules`.
        world: as `game_server.simulation.checkpoint` packs it.
        people: as the lobby packs it; plain values.
    """

    seed: int
    max_players: int
    tick_rate: int
    mode: str
    options: Mapping[str, Value]
    world: bytes
    people: Any = None


Numbers = npt.NDArray[Any]


@attrs.frozen(eq=False)
class Record:
    """A record that was read.

    Attributes:
        kind: one of `HEADER` and so on.
        value: a `Header`, also for `OPENED`; a `Checkpoint`; for `INPUTS` buttons, aim and behind of the first players,
            ``(3, players)``, while the others do nothing; the number of a player or an order, the 16 bytes of a world's
            hash, for `PEOPLE` plain values, for `ENDED` whether it is to be set aside, for `CARRIED` an offset, for
            `OF` the number of a match and a record of it, for `TICKED` places and inputs as `pack_ticked` takes them,
            for `COMMANDED` the player, the number of the command and its values.
        end: offset of the byte after it; all `INPUTS` of what was packed together have that after the last of them.
    """

    kind: int
    tick: int
    value: Any
    end: int = 0


def pack(kind: int, tick: int, value: Any) -> bytes:
    """Pack a record of any kind that has no function of its own."""
    if isinstance(value, Checkpoint):
        value = attrs.astuple(value, recurse=False)
    body: bytes = msgpack.packb((kind, tick, value))
    return _FRAME.pack(len(body), zlib.crc32(body)) + body


def pack_inputs(last_tick: int, inputs: Numbers) -> bytes:
    """Pack the inputs of some ticks on end, the last of them ``last_tick``.

    Args:
        inputs: buttons, aim and behind of each player in each tick: ``(ticks, 3, players)``. Nothing is kept of the
            players after the last who does anything, and one tick is kept if all are alike.
    """
    ticks = len(inputs)
    active = np.flatnonzero(inputs.any(axis=(0, 1)))
    inputs = inputs[:, :, : int(active[-1]) + 1 if len(active) else 0]
    if (inputs[1:] == inputs[:-1]).all():
        inputs = inputs[:1]
    return pack(INPUTS, last_tick, (ticks, inputs.shape[2], inputs.tobytes()))


def pack_ticked(places: Numbers, inputs: Numbers) -> bytes:
    """Pack a tick of matches that tick together.

    Args:
        places: of each match, in the columns `NUMBER`, `FIRST`, `SEATS` and `TICK`.
        inputs: buttons, aim and behind of all players, used in that tick: ``(3, players)``.
    """
    return pack(TICKED, 0, (places.tobytes(), inputs.tobytes()))


def pack_again(record: Record) -> bytes:
    """Pack a ``record`` that was read."""
    if record.kind == INPUTS:
        return pack_inputs(record.tick, record.value[np.newaxis])
    return pack(record.kind, record.tick, record.value)


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
        record = _record(body, at)
        if record.kind == INPUTS:
            yield from _by_tick(record)
        else:
            yield record


def is_checkpoint(record: bytes) -> bool:
    """Whether ``record``, which is whole, is a checkpoint."""
    return _kind(record, 0) == CHECKPOINT


def _kind(data: bytes, at: int) -> int:
    return data[at + _FRAME.size + 1]  # after the head of the array; kinds are msgpack's small integers


def find_last(data: bytes, kind: int) -> int:
    """Return the offset of the last whole record of ``kind`` in ``data``, which begins with a record; -1 for none.

    Only heads are looked at: a journal of an hour has many thousand records, of which the last few count.
    """
    at, found = 0, []
    while at + _FRAME.size + 2 <= len(data):
        length, _ = _FRAME.unpack_from(data, at)
        if _kind(data, at) == kind:
            found.append(at)
        at += _FRAME.size + length
    return next((start for start in reversed(found) if next(read(data, start), None)), -1)


def _by_tick(record: Record) -> Iterator[Record]:
    """Take `INPUTS` apart into those of each tick; if all are alike, into those of the first and the last."""
    ticks, inputs = record.value
    for back in sorted({ticks - 1, 0} if len(inputs) == 1 else range(ticks), reverse=True):
        yield Record(INPUTS, record.tick - back, inputs[-1 - min(back, len(inputs) - 1)], record.end)


def _record(body: bytes, end: int) -> Record:
    try:
        kind, tick, value = msgpack.unpackb(body, use_list=False, strict_map_key=False)
        if type(kind) is not int or type(tick) is not int or not 0 <= tick < 2**32:
            raise ValueError(f"kind {kind!r} at tick {tick!r}")
        record = Record(kind, tick, _READ[kind](value), end)
        if kind == INPUTS and tick < record.value[0]:
            raise ValueError(f"inputs of {record.value[0]} ticks up to {tick}")
        return record
    except (ValueError, TypeError, KeyError, RecursionError, msgpack.UnpackException) as error:
        raise JournalError(f"the record before byte {end} is none of format {FORMAT}: {error}") from error


def _read_header(value: Any) -> Header:
    version, *rest = value
    if version not in READ_FORMATS:
        known = " and ".join(map(str, READ_FORMATS))
        raise ValueError(f"format {version!r}, and this version reads {known}")
    header = Header(*rest)
    _check(header.match, str)
    _check(header.game, str)
    _check(header.rules, str)
    _check(header.begun, float)
    _check(header.tail, str)
    _check(header.number, int)
    _check(header.since, int)
    return header


def _read_checkpoint(value: Any) -> Checkpoint:
    found = Checkpoint(*value)
    for number in (found.seed, found.max_players, found.tick_rate):
        _check(number, int)
    _check(found.mode, str)
    _check(found.options, dict)
    _check(found.world, bytes)
    return found


def _read_inputs(value: Any) -> tuple[int, Numbers]:
    ticks, players, packed = value
    _check(ticks, int)
    _check(players, int)
    inputs = _numbers(packed, COMMAND)
    if ticks < 1 or not 0 <= players < _SHORT or len(inputs) not in {size * _PARTS * players for size in (1, ticks)}:
        raise ValueError(f"{len(inputs)} numbers of inputs for {players} players and {ticks} ticks")
    kept = 1 if len(inputs) == _PARTS * players else ticks
    return ticks, inputs.reshape(kept, _PARTS, players)


def _read_ticked(value: Any) -> tuple[Numbers, Numbers]:
    places, inputs = value
    places, inputs = _numbers(places, PLACE).reshape(-1, 4), _numbers(inputs, COMMAND).reshape(_PARTS, -1)
    if (places[:, 1].astype(np.int64) + places[:, 2] > inputs.shape[1]).any():
        raise ValueError(f"matches with more than {inputs.shape[1]} players")
    return places, inputs


def _read_of(value: Any) -> tuple[int, bytes]:
    number, record = value
    _check(number, int)
    _check(record, bytes)
    return number, record


def _numbers(value: Any, kind: np.dtype[Any]) -> Numbers:
    _check(value, bytes)
    return np.frombuffer(value, kind)


def _read_number(value: Any) -> int:
    _check(value, int)
    if not 0 <= value < _SHORT:
        raise ValueError(f"{value} is not from 0 to {_SHORT - 1}")
    return int(value)


def _read_came(value: Any) -> tuple[int, str, bool]:
    player, nickname, bot = (value, "", False) if type(value) is int else value
    _check(nickname, str)
    _check(bot, bool)
    return _read_number(player), nickname, bot


def _read_offset(value: Any) -> int:
    _check(value, int)
    return int(value)


def _read_hash(value: Any) -> bytes:
    _check(value, bytes)
    return bytes(value)


def _read_bool(value: Any) -> bool:
    _check(value, bool)
    return bool(value)


def _read_command(value: Any) -> tuple[int, int, tuple[int | str, ...]]:
    player, number, values = value
    _check(values, tuple)
    if any(type(each) is not int and type(each) is not str for each in values):
        raise TypeError(f"a command with the values {values!r}")
    return _read_number(player), _read_number(number), values


def _check(value: Any, kind: type) -> None:
    if type(value) is not kind:
        raise TypeError(f"{type(value).__name__} where {kind.__name__} is due")


_READ: Final = {
    HEADER: _read_header,
    CHECKPOINT: _read_checkpoint,
    INPUTS: _read_inputs,
    CAME: _read_came,
    LEFT: _read_number,
    ORDERED: _read_number,
    HASH: _read_hash,
    PEOPLE: lambda value: value,
    ENDED: _read_bool,
    CARRIED: _read_offset,
    OPENED: _read_header,
    OF: _read_of,
    TICKED: _read_ticked,
    COMMANDED: _read_command,
}


def pack_header(header: Header) -> bytes:
    """Pack the record with which each segment begins."""
    return pack(HEADER, 0, (FORMAT, *attrs.astuple(header)))


def pack_opened(header: Header) -> bytes:
    """Pack the record with which a tail has a match from now on."""
    return pack(OPENED, 0, (FORMAT, *attrs.astuple(header)))
