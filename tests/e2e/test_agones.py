"""`game-server host --agones` beside a stand-in for the sidecar: what a fleet sees of a server."""

from __future__ import annotations

from pathlib import Path

import pytest

from game_server.loadtest.report.results import TESTER_WAS_THE_LIMIT
from tests.agones.stand_in import beside_the_test
from tests.e2e.processes import run, start_host, wait_until

pytestmark = pytest.mark.e2e

WITHIN = 15.0


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_fleet_sees_a_server_from_its_start_to_its_end(workers: str, tmp_path: Path) -> None:
    with beside_the_test() as sidecar:
        host = start_host(
            ("--agones", "--workers", workers, "--bots", "0"), tmp_path, AGONES_SDK_HTTP_PORT=str(sidecar.port)
        )
        try:
            wait_until(lambda: sidecar.state == "Ready", WITHIN)
            assert sidecar.counters["matches"][0] <= 1
            played = run("bots", host.url, "--count", "3", "--duration", "2")
            assert played.returncode in (0, TESTER_WAS_THE_LIMIT), played.stderr
            assert "/allocate" in {path for _, _, path in sidecar.calls}
            wait_until(lambda: sidecar.counters["players"][0] == 0, WITHIN)
            assert sidecar.state == "Allocated"  # for a minute more
        finally:
            code = host.stop()
        wait_until(lambda: sidecar.state == "Shutdown", 1)
    assert code == 0
    counts = [path for _, method, path in sidecar.calls if method == "PATCH"]
    assert "/v1beta1/counters/players" in counts
    warnings = [line for line in host.stderr.read_text().splitlines() if "Agones" in line and "WARNING" in line]
    # A busy machine may take a second to answer, and servers warn of ticks that such a machine makes late.
    assert [line for line in warnings if "no answer in time" not in line] == []
