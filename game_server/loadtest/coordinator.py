"""One run of a load test: its processes, and the recording that they fill."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Final

import attrs
import trio

from game_server.client import EpochReport, TickEpochs
from game_server.loadtest.metrics.meter import Meter, Second, SecondCutter
from game_server.loadtest.metrics.recording import Recording
from game_server.loadtest.plan import Plan
from game_server.loadtest.scenario.scenario import Timeline
from game_server.loadtest.worker import crowd_of
from game_server.telemetry import ahead_of_trio

START_UP: Final = 1.0
"""Seconds for the worker processes to start."""
WIND_UP: Final = 8.0
"""Seconds for the worker processes to report the rest once they are to stop."""


@attrs.define
class LoadTest:
    """One run.

    Attributes:
        plans: one for each kind of clients.
        processes: number of processes for each kind; with 1, players run in this process.
        started: when the timeline began, on the monotonic clock; set by `run`.
        broken: what went wrong with worker processes.
        epochs: the server's newest report of when ticks are due; see `learn`.
    """

    plans: Sequence[Plan]
    processes: int = 1
    recording: Recording = attrs.Factory(Recording)
    started: float = 0.0
    ended: float = 0.0
    broken: list[str] = attrs.Factory(list)
    _lines: list[Timeline] = attrs.field(init=False)
    epochs: EpochReport | None = None
    _news: trio.Event = attrs.Factory(trio.Event)

    def __attrs_post_init__(self) -> None:
        self._lines = [plan.whole() for plan in self.plans]

    @property
    def lead(self) -> float:
        """Seconds from `run` to the start of the timeline."""
        return START_UP if self.processes > 1 or any(plan.kind == "swarm" for plan in self.plans) else 0.0

    @property
    def end(self) -> float:
        """Seconds from the start until the last client leaves, if the run is not ended early."""
        return max(line.end for line in self._lines)

    @property
    def seconds(self) -> float:
        """Seconds that it ran."""
        return self.ended - self.started

    async def run(self) -> None:
        """Run to the end. Cancelled, all clients leave; what was measured until then is in `recording`."""
        away = [
            part
            for plan in self.plans
            if plan.kind == "swarm" or self.processes > 1
            for part in plan.split(self.processes)
        ]
        here = [plan for plan in self.plans if plan.kind == "players" and self.processes == 1]
        self.started = time.monotonic() + self.lead
        for plan, line in zip(self.plans, self._lines, strict=True):
            self.recording.counts["clients"] += len(line.lives)
            if plan.network.shares:
                names = (plan.network.name_of(life.number) or "none" for life in line.lives)
                self.recording.kinds["networks"].update(names)
        for plan in (*away, *here):
            self.recording.expect(plan.name)
        try:
            async with trio.open_nursery() as nursery:
                for plan in away:
                    nursery.start_soon(self._run_away, plan)
                for plan in here:
                    nursery.start_soon(self._run_here, plan)
        finally:
            self.ended = time.monotonic()
            counts = self.recording.counts
            counts["never_came"] = counts["clients"] - counts["connected"] - counts["failed"]

    def learn(self, epochs: EpochReport) -> None:
        """Take over when ticks are due: all that measure ages of snapshots, in any process, get it."""
        self.epochs = epochs
        news, self._news = self._news, trio.Event()
        news.set()

    async def _next_epochs(self, before: EpochReport | None) -> EpochReport:
        """Wait until the newest report is another one than ``before``, and return it."""
        while self.epochs is None or self.epochs is before:
            await self._news.wait()
        return self.epochs

    async def _run_here(self, plan: Plan) -> None:
        meter, tick_zeros = Meter(), TickEpochs(ahead_of_trio())
        seconds = SecondCutter(meter, lambda second: self.recording.add(plan.name, second), self.started)
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(seconds.run)
                nursery.start_soon(self._pass_on_here, tick_zeros)
                await crowd_of(plan, meter, tick_zeros).run(self.started - time.monotonic() + trio.current_time())
                nursery.cancel_scope.cancel()
        finally:
            seconds.end()
            self.recording.ended(plan.name)

    async def _pass_on_here(self, tick_zeros: TickEpochs) -> None:
        epochs = None
        while True:
            epochs = await self._next_epochs(epochs)
            tick_zeros.learn(epochs)

    async def _run_away(self, plan: Plan) -> None:
        command = [sys.executable, "-m", "game_server.loadtest.worker"]
        # In a session of its own, it gets no signal of the terminal: it ends when its standard input does.
        process = await trio.lowlevel.open_process(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )
        assert process.stdin is not None
        assert process.stdout is not None
        unread = bytearray()
        silent = False
        try:
            order = json.dumps({"plan": plan.to_json(), "started": self.started}) + "\n"
            async with trio.open_nursery() as nursery:
                try:
                    with trio.CancelScope(shield=True):
                        # Shielded: half an order is of no use to the worker. It fits the pipe, so this does not block.
                        await process.stdin.send_all(order.encode())
                    nursery.start_soon(self.pass_on, process.stdin)
                    await self._listen(plan, process.stdout, unread)
                    silent = True
                except trio.Cancelled:
                    with trio.move_on_after(WIND_UP, shield=True) as winding_up:
                        await process.stdin.aclose()
                        await self._listen(plan, process.stdout, unread)
                        await process.wait()
                    if winding_up.cancelled_caught:
                        self.broken.append(f"the process of {plan.name} did not end within {WIND_UP:g} s")
                    raise
                except trio.BrokenResourceError:
                    silent = True  # it has ended; its exit code says why
                nursery.cancel_scope.cancel()
        finally:
            if silent:  # it is about to end: its exit code must be reported even if the run is cancelled now
                with trio.move_on_after(WIND_UP, shield=True):
                    await process.wait()
            if process.poll() is None:
                process.kill()
            elif process.returncode:
                self.broken.append(f"the process of {plan.name} ended with {process.returncode}")
            with trio.CancelScope(shield=True):
                await process.wait()
                await process.stdin.aclose()
                await process.stdout.aclose()
            self.recording.ended(plan.name)

    async def pass_on(self, orders: trio.abc.SendStream) -> None:
        """Send each report to a worker; one that reads slowly gets the newest. Until cancelled, or the worker ends."""
        epochs = None
        while True:
            epochs = await self._next_epochs(epochs)
            try:
                await orders.send_all(json.dumps(epochs.to_json()).encode() + b"\n")
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                return

    async def _listen(self, plan: Plan, output: trio.abc.ReceiveStream, unread: bytearray) -> None:
        """Record each line of ``output`` until its end.

        Args:
            unread: the beginning of a line; kept by the caller, so that another call can go on after a cancelled one.
        """
        async for data in output:
            *lines, rest = bytes(unread + data).split(b"\n")
            unread[:] = rest
            for line in lines:
                self.recording.add(plan.name, Second.from_json(json.loads(line)))
