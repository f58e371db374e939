"""The journals in tests/journals play again as they were played: the rules, and what a journal is, have not changed.

After a change that is meant to change them, ``tools/make_vectors`` plays and writes them again.
"""

from __future__ import annotations

import pytest

from game_server.journal import JournalFile, verify
from tests.journal.journal_process import KINDS
from tests.vectors.journals import FOLDER, TICKS, path


@pytest.mark.parametrize("kind", KINDS)
def test_a_golden_journal_plays_again_to_the_same_hashes(kind: str) -> None:
    found = verify(JournalFile.read(path(kind)), KINDS[kind][0])
    assert found.good, found
    assert found.hashes == TICKS // 30


def test_there_is_a_golden_journal_of_each_game_and_mode() -> None:
    assert sorted(FOLDER.iterdir()) == sorted(map(path, KINDS))
