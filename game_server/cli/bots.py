"""``game-server bots``."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Annotated, Final, Literal

import trio
from cyclopts import Parameter
from cyclopts.validators import Number
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from game_server.bots.network import PRESETS
from game_server.bots.report import as_table, report
from game_server.bots.swarm import Swarm
from game_server.bots.target import Target
from game_server.cli.networks import Preset
from game_server.cli.whole import whole
from game_server.errors import ConfigError

FAILED: Final = 1
STANDARD_OUTPUT: Final = Path("-")


async def bots(
    url: str,
    /,
    *,
    count: Annotated[int, whole(1, 10_000)] = 8,
    duration: Annotated[float, Parameter(validator=Number(gt=0, lte=86_400))] = 30.0,
    seed: Annotated[int, whole(0, 2**63)] = 1,
    network: Preset | None = None,
    json_file: Annotated[Path | None, Parameter(name="--json", allow_leading_hyphen=True)] = None,
) -> int:
    """Send bots to a server: real clients that connect, play and measure.

    The exit code is 0 when every bot joined and played to the end, and 1 otherwise. Ctrl-C ends the run early; what was
    measured until then is reported.

    Args:
        url: The link that game-server host prints, with ?match=ID to choose a match.
        count: How many bots.
        duration: Seconds until they leave.
        seed: Of the bots' chance.
        network: Put each bot behind a bad network.
        json_file: Where to write the figures as JSON; - for standard output.
    """
    if json_file:
        _check_writable(json_file)
    swarm = Swarm(Target.from_url(url), count, duration, seed, PRESETS[network] if network else None)
    console = Console(stderr=json_file == STANDARD_OUTPUT)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_stop_on_signal, nursery.cancel_scope)
        nursery.start_soon(_show_progress, swarm, console)
        await swarm.run()
        nursery.cancel_scope.cancel()
    figures = report(swarm.outcomes)
    console.print(as_table(figures))
    if json_file:
        _write(json_file, json.dumps(figures, indent=2) + "\n")
    return FAILED if figures["failed"] or figures["disconnects"] or len(swarm.outcomes) < count else 0


async def _stop_on_signal(running: trio.CancelScope) -> None:
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        await anext(signals)
        running.cancel()


async def _show_progress(swarm: Swarm, console: Console) -> None:
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=swarm.duration)
        while True:
            playing = sum(o.connected and o.failure is None for o in swarm.outcomes)
            failed = sum(o.failure is not None for o in swarm.outcomes)
            snapshots = sum(o.client.figures.snapshots for o in swarm.outcomes)
            progress.update(
                task,
                completed=trio.current_time() - swarm.started,
                description=f"{playing} playing, {failed} failed, {snapshots} snapshots",
            )
            await trio.sleep(0.2)


def _check_writable(path: Path) -> None:
    """Fail now rather than when all has been measured."""
    if path != STANDARD_OUTPUT:
        _write(path, "", "a")


def _write(path: Path, text: str, mode: Literal["w", "a"] = "w") -> None:
    if path == STANDARD_OUTPUT:
        print(text, end="")
        return
    try:
        with path.open(mode, encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise ConfigError(f"cannot write {path}: {error.strerror}") from error
