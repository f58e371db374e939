"""`game-server bots` as a load test: the swarm, scenarios, verdicts and reports, against a real host."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from game_server.cli.compare_reports import compare_reports
from game_server.client.upgrade import accept_of, key_in
from tests.e2e.conftest import StartHost
from tests.e2e.processes import GAME_SERVER, Host, start_host, unless_busy, wait_until

pytestmark = pytest.mark.e2e

DEADLINE = 60.0
"""Seconds for a run, of which none is meant to take more than 15."""
PASSED, FAILED, TESTER_WAS_THE_LIMIT = 0, 1, 3


def load(code: int, *arguments: str) -> tuple[dict[str, Any], str]:
    """Run to the end, which is to be with ``code`` unless the machine was too busy: figures, what was shown."""
    command = [GAME_SERVER, "bots", *arguments, "--json", "-"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE, check=False)
    assert "Traceback" not in done.stderr
    figures = json.loads(done.stdout)
    assert done.returncode == unless_busy(code, figures)
    return figures, done.stderr


@pytest.fixture
def server(host: StartHost) -> Host:
    return host("--check-hash", "--bots", "0", "--seed", "7", "--max-players", "64")


def test_a_swarm_and_players_play_in_one_match_and_everything_is_reported(server: Host, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    options = ("--swarm", "30", "--count", "3", "--network", "mobile=34%", "--duration", "5", "--html", str(page))
    figures, shown = load(PASSED, server.url, *options)
    assert (figures["clients"], figures["connected"], figures["failed"], figures["disconnects"]) == (33, 33, 0, 0)
    assert (figures["desyncs"], figures["faults"], figures["failures"]) == (0, 0, {})
    assert figures["snapshots"] > 30 * 60
    for name in ("connect_ms", "join_ms", "input_ack_ms", "snapshot_gap_ms", "snapshot_age_ms", "round_trip_ms"):
        assert figures[name]["p50"] > 0
    # A snapshot is sent after its tick was due, and both times are on one clock.
    ages = [row["snapshot_age_ms.p50"] for row in figures["series"] if "snapshot_age_ms.p50" in row]
    assert min(ages) > 0
    assert figures["absent"] == {}
    assert figures["server"]["tick_lateness_ms"]["p99"] > 0
    assert 0 < figures["server"]["server_cpu"] < 2
    assert set(figures["tester"]["cpu"]) == {"players 1", "swarm 1"}
    assert max(row.get("swarm", 0) for row in figures["series"]) == 30
    assert "input ack ms" in shown
    assert page.read_text().startswith("<!doctype html>")
    wait_until(lambda: bool(server.match()["people"] == 0), 5)


def test_without_metrics_the_report_says_why_snapshots_have_no_age(host: StartHost) -> None:
    silent = host("--bots", "0", "--no-metrics")
    figures, shown = load(PASSED, silent.url, "--swarm", "4", "--count", "2", "--duration", "2")
    assert figures["snapshot_age_ms"]["p50"] is None
    assert figures["absent"] == dict.fromkeys(("server", "snapshot_age_ms"), "GET /metrics was answered with 404")
    assert "snapshot age ms not measured: GET /metrics was answered with 404" in " ".join(shown.split())


def test_after_a_storm_everybody_has_the_seat_again(server: Host) -> None:
    figures, _ = load(PASSED, server.url, "--swarm", "20", "--duration", "5", "--scenario", "storm")
    assert (figures["lost_links"], figures["resumed"], figures["lost_seats"]) == (20, 20, 0)
    assert figures["outage_ms"]["p50"] > 0
    assert figures["closes"] == {}


def test_a_churn_from_a_file_comes_and_goes_over_two_processes(server: Host, tmp_path: Path) -> None:
    file = tmp_path / "churn.toml"
    # The holds are for the first who leaves and the last who comes: a busy machine may take seconds to let one in.
    phases = (
        'kind = "ramp"\nto = 10\nrate = 20',
        'kind = "hold"\nseconds = 3',
        'kind = "churn"\nseconds = 3\nrate = 4',
        'kind = "hold"\nseconds = 3',
    )
    file.write_text("".join(f"[[phase]]\n{phase}\n" for phase in phases))
    figures, _ = load(PASSED, server.url, "--swarm", "10", "--scenario", str(file), "--processes", "2")
    assert (figures["scenario"], figures["swarm"], figures["clients"], figures["connected"]) == ("churn", 10, 22, 22)
    assert set(figures["tester"]["cpu"]) == {"swarm 1", "swarm 2"}


def test_clients_are_spread_over_matches_that_are_opened_for_them(server: Host) -> None:
    before = {match["id"] for match in server.get("/api/matches")}
    run = subprocess.Popen(
        [GAME_SERVER, "bots", server.url, "--swarm", "5", "--count", "4", "--spread", "3", "--duration", "20"],
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: sorted(m["people"] for m in server.get("/api/matches"))[-3:] == [2, 3, 4], 20)
        assert len({match["id"] for match in server.get("/api/matches")} - before) == 2
    finally:
        run.send_signal(signal.SIGINT)
        run.wait(DEADLINE)
    assert run.returncode in (PASSED, TESTER_WAS_THE_LIMIT)


def test_an_idle_lobby_hears_of_the_matches_and_takes_no_seat(server: Host) -> None:
    figures, _ = load(PASSED, server.url, "--swarm", "12", "--duration", "3", "--scenario", "lobby")
    assert (figures["connected"], figures["snapshots"], figures["inputs"]) == (12, 0, 0)


def test_a_swarm_behind_a_network_meets_it_from_the_handshake_on(server: Host) -> None:
    figures, _ = load(PASSED, server.url, "--swarm", "20", "--duration", "5", "--network", "satellite=50%")
    assert figures["networks"] == {"none": pytest.approx(10, abs=1), "satellite": pytest.approx(10, abs=1)}
    assert (figures["connected"], figures["desyncs"], figures["faults"]) == (20, 0, 0)
    for name in ("connect_ms", "join_ms", "input_ack_ms"):
        assert figures[name]["p99"] > 590
    # Those beside them are as quick as ever; and the far ones' inputs come in time.
    assert figures["input_ack_ms"]["p50"] < 590
    assert figures["snapshot_age_ms"]["p99"] < 590
    assert figures["late_inputs"] < 0.1 * figures["inputs"]
    wait_until(lambda: bool(server.match()["people"] == 0), 5)


def test_a_run_that_fails_its_condition_says_which_and_by_what(server: Host) -> None:
    conditions = ("--fail-if", "input_ack_ms.p99 > 0.001", "--fail-if", "desyncs > 0")
    figures, shown = load(FAILED, server.url, "--swarm", "5", "--duration", "3", *conditions)
    assert [judged["verdict"] for judged in figures["fail_if"]] == ["failed", "passed"]
    assert "FAILED: fail if input_ack_ms.p99 > 0.001" in shown


def test_the_limit_is_searched_up_to_where_it_may_go(server: Host) -> None:
    limits = ("--find-limit", "faults == 0 and tick_lateness_ms.count > 0", "--most", "4")
    command = [GAME_SERVER, "bots", server.url, "--swarm", "4", "--duration", "2", *limits]
    done = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE, check=False)
    assert done.returncode in (PASSED, TESTER_WAS_THE_LIMIT)
    if done.returncode == PASSED:
        assert "4 clients  passed" in done.stdout
        assert "Capacity: at least 4 clients" in " ".join(done.stdout.split())


# What goes wrong


@contextmanager
def running(server: Host, *options: str) -> Iterator[subprocess.Popen[str]]:
    command = [GAME_SERVER, "bots", server.url, "--swarm", "8", "--duration", "40", "--json", "-", *options]
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
    try:
        wait_until(lambda: bool(server.match()["people"] == 8), 20)
        before = server.match()["tick"]
        wait_until(lambda: bool(server.match()["tick"] > before + 60), 10)
        yield run
    finally:
        if run.poll() is None:
            run.kill()
            run.communicate()


def test_a_server_that_is_killed_half_way_leaves_a_full_report(tmp_path: Path) -> None:
    server = start_host(("--bots", "0"), tmp_path)
    try:
        with running(server) as run:
            server.process.kill()
            server.process.wait()
            out, err = run.communicate(timeout=DEADLINE)
    finally:
        server.process.kill()
        server.process.wait()
    figures = json.loads(out)
    assert run.returncode == unless_busy(FAILED, figures)
    assert "Traceback" not in err
    assert (figures["connected"], figures["disconnects"], figures["failures"]) == (8, 8, {"connection lost": 8})
    assert figures["closes"] == {"1006": 8}
    assert figures["input_ack_ms"]["p50"] > 0
    assert figures["server"]["tick_lateness_ms"]["p50"] is not None


def test_a_server_that_stops_says_so_to_every_client(server: Host) -> None:
    with running(server) as run:
        assert server.stop() == 0
        out, _ = run.communicate(timeout=DEADLINE)
    figures = json.loads(out)
    assert run.returncode == unless_busy(FAILED, figures)
    assert figures["closes"] == {"1001": 8}


def test_ctrl_c_half_way_reports_what_was_measured(server: Host) -> None:
    with running(server) as run:
        os.killpg(run.pid, signal.SIGINT)  # as a terminal does: all processes of the command get it
        out, err = run.communicate(timeout=DEADLINE)
    figures = json.loads(out)
    assert run.returncode == unless_busy(PASSED, figures)
    assert "Traceback" not in err
    assert figures["interrupted"]
    assert (figures["connected"], figures["failures"]) == (8, {})
    assert figures["snapshots"] > 8 * 30
    wait_until(lambda: bool(server.match()["people"] == 0), 5)


def test_a_run_that_is_ended_before_all_have_come_says_how_many_never_did(server: Host) -> None:
    options = ("--count", "30", "--scenario", "ramp", "--duration", "30", "--json", "-")
    run = subprocess.Popen(
        [GAME_SERVER, "bots", server.url, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        wait_until(lambda: bool(server.match()["people"] >= 3), 20)
        run.send_signal(signal.SIGINT)
        out, err = run.communicate(timeout=DEADLINE)
    finally:
        run.kill()
        run.wait()
    figures = json.loads(out)
    assert run.returncode == unless_busy(FAILED, figures)
    assert figures["never_came"] > 0
    assert figures["clients"] == figures["connected"] + figures["failed"] + figures["never_came"]
    assert "never came" in err


def test_a_server_that_freezes_until_the_end_is_slow_for_so_long(server: Host) -> None:
    options = ("--swarm", "3", "--count", "2", "--duration", "5", "--fail-if", "input_ack_ms.p99 > 500", "--json", "-")
    run = subprocess.Popen([GAME_SERVER, "bots", server.url, *options], stdout=subprocess.PIPE, text=True)
    try:
        wait_until(lambda: bool(server.match()["people"] == 5), 20)
        before = server.match()["tick"]
        wait_until(lambda: bool(server.match()["tick"] > before + 30), 10)
        server.process.send_signal(signal.SIGSTOP)
        out, _ = run.communicate(timeout=DEADLINE)
    finally:
        server.process.send_signal(signal.SIGCONT)
        run.kill()
        run.wait()
    figures = json.loads(out)
    assert run.returncode == unless_busy(FAILED, figures)
    assert figures["fail_if"][0]["verdict"] == "failed"
    assert figures["snapshots_per_second"]["p50"] < 25


@pytest.mark.parametrize("processes", ["1", "2"])
def test_a_process_of_the_tester_that_is_killed_is_its_limit(server: Host, processes: str) -> None:
    with running(server, "--processes", processes) as run:
        # They are children of the thread that has started them.
        children = [
            child for task in Path(f"/proc/{run.pid}/task").glob("*/children") for child in task.read_text().split()
        ]
        os.kill(int(children[0]), signal.SIGKILL)
        run.send_signal(signal.SIGINT)
        out, _ = run.communicate(timeout=DEADLINE)
    figures = json.loads(out)
    assert run.returncode == figures["exit_code"] == TESTER_WAS_THE_LIMIT
    assert "ended with -9" in figures["tester"]["limit"]
    assert figures["clients"] == figures["connected"] + figures["failed"] + figures["never_came"]


@pytest.mark.parametrize("ending", [signal.SIGHUP, signal.SIGKILL])
def test_however_the_tester_ends_no_seat_stays_taken(server: Host, ending: signal.Signals) -> None:
    with running(server) as run:
        run.send_signal(ending)
        run.communicate(timeout=DEADLINE)
        wait_until(lambda: bool(server.match()["people"] == 0), 5)


def search(url: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Search with a condition that always holds."""
    command = [GAME_SERVER, "bots", url, "--duration", "1", "--find-limit", "faults == 0", *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE, check=False)
    assert "Traceback" not in done.stderr
    return done


