"""A load test: its processes, and the recording that they fill."""

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
"""SecondCutter that other processes get to start."""
WIND_UP: Final = 8.0
"""SecondCutter that they get to tell the rest, when they are to stop."""


@attrs.define
class LoadTest:
    """One run.

    Attributes:
        plans: one for each kind of clients.
        processes: over how many each kind is spread; players of one process are played in this one.
        started: when, on the monotonic clock; known once it runs.
        broken: what went wrong with processes of the test itself.
        told: the newest that the server told of when ticks are due; see `learn`.
    """

    plans: Sequence[Plan]
    processes: int = 1
    recording: Recording = attrs.Factory(Recording)
    started: float = 0.0
    ended: float = 0.0
    broken: list[str] = attrs.Factory(list)
    _lines: list[Timeline] = attrs.field(init=False)
    told: EpochReport | None = None
    _news: trio.Event = attrs.Factory(trio.Event)

    def __attrs_post_init__(self) -> None:
        self._lines = [plan.whole() for plan in self.plans]

    @property
    def lead(self) -> float:
        """SecondCutter from `run` to the start."""
        return START_UP if self.processes > 1 or any(plan.kind == "swarm" for plan in self.plans) else 0.0

    @property
    def end(self) -> float:
        """SecondCutter from the start to when the last client leaves, if nothing comes in between."""
        return max(line.end for line in self._lines)

    @property
    def seconds(self) -> float:
        """So long it ran."""
        return self.ended - self.started

    async def run(self) -> None:
        """Play to the end. Cancelled, all clients leave, and what was measured is in `recording`."""
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

    def learn(self, told: EpochReport) -> None:
        """What the server told of when ticks are due goes to all who measure the ages of snapshots."""
        self.told = told
        news, self._news = self._news, trio.Event()
        news.set()

    async def _next_told(self, before: EpochReport | None) -> EpochReport:
        """The newest that was told; it is waited for until it is another one than ``before``."""
        while self.told is None or self.told is before:
            await self._news.wait()
        return self.told

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
        told = None
        while True:
            told = await self._next_told(told)
            tick_zeros.learn(told)

    async def _run_away(self, plan: Plan) -> None:
        command = [sys.executable, "-m", "game_server.loadtest.worker"]
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
                        # It makes nothing of half an order, and the pipe takes a whole one.
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
                    silent = True  # it has ended; its exit code says how
                nursery.cancel_scope.cancel()
        finally:
            if silent:  # it is about to end: how it does is to be told even if all is called off now
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
        """Tell a process; one that is slow to read gets the newest when it does. Until cancelled, or it has gone."""
        told = None
        while True:
            told = await self._next_told(told)
            try:
                await orders.send_all(json.dumps(told.to_json()).encode() + b"\n")
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                return

    async def _listen(self, plan: Plan, output: trio.abc.ReceiveStream, unread: bytearray) -> None:
        """To the end; ``unread`` has the beginning of a line, and is for whoever goes on when this is called off."""
        async for data in output:
            *lines, rest = bytes(unread + data).split(b"\n")
            unread[:] = rest
            for line in lines:
                self.recording.add(plan.name, Second.from_json(json.loads(line)))
