"""Games of declarations are as they are recorded: pages, bots and journals rely on their fields, limits and times."""

from __future__ import annotations

import json

import pytest

from tests.vectors.declared_games import FILE, document

ON_PURPOSE = "if on purpose, run tools/make_vectors"
RECORDED, NOW = json.loads(FILE.read_text("utf-8")), json.loads(document())


def test_the_same_games_are_recorded_as_there_are() -> None:
    assert RECORDED.keys() == NOW.keys(), ON_PURPOSE


@pytest.mark.parametrize("game", RECORDED)
@pytest.mark.parametrize("part", next(iter(RECORDED.values())))
def test_a_game_declares_what_is_recorded(game: str, part: str) -> None:
    assert NOW[game][part] == RECORDED[game][part], ON_PURPOSE
