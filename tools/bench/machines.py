"""Servers on different ports with one Redis, which are a cluster as several machines would be; and a client of them."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final, cast

import attrs

from game_server.client import Target, new_key, upgrade_request
from game_server.cluster import Node
from game_server.loadtest.swarm.client_frames import BINARY, CLOSE, PING, PONG, masked_frame, split
from game_server.protocol import SUBPROTOCOL, Browse, ClientMessage, Hello, Lobby, ServerMessage, decode_server, encode
from tools.bench.installing import ROOT
from tools.bench.machine import family

TOKEN: Final = "t" * 20
"""Of the admin."""
PATIENCE: Final = 30.0
"""Seconds for a start, or for an answer."""
_CHUNK: Final = 65536


@attrs.define
class Redis:
    """A Redis at a Unix socket that keeps nothing on the disk."""

    folder: Path
    process: subprocess.Popen[bytes] = attrs.field(init=False)

    @property
    def path(self) -> Path:
        """Of its socket."""
        return self.folder / "redis"

    @property
    def url(self) -> str:
        """For ``--redis``."""
        return f"unix://{self.path}"

    def start(self) -> None:
        """Start it, with nothing in it, and wait until it can be reached.

        Raises:
            SystemExit: it is not installed.
        """
        executable = shutil.which("redis-server")
        if executable is None:
            raise SystemExit("redis-server is missing: run tools/setup")
        options = ("--port", "0", "--unixsocket", str(self.path), "--save", "", "--dir", str(self.folder))
        self.process = subprocess.Popen(
            [executable, *options, "--maxclients", "4000"], stdout=subprocess.DEVNULL, cwd=self.folder
        )
        until = time.monotonic() + PATIENCE
        while not self.path.exists():
            if time.monotonic() > until or self.process.poll() is not None:
                raise RuntimeError(f"redis-server does not start in {self.folder}")
            time.sleep(0.02)

    def kill(self) -> None:
        """Kill it, even if it is frozen."""
        self.process.kill()
        self.process.wait()
        self.path.unlink(missing_ok=True)

    def freeze(self) -> None:
        """Let it stand still, until `go_on`."""
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it run again."""
        self.process.send_signal(signal.SIGCONT)


@contextmanager
def running_redis(folder: Path) -> Iterator[Redis]:
    """A Redis in a new folder within ``folder``, killed in the end."""
    inside = folder / "redis"
    inside.mkdir()
    redis = Redis(inside)
    redis.start()
    try:
        yield redis
    finally:
        redis.kill()


