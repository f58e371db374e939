"""The recorder of a match: what it has shown, kept until the thread that writes takes it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple, TypeAlias

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


Waiting: TypeAlias = Shown | Sent | Mark


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
        self._restarts = True

    def record(self, replication: Replication, events: bytes, /) -> None:
        """Take the tick last captured, and the message of its events; ``b""`` for none."""
        if len(self._waiting) >= self._most:
            self.lost += 1
            self._restarts = True
            return
        world, encoder = replication.world, replication.encoder
        self.tick = tick = world.tick
        introduction = None
        # Counted by captures, all matches of a shape have their keyframes together, and rows are packed once for all.
        if self._restarts or encoder.captures % self._interval == 0:
            self._restarts = False
            introduction = self._introduce()
        panorama = encoder.panorama(keyframe=introduction is not None)
        self._waiting.append(Shown(tick, panorama, replication.plane, introduction, events))
        if events:
            for event in world.events:
                if event.code in self._highlights:
                    self.mark(EVENT, *event.to_wire())

    def restart(self) -> None:
        """Begin with every row: the changes of the next tick do not follow on what was recorded last."""
        self._restarts = True

    def send(self, message: bytes, /) -> bool:
        """Take a message to everybody that came after the tick last recorded; returns whether there is room for it."""
        room = len(self._waiting) < self._most
        if room:
            self._waiting.append(Sent(self.tick, message))
        return room

    def mark(self, kind: int, *values: Any) -> None:
        """Mark the tick recorded last."""
        self._waiting.append([self.tick, kind, *values])

    def stop(self) -> None:
        """Take nothing any more."""
        self._most = 0
        self._waiting.clear()

    def take(self) -> list[Waiting]:
        """Take what waits, in its order."""
        waiting, self._waiting = self._waiting, []
        return waiting


def fold(waiting: Iterable[Waiting], writer: RecordingWriter) -> bytes:
    """Give what waited to ``writer``, and return the bytes of the chunks that are complete: another one has begun."""
    done: list[bytes] = []
    for item in waiting:
        if isinstance(item, Shown):
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
