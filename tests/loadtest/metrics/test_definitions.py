from __future__ import annotations

from pathlib import Path

import pytest

from game_server.loadtest.metrics.definitions import COUNTS_BY_KIND
from game_server.loadtest.report.results import NUMBER_NAMES, SPREAD_NAMES
from game_server.loadtest.scenario.scenario import BUILT_IN, USED

DOCUMENT = (Path(__file__).parents[3] / "docs" / "LOAD_TESTING.md").read_text()


@pytest.mark.parametrize("name", [*SPREAD_NAMES, *NUMBER_NAMES, *COUNTS_BY_KIND, *BUILT_IN, *USED])
def test_every_name_is_documented(name: str) -> None:
    assert f"`{name}`" in DOCUMENT


def test_no_name_means_two_things() -> None:
    names = [*SPREAD_NAMES, *NUMBER_NAMES, *COUNTS_BY_KIND]
    assert len(set(names)) == len(names)
