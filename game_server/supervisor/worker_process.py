"""One worker as its supervisor sees it: started, listened to, and started again whenever it dies."""

from __future__ import annotations

import itertools
import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing, suppress
from typing import Any, Final

import trio

from game_server.agones import Load
from game_server.errors import ConfigError
from game_server.supervisor.backoff import Backoff
from game_server.supervisor.control import Control

logger = logging.getLogger("game_server.supervisor")

SPREAD_TIMEOUT: Final = 60.0
"""Seconds for a worker to pass on what others have room for: a match takes a fraction of one."""
START_TIMEOUT: Final = 60.0
"""Seconds for a worker to start: it may have to play many matches again."""
SILENCE_TIMEOUT: Final = 5.0
"""Seconds without a heartbeat, of which one comes each second, after which a worker is killed: it hangs."""
LOOK_EVERY: Final = 0.5
"""Seconds that a worker was silent, at each look. Looks are counted, and no clock is read: while this process itself
stands still (Ctrl-Z, a frozen container), what its workers say waits for it."""
MAKE_WAY_TIMEOUT: Final = 3660.0
"""Seconds for a worker to pass on all that it has: a match takes a fraction of one, but may have to play its round to
its end, for which the worker waits an hour."""
ASK_AGAIN: Final = 0.25
"""Seconds after which a worker that was being started is asked again to drain."""
STOP_TIMEOUT: Final = 6.0
"""Seconds for a worker to stop in order; the server promises 5."""
EXIT_TIMEOUT: Final = 0.5
"""Seconds for its process to end when it has said goodbye."""


