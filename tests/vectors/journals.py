"""Golden journals: matches of each game and mode, which play again to the same hashes until the rules change.

Each has bots, people who come and go, and a host who starts and ends rounds, as `record` plays them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from game_server.journal.records import Header, pack_header
from tests.journal.journal_process import KINDS, record

FOLDER: Final = Path(__file__).parents[1] / "journals"
TICKS: Final = 400
"""Two checkpoints, and 13 hashes."""


def path(kind: str) -> Path:
    """The file of ``kind``."""
    return FOLDER / f"{kind.replace(', ', '-')}.journal"


def main() -> None:
    """Write them again."""
    FOLDER.mkdir(exist_ok=True)
    for kind, (game, _) in KINDS.items():
        header = Header("GOLDEN", game.name, "", 0.0)
        path(kind).write_bytes(pack_header(header) + record(kind, TICKS)[0].data)


if __name__ == "__main__":
    main()
