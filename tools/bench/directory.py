"""What the directory of a large cluster costs its Redis, and how old a list is: ``tools/bench/run directory``.

A thousand nodes with a hundred matches each, which publish, renew and look as often as true ones, each over a
connection of its own. Their answers are read and thrown away, since to understand them would take more than the cores
that there are. One more node is true: it looks as `Neighbours` does, and asks for what a join needs. With
``--quick-play`` it is a whole server, and somebody asks it for any match again and again.
"""

from __future__ import annotations

import argparse
import hashlib
import heapq
import json
import math
import multiprocessing
import random
import selectors
import socket
import subprocess
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import attrs
import trio

from game_server.cluster import (
    PUBLISH_EVERY,
    RENEW_EVERY,
    NodeRow,
    NodeSummary,
    PublishedMatch,
    neighbours,
    pack_row,
    pack_summary,
    redis_scripts,
)
from game_server.cluster.ownership import STOCK
from game_server.cluster.redis import RedisDirectory
from game_server.errors import DirectoryUnavailable
from game_server.protocol import Elsewhere, Home, Join, MatchRow, Refused, Welcome
from tools.bench.machines import (
    ListReader,
    Machine,
    Talk,
    running_machine,
    running_redis,
    shared_prefix,
    shared_secret,
)

END: Final = b"the end of an answer"
_ECHO: Final = b"*2\r\n$4\r\nECHO\r\n$%d\r\n%s\r\n" % (len(END), END)
_ENDING: Final = b"$%d\r\n%s\r\n" % (len(END), END)
READ: Final = 1 << 20
RAMP: Final = 5.0
"""Seconds before figures count: connections are made, and every node has published."""
ASK_EVERY: Final = 0.05
"""Seconds between two who ask for any match."""


@attrs.define
class Simulated:
    """A node that is simulated, and its connection."""

    name: str
    codes: list[str]
    socket: socket.socket
    summary: NodeSummary
    matches: bytes
    """As its row has them."""
    tail: bytes = b""
    waiting: list[bytes] = attrs.field(factory=list)
    busy: bool = False
    sent_at: float = 0.0


def command(*words: str | bytes | int) -> bytes:
    """A command on the wire."""
    encoded = [word if isinstance(word, bytes) else str(word).encode() for word in words]
    return b"*%d\r\n" % len(encoded) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in encoded)


def evaluate(prefix: str, script: str, keys: list[str], *args: str | bytes | int) -> bytes:
    """The command that runs ``script`` for keys below ``prefix``, valid for a minute."""
    until = int((time.time() + 60) * 1000)
    names = [prefix + key for key in keys]
    return command("EVALSHA", hashlib.sha1(script.encode()).hexdigest(), len(names), *names, until, *args)


def published(number: int, codes: list[str], chance: random.Random) -> tuple[NodeSummary, bytes]:
    """What a node publishes: the summary, and the matches as the row has them."""
    name = f"node-{number}"
    matches = tuple(
        PublishedMatch(
            MatchRow(code, "Friday night", "arena", "free-for-all", "playing", chance.randrange(16), 4, 16, 1, 0),
            True, True, True, "0123456789abcdef",
        )
        for code in codes
    )  # fmt: skip
    best = max(match.row.people for match in matches)
    summary = NodeSummary(
        name, name, name, f"https://{name}.example", "0.1.0/1", 0.0, False, False, 800, len(matches), best,
    )  # fmt: skip
    # A row is an array of two: packed for each of a thousand rows a second, the matches would take a core.
    return summary, pack_row(NodeRow(summary, matches)).removeprefix(b"\x92" + pack_summary(summary))


