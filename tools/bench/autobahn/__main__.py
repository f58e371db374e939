"""The Autobahn test suite's cases, whose fuzzing client speaks to a server of this checkout over three paths.

A frame is read by the WebSocket library from a plain socket or from TLS, or at the tick, from the socket of a player.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Final

import attrs
import cyclopts
import trio
import trustme
from cyclopts import Parameter
from rich.console import Console
from rich.table import Table

from game_server.protocol import SUBPROTOCOL, WEBSOCKET_PATH
from tools.bench import machine
from tools.bench.autobahn.python2 import FOLDER, NoPython2, find_python2, versions, wstest
from tools.bench.autobahn.seat import relay_to_a_seat
from tools.bench.autobahn.verdicts import CHAPTERS, Outcome, Verdict, complete, outcome, rows, to_markdown
from tools.bench.machine import Cores
from tools.bench.trial import PORT, Launch, TrialFailed, free_port, running

REPORTS: Final = FOLDER / "reports"
LOG: Final = FOLDER / "log"
PLAIN, TLS, SEAT = "plain", "tls", "seat"
_SUITE_SECONDS: Final = 1200.0

app = cyclopts.App(name="tools/bench/run autobahn", help_format="plaintext")


@app.default
def run(
    *,
    python2: str | None = None,
    cases: Annotated[tuple[str, ...], Parameter(negative="")] = (),
    markdown: Path | None = None,
    json_file: Annotated[Path | None, Parameter(name="--json")] = None,
) -> None:
    """Run the cases of the Autobahn test suite against a server of this checkout; about four minutes.

    Over three paths: plain, before hello; behind TLS, before hello; with a seat, where the tick reads the socket.

    Args:
        python2: A Python 2.7, where python2.7, python2 or pypy is none.
        cases: These alone, 6.4.* say. Repeatable.
        markdown: Write the table here.
        json_file: Write what came of each case here.
    """
    try:
        python = find_python2(python2)
    except NoPython2 as error:
        print(f"tools/bench/run autobahn: {error}", file=sys.stderr)
        raise SystemExit(2) from error
    console, suite = Console(width=None if os.isatty(1) else 160), wstest(python)
    with console.status("the Autobahn test suite"):
        found = trio.run(_fuzz, suite, cases or tuple(f"{chapter}.*" for chapter in CHAPTERS))
    _show(console, found)
    if markdown:
        markdown.write_text(to_markdown(found))
    if json_file:
        json_file.write_text(json.dumps(_to_json(found), indent=2) + "\n")
    if any(each.verdict is Verdict.FAILED for outcomes in found.values() for each in outcomes):
        raise SystemExit("tools/bench/run autobahn: cases have failed")


async def _fuzz(suite: Sequence[str], cases: Sequence[str]) -> dict[str, list[Outcome]]:
    """What comes of ``cases``, by path, when ``suite`` is the suite's command.

    Raises:
        TrialFailed: nothing was reported.
    """
    for report in REPORTS.glob("*"):
        report.unlink()
    REPORTS.mkdir(exist_ok=True)
    with TemporaryDirectory() as folder, _hosting() as port, _hosting(*_certified(Path(folder))) as tls_port:
        async with trio.open_nursery() as nursery:
            seat_port = await nursery.start(relay_to_a_seat, port)
            specification = trio.Path(folder, "specification.json")
            urls = {PLAIN: f"ws://127.0.0.1:{port}", TLS: f"wss://127.0.0.1:{tls_port}"}
            urls[SEAT] = f"ws://127.0.0.1:{seat_port}"
            await specification.write_text(json.dumps(_specification(urls, cases)))
            command = [*suite, "--mode", "fuzzingclient", "--spec", str(specification)]
            with trio.move_on_after(_SUITE_SECONDS), LOG.open("wb") as log:
                await trio.run_process(command, stdout=log, stderr=log, cwd=folder, check=False)
            nursery.cancel_scope.cancel()
    found = {path: [outcome(json.loads(file.read_text())) for file in _reports(path)] for path in urls}
    if not any(found.values()):
        raise TrialFailed(f"no case came to its end; {LOG} has what the suite said")
    return complete(found)


def _specification(urls: dict[str, str], cases: Sequence[str]) -> dict[str, Any]:
    servers = [{"agent": path, "url": url + WEBSOCKET_PATH, "protocols": [SUBPROTOCOL]} for path, url in urls.items()]
    return {"outdir": str(REPORTS), "servers": servers, "cases": cases, "exclude-cases": [], "exclude-agent-cases": {}}


def _reports(path: str) -> Iterator[Path]:
    return REPORTS.glob(f"{path}_case_*.json")


@contextmanager
def _hosting(*options: str) -> Iterator[int]:
    """A server, and its port. Its own pings are none that a case expects, so there are none."""
    port, core = free_port(), max(os.sched_getaffinity(0))
    command = (
        sys.executable,
        "-m",
        "game_server",
        "host",
        "--port",
        PORT,
        "--no-qr",
        "--no-data",
        "--log-level",
        "error",
    )
    launch = Launch((*command, "--ping-interval", "300", "--timeout", "900", *options), "game")
    with running(launch, port, Cores(core, core)):
        yield port


def _certified(folder: Path) -> tuple[str, ...]:
    """The options of a server with a certificate, which is put into ``folder``."""
    issued, certificate = trustme.CA().issue_cert("127.0.0.1"), folder / "certificate.pem"
    issued.private_key_and_cert_chain_pem.write_to_path(certificate)
    return "--tls-cert", str(certificate)


def _show(console: Console, found: dict[str, list[Outcome]]) -> None:
    head, *others = rows(found)
    table = Table(box=None, pad_edge=False)
    for at, title in enumerate(head):
        table.add_column(title, justify="right" if at else "left")
    for row in others:
        table.add_row(*row)
    console.print(table)
    console.print("Of each path: passed, closed as the protocol says, failed.", highlight=False)
    for path, outcomes in found.items():
        for each in outcomes:
            if each.verdict is Verdict.FAILED:
                console.print(f"{path} {each.case}: {each.code} {each.why or 'did not run'}", highlight=False)
    console.print(f"Each case: {REPORTS / 'index.html'}", highlight=False, soft_wrap=True)


def _to_json(found: dict[str, list[Outcome]]) -> dict[str, Any]:
    paths = {path: [attrs.asdict(each) for each in outcomes] for path, outcomes in found.items()}
    return {"autobahn": paths, "versions": versions(), "machine": machine.describe()}


if __name__ == "__main__":
    try:
        app()
    except (TrialFailed, subprocess.SubprocessError) as error:
        raise SystemExit(f"tools/bench/run autobahn: {error}") from error
