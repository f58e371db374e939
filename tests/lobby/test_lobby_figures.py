"""Figures of the lobby in documents and in the page: each is that of the code."""

from __future__ import annotations

from pathlib import Path

import pytest

from game_server.lobby.hosting import REOPEN_AFTER
from game_server.lobby.match.match_recording import LONG_SECONDS, RESULTS_SECONDS
from game_server.lobby.match_index import CODE_LENGTH
from game_server.lobby.opening_limits import MOST_WAITING, OPENING_INTERVAL
from game_server.lobby.person import LOBBY_INTERVAL

ROOT = Path(__file__).parents[2]
NUMBERS = {1: "a", 2: "two", 3: "three"}

SENTENCES = {
    "docs/OPERATING.md": [
        f"it starts again {NUMBERS[int(REOPEN_AFTER)]} second later under the same code",
    ],
    "docs/PROTOCOL.md": [
        f"At most {1 / OPENING_INTERVAL:.0f} matches a second are opened for all people together. "
        f"Up to {MOST_WAITING} people wait",
    ],
    "docs/REPLAYS.md": [
        f"A recording that has lasted {LONG_SECONDS / 60:g} minutes ends with its round",
        f"with {NUMBERS[int(RESULTS_SECONDS)]} seconds of their results",
    ],
    "docs/SECURITY_MODEL.md": [
        f"one every {1000 * OPENING_INTERVAL:g} ms; up to {MOST_WAITING} people wait for their turn",
        f"sent at most {'twice' if LOBBY_INTERVAL == 0.5 else LOBBY_INTERVAL} a second",
    ],
    "web_client/src/lobby/codes.js": [
        f"export const CODE_LENGTH = {CODE_LENGTH};",
    ],
}


@pytest.mark.parametrize(
    ("document", "sentence"), [(document, sentence) for document, all_of in SENTENCES.items() for sentence in all_of]
)
def test_a_sentence_has_the_figure_of_the_code(document: str, sentence: str) -> None:
    assert sentence in (ROOT / document).read_text(encoding="utf-8")
