"""Silence: snapshots in which nothing is new are left out.

What a client has stays right without them: the delta of a tick in which nothing changed would be empty. So one rule
serves a game in which all moves all the time and one in which people think for minutes:

- a snapshot with news is made: a keyframe, a changed row in view, a changed row of the player's own, or an answer to an
  input, used or late;
- the first one without news is made as well: it says that all stands still, so that nothing is carried on beyond it;
- those after it are left out, but for one in `KEEPALIVE_SECONDS`, with a hash, which shows that client and server still
  agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from game_server.protocol import Ids, array_header
from game_server.simulation.world.columns import Column

Bools = npt.NDArray[np.bool_]

NO_TABLES: Final = array_header(0)
"""The packed ``tables`` of a snapshot in which nothing in view has changed."""


class Silence:
    """Remembers who was shown that all stands still, and what the snapshots before have said beside their tables."""

    def __init__(self) -> None:
        self._calm = np.zeros(0, np.bool_)
        """By player, whether the snapshot made last, sent or not, had no news."""
        self._players: Ids = np.empty(0, np.intp)
        self._columns: list[Column] = []
        """Of these players, as of the snapshots made last."""

    def due(self, players: Ids, tables: Sequence[bytes], keyframes: Bools, columns: Sequence[Column]) -> Bools:
        """Return which of the snapshots made now for ``players`` are to be sent, keepalives aside.

        Args:
            players: each once.
            tables: of each snapshot.
            keyframes: which are.
            columns: everything else of which a change is news, an element for each of ``players``.
        """
        if len(players) and players.max() >= len(self._calm):
            self._calm = np.concatenate((self._calm, np.zeros(players.max() + 1, np.bool_)))
        news = np.ones(len(players), np.bool_)
        # Where all moves, this is all that silence costs.
        if NO_TABLES in tables and np.array_equal(players, self._players):
            news = np.fromiter(map(NO_TABLES.__ne__, tables), np.bool_, len(tables)) | keyframes
            for before, now in zip(self._columns, columns, strict=True):
                news |= before != now
        self._players, self._columns = players, list(columns)
        due = news | ~self._calm[players]
        self._calm[players] = ~news
        return due
