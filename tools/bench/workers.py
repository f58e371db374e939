"""What workers and machines cost: ``tools/bench/run workers cpu|joins|elsewhere|kill|roll``.

``cpu`` is a benchmark as others are, and has their options.
"""

from __future__ import annotations

import os
import re
import signal
import sys
import tempfile
import time
from pathlib import Path
from time import monotonic
from typing import Annotated, Any, Final

import cyclopts
from cyclopts import Parameter

from game_server.client import Target
from game_server.protocol import MAX_HOPS, Elsewhere, Home, Join, Refused, Welcome
from tools.bench import report
from tools.bench.machine import family
from tools.bench.machines import ListReader, Talk, matches_file, running_machine, running_redis
from tools.bench.moving import rank
from tools.bench.people import People

SEATS: Final = 16
SETTLE: Final = 5.0
PATIENCE: Final = 60.0
JOINS: Final = 1000
KILLED: Final = 20
"""Matches of the worker that is killed."""
PEOPLE: Final = 3
"""In each of those; bots have the other seats."""
PLAYED: Final = 12.0
"""Seconds before the kill, so that there is a lot to be played again."""

app = cyclopts.App(name="tools/bench/run workers", help_format="plaintext")


@app.command
def cpu(*arguments: Annotated[str, Parameter(allow_leading_hyphen=True)]) -> None:
    """CPU per client and second of two workers beside one process, in turns.

    Args:
        arguments: of `tools/bench/run arena`, say: ``--quick``, ``--runs``, ``--only``, ``--clients``.
    """
    os.execv(sys.executable, [sys.executable, "-m", "tools.bench", "workers", *arguments])


def join(target: Target) -> tuple[float, float]:
    """Take a seat in the match of ``target``, and give it up.

    Returns:
        Seconds from the connection to the seat, and those of them until the last `elsewhere` had come.

    Raises:
        RuntimeError: there is no seat.
    """
    code, began, sent_on = target.match, monotonic(), 0.0
    for _ in range(MAX_HOPS + 1):
        with Talk(target, "Joiner") as talk:
            # A request that comes with hello is answered at the next tick of the match, whenever that is.
            talk.hear_one_of(Home)
            talk.say(Join(code))
            answer = talk.hear_one_of(Welcome, Elsewhere, Refused)
            if isinstance(answer, Welcome):
                return monotonic() - began, sent_on
        if isinstance(answer, Refused):
            raise RuntimeError(answer.text)
        target, sent_on = target.elsewhere(answer), monotonic() - began
    raise RuntimeError(f"sent on {MAX_HOPS + 1} times")


