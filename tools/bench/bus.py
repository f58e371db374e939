"""What it costs when a node says something to all nodes: ``tools/bench/run bus``.

Redis passes each word on to every node, and every node takes it in. The nodes are simulated: connections that are read
and thrown away by one process. What a node does with a word is measured in another one, with true `NodeCalls`.
"""

from __future__ import annotations

import argparse
import multiprocessing
import selectors
import socket
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgpack
import trio

from game_server.cluster import PREFIX, MemoryDirectory, NodeCalls, redis_scripts
from tools.bench.directory import READ, command, cpu_of, evaluate
from tools.bench.machines import PATIENCE, running_redis

WORD: Final = msgpack.packb((0, "", "charged", ("game-server-7-0", [("chat", ("203.0.113.7",), 1.0)])))
"""As a node says when somebody there has written a line."""
CHANNEL: Final = f"{PREFIX}say:all"
TAKEN: Final = 20_000


def listen(path: str, nodes: int, ready: multiprocessing.synchronize.Event) -> None:
    """Subscribe as ``nodes`` nodes, and read until killed."""
    selector, buffer = selectors.EpollSelector(), bytearray(READ)
    for _ in range(nodes):
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(path)
        connection.sendall(command("SUBSCRIBE", CHANNEL))
        connection.recv(4096)
        selector.register(connection, selectors.EVENT_READ, connection)
    ready.set()
    while True:
        for key, _ in selector.select():
            key.data.recv_into(buffer)


def redis_per_delivery(nodes: int, words: int) -> tuple[float, float]:
    """Measure microseconds of CPU of Redis for each delivery of ``words`` to ``nodes``, and deliveries a second."""
    with TemporaryDirectory(prefix="gs-") as folder, running_redis(Path(folder)) as redis:
        ready = multiprocessing.Event()
        crowd = multiprocessing.Process(target=listen, args=(str(redis.path), nodes, ready), daemon=True)
        crowd.start()
        try:
            if not ready.wait(PATIENCE):
                raise SystemExit(f"{nodes} nodes could not subscribe in {PATIENCE:.0f} s")
            with socket.socket(socket.AF_UNIX) as speaker:
                speaker.connect(str(redis.path))
                speaker.sendall(command("SCRIPT", "LOAD", redis_scripts.SAY))
                speaker.recv(4096)
                said = evaluate(PREFIX, redis_scripts.SAY, ["history:all"], CHANNEL, WORD)
                before, began = cpu_of(redis.process), time.monotonic()
                for _ in range(words):
                    speaker.sendall(said)
                    speaker.recv(4096)
                spent, lasted = cpu_of(redis.process) - before, time.monotonic() - began
        finally:
            crowd.kill()
    deliveries = words * nodes
    return 1e6 * spent / deliveries, deliveries / lasted


async def node_per_word() -> float:
    """Measure microseconds of CPU that a node needs to take in one word."""
    calls, heard = NodeCalls(MemoryDirectory(), "game-server-0-0"), 0

    def hear(_sender: str, _charged: object) -> None:
        nonlocal heard
        heard += 1

    calls.answer("charged", hear)
    async with trio.open_nursery() as nursery:
        began = time.process_time()
        for _ in range(TAKEN):
            calls._take(WORD, nursery)
            await trio.lowlevel.checkpoint()
    spent = time.process_time() - began
    assert heard == TAKEN
    return 1e6 * spent / TAKEN


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=700)
    parser.add_argument("--words", type=int, default=2000)
    chosen = parser.parse_args()
    redis, rate = redis_per_delivery(chosen.nodes, chosen.words)
    print(f"{'us of Redis for a word to a node':45} {redis:,.2f}")
    print(f"{'words to nodes a second, one after the other':45} {rate:,.0f}")
    print(f"{'us of a node for a word':45} {trio.run(node_per_word):,.1f}")


if __name__ == "__main__":
    main()
