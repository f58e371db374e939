"""A supervisor without processes: names, the directory of sockets, what it reports, and in which order it restarts."""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import signal
import socket
import tempfile
from pathlib import Path
from typing import Any

import attrs
import pytest
import trio
import trustme
from trio.testing import wait_all_tasks_blocked

from game_server.agones import Load
from game_server.errors import ConfigError
from game_server.options import MAX_NODE_NAME, node_name
from game_server.protocol import LOCKED, PRIVATE
from game_server.supervisor import Supervisor
from game_server.supervisor.packing import unpack
from game_server.supervisor.supervisor import _name_of, _sockets_directory
from game_server.supervisor.worker_process import WorkerProcess
from tests.live_server import toy_options


@pytest.mark.parametrize("name", ["a/b", "../x", ".x", "-x", "", "x y", "x\n", "é", "x" * (MAX_NODE_NAME + 1)])
def test_names_of_nodes_that_cannot_be_names_of_files_are_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="node name"):
        node_name(name)


@pytest.mark.parametrize("name", ["x", "berlin-1", "a.b_C", "x" * MAX_NODE_NAME])
def test_other_names_of_nodes_are_taken(name: str) -> None:
    assert node_name(name) == name


@pytest.mark.parametrize(
    ("machine", "name"),
    [("berlin", "berlin-8123"), ("../b n", "b-n-8123"), ("", "server-8123"), ("x" * 64, "x" * 35 + "-8123")],
)
def test_the_default_name_is_the_machines_and_the_port_that_is_listened_at(
    machine: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: machine)
    options = attrs.evolve(toy_options(), port=0, redis="redis://127.0.0.1")
    assert _name_of(options, 8123) == name


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_sockets_that_a_killed_supervisor_has_left_are_removed_at_the_next_start(folder: Path) -> None:
    killed, others = folder / "game-server-killed", folder / "game-server-others"
    for path in (killed, others):
        path.mkdir()
        (path / "worker-0.sock").touch()
    (killed / "lock").touch()
    with _sockets_directory() as sockets:
        assert sorted(folder.iterdir()) == sorted((sockets, others))
    assert list(folder.iterdir()) == [others]


def test_sockets_of_a_supervisor_that_lives_stay(folder: Path) -> None:
    with _sockets_directory() as first, _sockets_directory() as second:
        assert sorted(folder.iterdir()) == sorted((first, second))


def test_leftovers_are_removed_only_where_they_are(folder: Path) -> None:
    kept = folder / "kept"
    kept.mkdir()
    (kept / "lock").touch()
    os.symlink(kept, folder / "game-server-link")
    with _sockets_directory():
        assert (kept / "lock").exists()


@attrs.define
class Replaced:
    """In place of a worker's process: whether it can be replaced, and what it has reported."""

    name: str
    trouble: str = ""
    asked: int = 0
    pid: int = 5
    stayed: list[str] = attrs.Factory(list)
    report: dict[str, object] = attrs.Factory(dict)
    load: Load = Load()
    serves: bool = True
    may_be_replaced: trio.Event | None = None
    retired: bool = False

    async def replace(self) -> str:
        self.asked += 1
        if self.may_be_replaced is not None:
            await self.may_be_replaced.wait()
        return self.trouble

    async def retire(self, until: float) -> None:
        self.retired = True
        await trio.sleep_until(until)

    async def spread(self, stay: list[str]) -> list[str]:
        self.stayed = list(stay)
        return [f"match of {self.name}"]


def supervised(*workers: Replaced, **options: Any) -> Supervisor:
    supervisor = Supervisor(attrs.evolve(toy_options(), **options))
    supervisor.url = "http://127.0.0.1:8000"
    supervisor.workers = list(workers)  # type: ignore[arg-type]
    return supervisor