def _p50_p99(name: str, seconds: list[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    return {
        f"{name}_{rank}_ms": round(ordered[int(len(ordered) * share)] * 1000, 2)
        for rank, share in (("p50", 0.5), ("p99", 0.99))
    }


def _compare(count: int, first: Target, second: Target) -> tuple[list[float], list[float], list[float]]:
    """Join both in turns: seconds of the joins of each, and of the detours of those of the second."""
    firsts: list[float] = []
    seconds: list[float] = []
    detours: list[float] = []
    for turn in range(count):
        for is_first in (True, False) if turn % 2 else (False, True):
            took, detour = join(first if is_first else second)
            (firsts if is_first else seconds).append(took)
            if not is_first:
                detours.append(detour)
    return firsts, seconds, detours


@app.command
def joins(*, count: int = JOINS, json_file: Path | None = None) -> None:
    """What a hand-over adds to a join: a server of two workers beside one process, joins in turns.

    Half of the joins of the former are handed over, since either worker may accept a connection.

    Args:
        count: Joins of each.
        json_file: Where to write the figures.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (
            running_machine("alone", folder, "--bots", "1") as alone,
            running_machine("several", folder, "--bots", "1", "--workers", "2") as several,
        ):
            targets = [machine.target.to(machine.matches()[0]["id"]) for machine in (alone, several)]
            one, two, _ = _compare(count, *targets)
    figures = {**_p50_p99("one_process", one), **_p50_p99("two_workers", two)}
    for share in ("p50", "p99"):
        figures[f"added_{share}_ms"] = round(figures[f"two_workers_{share}_ms"] - figures[f"one_process_{share}_ms"], 2)
    report.write_figures(figures, json_file)


@app.command
def elsewhere(*, count: int = JOINS, json_file: Path | None = None) -> None:
    """What it adds to a join to ask another machine than the one that has the match, in turns.

    Args:
        count: Joins of each kind.
        json_file: Where to write the figures.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (
            running_redis(folder) as redis,
            running_machine("berlin", folder, "--no-match", redis=redis) as berlin,
            running_machine("paris", folder, "--bots", "1", redis=redis) as paris,
        ):
            code = paris.matches()[0]["id"]
            reader = ListReader(berlin.target)
            reader.wait_for([code])
            reader.close()
            direct, around, detours = _compare(count, paris.target.to(code), berlin.target.to(code))
    figures = {**_p50_p99("direct", direct), **_p50_p99("by_elsewhere", around), **_p50_p99("detour", detours)}
    report.write_figures(figures, json_file)


def _kill(folder: Path) -> dict[str, Any]:
    options = ("--workers", "2", "--matches", str(matches_file(folder, 2 * KILLED, bots=SEATS - PEOPLE)))
    with running_machine("killed", folder, *options) as machine:
        codes = [match["id"] for match in machine.matches() if match["node"] == "worker-1"]
        people = People([machine.target.to(code) for code in codes * PEOPLE], firing=True, scoring=True)
        with people.playing():
            time.sleep(PLAYED)
            [pid] = re.findall(r"worker-1 is process (\d+)", machine.log.read_text())
            before = {person: len(person.played) for person in people.everybody}
            killed = monotonic()
            os.kill(int(pid), signal.SIGKILL)
            people.wait(lambda person: len(person.played) > before[person], PATIENCE)
            time.sleep(1)
    back = {person: person.played[before[person]] - killed for person in people.everybody}
    first = [min(time for person, time in back.items() if person.home.match == code) for code in codes]
    times, scores = sorted(back.values()), [person.scores for person in people.everybody if person.scores]
    return {
        "people": len(people.everybody),
        "matches": len(codes),
        "all_ticking_s": round(max(first), 2),
        "p50_s": round(rank(times, 0.5), 2),
        "p95_s": round(rank(times, 0.95), 2),
        "same_seat": sum(len(person.seats) == 1 for person in people.everybody),
        "scores": sum(sum(read.read.values()) for read in scores),
        "scores_lost": sum(len(read.lost) for read in scores),
    }


@app.command
def kill(*, runs: int = 3, json_file: Path | None = None) -> None:
    """Kill a worker with 20 matches of 16, of which three are people: when they play again, and with what.

    Args:
        runs: Times.
        json_file: Where to write the figures of all.
    """
    found = []
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as name:
            found.append(_kill(Path(name)))
        print(found[-1], flush=True)
    report.write_figures({"runs": found}, json_file)


@app.command
def roll(*, players: int = 320, json_file: Path | None = None) -> None:
    """Replace both workers by fresh processes, while people fly about and fire.

    Args:
        players: In matches of 16.
        json_file: Where to write the figures.
    """
    with tempfile.TemporaryDirectory() as name:
        folder, count = Path(name), -(-players // SEATS)
        options = ("--workers", "2", "--matches", str(matches_file(folder, count)), "--max-matches", str(count + 8))
        with running_machine("rolled", folder, *options) as machine:
            codes = [match["id"] for match in machine.matches()]
            places = [machine.target.to(codes[number % count]) for number in range(players)]
            people = People(places, firing=True, scoring=True)
            with people.playing():
                time.sleep(SETTLE)
                before = family(machine.process.pid)
                people.pauses()
                began = monotonic()
                machine.process.send_signal(signal.SIGUSR2)
                while machine.log.read_text().count("replaced") < 2 and monotonic() < began + PATIENCE:
                    time.sleep(0.1)
                took = monotonic() - began
                time.sleep(SETTLE)
                pauses = people.pauses()
                now, matches = family(machine.process.pid), machine.matches()
            scores = [person.scores for person in people.everybody if person.scores]
            for line in machine.log.read_text().splitlines():
                if "replaced" in line or "WARNING" in line or "ERROR" in line:
                    print(line, file=sys.stderr)
    for why in dict.fromkeys(loss for person in people.everybody for loss in person.losses):
        print(f"people: {why}", file=sys.stderr)
    figures = {
        "players": players,
        "workers replaced": len(set(now) - set(before)),
        "seconds": round(took, 2),
        "matches": len({match["id"] for match in matches} & set(codes)),
        "people who play": sum(match["people"] for match in matches),
        "people with another seat": sum(len(person.seats) != 1 for person in people.everybody),
        "connections lost": sum(len(person.losses) for person in people.everybody),
        "moves of a person, mean": round(sum(person.moved for person in people.everybody) / players, 2),
        "scores": sum(sum(read.read.values()) for read in scores),
        "scores lost": sum(len(read.lost) for read in scores),
        "pause_p50_ms": round(1000 * rank(pauses, 0.5), 1),
        "pause_p99_ms": round(1000 * rank(pauses, 0.99), 1),
        "pause_max_ms": round(1000 * max(pauses), 1),
    }
    report.write_figures(figures, json_file)


if __name__ == "__main__":
    app()
