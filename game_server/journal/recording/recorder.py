"""The recorder of a match: what it has shown, kept until the thread that writes takes it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

import attrs

from game_server.journal.recording.format import EVENT, Mark
from game_server.journal.recording.writer import RecordingWriter
from game_server.protocol import DELTA, KEYFRAME, NO_OWN, pack_hash, pack_snapshot
from game_server.simulation import Panorama, Replication

KEYFRAME_SECONDS: Final = 5
"""From keyframe to keyframe: one who seeks decodes no more than that."""
MOST_WAITING: Final = 10
"""Seconds of a match that wait for a slow disk; what comes then is left out, up to the next keyframe."""
_NO_HASH: Final = pack_hash(None)


class Shown(NamedTuple):
    """A tick; with an introduction it begins a chunk, and the panorama is that of a keyframe."""

    tick: int
    panorama: Panorama
    plane: int
    introduction: bytes | None
    events: bytes


class Sent(NamedTuple):
    """A message to everybody, after ``tick``."""

    tick: int
    message: bytes


@attrs.define(eq=False)
class Run:
    """Ticks on end, from ``tick`` on, of which there is nothing but changes: those of ``film`` from ``first`` on."""

    tick: int
    plane: int
    film: Sequence[Panorama]
    first: int
    past: int


Waiting: TypeAlias = Shown | Run | Sent | Mark


class MatchRecorder:
    """Takes what a match shows, tick by tick; a tick costs it a few references.

    Args:
        tick_rate: ticks a second.
        highlights: codes of the events that become marks.
        introduce: returns a message that says who has a seat, for one who begins to watch with the tick recorded last.

    Attributes:
        tick: recorded last.
        lost: ticks that were left out because too much waited.
    """

    def __init__(self, tick_rate: int, highlights: Iterable[int], introduce: Callable[[], bytes]) -> None:
        self.tick = 0
        self.lost = 0
        self._interval = KEYFRAME_SECONDS * tick_rate
        self._most = MOST_WAITING * tick_rate
        self._highlights = frozenset(highlights)
        self._introduce = introduce
        self._waiting: list[Waiting] = []
        self._ticks = 0
        """That wait."""
        self._run: Run | None = None
        """The last that waits, if another tick may go on with it."""
        self._restarts = True

    def record(self, replication: Replication, events: bytes, /) -> None:
        """Take the tick last captured, and the message of its events; ``b""`` for none."""
        if self._ticks >= self._most:
            self.lost += 1
            self._restarts = True
            return
        encoder, run = replication.encoder, self._run
        encoder.is_filmed = True  # the next tick
        self.tick = tick = replication.world.tick
        self._ticks += 1
        # Counted by captures, all matches of a shape have their keyframes together, and rows are packed once for all.
        is_keyframe = self._restarts or encoder.captures % self._interval == 0
        if not (is_keyframe or events):
            # Between two ticks, where commands are done, there is another of the same tick.
            on_end = run and tick == run.tick + run.past - run.first
            if run and on_end and run.film is encoder.film and run.past == len(run.film) - 1:
                run.past += 1
                return
            if encoder.film and encoder.film[-1] is encoder.panorama(keyframe=False):
                past = len(encoder.film)
                self._run = Run(tick, replication.plane, encoder.film, past - 1, past)
                self._waiting.append(self._run)
                return
        introduction = self._introduce() if is_keyframe else None
        self._restarts = False
        self._run = None
        panorama = encoder.panorama(keyframe=is_keyframe)
        self._waiting.append(Shown(tick, panorama, replication.plane, introduction, events))
        if events:
            for event in replication.world.events:
                if event.code in self._highlights:
                    self.mark(EVENT, *event.to_wire())

    def restart(self) -> None:
        """Begin with every row: the changes of the next tick do not follow on what was recorded last."""
        self._restarts = True

    def send(self, message: bytes, /) -> bool:
        """Take a message to everybody that came after the tick last recorded; returns whether there is room for it."""
        room = len(self._waiting) < self._most and self._ticks < self._most
        if room:
            self._run = None
            self._waiting.append(Sent(self.tick, message))
        return room

    def mark(self, kind: int, *values: Any) -> None:
        """Mark the tick recorded last."""
        self._run = None
        self._waiting.append([self.tick, kind, *values])

    def stop(self) -> None:
        """Take nothing any more."""
        self._most = 0
        self.take()

    def take(self) -> list[Waiting]:
        """Take what waits, in its order."""
        waiting, self._waiting = self._waiting, []
        self._ticks, self._run = 0, None
        return waiting


def fold(waiting: Iterable[Waiting], writer: RecordingWriter) -> bytes:
    """Give what waited to ``writer``, and return the bytes of the chunks that are complete: another one has begun."""
    done: list[bytes] = []
    for item in waiting:
        if isinstance(item, Run):
            for tick, panorama in enumerate(item.film[item.first : item.past], item.tick):
                writer.add(tick, pack_snapshot(tick, DELTA, 0, 0, _NO_HASH, NO_OWN, panorama.of(item.plane)))
        elif isinstance(item, Shown):
            tick, panorama, plane, introduction, events = item
            if introduction is not None:
                done.append(writer.open_chunk(tick))
                writer.add(tick, introduction)
            if events:
                writer.add(tick, events)
            kind = DELTA if introduction is None else KEYFRAME
            writer.add(tick, pack_snapshot(tick, kind, 0, 0, _NO_HASH, NO_OWN, panorama.of(plane)))
        elif isinstance(item, Sent):
            writer.add(*item)
        else:
            writer.mark(item)
    return b"".join(done)
