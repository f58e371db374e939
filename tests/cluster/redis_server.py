"""A Redis for tests: Debian's, started by them, on a Unix socket of its own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import attrs
import pytest
import trio

from tests.waiting import bounded


@attrs.define
class RedisServer:
    """A Redis that keeps nothing on the disk.

    Attributes:
        folder: where its socket is.
        password: that it wants; empty for none.
        process: that runs; another one after `restart`.
    """

    folder: Path
    password: str = ""
    process: subprocess.Popen[bytes] = attrs.field(init=False)

    @property
    def socket(self) -> str:
        return str(self.folder / "redis")

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    async def start(self) -> None:
        executable = shutil.which("redis-server")
        if executable is None:
            pytest.fail("redis-server is missing; run tools/setup, or install it (on Debian: the package redis-server)")
        options = {"port": "0", "unixsocket": self.socket, "save": "", "appendonly": "no", "dir": str(self.folder)}
        if self.password:
            options["requirepass"] = self.password
        command = [executable, *(word for name, value in options.items() for word in (f"--{name}", value))]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: ASYNC220
        with bounded(10):
            while True:
                try:
                    await self.command("PING")
                    return
                except OSError:
                    await trio.sleep(0.01)

    def freeze(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        if os.path.exists(self.socket):
            os.unlink(self.socket)

    async def restart(self) -> None:
        self.kill()
        await self.start()

    async def command(self, *words: str) -> bytes:
        """The answer to one command, as it is on the wire."""
        answer = b""
        async with await trio.open_unix_socket(self.socket) as stream:
            for command in ([["AUTH", self.password]] if self.password else []) + [list(words)]:
                await stream.send_all(
                    b"*%d\r\n" % len(command) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w.encode()) for w in command)
                )
                answer = bytes(await stream.receive_some())
        return answer


@asynccontextmanager
async def redis_server(password: str = "") -> AsyncIterator[RedisServer]:
    with TemporaryDirectory() as folder:
        server = RedisServer(Path(folder), password)
        await server.start()
        try:
            yield server
        finally:
            server.go_on()
            server.kill()
