"""What a list says of a recording."""

from __future__ import annotations

from typing import Any, Final

import attrs

from game_server.journal.recording.format import PHASE, SEATED, WINNERS, ChunkPlace, Header, Index, Mark
from game_server.protocol import BOT

_MOST_NAMES: Final = 32
"""Players whose names are listed: people first."""


@attrs.frozen
class Summary:
    """A recording, as a list shows it.

    Attributes:
        header: of the file.
        size: bytes that may be read.
        seconds: from its first tick to its last.
        people: names of the persons who have had a seat.
        bots: how many have.
        winners: names of those who won the last round that ended; None if none did.
        round: seconds from the beginning to that of the last round that ended; 0 if none did.
    """

    header: Header
    size: int
    seconds: float
    people: tuple[str, ...]
    bots: int
    winners: tuple[str, ...] | None
    round: float

    @classmethod
    def of(cls, header: Header, index: Index, size: int) -> Summary:
        """What ``index`` says of the first ``size`` bytes of a file.

        Raises:
            RecordingError: it has no chunk.
        """
        chunks = [chunk for chunk in index.chunks if chunk.offset + chunk.size <= size]
        first, last = (chunks[0].first, chunks[-1].last) if chunks else (header.tick, header.tick)
        marks = [mark for mark in index.marks if mark[0] <= last]
        seated = [mark for mark in marks if mark[1] == SEATED]
        names = dict.fromkeys(str(mark[3]) for mark in seated if mark[4] != BOT)
        bots = {mark[3] for mark in seated if mark[4] == BOT}
        over = next((mark for mark in reversed(marks) if mark[1] == WINNERS), None)
        began = _round_before(over, marks, first) if over else first
        return cls(
            header,
            size,
            (last - first) / header.tick_rate,
            tuple(names)[:_MOST_NAMES],
            len(bots),
            tuple(map(str, over[2])) if over else None,
            (began - first) / header.tick_rate,
        )

    def to_json(self) -> dict[str, Any]:
        """The row of ``GET /recordings``."""
        header = self.header
        return {
            "id": header.id,
            "match": header.match,
            "name": header.name,
            "game": header.game,
            "mode": header.mode,
            "players": list(self.people),
            "bots": self.bots,
            "seconds": round(self.seconds, 1),
            "round": round(self.round, 1),
            "winners": None if self.winners is None else list(self.winners),
            "started": header.started,
            "bytes": self.size,
        }


def public_end(chunks: list[ChunkPlace], tick: int) -> int:
    """Bytes up to the end of the last chunk that ends by ``tick``; 0 if there is none."""
    return max((chunk.offset + chunk.size for chunk in chunks if chunk.last <= tick), default=0)


def _round_before(over: Mark, marks: list[Mark], first: int) -> int:
    """The tick in which the phase began that ended with the mark ``over``."""
    return max((mark[0] for mark in marks if mark[1] == PHASE and mark[0] < over[0]), default=first)
