"""The supervisor of a server in several processes: it listens, starts the workers, and starts again those that die.

It serves nobody itself, so that nothing that a peer does can hurt it.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import logging
import os
import re
import secrets
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, Final

import attrs
import trio

from game_server.agones import Load
from game_server.cluster import DIRECTORY, MemoryDirectory, serve_directory
from game_server.errors import ConfigError, leaves
from game_server.journal import DataDirectory, adopt_journals
from game_server.listening import listen, local_url
from game_server.options import MAX_NODE_NAME, ServerOptions, node_name
from game_server.protocol import PRIVATE
from game_server.supervisor.packing import pack
from game_server.supervisor.worker_process import WorkerProcess

logger = logging.getLogger("game_server.supervisor")

MIN_SECRET: Final = 32
"""Bytes of a key that nobody guesses: `head -c 32 /dev/urandom`."""
_SOCKETS: Final = "game-server-"
"""Begins the names of directories of sockets."""
_LOCK: Final = "lock"
"""In such a directory, locked while its supervisor lives."""


class Supervisor:
    """Several processes that are one server. Use `run` once.

    Args:
        options: chosen by the host.
        log: level and format of the workers' logs.
        live: whether the workers report their matches each second, and what they log goes through this process.

    Attributes:
        options: chosen by the host.
        admin_token: the secret of `admin` messages, the same for all workers.
        workers: the processes.
        url: the link for this machine, once the server listens.
    """

    def __init__(self, options: ServerOptions, log: tuple[str, str] = ("info", "text"), *, live: bool = False) -> None:
        self.options = options
        self.admin_token = options.admin_token or secrets.token_urlsafe(18)
        self.workers: list[WorkerProcess] = []
        self.url = ""
        self._log = log
        self._live = live
        self._stop = trio.Event()
        self._restart = trio.Event()
        self._drain = trio.Event()
        self._restarting = trio.CancelScope()
        self._link = ""
        self._machine = secrets.token_hex(4)

    async def run(self, stop: trio.Event, *, task_status: trio.TaskStatus[str] = trio.TASK_STATUS_IGNORED) -> None:
        """Serve until ``stop`` is set or an admin stops a worker, then stop all workers in order.

        Started in a nursery it reports its URL when all workers accept connections, or nothing if it is stopped before.
        Cancelled, it kills them.

        Raises:
            ConfigError: an option or the data directory cannot be used, or it cannot listen at that host and port.
        """
        listeners = await listen(self.options.host, self.options.port)
        with ExitStack() as stack:
            self._link = local_url(self.options, listeners)
            self._name = _name_of(self.options, listeners[0].socket.getsockname()[1])
            for listener in listeners:
                stack.callback(listener.socket.close)
            key = stack.enter_context(self._open_data())
            sockets = stack.enter_context(_sockets_directory())
            descriptors = tuple(listener.socket.fileno() for listener in listeners)
            show = sys.stderr.write if self._live else None
            for number in range(self.options.workers):
                order = partial(self._order, number, key, descriptors, sockets)
                name = f"{self._name}-{number}"
                self.workers.append(WorkerProcess(name, order, descriptors, show, self._stop.set, self.restart))
            try:
                await self._serve(stop, sockets / DIRECTORY, task_status)
            except* ConfigError as group:
                raise leaves(group)[0] from None

    async def _serve(self, stop: trio.Event, directory: Path, task_status: trio.TaskStatus[str]) -> None:
        async with trio.open_nursery() as nursery:
            # Where Redis is the directory, workers call one another through this one, so that Redis may be gone.
            await nursery.start(serve_directory, MemoryDirectory(), directory)
            async with trio.open_nursery() as running:
                for worker in self.workers:
                    running.start_soon(worker.run)
                nursery.start_soon(self._obey, stop)
                nursery.start_soon(self._drain_when_asked)
                async with trio.open_nursery() as starting:
                    starting.start_soon(self._start_all, starting.cancel_scope)
                    await self._stop.wait()
                    starting.cancel_scope.cancel()
                if not self._stop.is_set():
                    self.url = self._link
                task_status.started(self.url)
                nursery.start_soon(self._restart_when_asked)
                await self._stop.wait()
                for worker in self.workers:
                    worker.stop()
            nursery.cancel_scope.cancel()

    async def _start_all(self, waiting: trio.CancelScope) -> None:
        """Let the workers serve, all at once, and cancel ``waiting`` when they do.

        A worker that served earlier would refuse codes and seats of matches that another one still recovers.
        """
        for worker in self.workers:
            await worker.recovered.wait()
        for worker in self.workers:
            worker.may_serve.set()
        for worker in self.workers:
            await worker.ready.wait()
        waiting.cancel()

    async def _obey(self, stop: trio.Event) -> None:
        await stop.wait()
        self._stop.set()

    def restart(self) -> None:
        """Have all workers replaced, one after the other, while their matches go on; not when the server drains."""
        if self._drain.is_set():
            logger.warning("the workers are not replaced: this server drains, and stops then")
        else:
            logger.info("the workers are to be replaced, one after the other")
            self._restart.set()

    def drain(self) -> None:
        """Let all workers drain for at most `ServerOptions.drain_timeout` seconds, and stop then.

        A restart under way ends: a worker does one or the other.
        Before they serve, they stop at once, and also where what is left is kept and cannot go to other machines.
        """
        if not self.url or (self.options.keep_matches and self.options.redis is None):
            self._stop.set()
        else:
            self._drain.set()

    async def _drain_when_asked(self) -> None:
        await self._drain.wait()
        self._restarting.cancel()
        within = self.options.drain_timeout
        with trio.move_on_after(within):
            async with trio.open_nursery() as nursery:
                for worker in self.workers:
                    nursery.start_soon(worker.retire, trio.current_time() + within)
        self._stop.set()

    async def _restart_when_asked(self) -> None:
        with self._restarting:
            while True:
                await self._restart.wait()
                self._restart = trio.Event()  # those who ask from now on want newer code
                await self._replace_all()

    async def _replace_all(self) -> None:
        for worker in self.workers:
            if trouble := await worker.replace():
                logger.error("%s was not replaced: %s; those after it stay as they are", worker.name, trouble)
                break
            logger.info("%s was replaced: it is process %d now", worker.name, worker.pid)
        moved: list[str] = []
        for worker in self.workers:  # one has no match now
            moved += await worker.spread(moved)
        logger.info("matches are spread over the workers: %d have moved", len(moved))

    async def reload_certificate(self) -> bool:
        """Let every worker read the certificate and its key again, if they can be used.

        Returns:
            Whether there is one: False without TLS.

        Raises:
            ConfigError: the files cannot be used; the old certificate stays.
        """
        if await trio.to_thread.run_sync(self.options.tls_context, abandon_on_cancel=True) is None:
            return False
        for worker in self.workers:
            worker.signal(signal.SIGHUP)
        return True

    @property
    def served(self) -> str:
        """How players are served, in words for a log."""
        return f"by {len(self.workers)} workers: {', '.join(f'{it.name} is process {it.pid}' for it in self.workers)}"

    def matches(self, *, private: bool = False) -> list[dict[str, Any]]:
        """What the workers have reported of their matches, as `Server.matches` has it."""
        found = [match for worker in self.workers for match in worker.report.get("matches", [])]
        return found if private else [match for match in found if not match["flags"] & PRIVATE]

    def load(self) -> Load:
        """What the workers have reported that there is to do for people."""
        return Load.sum(worker.load for worker in self.workers)

    @property
    def works(self) -> bool:
        """Whether any worker serves. One that dies or hangs is started again here, while the others serve."""
        return any(worker.serves for worker in self.workers)

    def people(self) -> tuple[int, int]:
        """People who are connected, and those of them who are in the lobby."""
        reports = [worker.report.get("people", (0, 0)) for worker in self.workers]
        return sum(connected for connected, _ in reports), sum(waiting for _, waiting in reports)

    @contextmanager
    def _open_data(self) -> Iterator[bytes]:
        """Open the data directory for all workers; the key that signs session tokens."""
        shared = self._shared_key()
        if self.options.data is None:
            yield shared or secrets.token_bytes(32)
            return
        with DataDirectory.open(self.options.data) as data:
            logger.info("data is kept in %s", data.path)
            folders = [self._folder(number) for number in range(self.options.workers)]
            adopt_journals(data.path, [folder for folder in folders if folder])
            yield shared or data.key

    def _shared_key(self) -> bytes | None:
        path = self.options.cluster_key
        if path is None:
            return None
        try:
            secret = path.read_bytes()
        except OSError as error:
            raise ConfigError(f"--cluster-key {path} cannot be read: {error.strerror}") from error
        if len(secret) < MIN_SECRET:
            raise ConfigError(f"--cluster-key {path} has {len(secret)} bytes: a secret has {MIN_SECRET} or more")
        return hashlib.sha256(secret).digest()

    def _folder(self, number: int) -> Path | None:
        return self.options.data / f"worker-{number}" if self.options.data else None

    def _order(self, number: int, key: bytes, descriptors: tuple[int, ...], sockets: Path) -> dict[str, Any]:
        """What the worker ``number`` is to do, as `game_server.supervisor.worker` reads it."""
        options = attrs.evolve(
            self.options,
            workers=1,
            admin_token=self.admin_token,
            data=self._folder(number),
            data_limit=self.options.data_limit // self.options.workers,
        )
        return {
            "options": pack(options),
            "log": self._log,
            "live": self._live,
            "name": f"{self._name}-{number}",
            "number": number,
            "workers": self.options.workers,
            "key": base64.b64encode(key).decode(),
            "listening": descriptors,
            "sockets": str(sockets),
            "machine": self._machine,
            "url": self.options.public_url or self._link,
        }


def _name_of(options: ServerOptions, port: int) -> str:
    """What the names of the nodes begin with: unique in a cluster of several machines, by its ``port``."""
    if options.node_name:
        return options.node_name
    if options.redis is None:
        return "worker"
    end = f"-{port}"
    machine = re.sub(r"[^A-Za-z0-9.-]", "-", socket.gethostname()).lstrip(".-") or "server"
    return node_name(machine[: MAX_NODE_NAME - len(end)] + end)


@contextmanager
def _sockets_directory() -> Iterator[Path]:
    """A directory for this user alone, in which workers take over connections. Its path is short, as for any socket."""
    _remove_leftovers()
    path = Path(tempfile.mkdtemp(prefix=_SOCKETS))
    with (path / "new").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        (path / "new").rename(path / _LOCK)  # under this name it is locked from the first
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)


def _remove_leftovers() -> None:
    """Remove what supervisors of this user have left that were killed: the kernel has unlocked it."""
    for lock in Path(tempfile.gettempdir()).glob(f"{_SOCKETS}*/{_LOCK}"):
        with suppress(OSError):  # another user's, in use, or being removed
            if lock.lstat().st_uid == lock.parent.lstat().st_uid == os.geteuid() and not lock.is_symlink():
                with lock.open("rb") as opened:
                    fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(lock.parent)
