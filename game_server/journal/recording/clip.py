"""Clips: a part of a recording as a recording of its own."""

from __future__ import annotations

import math
from typing import BinaryIO

import attrs

from game_server.journal.recording.format import PHASE, SEATED, Mark, RecordingError
from game_server.journal.recording.reader import RecordingReader
from game_server.journal.recording.writer import RecordingWriter
from game_server.protocol import Events, Snapshot, decode_server


def cut(file: BinaryIO, id: str, begin: float, end: float = math.inf) -> bytes:
    """Return the recording ``id`` of the seconds from ``begin`` to ``end`` of the one in ``file``.

    It begins with the keyframe at or before ``begin``, up to five seconds earlier.

    Raises:
        RecordingError: the file is none, is damaged in that part, or has nothing there.
        OSError: it cannot be read.
    """
    reader = RecordingReader(file)
    header, chunks = reader.header, reader.index.chunks
    zero = chunks[0].first if chunks else 0
    first, last = zero + begin * header.tick_rate, zero + end * header.tick_rate
    chosen = [chunk for chunk in chunks if chunk.last >= first and chunk.first <= last]
    if not chosen or begin >= end:
        raise RecordingError(f"the recording has {reader.seconds:.1f} s: nothing is from {begin:g} s to {end:g} s")
    start = chosen[0].first
    started = header.started + (start - zero) // header.tick_rate
    writer = RecordingWriter(attrs.evolve(header, id=id, tick=start, started=started))
    data = writer.begin()
    for mark in _marks_at(reader.index.marks, start):
        writer.mark(mark)
    for chunk in chosen:
        data += writer.open_chunk(chunk.first)
        for mark in reader.index.marks:
            if chunk.first <= mark[0] <= min(chunk.last, last):
                writer.mark(mark)
        tick = chunk.first
        for packed in reader.messages(chunk):
            message = decode_server(packed)
            if isinstance(message, Events | Snapshot):
                tick = message.tick
            if tick > last:
                break
            writer.add(tick, packed)
    return data + writer.finish()


def _marks_at(marks: list[Mark], tick: int) -> list[Mark]:
    """What marks before ``tick`` say of that moment: who has had a seat, and the phase."""
    before = [mark for mark in marks if mark[0] < tick]
    phases = [mark for mark in before if mark[1] == PHASE][-1:]
    return [[tick, *mark[1:]] for mark in (*(mark for mark in before if mark[1] == SEATED), *phases)]