async def test_workers_after_one_that_could_not_be_replaced_stay_as_they_are(
    nursery: trio.Nursery, caplog: pytest.LogCaptureFixture
) -> None:
    workers = [Replaced("a"), Replaced("b", "it does not answer"), Replaced("c")]
    supervisor = supervised(*workers)
    nursery.start_soon(supervisor._restart_when_asked)
    supervisor.restart()
    await wait_all_tasks_blocked()
    assert [worker.asked for worker in workers] == [1, 1, 0]
    assert [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR] == [
        "b was not replaced: it does not answer; those after it stay as they are"
    ]
    workers[1].trouble = ""
    supervisor.restart()
    await wait_all_tasks_blocked()
    assert [worker.asked for worker in workers] == [2, 2, 1]
    nursery.cancel_scope.cancel()


async def test_after_a_restart_each_worker_spreads_its_matches_but_those_that_have_moved(
    nursery: trio.Nursery,
) -> None:
    workers = [Replaced("a"), Replaced("b"), Replaced("c")]
    supervisor = supervised(*workers)
    nursery.start_soon(supervisor._restart_when_asked)
    supervisor.restart()
    await wait_all_tasks_blocked()
    assert [worker.stayed for worker in workers] == [[], ["match of a"], ["match of a", "match of b"]]
    nursery.cancel_scope.cancel()


@pytest.mark.parametrize("first", ["restart", "drain"])
async def test_when_a_server_drains_no_worker_is_replaced_whichever_was_asked_first(
    nursery: trio.Nursery, first: str
) -> None:
    workers = [Replaced("a", may_be_replaced=trio.Event()), Replaced("b")]
    supervisor = supervised(*workers, drain_timeout=60)
    nursery.start_soon(supervisor._restart_when_asked)
    nursery.start_soon(supervisor._drain_when_asked)
    for ask in (supervisor.restart, supervisor.drain)[:: 1 if first == "restart" else -1]:
        ask()
        await wait_all_tasks_blocked()
    assert workers[0].may_be_replaced is not None
    workers[0].may_be_replaced.set()
    await wait_all_tasks_blocked()
    assert [worker.asked for worker in workers] == ([1, 0] if first == "restart" else [0, 0])
    assert all(worker.retired for worker in workers)
    nursery.cancel_scope.cancel()


async def test_a_restart_that_is_asked_for_in_another_one_follows_it(nursery: trio.Nursery) -> None:
    workers = [Replaced("a"), Replaced("b", may_be_replaced=trio.Event())]
    supervisor = supervised(*workers)
    nursery.start_soon(supervisor._restart_when_asked)
    for _ in range(3):
        supervisor.restart()
        await wait_all_tasks_blocked()
    assert [worker.asked for worker in workers] == [1, 1]
    assert workers[1].may_be_replaced is not None
    workers[1].may_be_replaced.set()
    await wait_all_tasks_blocked()
    assert [worker.asked for worker in workers] == [2, 2]
    nursery.cancel_scope.cancel()


