"""Recorded runs of the swarm, played again: it does, counts and measures what it did then."""

from __future__ import annotations

import json

import pytest

from tests.vectors.swarm import FILE, RUNS, record

RECORDED = json.loads(FILE.read_text())


@pytest.mark.parametrize("name", RUNS)
def test_a_swarm_does_and_measures_in_virtual_time_what_it_did(name: str) -> None:
    now, recorded = record(RUNS[name]), RECORDED[name]
    for second, (one, other) in enumerate(zip(now.pop("seconds"), recorded.pop("seconds"), strict=True)):
        assert one == other, f"in second {second}; if on purpose, run tools/make_vectors"
    assert now == recorded