@attrs.frozen
class Machine:
    """A server that runs: a supervisor and its workers."""

    name: str
    url: str
    process: subprocess.Popen[str]
    log: Path

    @property
    def target(self) -> Target:
        """Its address."""
        return Target.from_url(self.url)

    def get(self, path: str) -> Any:
        """What it answers, as JSON."""
        with urllib.request.urlopen(f"{self.url}{path}", timeout=PATIENCE) as response:
            return json.load(response)

    def matches(self) -> list[dict[str, Any]]:
        """Those that are there."""
        found: list[dict[str, Any]] = self.get("/api/matches")
        return found

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to all its processes at once."""
        for pid in family(self.process.pid):
            os.kill(pid, number)


def shared_secret(folder: Path) -> Path:
    """The file of the secret of all machines in ``folder``."""
    path = folder / "secret"
    if not path.exists():
        path.write_bytes(os.urandom(32))
    return path


def shared_prefix(secret: Path) -> str:
    """What all begins with that machines with this ``secret`` have in Redis."""
    key = hashlib.sha256(secret.read_bytes()).digest()
    return Node("any", 0, 1, key, (), Path(), "any", "").shared_prefix


@contextmanager
def running_machine(name: str, folder: Path, *options: str, redis: Redis | None = None) -> Iterator[Machine]:
    """A server with its data in ``folder``, killed in the end; those with the same ``folder`` share a secret."""
    inside = folder / name
    inside.mkdir()
    cluster = ("--redis", redis.url, "--cluster-key", str(shared_secret(folder)), "--node-name", name) if redis else ()
    command = [
        sys.executable, "-m", "game_server", "host", "--no-qr", "--data", str(inside / "data"), "--admin-token", TOKEN,
        "--log-level", "info", *(() if "--port" in options else ("--port", "0")), *cluster, *options,
    ]  # fmt: skip
    memory = inside / "memory"
    memory.mkdir()
    log = inside / "log"
    with log.open("w") as errors:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            text=True,
            stdout=subprocess.PIPE,
            stderr=errors,
            env={**os.environ, "RUNTIME_DIRECTORY": str(memory)},
        )
    try:
        line = cast("IO[str]", process.stdout).readline()
        if not line.startswith("Listening on "):
            raise RuntimeError(f"{name} did not start: {line!r}\n{log.read_text()[-2000:]}")
        yield Machine(name, line.removeprefix("Listening on ").strip(), process, log)
    finally:
        everybody = family(process.pid) if process.poll() is None else []
        for pid in everybody:
            os.kill(pid, signal.SIGKILL)
        process.wait()
        if process.stdout:
            process.stdout.close()


def matches_file(folder: Path, count: int, seats: int = 16, bots: int = 0) -> Path:
    """A file of matches for ``--matches``; by default they are for people alone."""
    path = folder / f"{count}-matches.toml"
    entries = (f'[[match]]\nname = "M{number}"\nmax-players = {seats}\nbots = {bots}\n' for number in range(count))
    path.write_text("".join(entries))
    return path


class Talk:
    """A connection to a server, over which one thing is said and heard after the other.

    Args:
        key: by which the server knows somebody again; empty for nobody.

    Raises:
        OSError: it cannot be made ``within`` as many seconds.
        ConnectionError: the server refuses the WebSocket.
    """

    def __init__(self, target: Target, nickname: str = "Talker", *, key: str = "", within: float = PATIENCE) -> None:
        self._rest = b""
        self._heard: list[bytes] = []
        self._socket = socket.create_connection((target.host, target.port), timeout=within)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(upgrade_request(target.authority, target.resource, new_key(), SUBPROTOCOL))
        while b"\r\n\r\n" not in self._rest:
            self._more(time.monotonic() + within)
        head, _, self._rest = self._rest.partition(b"\r\n\r\n")
        if b" 101 " not in head.split(b"\r\n")[0]:
            self._socket.close()
            raise ConnectionError(head.split(b"\r\n")[0].decode("latin-1"))
        self.say(Hello(nickname, "bench", key))

    def __enter__(self) -> Talk:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def say(self, *messages: ClientMessage) -> None:
        """Send messages."""
        for message in messages:
            self._socket.sendall(masked_frame(BINARY, encode(message)))

    def hear(self, within: float = PATIENCE) -> ServerMessage:
        """The next message.

        Raises:
            TimeoutError: none came ``within`` as many seconds.
            ConnectionError: the server has closed the connection.
        """
        until = time.monotonic() + within
        while not self._heard:
            frames, self._rest = split(self._rest)
            for opcode, payload in frames:
                if opcode == PING:
                    self._socket.sendall(masked_frame(PONG, payload))
                elif opcode == CLOSE:
                    raise ConnectionError(f"closed: {payload[2:].decode()}")
                else:
                    self._heard.append(payload)
            if not self._heard:
                self._more(until)
        return decode_server(self._heard.pop(0))

    def hear_one_of(self, *kinds: type, within: float = PATIENCE) -> Any:
        """The next message of one of ``kinds``; others are dropped. Raises as `hear`."""
        until = time.monotonic() + within
        while True:
            message = self.hear(max(0.001, until - time.monotonic()))
            if isinstance(message, kinds):
                return message

    def close(self) -> None:
        """Leave: a seat is given up."""
        try:
            self._socket.sendall(masked_frame(CLOSE, (1000).to_bytes(2, "big")))
        except OSError:
            pass
        self._socket.close()

    def _more(self, until: float) -> None:
        self._socket.settimeout(max(0.001, until - time.monotonic()))
        data = self._socket.recv(_CHUNK)
        if not data:
            raise ConnectionError("the server has ended the connection")
        self._rest += data


class ListReader:
    """Somebody in the lobby of a server who follows its list of matches.

    Attributes:
        listed: codes of the matches, as of the last `read`.
    """

    def __init__(self, target: Target) -> None:
        self.listed: dict[str, int] = {}
        self._talk = Talk(target, "Reader")
        self._talk.say(Browse(1))

    def read(self, within: float) -> None:
        """Wait for the next change, ``within`` as many seconds. Raises as `Talk.hear`, but for no `TimeoutError`."""
        try:
            change = self._talk.hear_one_of(Lobby, within=within)
        except TimeoutError:
            return
        if change.whole:
            self.listed.clear()
        for code in change.gone:
            self.listed.pop(code, None)
        self.listed.update({row.id: row.people for row in change.matches})

    def wait_for(self, codes: Iterable[str]) -> None:
        """Wait until all matches with these ``codes`` are listed.

        Raises:
            TimeoutError: some are not, after `PATIENCE`.
        """
        until = time.monotonic() + PATIENCE
        while missing := set(codes) - set(self.listed):
            if time.monotonic() > until:
                raise TimeoutError(f"{len(missing)} matches are not listed")
            self.read(0.2)

    def close(self) -> None:
        """Leave."""
        self._talk.close()