async def test_a_server_that_is_drained_before_it_serves_stops_and_shows_no_link(
    folder: Path,  # noqa: ARG001
    nursery: trio.Nursery,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def start(self: WorkerProcess) -> None:
        await self._stopped.wait()

    monkeypatch.setattr(WorkerProcess, "run", start)
    supervisor = Supervisor(attrs.evolve(toy_options(), workers=2, port=0, drain_timeout=20.0))

    async def drain() -> None:
        await wait_all_tasks_blocked()
        supervisor.drain()

    nursery.start_soon(drain)
    with trio.fail_after(10):
        assert await nursery.start(supervisor.run, trio.Event()) == ""


def test_the_admin_token_is_the_hosts_or_a_secret_of_this_start() -> None:
    chosen = attrs.evolve(toy_options(), admin_token="x" * 20)
    assert Supervisor(chosen).admin_token == "x" * 20
    tokens = {Supervisor(toy_options()).admin_token for _ in range(3)}
    assert len(tokens) == 3
    assert min(map(len, tokens)) >= 24


def test_the_matches_of_all_workers_are_reported_and_private_ones_only_when_asked() -> None:
    matches = [{"id": "A", "flags": 0}, {"id": "B", "flags": PRIVATE | LOCKED}, {"id": "C", "flags": LOCKED}]
    supervisor = supervised(
        Replaced("a", report={"matches": matches[:2], "people": (5, 2)}), Replaced("b"),
        Replaced("c", report={"matches": matches[2:], "people": (4, 1)}),
    )  # fmt: skip
    assert supervisor.matches(private=True) == matches
    assert [match["id"] for match in supervisor.matches()] == ["A", "C"]
    assert supervisor.people() == (9, 3)
    assert supervisor.served == "by 3 workers: a is process 5, b is process 5, c is process 5"


def test_a_server_has_to_do_what_its_workers_have_and_works_while_any_of_them_serves() -> None:
    workers = [Replaced("a", load=Load(1, 2, 1, 1)), Replaced("b", load=Load(3, 4, 2, 1), serves=False)]
    supervisor = supervised(*workers)
    assert supervisor.load() == Load(4, 6, 3, 2)
    assert supervisor.works
    workers[0].serves = False
    assert not supervisor.works


def ordered(tmp_path: Path, **options: Any) -> dict[str, Any]:
    """What the worker 1 of three is to do."""
    supervisor = Supervisor(attrs.evolve(toy_options(), workers=3, **options), ("debug", "json"), live=True)
    supervisor._name, supervisor._link = "berlin", "http://127.0.0.1:8000"
    return supervisor._order(1, b"key", (5, 6), tmp_path)


def test_a_worker_is_ordered_to_be_one_process_with_its_share_of_everything(tmp_path: Path) -> None:
    order = ordered(tmp_path, data=tmp_path / "data", data_limit=3000)
    options = unpack(order.pop("options"))
    assert (options.workers, options.data, options.data_limit) == (1, tmp_path / "data" / "worker-1", 1000)
    assert len(options.admin_token) >= 24  # the same for all, though the host has chosen none
    assert len(bytes.fromhex(order.pop("machine"))) == 4
    assert order == {
        "log": ("debug", "json"), "live": True, "name": "berlin-1", "number": 1, "workers": 3, "key": "a2V5",
        "listening": (5, 6), "sockets": str(tmp_path), "url": "http://127.0.0.1:8000",
    }  # fmt: skip


def test_without_data_a_worker_keeps_none_and_behind_a_proxy_it_is_reached_there(tmp_path: Path) -> None:
    order = ordered(tmp_path, public_url="https://play.example", admin_token="t" * 16)
    options = unpack(order["options"])
    assert (options.data, options.admin_token, order["url"]) == (None, "t" * 16, "https://play.example")


@pytest.mark.parametrize(("length", "taken"), [(31, False), (32, True)])
def test_a_cluster_key_is_a_file_of_32_bytes_or_more_and_what_signs_is_its_digest(
    tmp_path: Path, length: int, taken: bool
) -> None:
    path = tmp_path / "secret"
    path.write_bytes(b"s" * length)
    supervisor = Supervisor(attrs.evolve(toy_options(), cluster_key=path))
    if taken:
        with supervisor._open_data() as key:
            assert key == hashlib.sha256(b"s" * length).digest()
        path.unlink()
        with (
            pytest.raises(ConfigError, match=r"--cluster-key .* cannot be read: No such file"),
            supervisor._open_data(),
        ):
            pass
    else:
        with (
            pytest.raises(ConfigError, match="has 31 bytes: a secret has 32 or more"),
            supervisor._open_data(),
        ):
            pass


def test_the_key_of_a_server_is_kept_with_its_data_and_otherwise_new_at_each_start(tmp_path: Path) -> None:
    keys = []
    for data in (None, None, tmp_path / "data", tmp_path / "data"):
        with Supervisor(attrs.evolve(toy_options(), workers=2, data=data))._open_data() as key:
            keys.append(key)
    assert {len(key) for key in keys} == {32}
    assert len(set(keys)) == 3
    assert keys[2] == keys[3] == (tmp_path / "data" / "key").read_bytes()


@pytest.mark.parametrize(
    ("serves", "options", "drains"),
    [
        (True, {}, True),
        (False, {}, False),
        (True, {"keep_matches": True}, False),
        (True, {"keep_matches": True, "redis": "redis://127.0.0.1"}, True),
    ],
)
def test_a_server_drains_unless_it_does_not_serve_or_keeps_what_can_go_nowhere(
    serves: bool, options: dict[str, Any], drains: bool
) -> None:
    supervisor = supervised(Replaced("a"), drain_timeout=60, **options)
    supervisor.url = supervisor.url if serves else ""
    supervisor.drain()
    assert (supervisor._drain.is_set(), supervisor._stop.is_set()) == (drains, not drains)


@pytest.mark.usefixtures("jumping_clock")
async def test_a_server_stops_when_all_workers_have_drained_or_the_time_is_over(nursery: trio.Nursery) -> None:
    workers = [Replaced("a"), Replaced("b")]
    supervisor = supervised(*workers, drain_timeout=60)
    nursery.start_soon(supervisor._drain_when_asked)
    began = trio.current_time()
    supervisor.drain()
    await supervisor._stop.wait()
    assert trio.current_time() - began == pytest.approx(60)
    assert all(worker.retired for worker in workers)


async def test_a_restart_is_refused_in_the_log_while_a_server_drains(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    supervisor = supervised(Replaced("a"), drain_timeout=60)
    supervisor.restart()
    assert caplog.messages == ["the workers are to be replaced, one after the other"]
    supervisor.drain()
    supervisor._restart = trio.Event()
    supervisor.restart()
    assert not supervisor._restart.is_set()
    assert caplog.messages[1:] == ["the workers are not replaced: this server drains, and stops then"]


async def test_the_log_names_each_worker_that_was_replaced_and_how_many_matches_moved(
    nursery: trio.Nursery, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    supervisor = supervised(Replaced("a"), Replaced("b"))
    nursery.start_soon(supervisor._restart_when_asked)
    supervisor.restart()
    await wait_all_tasks_blocked()
    assert caplog.messages[1:] == [
        "a was replaced: it is process 5 now",
        "b was replaced: it is process 5 now",
        "matches are spread over the workers: 2 have moved",
    ]
    nursery.cancel_scope.cancel()


@attrs.define
class Signalled:
    """In place of a worker's process: the signals that it was sent."""

    signals: list[signal.Signals] = attrs.Factory(list)

    def signal(self, number: signal.Signals) -> None:
        self.signals.append(number)


async def test_a_certificate_that_can_be_used_is_read_again_by_every_worker(tmp_path: Path) -> None:
    workers = [Signalled(), Signalled()]
    supervisor = supervised(*workers)  # type: ignore[arg-type]
    assert not await supervisor.reload_certificate()
    assert [worker.signals for worker in workers] == [[], []]
    made = trustme.CA().issue_cert("127.0.0.1")
    certificate = tmp_path / "cert.pem"
    made.private_key_and_cert_chain_pem.write_to_path(certificate)
    supervisor = supervised(*workers, tls_cert=certificate)  # type: ignore[arg-type]
    assert await supervisor.reload_certificate()
    assert [worker.signals for worker in workers] == [[signal.SIGHUP]] * 2
    certificate.write_text("no certificate")
    with pytest.raises(ConfigError):
        await supervisor.reload_certificate()
    assert [len(worker.signals) for worker in workers] == [1, 1]


def test_the_directory_of_sockets_is_for_its_user_alone_and_locked_while_it_is_used(folder: Path) -> None:
    with _sockets_directory() as sockets:
        assert sockets.parent == folder
        assert sockets.stat().st_mode & 0o777 == 0o700
        assert [path.name for path in sockets.iterdir()] == ["lock"]
        with (sockets / "lock").open("rb") as lock, pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    assert not sockets.exists()


@pytest.mark.parametrize("which", ["lock", "link"])
def test_leftovers_of_another_user_stay(folder: Path, monkeypatch: pytest.MonkeyPatch, which: str) -> None:
    others = folder / "game-server-others"
    others.mkdir()
    if which == "lock":
        (others / "lock").touch()
        monkeypatch.setattr(os, "geteuid", lambda: 12345)
    else:
        (folder / "elsewhere").touch()
        (others / "lock").symlink_to(folder / "elsewhere")
    with _sockets_directory():
        assert others.exists()
    assert others.exists()


def test_names_of_workers_begin_as_the_host_has_chosen_or_with_worker() -> None:
    assert _name_of(attrs.evolve(toy_options(), node_name="berlin", redis="redis://127.0.0.1"), 8123) == "berlin"
    assert _name_of(toy_options(), 8123) == "worker"