@pytest.mark.parametrize("kind", ["--swarm", "--count"])
def test_a_search_without_a_server_says_so_at_once(kind: str) -> None:
    done = search("http://127.0.0.1:9", kind, "200")
    assert done.returncode == FAILED
    assert "could not connect: Connection refused" in done.stdout
    assert "clients" not in done.stdout


def test_a_search_ends_when_the_server_goes_away(tmp_path: Path) -> None:
    server = start_host(("--bots", "0"), tmp_path)
    command = [GAME_SERVER, "bots", server.url, "--swarm", "4", "--duration", "30", "--find-limit", "faults == 0"]
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        wait_until(lambda: bool(server.match()["people"] == 4), 20)
        server.process.kill()
        server.process.wait()
        out, err = run.communicate(timeout=DEADLINE)
    finally:
        for process in (run, server.process):
            process.kill()
            process.wait()
    assert run.returncode == FAILED
    assert "The server has gone: could not connect: Connection refused" in " ".join(out.split())
    assert "Traceback" not in err


def test_a_search_reports_that_the_match_has_no_more_seats(host: StartHost) -> None:
    small = host("--bots", "0", "--max-players", "6")
    done = search(f"{small.url}?match={small.match()['id']}", "--count", "6")
    told = " ".join(done.stdout.split())
    if done.returncode != TESTER_WAS_THE_LIMIT:
        assert done.returncode == PASSED
        assert "6 clients passed" in told
        assert (
            "Capacity: 6 clients with faults == 0; the server lets no more in: refused: You cannot join: all 6 seats"
            in told
        )
    wait_until(lambda: bool(small.match()["people"] == 0), 5)


