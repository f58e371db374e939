"""Reports of made-up runs, word by word and figure by figure."""

from __future__ import annotations

from functools import cache

import pytest

from tests.vectors.reports import FOLDER, documents

NAMES = sorted(path.name for path in FOLDER.iterdir())
now = cache(documents)


def test_every_report_is_recorded() -> None:
    assert sorted(now()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_report_is_the_recorded_one(name: str) -> None:
    recorded = (FOLDER / name).read_text(encoding="utf-8")
    assert now()[name].splitlines() == recorded.splitlines(), "if on purpose, run tools/make_vectors"
