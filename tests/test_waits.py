"""No test waits without a bound: what is said in `tests.waiting` is held to; and no node waits so for another one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import trio

from tests.waiting import bounded, happened

TESTS = Path(__file__).parent
WAITS = frozenset(("wait", "wait_closed"))
"""Methods that wait for what somebody else does."""
HELPERS = (TESTS / "live_server.py", TESTS / "transport" / "clients.py")
"""Through which tests wait for a server; a test that reads a stream itself is the peer under test."""
BOUNDS = frozenset(("bounded", "fail_after", "fail_at", "move_on_after", "move_on_at"))
OTHERS = frozenset(("test_waiting.py", "test_lost_and_back.py", "port.py"))
"""The first tests what is waited on; the others play a connection and its owner, whose waits are the server's."""


def unbounded(path: Path, waits: frozenset[str] = WAITS) -> Iterator[str]:
    """Where a file waits without a bound; functions within a test are what is handed to a server or to a nursery."""
    tree = ast.parse(path.read_text())
    classes = [one for one in tree.body if isinstance(one, ast.ClassDef)]
    for function in [*tree.body, *(method for one in classes for method in one.body)]:
        if isinstance(function, ast.AsyncFunctionDef):
            yield from _within(function.body, path, waits)


def _within(nodes: list[ast.stmt] | list[ast.AST], path: Path, waits: frozenset[str]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef | ast.ClassDef):
            continue
        if isinstance(node, ast.With) and any(_name(item.context_expr) in BOUNDS for item in node.items):
            continue
        if isinstance(node, ast.Await) and isinstance(node.value, ast.Call):
            called = node.value.func
            if isinstance(called, ast.Attribute) and called.attr in waits:
                yield f"{path.name}:{node.lineno}: {ast.unparse(node)}"
        yield from _within(list(ast.iter_child_nodes(node)), path, waits)


def _name(called: ast.expr) -> str:
    called = called.func if isinstance(called, ast.Call) else called
    return called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""


def test_every_wait_of_a_test_of_the_server_is_bounded() -> None:
    files = [*TESTS.glob("lobby/**/*.py"), *TESTS.glob("transport/**/*.py"), *TESTS.glob("test_server*.py")]
    assert len(files) > 50
    found = [one for path in files if path.name not in OTHERS for one in unbounded(path)]
    found += [one for path in HELPERS for one in unbounded(path, WAITS | {"receive_some"})]
    assert found == []


def test_a_wait_without_a_bound_is_found(tmp_path: Path) -> None:
    (path := tmp_path / "a.py").write_text(
        "async def test() -> None:\n"
        "    with bounded():\n        await event.wait()\n"
        "    while not over:\n        await stream.receive_some()\n        await link.wait_closed()\n"
    )
    assert list(unbounded(path)) == ["a.py:6: await link.wait_closed()"]
    assert len(list(unbounded(path, WAITS | {"receive_some"}))) == 2


ROOMS_OF_NODES = ("agones", "cluster", "membership", "supervisor")
_AN_ORDER = "for an order of the host, or for the end of the process"
_A_WORKER = "for a worker, which is killed if it is silent for too long"
_THE_CALLER = "until the directory has decided; those who call have a deadline, or stop with their server"
UNBOUNDED_OF_NODES = {
    "emptying.py: await self._asked.wait()": _AN_ORDER,
    "membership.py: await hosting.recovered.wait()": "the other node asks again after its deadline",
    "publishing.py: await self._opened.wait()": "for this server to open, with which it stops",
    "supervisor.py: await self._stop.wait()": _AN_ORDER,
    "supervisor.py: await stop.wait()": _AN_ORDER,
    "supervisor.py: await self._drain.wait()": _AN_ORDER,
    "supervisor.py: await self._restart.wait()": _AN_ORDER,
    "supervisor.py: await worker.recovered.wait()": _A_WORKER,
    "supervisor.py: await worker.ready.wait()": _A_WORKER,
    "worker.py: await serves.wait()": "for this server to serve, with which it stops",
    "worker_process.py: await self.may_serve.wait()": _AN_ORDER,
    "server.py: await self._stop.wait()": _AN_ORDER,
    "server.py: await self._drain.wait()": _AN_ORDER,
    "server.py: await stop.wait()": _AN_ORDER,
    "match_ownership.py: await ended.wait()": _THE_CALLER,
}
"""Waits without a deadline where nodes wait for one another, and what each is for."""


def test_a_node_waits_for_no_other_without_a_deadline() -> None:
    package = TESTS.parent / "game_server"
    files = [path for room in ROOMS_OF_NODES for path in (package / room).glob("*.py")]
    files += [package / "server.py", *(package / "lobby").glob("*.py")]
    assert len(files) > 60
    found = {re.sub(r":\d+:", ":", one) for path in files for one in unbounded(path)}
    assert found == set(UNBOUNDED_OF_NODES)


async def test_what_takes_too_long_fails(autojump_clock: trio.abc.Clock) -> None:  # noqa: ARG001
    began = trio.current_time()
    with pytest.raises(trio.TooSlowError), bounded(3.0):
        await trio.sleep_forever()
    with pytest.raises(trio.TooSlowError):
        await happened(trio.Event(), within=2.0)
    assert trio.current_time() - began == pytest.approx(5.0)


def test_no_test_asks_by_a_mark_for_a_clock_that_only_a_parameter_sets() -> None:
    """The test would wait in true time: pytest-trio looks at arguments alone. The mark for `jumping_clock` does it."""
    mark = 'usefixtures("' + 'autojump_clock")'
    assert [path.name for path in TESTS.rglob("test_*.py") if mark in path.read_text()] == []