class Crowd:
    """All simulated nodes, in a process of their own."""

    def __init__(self, path: str, nodes: int, matches: int, look_every: float, most_rows: int, prefix: str) -> None:
        self._prefix = prefix
        self._chance = random.Random(7)
        self._look_every, self._most_rows = look_every, most_rows
        self.calls = self.received = 0
        self.late = 0.0
        self._nodes = []
        self._selector = selectors.EpollSelector()
        for number in range(nodes):
            connection = socket.socket(socket.AF_UNIX)
            connection.connect(path)
            connection.setblocking(False)
            codes = [f"{number:03}{letter:03}" for letter in range(matches + STOCK)]
            node = Simulated(f"node-{number}", codes, connection, *published(number, codes, self._chance))
            self._selector.register(connection, selectors.EVENT_READ, node)
            self._nodes.append(node)
        self._buffer = bytearray(READ)

    def run(self, until: float) -> None:
        """Do what nodes do, until a moment of the steady clock."""
        begin = time.monotonic()
        due: list[tuple[float, int, str]] = []
        for number in range(len(self._nodes)):
            for kind, every in (("publish", PUBLISH_EVERY), ("renew", RENEW_EVERY), ("look", self._look_every)):
                heapq.heappush(due, (begin + self._chance.random() * every, number, kind))
        periods = {"publish": PUBLISH_EVERY, "renew": RENEW_EVERY, "look": self._look_every}
        while (now := time.monotonic()) < until:
            while due and due[0][0] <= now:
                when, number, kind = heapq.heappop(due)
                if now > begin + RAMP:
                    self.late = max(self.late, now - when)
                heapq.heappush(due, (when + periods[kind], number, kind))
                node = self._nodes[number]
                node.waiting += self._commands(node, kind)
                self._next(node)
            for key, _ in self._selector.select(max(0.0, due[0][0] - now)):
                self._read(key.data)

    def _commands(self, node: Simulated, kind: str) -> list[bytes]:
        if kind == "publish":
            # The time of the start is that of publishing, so that the age can be read.
            node.summary = attrs.evolve(node.summary, started=time.time(), serial=node.summary.serial + 1)
            summary, keys = pack_summary(node.summary), [f"node:{node.name}", "nodes"]
            row = b"\x92" + summary + node.matches
            return [evaluate(self._prefix, redis_scripts.PUBLISH, keys, node.name, node.name, summary, row)]
        if kind == "renew":
            keys = [f"claim:{code}" for code in node.codes]
            return [evaluate(self._prefix, redis_scripts.RENEW, keys, *[f"1 {node.name}"] * len(keys))]
        looked = self._chance.sample(self._nodes, min(self._most_rows, len(self._nodes)))
        return [
            evaluate(self._prefix, redis_scripts.NODES, ["nodes", "summaries"], self._prefix + "node:"),
            evaluate(self._prefix, redis_scripts.ROWS, [f"node:{other.name}" for other in looked]),
        ]

    def _next(self, node: Simulated) -> None:
        if node.busy or not node.waiting:
            return
        node.busy, node.tail = True, b""
        data = memoryview(node.waiting.pop(0) + _ECHO)
        while data:
            try:
                data = data[node.socket.send(data) :]
            except BlockingIOError:
                time.sleep(0.0005)
        self.calls += 1

    def _read(self, node: Simulated) -> None:
        size = node.socket.recv_into(self._buffer)
        self.received += size
        node.tail = (node.tail + bytes(self._buffer[max(0, size - len(_ENDING)) : size]))[-len(_ENDING) :]
        if node.tail == _ENDING:
            node.busy = False
            self._next(node)


def simulate(
    path: str, nodes: int, matches: int, look_every: float, rows: int, prefix: str, until: float, report: Any
) -> None:
    """Run a crowd in this process; its figures go to ``report``."""
    crowd = Crowd(path, nodes, matches, look_every, rows, prefix)
    crowd.run(until)
    report.send((crowd.calls, crowd.received, crowd.late))


@attrs.define
class Seen:
    """What the one true node has seen."""

    ages: list[float] = attrs.field(factory=list)
    calls: dict[str, list[float]] = attrs.field(factory=dict)
    failed: int = 0


async def watch(url: str, prefix: str, seen: Seen, until: float, look_every: float, most_rows: int) -> None:
    """Look as `Neighbours` does, and ask for what a join needs, until a moment of the steady clock."""
    directory = RedisDirectory(url, prefix, ["lobby"])

    async def timed(name: str, *args: Any) -> Any:
        began = time.perf_counter()
        try:
            answer = await getattr(directory, name)(*args)
        except DirectoryUnavailable:
            seen.failed += 1
            return ()
        seen.calls.setdefault(name, []).append(1000 * (time.perf_counter() - began))
        return answer

    async with trio.open_nursery() as nursery:
        await nursery.start(directory.run)
        number = 0
        while time.monotonic() < until:
            nodes = await timed("nodes")
            best = heapq.nlargest(most_rows, nodes, key=lambda node: (node.best, node.people))
            rows = await timed("rows", [node.name for node in best])
            if rows:
                seen.ages.append(time.time() - min(row.summary.started for row in rows))
            for _ in range(10):
                number += 1
                await timed("owner", f"{number % 900:03}001")
                await timed("claim", f"NEW{number}", "true")
                await trio.sleep(look_every / 10)
        nursery.cancel_scope.cancel()


