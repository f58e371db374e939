"""What a tail has of each match: its records, and the inputs of its ticks, in their order."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from itertools import pairwise

import attrs
import numpy as np

from game_server.journal.records import NUMBER, OF, TICK, TICKED, Numbers, pack_inputs, read

Pieces = list[tuple[int, bytes]]
"""Records of a match in their order, each with the offset in the tail of what it was made from."""


@attrs.define
class _Run:
    """Ticks in which the same matches had the same places, and the same number of players was stored.

    Attributes:
        offsets: of the records.
        places: of the matches in each tick.
        inputs: of each tick.
        cuts: by match, the ticks before which its inputs so far end, since a record of another kind follows.
    """

    offsets: list[int] = attrs.Factory(list)
    places: list[Numbers] = attrs.Factory(list)
    inputs: list[Numbers] = attrs.Factory(list)
    cuts: dict[int, list[int]] = attrs.Factory(dict)


def joined(pieces: Pieces) -> bytes:
    """The records in ``pieces``, one after the other."""
    return b"".join(record for _, record in pieces)


def split(data: bytes, begin: int, since: Mapping[int, int]) -> dict[int, Pieces]:
    """Split ``data``, records of a tail from the offset ``begin`` on, by match.

    The inputs of ticks on end become one record, up to where a record of another kind follows.

    Args:
        since: numbers of the matches that are asked for, and from which offset on.

    Raises:
        JournalError: a whole record is none of this format.
    """
    found: dict[int, Pieces] = {number: [] for number in since}
    runs: dict[tuple[bytes, int], _Run] = {}
    latest: dict[int, _Run] = {}
    at = begin
    for record in read(data):
        if record.kind == TICKED:
            places, inputs = record.value
            key = places[:, :TICK].tobytes(), inputs.shape[1]
            if (run := runs.get(key)) is None:
                run = runs[key] = _Run()
            latest.update(dict.fromkeys(places[:, NUMBER].tolist(), run))
            run.offsets.append(at)
            run.places.append(places)
            run.inputs.append(inputs)
        elif record.kind == OF:
            number, packed = record.value
            if at >= since.get(number, at + 1):
                found[number].append((at, packed))
            if run_before := latest.get(number):
                run_before.cuts.setdefault(number, []).append(len(run_before.offsets))
        at = begin + record.end
    for run in runs.values():
        for number, piece in _inputs_of(run, since):
            found[number].append(piece)
    for pieces in found.values():
        pieces.sort()
    return {number: pieces for number, pieces in found.items() if pieces}


def _inputs_of(run: _Run, since: Mapping[int, int]) -> Iterator[tuple[int, tuple[int, bytes]]]:
    """Pack the inputs of each match in ``run``."""
    inputs, ticks = np.stack(run.inputs), np.stack(run.places)[:, :, TICK].astype(np.int64)
    count = len(inputs)
    gaps = np.argwhere(np.diff(ticks, axis=0) != 1)
    for match, (number, first, seats, _) in enumerate(run.places[0].tolist()):
        if number not in since:
            continue
        start = bisect_left(run.offsets, since[number])
        cuts = {start, count, *run.cuts.get(number, ()), *(gap + 1 for gap, whose in gaps.tolist() if whose == match)}
        for begin, past in pairwise(sorted(cut for cut in cuts if cut >= start)):
            here = inputs[begin:past, :, first : first + seats]
            yield number, (run.offsets[begin], pack_inputs(int(ticks[past - 1, match]), here))
