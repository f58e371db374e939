from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tools.bench import against
from tools.bench.benches import MATCHES
from tools.bench.installing import ROOT


@pytest.fixture
def checkout(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(against, "checkout", lambda _revision: tmp_path)
    return tmp_path


def test_our_servers_run_here_and_in_the_older_checkout_with_its_own_python(checkout: Path) -> None:
    servers = against.with_revision(MATCHES, "v1").servers
    assert list(servers) == ["ours", "ours@v1", "ours_calls", "ours_calls@v1"]
    here, there = servers["ours"](960), servers["ours@v1"](960)
    assert (here.root, here.command[0]) == (ROOT, sys.executable)
    assert (there.root, there.command[0]) == (checkout, str(checkout / ".venv/bin/python"))
    assert here.command[1:] == there.command[1:]


def test_a_ratio_is_this_checkout_divided_by_the_older_one_or_left_out_if_unmeasured() -> None:
    results: dict[str, dict[int, dict[str, float | None]]] = {
        "ours": {960: {"cpu_us_per_client_second": 90.0, "tick_ms_p50": 3.0}},
        "ours@v1": {960: {"cpu_us_per_client_second": 100.0, "tick_ms_p50": None}},
    }
    assert against.ratios(results, "v1") == [("ours", 960, {"CPU": 0.9})]
