"""Attacks from a few addresses beside twelve people who play: ``tools/bench/run attacks [--only NAME] [--server DIR]``.

The first attack does nothing: by how much its ratios differ from 1 is what the others' may be wrong by.

For each attack there is a fresh server on one core. The people who play measure from the other, which the attackers
share at a lower priority; first without an attack and then, as long, with it. Nothing but 127.0.0.1 is ever connected
to; the attackers' own addresses are 127.0.0.2 and so on, and the server trusts none of them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, Any, Final

import attrs
import cyclopts
import trustme
from cyclopts import Parameter
from rich.console import Console

from tools.bench.attacks.attackers import ATTACKS, OVER_TLS
from tools.bench.attacks.healthy import PLAYERS, READERS
from tools.bench.attacks.sockets import believing_anybody
from tools.bench.installing import ROOT
from tools.bench.machine import Cores, cpu_time
from tools.bench.trial import free_port, on, wait_until_it_listens

GAP: Final = 1.2
"""Most that an attack may do to the gaps between snapshots, p99 and longest: multiples of what they are without."""
CPU: Final = 0.15
"""Of a core, most that one address may cost."""
_SETTLE: Final = 2.0
_PREPARE: Final = 20.0
"""Seconds that attackers get to connect; then whatever they have is what they attack with."""

app = cyclopts.App(name="tools/bench/run attacks", help_format="plaintext")


@attrs.frozen
class Outcome:
    """What one attack did.

    Attributes:
        without, during: what the people who play have seen: the gaps' ``p99_ms`` and ``max_ms``, who was ``closed``.
        dropped: ticks, during the attack.
        dropped_without: ticks, before it: a machine that has other work drops some by itself.
        cpu: share of a core that each attacking address cost.
    """

    attack: str
    without: dict[str, Any]
    during: dict[str, Any]
    dropped: float
    dropped_without: float
    cpu: float

    def ratio(self, figure: str) -> float:
        """During the attack beside without."""
        before, during = self.without[figure], self.during[figure]
        return round(during / before, 2) if before and during else float("inf")

    @property
    def faults(self) -> list[str]:
        """What falls short of the numbers to reach."""
        found = [f"gap {name}" for name in ("p99", "max") if self.ratio(f"{name}_ms") > GAP]
        found += ["ticks dropped"] * (self.dropped > self.dropped_without) + ["closed"] * bool(self.during["closed"])
        return found + ["CPU"] * (self.cpu > CPU)


@app.default
def run(
    *,
    server: Path = ROOT,
    only: Annotated[tuple[str, ...], Parameter(negative="")] = (),
    addresses: int = 4,
    seconds: float = 6.0,
    markdown: Path | None = None,
    json_file: Annotated[Path | None, Parameter(name="--json")] = None,
) -> None:
    """Attack a server of this checkout, or of another one.

    Args:
        server: The checkout whose server is attacked.
        only: This attack only. Repeatable.
        addresses: From how many addresses.
        seconds: How long each attack lasts, and as long is measured before it.
        markdown: Write the table here.
        json_file: Write the figures here.
    """
    if unknown := [name for name in only if name not in ATTACKS]:
        raise SystemExit(f"tools/bench/run: no attack {unknown[0]!r}; there is {', '.join(ATTACKS)}")
    if not (1 <= addresses <= 16 and 1 <= seconds <= 60):
        raise SystemExit("tools/bench/run: 1 to 16 addresses, 1 to 60 seconds")
    console, cores = Console(width=None if os.isatty(1) else 160), Cores.choose()
    outcomes = []
    for name in only or ATTACKS:
        with console.status(name):
            outcomes.append(attack(name, server, cores, addresses, seconds))
        console.print(_row(outcomes[-1]))
    if markdown:
        markdown.write_text(to_markdown(outcomes))
    if json_file:
        json_file.write_text(json.dumps({"attacks": [attrs.asdict(outcome) for outcome in outcomes]}, indent=2) + "\n")
    if any(outcome.faults for outcome in outcomes):
        raise SystemExit("tools/bench/run attacks: the figures fall short")


def attack(name: str, server: Path, cores: Cores, addresses: int, seconds: float) -> Outcome:
    """Measure one attack."""
    sources = [f"127.0.0.{2 + number}" for number in range(addresses)]
    scheme = "https" if name in OVER_TLS else "http"
    with _hosting(server, cores, scheme) as (process, port, keyed):
        healthy_command = [sys.executable, "-m", "tools.bench.attacks.healthy", str(port), keyed, scheme]
        with on(cores.load):
            healthy = subprocess.Popen(
                healthy_command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
        _prefer(healthy.pid)
        try:
            time.sleep(_SETTLE)
            _ask(healthy)
            used, dropped = _look(process, f"{scheme}://127.0.0.1:{port}")
            time.sleep(seconds)
            used_alone, dropped_alone = _look(process, f"{scheme}://127.0.0.1:{port}")
            alone = (used_alone - used) / seconds
            without = _ask(healthy)
            command = [sys.executable, "-m", "tools.bench.attacks.attackers", name, str(port), str(seconds), keyed]
            with on(cores.load):
                attacker = subprocess.Popen([*command, *sources], cwd=ROOT, stdout=subprocess.PIPE, text=True)
            began, used = time.monotonic(), _look(process, f"{scheme}://127.0.0.1:{port}")[0]
            try:
                attacker.wait(_PREPARE + seconds)
            except subprocess.TimeoutExpired:
                attacker.kill()
                attacker.wait()
            during = _ask(healthy)
            took = time.monotonic() - began
            then, after = _look(process, f"{scheme}://127.0.0.1:{port}")
        finally:
            healthy.kill()
            healthy.wait()
    cpu = max(0.0, (then - used) / took - alone) / addresses
    return Outcome(name, without, during, after - dropped_alone, dropped_alone - dropped, round(cpu, 3))


@contextmanager
def _hosting(server: Path, cores: Cores, scheme: str) -> Iterator[tuple[subprocess.Popen[str], int, str]]:
    """A server of the checkout ``server`` with one match, its port, and whether its clients have keys."""
    port, package = free_port(), (server / "game_server").resolve()
    command = [
        sys.executable,
        "-m",
        "game_server",
        "host",
        "--port",
        str(port),
        "--no-qr",
        "--no-data",
        "--log-level",
        "error",
    ]
    command += ["--max-players", "32", "--seed", "7"]
    if (package / "throttling").is_dir():
        command += ["--trust-network", "none"]
    keyed = "keyed" if "key:" in (package / "protocol" / "client_messages.py").read_text() else "plain"
    with tempfile.NamedTemporaryFile(suffix=".pem") as certificate:
        if scheme == "https":
            trustme.CA().issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(certificate.name)
            command += ["--tls-cert", certificate.name]
        with on(cores.server):
            process = subprocess.Popen(
                command, cwd=package.parent, env={**os.environ, "PYTHONPATH": str(package.parent)},
                stdout=subprocess.PIPE, text=True,
            )  # fmt: skip
        _prefer(process.pid)
        try:
            wait_until_it_listens(process)
            yield process, port, keyed
        finally:
            process.terminate()
            try:
                process.wait(5.0)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _prefer(pid: int) -> None:
    """Before whatever else this machine does, where that is allowed: that is not what is to be measured.

    A high priority among the others is not enough: they still get turns of 4 and 8 ms, which show in the gaps. Its
    threads have no such priority: on one core they would keep its loop waiting.
    """
    with suppress(PermissionError):
        os.sched_setscheduler(
            pid, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(os.sched_get_priority_min(os.SCHED_RR))
        )


def _ask(healthy: subprocess.Popen[str]) -> dict[str, Any]:
    assert healthy.stdin
    assert healthy.stdout
    healthy.stdin.write("\n")
    healthy.stdin.flush()
    told: dict[str, Any] = json.loads(healthy.stdout.readline())
    return told


def _look(process: subprocess.Popen[str], url: str) -> tuple[float, float]:
    """CPU seconds that the server has used, and ticks that it has dropped."""
    with urllib.request.urlopen(f"{url}/metrics", timeout=30, context=believing_anybody()) as answer:
        lines = answer.read().decode().splitlines()
    dropped = next(line for line in lines if line.startswith("game_server_ticks_dropped_total "))
    return cpu_time(process.pid).total, float(dropped.split()[1])


def _cells(outcome: Outcome) -> list[str]:
    without, during = outcome.without, outcome.during
    return [
        outcome.attack,
        f"{without['p99_ms']} / {during['p99_ms']}",
        f"{without['max_ms']} / {during['max_ms']}",
        f"{outcome.ratio('p99_ms')}, {outcome.ratio('max_ms')}",
        f"{outcome.dropped_without:.0f} / {outcome.dropped:.0f}",
        f"{len(during['closed'])} of {PLAYERS + READERS}",
        f"{outcome.cpu:.2f}",
        ", ".join(outcome.faults) or "held",
    ]


def _row(outcome: Outcome) -> str:
    return "  ".join(_cells(outcome))


def to_markdown(outcomes: list[Outcome]) -> str:
    """The table of docs/BENCHMARKS.md."""
    heads = ["attack", "gap p99, ms", "gap max, ms", "ratios", "dropped", "closed", "CPU an address", "verdict"]
    rows = [heads, ["---"] * len(heads), *map(_cells, outcomes)]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


if __name__ == "__main__":
    app()
