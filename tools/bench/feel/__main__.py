"""``tools/bench/run feel [--json FILE] [--quick] [--only NAME]``: how it feels in a real browser on bad networks."""

from __future__ import annotations

import json
import operator
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final

import attrs
import cyclopts
from cyclopts import Parameter
from rich.console import Console
from rich.table import Table

from tools.bench.feel.scenarios import INTERPOLATION_AIM, SCENARIOS
from tools.bench.feel.stage import chromium

_QUICK: Final = 0.25


@attrs.frozen
class Target:
    """A number to reach."""

    key: str
    what: str
    bound: float
    holds: Callable[[Any, Any], bool] = operator.le


TARGETS: Final = (
    Target("press_frames_max", "key pressed to own ship drawn moving, any preset: frames", 2),
    Target("corrections_home", "corrections in 60 s alone, home", 0),
    Target("jump_px_p99_bad", "visible jump in a frame with 8 fighting bots, bad: p99, px", 4),
    Target("motion_within_mobile", "frames in which another's speed is within 10 %, mobile", 0.99, operator.ge),
    Target("interpolation_delay_lan_ms", "interpolation delay, lan: ms", 75),
    Target("interpolation_recovery_s", f"from bad back under {INTERPOLATION_AIM:g} ms, lan: s", 15),
    Target("hit_rate_mobile", "dead-on shots that hit, mobile", 0.98, operator.ge),
    Target("late_inputs_mobile", "inputs too late, mobile", 0.015, operator.lt),
    Target("stall_recovery_ms_max", "after a stall of 1 s, until one plays as before: ms", 500),
)

app = cyclopts.App(name="tools/bench/run feel", help_format="plaintext")


@app.default
def run(
    *,
    json_file: Annotated[Path | None, Parameter(name="--json")] = None,
    quick: Annotated[bool, Parameter(negative="")] = False,
    only: Annotated[tuple[str, ...], Parameter(negative="")] = (),
    seed: int = 1,
) -> None:
    """Measure how the game feels, in Chromium, on bad networks; about eight minutes.

    The machine must have nothing else to do: a page that is kept from its core acts late, and its shots with it. The
    JSON has the load.

    Args:
        json_file: Where to write the figures.
        quick: A quarter of the time, and rough.
        only: Play this scenario only: presses, corrections, fight, shooting, interpolation or stall. Repeatable.
        seed: Of the match, the networks' chances and the players' hands.
    """
    if unknown := set(only) - set(SCENARIOS):
        raise SystemExit(f"tools/bench/run: feel has no scenario {min(unknown)!r}; there is {', '.join(SCENARIOS)}")
    console = Console()
    found: dict[str, Any] = {}
    before = os.getloadavg()[0]
    with chromium() as browser:
        for name, scenario in SCENARIOS.items():
            if not only or name in only:
                with console.status(name):
                    found |= scenario(browser, seed, _QUICK if quick else 1.0)
    _show(console, found)
    if json_file:
        targets = [{"key": f"feel.{t.key}", "what": t.what, "bound": t.bound, **_verdict(t, found)} for t in TARGETS]
        load = {"before": round(before, 2), "after": round(os.getloadavg()[0], 2), "cores": os.cpu_count()}
        about = {"seed": seed, "load_average": load}
        json_file.write_text(json.dumps({"feel": found, "targets": targets, "machine": about}, indent=2) + "\n")


def _verdict(target: Target, found: dict[str, Any]) -> dict[str, Any]:
    value = found.get(target.key)
    return {"value": value, "reached": None if value is None else bool(target.holds(value, target.bound))}


def _show(console: Console, found: dict[str, Any]) -> None:
    table = Table(box=None, pad_edge=False)
    for heading in ("number to reach", "bound", "measured", ""):
        table.add_column(heading, justify="left" if heading in ("number to reach", "") else "right")
    for target in TARGETS:
        verdict = _verdict(target, found)
        if target.key in found:
            reached = {True: "reached", False: "[bold]missed[/bold]", None: "no verdict"}[verdict["reached"]]
            table.add_row(target.what, f"{target.bound:g}", _number(verdict["value"]), reached)
    console.print(table)
    for name, value in found.items():
        console.print(f"{name:34} {_number(value)}", highlight=False)


def _number(value: Any) -> str:
    return "-" if value is None else f"{value:.4g}"


try:
    app()
except RuntimeError as error:
    sys.exit(f"tools/bench/run: {error}")
