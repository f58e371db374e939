"""The Autobahn suite's bench: which Python runs it, what its seat passes on, and what is made of its reports."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import trio
from wsproto.events import CloseConnection, Ping, Pong

from game_server.protocol import MAX_CLIENT_MESSAGE_BYTES
from game_server.transport import Link
from game_server.transport.tick_io.tick_socket import TickSocket
from tests.live_server import OpenServer
from tests.transport.clients import WebSocketClient
from tools.bench.autobahn.python2 import COMMANDS, NoPython2, find_python2
from tools.bench.autobahn.seat import relay_to_a_seat
from tools.bench.autobahn.verdicts import Outcome, Sent, Verdict, codes, complete, outcome, to_markdown
from tools.bench.installing import ROOT

TEXT, BINARY, CLOSE, PING = 1, 2, 8, 9
MESSAGE, PONG = ["message", "Hello", False], ["pong", "Hello"]


def python(folder: Path, name: str, says: str, status: int = 0) -> Path:
    """A command that answers as a Python of version ``says`` does."""
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{says}'\nexit {status}\n")
    path.chmod(0o755)
    return path


def test_the_first_command_on_the_path_that_is_a_python_2_7_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python(tmp_path, COMMANDS[0], "", status=127)
    python(tmp_path, COMMANDS[1], "3.11")
    right = python(tmp_path, COMMANDS[2], "2.7")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_python2(None) == str(right)


def test_a_python_that_was_named_is_taken_or_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python(tmp_path, COMMANDS[0], "2.7")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_python2(str(python(tmp_path, "mine", "2.7"))) == str(tmp_path / "mine")
    for name in (sys.executable, "missing"):
        with pytest.raises(NoPython2, match=r"is no Python 2\.7; give one by --python2"):
            find_python2(name)


def test_without_a_python_2_7_the_command_says_in_a_line_what_to_do(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tools.bench.autobahn"]
    done = subprocess.run(
        command, cwd=ROOT, env={"PATH": str(tmp_path)}, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    [line] = done.stderr.splitlines()
    assert "needs a Python 2.7" in line
    assert "--python2" in line


async def test_who_comes_through_the_relay_has_a_seat_that_the_tick_serves(
    nursery: trio.Nursery, open_server: OpenServer
) -> None:
    served = await open_server()
    port = await nursery.start(relay_to_a_seat, int(served.server.url.rpartition(":")[2]))
    for _ in range(2):  # the second gets the seat of the first, which went without a word
        async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
            await WebSocketClient.open(stream)
            [person] = served.server.lobby.people
            assert person.stays_in is served.match
            assert isinstance(person.link, Link)
            assert isinstance(person.link.outgoing, TickSocket)


async def test_the_relay_leaves_out_messages_and_passes_on_all_else_and_the_end(
    nursery: trio.Nursery, open_server: OpenServer
) -> None:
    served = await open_server()
    port = await nursery.start(relay_to_a_seat, int(served.server.url.rpartition(":")[2]))
    async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
        client = await WebSocketClient.open(stream)
        for payload in (b"1", b"2"):
            await client.send_event(Ping(payload))
            answer = await client.event()
            assert isinstance(answer, Pong)
            assert bytes(answer.payload) == payload
        await client.send("a text")
        closing = await client.event()
        assert isinstance(closing, CloseConnection)
        assert closing.code == 1003
        await client.send_event(closing.response())
        assert await stream.receive_some() == b""


@pytest.mark.parametrize(
    ("frames", "allowed"),
    [
        ([Sent(TEXT)], {1003}),
        ([Sent(BINARY)], {4001}),
        ([Sent(TEXT, fin=False), Sent(PING), Sent(0)], {1003}),
        ([Sent(TEXT, fin=False), Sent(TEXT)], {1002}),
        ([Sent(0), Sent(TEXT)], {1002}),
        ([Sent(TEXT), Sent(TEXT, reserved=2)], {1002, 1003}),
        ([Sent(3), Sent(TEXT)], {1002}),
        ([Sent(PING, size=126), Sent(TEXT)], {1002}),
        ([Sent(PING, fin=False), Sent(TEXT)], {1002}),
        ([Sent(TEXT, size=MAX_CLIENT_MESSAGE_BYTES + 1), Sent(BINARY)], {1009}),
        ([Sent(BINARY, fin=False, size=MAX_CLIENT_MESSAGE_BYTES), Sent(0, size=1)], {1009}),
        ([Sent(PING), Sent(CLOSE), Sent(TEXT)], set()),
    ],
)
def test_a_message_or_the_first_fault_before_it_says_how_the_server_may_close(
    frames: Sequence[Sent], allowed: set[int]
) -> None:
    assert codes(frames) == allowed


def report(**changes: Any) -> dict[str, Any]:
    """What the suite reports of a text that was not sent back."""
    sent = ["TF", [5, "Hello"], TEXT, True, 0, None, None, None, False]
    usual: dict[str, Any] = {
        "id": "1.1.2",
        "behavior": "FAILED",
        "behaviorClose": "FAILED",
        "result": "Actual events differ from any expected.",
        "resultClose": "The connection was failed by the wrong endpoint",
        "expected": {"OK": [MESSAGE]},
        "expectedClose": {"closeCode": [1000]},
        "received": [],
        "remoteCloseCode": 1003,
        "wirelog": [["TO", [11, "..."], False], sent],
        "txFrameStats": {"1": 1},
        "txOctetStats": {"11": 1},
    }
    return usual | changes


UNLOGGED: dict[str, Any] = {"expected": {}, "wirelog": [["KL", 1]]}


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"behavior": "OK", "behaviorClose": "OK", "remoteCloseCode": 1000}, Verdict.PASSED),
        ({"behavior": "INFORMATIONAL", "behaviorClose": "INFORMATIONAL"}, Verdict.PASSED),
        ({}, Verdict.CLOSED),
        ({"behavior": "NON-STRICT", "behaviorClose": "WRONG CODE"}, Verdict.CLOSED),
        ({"remoteCloseCode": 4001}, Verdict.FAILED),
        ({"remoteCloseCode": 1011}, Verdict.FAILED),
        ({"remoteCloseCode": None}, Verdict.FAILED),
        ({"behavior": "OK", "behaviorClose": "UNCLEAN", "remoteCloseCode": 1006}, Verdict.FAILED),
        ({"expectedClose": {"closeCode": [1007]}}, Verdict.FAILED),
        ({"expected": {"OK": [PONG, MESSAGE]}, "received": [PONG]}, Verdict.CLOSED),
        ({"expected": {"OK": [PONG, MESSAGE]}, "received": []}, Verdict.FAILED),
        ({"received": [MESSAGE]}, Verdict.FAILED),
        (UNLOGGED, Verdict.CLOSED),
        (UNLOGGED | {"remoteCloseCode": 1009}, Verdict.FAILED),
        (UNLOGGED | {"remoteCloseCode": 1009, "txOctetStats": {"16385": 1}}, Verdict.CLOSED),
        (UNLOGGED | {"remoteCloseCode": 4001, "txFrameStats": {"2": 9}}, Verdict.CLOSED),
        (UNLOGGED | {"remoteCloseCode": 4005, "txFrameStats": {"1": 240}}, Verdict.FAILED),
        (UNLOGGED | {"remoteCloseCode": 4005, "txFrameStats": {"1": 1, "0": 240}}, Verdict.CLOSED),
    ],
)
def test_a_case_without_its_echo_is_judged_by_the_close_code(changes: dict[str, Any], verdict: Verdict) -> None:
    assert outcome(report(**changes)).verdict is verdict


def test_a_case_that_ran_on_another_path_alone_has_failed() -> None:
    ran = [Outcome(case, Verdict.PASSED) for case in ("10.1.1", "2.1")]
    found = complete({"plain": ran, "seat": ran[1:]})
    assert [each.case for each in found["plain"]] == ["2.1", "10.1.1"]
    assert [each.verdict for each in found["seat"]] == [Verdict.PASSED, Verdict.FAILED]


def test_the_table_has_a_row_for_each_chapter_and_one_for_all() -> None:
    plain = [Outcome("2.1", Verdict.PASSED), Outcome("2.2", Verdict.FAILED), Outcome("10.1.1", Verdict.CLOSED)]
    assert to_markdown({"plain": plain}).splitlines() == [
        "| cases | number | plain |",
        "| --- | ---: | ---: |",
        "| 2 pings and pongs | 2 | 1, 0, 1 |",
        "| 10 automatic fragments | 1 | 0, 1, 0 |",
        "| all | 3 | 1, 1, 1 |",
    ]
