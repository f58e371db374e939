"""How long a match stands still when it moves from one worker to another: ``tools/bench/run moving``.

A host with two workers, and a match of people who fly about and fire, which an admin moves to and fro. Each of them
follows the message `elsewhere` and takes the seat again; the pause is what lies between two snapshots of theirs.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import time
from collections import deque
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import trio

from game_server.cli.admin_request import ask
from game_server.client import Target
from game_server.errors import RequestRefused
from game_server.protocol import Admin, AdminDeed
from tools.bench.people import People

TOKEN: Final = "t" * 20
SETTLES: Final = 1.5
"""Seconds between two moves, in which clients connect again and bots of lost seats go."""


def rank(values: list[float], share: float) -> float:
    """The value below which ``share`` of ``values`` are."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def measure(url: str, people: int, moves: int) -> dict[str, Any]:
    """Move the match of ``url`` to and fro."""
    target = Target.from_url(url)
    listed = trio.run(ask, target, Admin(TOKEN, AdminDeed.MATCHES))
    [(row, node)] = zip(listed.matches, listed.nodes, strict=True)
    answers: list[float] = []
    pauses: list[float] = []
    refused: list[str] = []
    crowd = People([target.to(row.id)] * people, firing=True)
    with crowd.playing():
        time.sleep(SETTLES)
        nodes = deque(sorted({"worker-0", "worker-1"}, key=lambda name: name == node))
        crowd.pauses()
        for _ in range(moves):
            began = time.perf_counter()
            try:
                trio.run(ask, target, Admin(TOKEN, AdminDeed.MOVE, row.id, nodes[0]))
            except RequestRefused as error:
                refused.append(str(error))
            answers.append(time.perf_counter() - began)
            nodes.rotate()
            time.sleep(SETTLES)
            pauses += [1000 * pause for pause in crowd.pauses()]
    for why in dict.fromkeys([*refused, *(loss for person in crowd.everybody for loss in person.losses)]):
        print(why, file=sys.stderr)
    return {
        "people": people,
        "moves": moves,
        "refused": len(refused),
        "people who changed their seat": sum(len(person.seats) != 1 for person in crowd.everybody),
        "connections lost": sum(len(person.losses) for person in crowd.everybody),
        "sent on, of those": sum(person.moved for person in crowd.everybody) / (moves * people),
        "pause between snapshots p50 ms": rank(pauses, 0.5),
        "pause between snapshots p99 ms": rank(pauses, 0.99),
        "pause between snapshots max ms": max(pauses),
        "answer to the admin p50 ms": 1000 * rank(answers, 0.5),
    }


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=16)
    parser.add_argument("--moves", type=int, default=30)
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    with TemporaryDirectory() as folder:
        (Path(folder) / "matches.toml").write_text(
            f'[[match]]\nname = "One"\nmax-players = {max(2, chosen.people)}\nbots = 0\n'
        )
        command = [
            sys.executable, "-m", "game_server", "host", "--port", "0", "--workers", "2", "--data", f"{folder}/data",
            "--matches", f"{folder}/matches.toml", "--admin-token", TOKEN, "--log-level", "warning",
        ]  # fmt: skip
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as host:
            assert host.stdout
            try:
                found = next(filter(None, (re.search(r"http://\S+", line) for line in host.stdout)))
                figures = measure(found[0], chosen.people, chosen.moves)
            finally:
                host.terminate()
    for name, value in figures.items():
        print(f"{name:40} {value:,.3f}" if isinstance(value, float) else f"{name:40} {value:,}")
    if chosen.json:
        chosen.json.write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