def test_a_search_in_a_match_that_is_full_says_that_nobody_got_in(host: StartHost) -> None:
    full = host("--bots", "0", "--max-players", "2")
    url = f"{full.url}?match={full.match()['id']}"
    command = [GAME_SERVER, "bots", url, "--count", "2", "--duration", "30"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as sitting:
        try:
            wait_until(lambda: bool(full.match()["people"] == 2), 20)
            done = search(url, "--swarm", "2")
        finally:
            sitting.send_signal(signal.SIGINT)
    assert done.returncode == FAILED
    assert "Nobody got in: refused: You cannot join: all 2 seats are taken" in " ".join(done.stdout.split())


def test_a_search_that_is_ended_before_it_has_measured_says_so(server: Host) -> None:
    command = [GAME_SERVER, "bots", server.url, "--swarm", "4", "--find-limit", "faults == 0"]
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        wait_until(lambda: bool(server.match()["people"] == 4), 20)
        run.send_signal(signal.SIGINT)
        out, err = run.communicate(timeout=DEADLINE)
    finally:
        run.kill()
        run.wait()
    assert run.returncode == FAILED
    assert "Nothing was measured" in out
    assert "Traceback" not in err


def test_a_match_that_fills_up_turns_the_rest_away(host: StartHost) -> None:
    full = host("--bots", "0", "--max-players", "3")
    figures, _ = load(FAILED, f"{full.url}?match={full.match()['id']}", "--swarm", "5", "--duration", "3")
    assert (figures["connected"], figures["failed"], figures["refused"]) == (3, 2, {"match_full": 2})


def test_that_a_server_opens_no_more_matches_is_reported_in_a_sentence(server: Host) -> None:
    command = [GAME_SERVER, "bots", server.url, "--count", "9", "--spread", "9"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE, check=False)
    assert done.returncode == FAILED
    assert "the server refused to open a match" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_without_a_server_a_swarm_says_so_at_once() -> None:
    figures, shown = load(FAILED, "http://127.0.0.1:9", "--swarm", "3", "--duration", "5")
    assert figures["failures"] == {"could not connect: Connection refused": 3}
    assert figures["server"] is None
    assert shown.startswith("None of 3 clients got in: 3 x could not connect: Connection refused")


@contextmanager
def impostor(answer: bytes) -> Iterator[str]:
    """Something that gives every connection the same answer; ACCEPT in it stands for what the request asks for."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def reply(connection: socket.socket) -> None:
            with connection:
                connection.settimeout(5)
                try:
                    key = key_in(connection.recv(4096))
                    connection.sendall(answer.replace(b"ACCEPT", accept_of(key).encode()))
                    connection.recv(4096)
                except OSError:
                    pass

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=reply, args=(connection,), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)


UPGRADED = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ACCEPT\r\n"
)


@pytest.mark.parametrize(
    ("answer", "saying"),
    [
        (b"HTTP/1.1 418 [/b] teapot\r\nContent-Length: 0\r\n\r\n", "'HTTP/1.1 418 [/b] teapot' instead of a WebSocket"),
        (random.Random(1).randbytes(300), "the answer is not HTTP; is that a game server?"),
        (UPGRADED + b"\r\n", "does not speak game-server.v1"),
        (
            UPGRADED + b"Sec-WebSocket-Protocol: game-server.v1\r\n\r\n\x88\x11\x0f\xa0another version",
            "closed with 4000 another version",
        ),
    ],
)
def test_of_a_server_that_is_not_ours_or_of_another_version_both_kinds_say_the_same(answer: bytes, saying: str) -> None:
    with impostor(answer) as url:
        figures, shown = load(FAILED, url, "--swarm", "2", "--count", "2", "--duration", "3")
    [(failure, times)] = figures["failures"].items()
    assert saying in failure
    assert times == 4
    assert saying in " ".join(shown.split())


def test_ctrl_c_before_anything_was_measured_says_nothing_and_ends_with_130() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with (
            subprocess.Popen(
                [GAME_SERVER, "bots", url, "--spread", "2"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            ) as run,
            silent.accept()[0],
        ):
            run.send_signal(signal.SIGINT)
            assert (run.communicate(timeout=DEADLINE), run.returncode) == (("", ""), 130)


def test_output_that_nobody_takes_ends_a_run_without_a_traceback() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [GAME_SERVER, "bots", "http://127.0.0.1:9", "--find-limit", "desyncs < 1"]
    with open(writing, "wb") as broken, open("/dev/full", "wb") as full:
        for out, code, said in (
            (broken, 2, ""),
            (full, 2, "game-server: cannot write to standard output: No space left on device\n"),
        ):
            done = subprocess.run(command, stdout=out, stderr=subprocess.PIPE, text=True, timeout=DEADLINE, check=False)
            assert (done.returncode, done.stderr) == (code, said)


@pytest.mark.parametrize("kind", ["--swarm", "--count"])
def test_a_server_without_room_for_connections_turns_clients_away(kind: str) -> None:
    with impostor(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n") as url:
        figures, _ = load(FAILED, url, kind, "2", "--duration", "3")
        done = search(url, kind, "2")
    assert (figures["failed"], figures["turned_away"]) == (2, 2)
    [failure] = figures["failures"]
    assert "turned away with" in failure
    assert "503" in failure
    assert done.returncode == FAILED
    assert f"Nobody got in: {failure}" in " ".join(done.stdout.split())


def test_two_reports_are_compared(server: Host, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "before.json"
    figures, _ = load(PASSED, server.url, "--count", "2", "--duration", "2")
    path.write_text(json.dumps(figures))
    worse = tmp_path / "after.json"
    worse.write_text(json.dumps(figures | {"desyncs": 3}))
    for after, code, saying in ((path, PASSED, "no change that matters"), (worse, FAILED, "worse: desyncs")):
        assert compare_reports(path, after) == code
        assert saying in capsys.readouterr().out
