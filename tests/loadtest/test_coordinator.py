from __future__ import annotations

import json
import sys
from typing import Any

import pytest
import trio
import trio.testing

from game_server.client import EpochReport, Target
from game_server.loadtest import coordinator
from game_server.loadtest.coordinator import LoadTest
from game_server.loadtest.metrics.meter import Second
from game_server.loadtest.network.shares import Shares
from game_server.loadtest.plan import Plan
from game_server.loadtest.scenario.scenario import built_in


class Slow(trio.abc.SendStream):
    """Takes something only when it is let."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.turns = trio.Semaphore(0)

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        await self.turns.acquire()
        self.taken.append(bytes(data))

    async def wait_send_all_might_not_block(self) -> None:
        raise NotImplementedError

    async def aclose(self) -> None:
        raise NotImplementedError


async def test_a_process_that_is_slow_to_read_gets_the_newest_when_it_does(nursery: trio.Nursery) -> None:
    test, pipe = LoadTest([]), Slow()
    nursery.start_soon(test.pass_on, pipe)
    for second in range(9):
        test.learn(EpochReport({"A": float(second)}, 0.0))
        await trio.testing.wait_all_tasks_blocked()
    for _ in range(3):
        pipe.turns.release()
        await trio.testing.wait_all_tasks_blocked()
    assert [json.loads(line)["zeros"] for line in pipe.taken] == [{"A": 0.0}, {"A": 8.0}]
    assert all(line.endswith(b"\n") for line in pipe.taken)
    nursery.cancel_scope.cancel()


async def test_a_process_that_waits_for_news_gets_each(nursery: trio.Nursery) -> None:
    test, pipe = LoadTest([]), Slow()
    pipe.turns = trio.Semaphore(9)
    nursery.start_soon(test.pass_on, pipe)
    for second in range(3):
        await trio.testing.wait_all_tasks_blocked()
        test.learn(EpochReport({"A": float(second)}, 0.0))
    await trio.testing.wait_all_tasks_blocked()
    assert [json.loads(line)["zeros"] for line in pipe.taken] == [{"A": 0.0}, {"A": 1.0}, {"A": 2.0}]
    nursery.cancel_scope.cancel()


async def test_a_process_that_has_gone_is_sent_nothing_more(nursery: trio.Nursery) -> None:
    test = LoadTest([])
    here, there = trio.testing.memory_stream_one_way_pair()
    await there.aclose()
    nursery.start_soon(test.pass_on, here)
    test.learn(EpochReport({}, 0.0))
    await trio.testing.wait_all_tasks_blocked()
    assert not nursery.child_tasks


async def test_one_that_is_called_off_as_it_begins_ends_its_processes_without_a_word(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = trio.lowlevel.open_process

    async def begin_and_call_off(*arguments: Any, **options: Any) -> trio.Process:
        process = await begin(*arguments, **options)
        calling_off.cancel()
        return process

    monkeypatch.setattr(trio.lowlevel, "open_process", begin_and_call_off)
    test = LoadTest([Plan("swarm", Target("127.0.0.1", 9, False), ("",), built_in("hold", 2, 30.0, 50.0))])
    with trio.CancelScope() as calling_off:
        await test.run()
    assert (test.broken, capfd.readouterr()) == ([], ("", ""))


async def test_how_a_process_ends_is_reported_though_all_is_cancelled_after_its_last_word(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begin, listen = trio.lowlevel.open_process, LoadTest._listen
    failing = [sys.executable, "-c", "import os, time; input(); os.close(1); time.sleep(0.3); os._exit(7)"]

    async def begin_another(_: object, **options: Any) -> trio.Process:
        return await begin(failing, **options)

    async def listen_and_call_off(*arguments: Any) -> None:
        await listen(*arguments)
        running.cancel()

    monkeypatch.setattr(trio.lowlevel, "open_process", begin_another)
    monkeypatch.setattr(LoadTest, "_listen", listen_and_call_off)
    test = LoadTest([Plan("swarm", Target("127.0.0.1", 9, False), ("",), built_in("hold", 2, 30.0, 50.0))])
    with trio.CancelScope() as running:
        await test.run()
    assert test.broken == ["the process of swarm 1 ended with 7"]
    assert test.recording._running == set()


async def test_clients_are_counted_by_network_and_those_whose_time_never_came_as_such() -> None:
    target = Target("127.0.0.1", 9, tls=False)
    plan = Plan("players", target, ("",), built_in("hold", 20, 30.0, 1.0), network=Shares.parse("mobile=30%,bad=20%"))
    test = LoadTest([plan])
    with trio.move_on_after(0.05):
        await test.run()
    assert test.recording._running == set()
    networks = test.recording.kinds["networks"]
    assert sum(networks.values()) == test.recording.counts["clients"] == 20
    assert set(networks) <= {"mobile", "bad", "none"}
    counts = test.recording.counts
    assert counts["never_came"] == 20 - counts["failed"] >= 18


async def test_what_the_server_reports_of_its_ticks_goes_to_each_process(monkeypatch: pytest.MonkeyPatch) -> None:
    begin = trio.lowlevel.open_process
    hearing = [sys.executable, "-c", "import sys; input(); sys.exit(0 if 'zeros' in input() else 9)"]

    async def begin_another(_: object, **options: Any) -> trio.Process:
        return await begin(hearing, **options)

    monkeypatch.setattr(trio.lowlevel, "open_process", begin_another)
    test = LoadTest([Plan("swarm", Target("127.0.0.1", 9, False), ("",), built_in("hold", 2, 30.0, 50.0))])
    test.learn(EpochReport({"A": 1.0}, 0.0))
    with trio.fail_after(20):
        await test.run()
    assert test.broken == []


LINE = json.dumps(Second(3, {"swarm": 5}).to_json())
HALVES = f"import sys, time; input(); print({LINE[:9]!r}, end='', flush=True); print({LINE[9:]!r}, flush=True)"
LATE = f"import sys; input(); print({LINE!r}, flush=True); sys.stdin.read(); print({LINE!r}, flush=True)"


def run_of(monkeypatch: pytest.MonkeyPatch, script: str) -> LoadTest:
    """A run whose one process runs ``script`` in place of a worker."""
    begin = trio.lowlevel.open_process

    async def begin_another(_: object, **options: Any) -> trio.Process:
        return await begin([sys.executable, "-I", "-S", "-c", script], **options)

    monkeypatch.setattr(trio.lowlevel, "open_process", begin_another)
    return LoadTest([Plan("swarm", Target("127.0.0.1", 9, False), ("",), built_in("hold", 2, 30.0, 50.0))])


@pytest.mark.parametrize(
    ("script", "broken", "rows"),
    [
        (HALVES, [], [3]),
        ("input()", [], []),
        ("pass", [], []),
        ("import os; os._exit(7)", ["the process of swarm 1 ended with 7"], []),
        ("import os; input(); os.kill(os.getpid(), 9)", ["the process of swarm 1 ended with -9"], []),
        ("import os, sys; sys.exit(os.getsid(0) != os.getpid())", [], []),
    ],
)
async def test_a_process_is_recorded_until_it_ends_in_a_session_of_its_own(
    monkeypatch: pytest.MonkeyPatch, script: str, broken: list[str], rows: list[int]
) -> None:
    test = run_of(monkeypatch, script)
    with trio.fail_after(20):
        await test.run()
    assert (test.broken, [row["second"] for row in test.recording.rows()]) == (broken, rows)
    assert test.recording._running == set()
    assert test.seconds == test.ended - test.started


async def test_what_a_process_reports_after_the_run_was_called_off_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    test = run_of(monkeypatch, LATE)
    heard: list[int] = []
    with trio.fail_after(20), trio.CancelScope() as calling_off:

        def add(_process: str, second: Second) -> None:
            heard.append(second.number)
            calling_off.cancel()

        monkeypatch.setattr(test.recording, "add", add)
        await test.run()
    assert (heard, test.broken) == ([3, 3], [])


async def test_a_process_that_does_not_end_when_the_run_does_is_ended_and_reported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(coordinator, "WIND_UP", 0.2)
    begun: list[trio.Process] = []
    test = run_of(monkeypatch, "import time; print(flush=True); time.sleep(60)")
    begin = trio.lowlevel.open_process

    async def begin_and_note(*arguments: Any, **options: Any) -> trio.Process:
        begun.append(await begin(*arguments, **options))
        return begun[0]

    monkeypatch.setattr(trio.lowlevel, "open_process", begin_and_note)
    with trio.fail_after(20), trio.CancelScope() as calling_off:

        async def listen(*_: object) -> None:
            calling_off.cancel()
            await trio.sleep_forever()

        monkeypatch.setattr(LoadTest, "_listen", listen)
        await test.run()
    assert test.broken == ["the process of swarm 1 did not end within 0.2 s"]
    assert begun[0].returncode == -9


def plan(kind: Any, clients: int, seconds: float) -> Plan:
    return Plan(kind, Target("127.0.0.1", 9, False), ("",), built_in("hold", clients, seconds, 50.0))


@pytest.mark.parametrize(
    ("plans", "processes", "lead"),
    [
        ([plan("players", 2, 30.0)], 1, 0.0),
        ([plan("players", 2, 30.0)], 2, coordinator.START_UP),
        ([plan("swarm", 2, 30.0)], 1, coordinator.START_UP),
        ([plan("players", 2, 30.0), plan("swarm", 2, 40.0)], 1, coordinator.START_UP),
    ],
)
def test_processes_have_a_second_to_start_in(plans: list[Plan], processes: int, lead: float) -> None:
    test = LoadTest(plans, processes)
    assert (test.lead, test.end) == (lead, 30.0 if len(plans) == 1 else 40.0)
    assert coordinator.START_UP == 1


async def test_each_kind_runs_in_as_many_processes_as_are_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def run_away(_: LoadTest, part: Plan) -> None:
        ran.append(("away", part.name, part.parts))

    async def run_here(_: LoadTest, part: Plan) -> None:
        ran.append(("here", part.name, part.parts))

    monkeypatch.setattr(LoadTest, "_run_away", run_away)
    monkeypatch.setattr(LoadTest, "_run_here", run_here)

    for plans, processes, expected in (
        ([plan("players", 2, 30.0)], 1, [("here", "players 1", 1)]),
        ([plan("players", 2, 30.0)], 2, [("away", "players 1", 2), ("away", "players 2", 2)]),
        ([plan("swarm", 2, 30.0), plan("players", 1, 9.0)], 1, [("away", "swarm 1", 1), ("here", "players 1", 1)]),
    ):
        ran: list[tuple[str, str, int]] = []
        test = LoadTest(plans, processes)
        await test.run()
        assert sorted(ran) == expected
        assert test.recording._running == {name for _, name, _ in expected}
        assert test.recording.counts["clients"] == test.recording.counts["never_came"] == 1 + len(plans)
        assert not test.recording.kinds["networks"]