def cpu_of(process: subprocess.Popen[bytes]) -> float:
    """Seconds of CPU that ``process`` has used."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def memory_of(process: subprocess.Popen[bytes]) -> float:
    """Megabytes that ``process`` has in memory."""
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def rank(values: list[float], share: float) -> float:
    """The value below which ``share`` of ``values`` are."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def measure(
    nodes: int, matches: int, seconds: float, look_every: float, most_rows: int, *, quick_play: bool
) -> dict[str, Any]:
    """Measure one cluster."""
    with TemporaryDirectory(prefix="gs-") as name, running_redis(Path(name)) as redis:
        folder, process = Path(name), redis.process
        with socket.socket(socket.AF_UNIX) as loading:
            loading.connect(str(redis.path))
            for script in (redis_scripts.PUBLISH, redis_scripts.RENEW, redis_scripts.NODES, redis_scripts.ROWS):
                loading.sendall(command("SCRIPT", "LOAD", script))
                loading.recv(4096)
        seen, until = Seen(), time.monotonic() + RAMP + seconds
        report, reporting = multiprocessing.Pipe(duplex=False)
        prefix = shared_prefix(shared_secret(folder))
        arguments = (str(redis.path), nodes, matches, look_every, most_rows, prefix, until, reporting)
        crowd = multiprocessing.Process(target=simulate, args=arguments)
        crowd.start()
        time.sleep(RAMP)
        before, began = cpu_of(process), time.monotonic()
        if quick_play:
            with running_machine("real", folder, "--bots", "1", redis=redis) as machine:
                ask_for_any(machine, seen, until - 0.5)
        else:
            trio.run(watch, redis.url, prefix, seen, until - 0.5, look_every, most_rows)
        spent, lasted = cpu_of(process) - before, time.monotonic() - began
        memory = memory_of(process)
        calls, received, late = report.recv()
        crowd.join()
    age = max(seen.ages, default=0.0)
    ages = {"age of a list at the look, max s": age, "age of a list until the next look, max s": age + look_every}
    return {
        "nodes": nodes,
        "matches": nodes * matches,
        "calls a second": calls / (RAMP + seconds),
        "megabytes a second": received / (RAMP + seconds) / 1e6,
        "cores of Redis": spent / lasted,
        "us of Redis for a call": 1e6 * spent / lasted * (RAMP + seconds) / calls,
        "megabytes of Redis": memory,
        **({} if quick_play else ages),
        "calls that failed": seen.failed,
        "crowd late by, max s": late,
        **{f"{name} p50 ms": rank(found, 0.5) for name, found in seen.calls.items()},
        **{f"{name} p99 ms": rank(found, 0.99) for name, found in seen.calls.items()},
    }


def ask_for_any(machine: Machine, seen: Seen, until: float) -> None:
    """Ask ``machine`` for any match, as somebody in its lobby, until a moment of the steady clock.

    Raises:
        RuntimeError: it does not send them to another node, though those have fuller matches.
    """
    took = seen.calls["quick play"] = []
    reader = ListReader(machine.target)
    while len(reader.listed) < neighbours.MOST_MATCHES:
        reader.read(0.5)
        if time.monotonic() > until:
            raise RuntimeError(f"only {len(reader.listed)} matches are listed")
    reader.close()
    while time.monotonic() < until:
        with Talk(machine.target) as talk:
            talk.hear_one_of(Home)
            began = time.monotonic()
            talk.say(Join(""))
            answer = talk.hear_one_of(Welcome, Refused, Elsewhere)
            took.append(1000 * (time.monotonic() - began))
        if not isinstance(answer, Elsewhere):
            raise RuntimeError(f"{machine.name} did not choose a match of another node: {answer}")
        time.sleep(ASK_EVERY)


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=1000)
    parser.add_argument("--matches", type=int, default=100, help="of each node")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--look-every", type=float, default=neighbours.LOOK_EVERY_OF_MANY)
    parser.add_argument(
        "--quick-play", action="store_true", help="the true node is a server that is asked for any match"
    )
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    rows = math.ceil(neighbours.MOST_MATCHES / chosen.matches)
    figures = measure(
        chosen.nodes, chosen.matches, chosen.seconds, chosen.look_every, rows, quick_play=chosen.quick_play
    )
    for name, value in figures.items():
        print(f"{name:45} {value:,.3f}" if isinstance(value, float) else f"{name:45} {value:,}")
    if chosen.json:
        chosen.json.write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