class WorkerProcess:
    """Runs one worker until it is stopped.

    Args:
        name: of its node.
        order: returns what the worker is to do, as JSON can hold it; asked for at each start.
        descriptors: that the worker inherits.
        show: takes what it writes to standard error, line by line; None to let it write there itself.
        asked_to_stop: called when the worker wants the whole server to stop.
        asked_to_restart: called when the worker wants all workers to be replaced.

    Attributes:
        name: of its node.
        recovered: set when it has taken up the matches of its journals, at its first start.
        may_serve: to be set when it may accept connections.
        ready: set when it has served for the first time.
        url: where it serves.
        report: what it has reported last: its matches and people.
        load: what it had to do for people at its last heartbeat.
        serves: whether it accepts connections now.
    """

    def __init__(
        self,
        name: str,
        order: Callable[[], Mapping[str, Any]],
        descriptors: Sequence[int],
        show: Callable[[str], object] | None,
        asked_to_stop: Callable[[], object],
        asked_to_restart: Callable[[], object],
    ) -> None:
        self.name = name
        self.recovered = trio.Event()
        self.may_serve = trio.Event()
        self.ready = trio.Event()
        self.url = ""
        self.report: dict[str, Any] = {}
        self.load = Load()
        self.serves = False
        self._order = order
        self._descriptors = tuple(descriptors)
        self._show = show
        self._asked_to_stop = asked_to_stop
        self._asked_to_restart = asked_to_restart
        self._control: Control | None = None
        self._numbers = itertools.count(1)
        self._waiting: dict[int, trio.Event] = {}
        """By its number, each question to which there is no answer yet."""
        self._answers: dict[int, Any] = {}
        self._replaced = False
        self._served = False
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = trio.Event()
        self._trouble = ""
        self._patience = 0.0
        """Seconds for which the worker may go on to say nothing."""

    @property
    def pid(self) -> int:
        """The process; 0 between two of them."""
        return self._process.pid if self._process else 0

    async def run(self) -> None:
        """Start the worker, again and again if it dies, until it is stopped. Cancelled, it kills the worker.

        Raises:
            ConfigError: it cannot do what the host has chosen, and has never served.
        """
        backoff = Backoff()
        while not self._stopped.is_set():
            began = trio.current_time()
            await self._live()
            if self._stopped.is_set():
                return
            if self._replaced:
                self._replaced, backoff = False, Backoff()
                continue
            if not self._served:
                raise ConfigError(self._trouble or f"{self.name} could not start; see the log above")
            wait = backoff.died(trio.current_time() - began)
            logger.error("%s %s; it is started again in %.1f s", self.name, self._trouble, wait)
            with trio.move_on_after(wait):
                await self._stopped.wait()

    async def replace(self) -> str:
        """Replace the process by a fresh one, whose matches and people the other workers have meanwhile.

        Returns:
            Why it was not replaced; empty if it was.
        """
        control = self._control
        if control is None:
            return "it is being started"
        left = await self._ask(control, {"make_way": True}, MAKE_WAY_TIMEOUT)
        if left is None:
            return "it does not answer"
        if left:
            return f"{left} of its matches can go on nowhere else"
        self._replaced, self.ready = True, trio.Event()
        self._end()
        with trio.move_on_after(START_TIMEOUT):
            await self.ready.wait()
        return "" if self.ready.is_set() else "the fresh process does not serve"

    async def retire(self, until: float) -> None:
        """Let the worker drain until ``until``, on trio's clock, and return when it has; it may be started again."""
        while True:
            within = until - trio.current_time()
            if self._control and await self._ask(self._control, {"retire": within}, within) is not None:
                return
            await trio.sleep(ASK_AGAIN)

    async def spread(self, stay: list[str]) -> list[str]:
        """Let the worker pass matches on to workers with fewer people, but for those with the codes ``stay``.

        Returns:
            Their codes, if it reports them.
        """
        moved = await self._ask(self._control, {"spread": stay}, SPREAD_TIMEOUT) if self._control else None
        return moved or []

    async def _ask(self, control: Control, message: dict[str, Any], within: float) -> Any:
        """Have the worker do something with its matches, and return what it reports; None if it does not.

        It does not if it is asked for something else meanwhile.
        """
        number, answered = next(self._numbers), trio.Event()
        self._waiting[number] = answered
        try:
            with trio.move_on_after(within), suppress(trio.BrokenResourceError, trio.TooSlowError):
                await control.send({**message, "number": number})
                await answered.wait()
        finally:
            del self._waiting[number]
        return self._answers.pop(number, None)

    def stop(self) -> None:
        """Let the worker stop in order; `run` returns when it has, or has been killed because it did not."""
        self._stopped.set()
        self._end()

    def _end(self) -> None:
        """Give the process `STOP_TIMEOUT` to end in order, whatever it says meanwhile."""
        self._patience = STOP_TIMEOUT
        self.signal(signal.SIGTERM)

    @property
    def _is_ending(self) -> bool:
        return self._stopped.is_set() or self._replaced

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the worker, if there is one."""
        if self._process:
            self._process.send_signal(number)

    async def _live(self) -> None:
        """One life of the worker, from its start to when its process is gone."""
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = process = self._start(theirs.fileno())
        self._trouble = ""
        control = self._control = Control(trio.SocketStream(trio.socket.from_stdlib_socket(ours)))
        try:
            async with trio.open_nursery() as nursery:
                if self._show and process.stderr:
                    with process.stderr as stderr:
                        nursery.start_soon(self._pass_on, trio.lowlevel.FdStream(os.dup(stderr.fileno())))
                await self._listen(control)
                with trio.move_on_after(EXIT_TIMEOUT):
                    await trio.to_thread.run_sync(process.wait, abandon_on_cancel=True)
                nursery.cancel_scope.cancel()
        finally:
            # Before another one is started: two workers with the same matches are ruled out.
            if process.poll() is None:
                process.kill()
            self._process = self._control = None
            self.serves = False
            for answered in self._waiting.values():
                answered.set()
            process.wait()
            with trio.CancelScope(shield=True):
                await control.aclose()
            self._trouble = self._trouble or _how_it_ended(process.returncode)

    def _start(self, pair: int) -> subprocess.Popen[bytes]:
        """Start the process, with ``pair`` as its end of the control connection.

        From the main thread, as its end would be taken for that of the parent (prctl(2), PR_SET_PDEATHSIG).
        """
        return subprocess.Popen(
            # Modules are found where this process finds them: `-m` alone would look in the working directory first.
            [sys.executable, "-P", "-m", "game_server.supervisor.worker", str(pair)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path))},
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE if self._show else None,
            pass_fds=(pair, *self._descriptors),
            # A Ctrl-C in the terminal is for the supervisor, which passes on what it means.
            start_new_session=True,
        )

    async def _listen(self, control: Control) -> None:
        """Take in what the worker says until it is gone, or says nothing for too long."""
        with suppress(trio.BrokenResourceError, trio.TooSlowError):
            await control.send(dict(self._order()))
        if not self._is_ending:
            self._patience = START_TIMEOUT
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._lose_patience, nursery.cancel_scope)
            nursery.start_soon(self._let_serve, control)
            async with aclosing(control.messages()) as messages:
                async for message in messages:
                    if not self._is_ending:  # a disk that hangs does not stop the heartbeats
                        self._patience = SILENCE_TIMEOUT
                    self._take(message)
                    if "failed" in message:
                        break
            nursery.cancel_scope.cancel()

    async def _let_serve(self, control: Control) -> None:
        await self.may_serve.wait()
        with suppress(trio.BrokenResourceError, trio.ClosedResourceError, trio.TooSlowError):
            await control.send({"serve": True})

    async def _lose_patience(self, listening: trio.CancelScope) -> None:
        """Cancel ``listening`` when the worker has been silent for too long."""
        while self._patience > 0:
            await trio.sleep(LOOK_EVERY)
            self._patience -= LOOK_EVERY
        if self._is_ending:
            self._trouble = f"has not stopped within {STOP_TIMEOUT:.0f} s"
        else:
            self._trouble = f"has not answered for {SILENCE_TIMEOUT if self.ready.is_set() else START_TIMEOUT:.0f} s"
        listening.cancel()

    def _take(self, message: dict[str, Any]) -> None:
        match message:
            case {"failed": trouble}:
                self._trouble = trouble
            case {"recovered": _}:
                self.recovered.set()
            case {"ready": url, **report}:
                self.url, self.report = url, report
                self.ready.set()
                self._served = self.serves = True
            case {"done": answer, "number": number} if number in self._waiting:
                self._answers[number] = answer
                self._waiting[number].set()
            case {"restart": _}:
                self._asked_to_restart()
            case {"stop": _}:
                self._asked_to_stop()
            case {"beat": _, **report}:
                self.load = Load.read(report.pop("load", {}))
                self.report = report or self.report

    async def _pass_on(self, stream: trio.abc.ReceiveStream) -> None:
        waiting = b""
        async with stream:
            async for data in stream:
                *lines, waiting = (waiting + data).split(b"\n")
                for line in lines:
                    assert self._show
                    self._show(line.decode("utf-8", "replace") + "\n")


def _how_it_ended(code: int) -> str:
    """Say why a process has ended with ``code``, as `subprocess` has it."""
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"
