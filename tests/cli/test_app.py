from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import game_server
import game_server.cli
import game_server.cli.app as app_module
import game_server.cli.host as host_module
from game_server.cli import main
from game_server.errors import ConfigError, RequestRefused, ServerUnreachable
from game_server.protocol import RefusalCode

Main = Callable[..., tuple[int, str, str]]

COMMANDS = ("host", "bots", "matches", "say", "kick", "ban", "close", "move", "drain", "stop")


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Main:
    """``code, out, err = call("host", "--port", "0")``."""
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("GAME_SERVER_TOKEN", raising=False)

    def listening(*_: Any, **__: Any) -> None:
        raise AssertionError("it hosts")

    monkeypatch.setattr(host_module, "print", listening, raising=False)
    monkeypatch.setattr(host_module, "set_up", lambda *_: None)  # the log of the tests is pytest's

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        assert isinstance(ended.value.code, int)
        return ended.value.code, *capsys.readouterr()

    return call


def ending(monkeypatch: pytest.MonkeyPatch, end: Any) -> None:
    """Let every command end so: by a value, or by an exception."""

    def run(*_: Any, **__: Any) -> Any:
        if isinstance(end, BaseException):
            raise end
        return end

    monkeypatch.setattr(app_module, "app", run)


def test_the_package_run_as_a_program_is_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []
    monkeypatch.setattr(game_server.cli, "main", lambda: called.append("main"))
    runpy.run_module("game_server", run_name="__main__")
    assert called == ["main"]


@pytest.mark.parametrize(("returned", "code"), [(0, 0), (1, 1), (None, 0)])
def test_the_exit_code_is_what_the_command_returns(
    call: Main, monkeypatch: pytest.MonkeyPatch, returned: int | None, code: int
) -> None:
    ending(monkeypatch, returned)
    assert call("host") == (code, "", "")


@pytest.mark.parametrize(
    "error",
    [
        ConfigError("no such thing"),
        ExceptionGroup("tasks", [ConfigError("no such thing")]),
        ExceptionGroup("tasks", [ExceptionGroup("more tasks", [ConfigError("no such thing")])]),
    ],
)
def test_a_config_error_is_one_line_and_code_2_however_deep_in_tasks(
    call: Main, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    ending(monkeypatch, error)
    assert call("host") == (2, "", "game-server: no such thing\n")


@pytest.mark.parametrize(
    "error", [RequestRefused(RefusalCode.NO_SUCH_PLAYER, "nobody is so\x1b[31m"), ServerUnreachable("nobody is so[31m")]
)
def test_what_a_server_refuses_and_one_that_is_not_there_are_one_line_and_code_1(
    call: Main, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    ending(monkeypatch, error)
    assert call("kick") == (1, "", "game-server: nobody is so[31m\n")


@pytest.mark.parametrize(
    ("end", "code"),
    [
        (KeyboardInterrupt(), 130),
        (BaseExceptionGroup("tasks", [KeyboardInterrupt()]), 130),
        (BaseExceptionGroup("tasks", [SystemExit(1)]), 1),
    ],
)
def test_an_interrupt_and_an_end_say_nothing_however_deep_in_tasks(
    call: Main, monkeypatch: pytest.MonkeyPatch, end: BaseException, code: int
) -> None:
    ending(monkeypatch, end)
    assert call("host") == (code, "", "")


def test_an_interrupt_while_the_commands_are_loaded_exits_with_130(call: Main, monkeypatch: pytest.MonkeyPatch) -> None:
    class Loading:
        def find_spec(self, name: str, *_: Any) -> None:
            if name == "game_server.cli.app":
                raise KeyboardInterrupt

    monkeypatch.delattr(game_server.cli, "app")
    monkeypatch.delitem(sys.modules, "game_server.cli.app")
    monkeypatch.setattr(sys, "meta_path", [Loading(), *sys.meta_path])
    assert call("host") == (130, "", "")


def python(code: str, *arguments: str) -> tuple[int, str, str]:
    """Run ``code`` in a process in which nothing is loaded yet."""
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    return done.returncode, done.stdout, done.stderr


def test_an_interrupt_while_one_command_is_loaded_exits_with_130(tmp_path: Path) -> None:
    code = """
import sys
from game_server.cli import main
class Loading:
    def find_spec(self, name, *_):
        if name == "game_server.cli.data":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Loading())
main(["data", sys.argv[1]])
"""
    assert python(code, str(tmp_path)) == (130, "", "")


def test_a_command_loads_no_server_that_it_does_not_need(tmp_path: Path) -> None:
    code = """
import sys
from game_server.cli import main
try:
    main(["data", sys.argv[1]])
finally:
    print([name for name in ("game_server.server", "game_server.loadtest") if name in sys.modules])
"""
    _, out, _ = python(code, str(tmp_path))
    assert out.splitlines()[-1] == "[]"


def test_a_fault_of_ours_is_not_dressed_up(monkeypatch: pytest.MonkeyPatch) -> None:
    ending(monkeypatch, ExceptionGroup("tasks", [ConfigError("no such thing"), ZeroDivisionError()]))
    with pytest.raises(ExceptionGroup) as caught:
        main(["host"])
    assert len(caught.value.exceptions) == 2


@pytest.mark.parametrize(
    ("arguments", "saying"),
    [
        (("hots",), "hots"),
        (("host", "--prot", "1"), "--prot"),
        (("host", "--port"), "--port needs a value"),
        (("host", "--port", "1", "--port", "2"), "--port is given twice"),
        (("host", "--password", ""), "--password is empty"),
        (("host", "--private=perhaps"), "--private perhaps must be true or false"),
        (("host", "--bot-skill", "godlike"), "--bot-skill godlike must be one of easy, normal, hard, mixed"),
        (("host", "--host", "http://0.0.0.0"), "is no address of this machine: write one like 0.0.0.0"),
        (("host", "--host", "0.0.0.0:8000"), "is no address: the port goes with --port"),
        (("host", "--host", ""), "--host is empty"),
        (("say", "http://127.0.0.1:9", "psst", "--to", ""), "--to is empty"),
        (("host", "extra"), "'extra' is one word too many"),
        (("host", "--name", "x" * 201), "--name"),
        (("host", "--name", ""), "--name"),
        (("host", "--timeout", "0"), "--timeout"),
        (("host", "--game", "chess"), "no game 'chess'; there is arena"),
        (("host", "--port", "0", "--origin", "example.org"), "--origin example.org cannot be used: write it as"),
        (("host", "--port", "0", "--public-url", "play.example"), "--public-url play.example cannot be used: write it"),
        (
            ("host", "--port", "0", "--trust-proxy", "nginx"),
            "--trust-proxy nginx is not an address: write, for example",
        ),
        (("host", "--port", "0", "--trust-proxy", "10.0.0.1/8"), "--trust-proxy 10.0.0.1/8 is not a network: write"),
        (("host", "--port", "0", "--metrics-from", "me"), "--metrics-from me is not an address"),
        (("host", "--port", "0", "--trust-network", "me"), "--trust-network me is not an address"),
        (("host", "--port", "0", "--trust-proxy", "127.0.0.1", "--network", "lan"), "--network"),
        (
            ("host", "--port", "0", "--timeout", "1", "--ping-interval", "2"),
            "--timeout 1 is no longer than",
        ),
        (("host", "--bots", "-1"), "-1"),
        (("host", "--host", "256.1.1.1", "--port", "0"), "256.1.1.1"),
        (("host", "--log-format", "xml"), "xml"),
        (("host", "--log-level", "loud"), "loud"),
        (("host", "--max-players", "0"), "--max-players"),
        (("host", "--port", "65536"), "65536"),
        (("host", "--port", "http"), "http"),
        (("host", "--seed", "-1"), "-1"),
        (("host", "--tick-rate", "0"), "--tick-rate"),
        (("host", "--tick-rate", "fast"), "fast"),
        (("host", "--tick-rate", "nan"), "nan"),
        (("host", "--config", "/no/such/file"), "/no/such/file"),
        (("host", "--mode", "chess"), "no mode 'chess'; there is free-for-all, teams"),
        (("host", "--max-players", "4", "--bots", "5"), "5 bots do not fit on 4 seats"),
        (("host", "--password", "x" * 65), "--password"),
        (("host", "--admin-token", "short"), "--admin-token must have 16 to 128 printable ASCII characters"),
        (("host", "--spectators", "loud"), "--spectators"),
        (("host", "--rounds", "101"), "--rounds"),
        (("host", "--spectator-delay", "61"), "--spectator-delay"),
        (("host", "--word-filter", "/no/such/file"), "/no/such/file"),
        (("host", "--matches", "/no/such/file"), "/no/such/file"),
        (("host", "--matches", "/no/such/file", "--no-match"), "--matches and --no-match"),
        (("bots",), "URL"),
        (("matches", "http://127.0.0.1:9"), "no admin token"),
        (("matches", "ftp://127.0.0.1", "--token", "x"), "ftp://127.0.0.1"),
        (("matches", "http://127.0.0.1:9", "--token", "x" * 129), "--token"),
        (("say", "http://127.0.0.1:9", "--token", "x"), "TEXT is missing"),
        (("say", "http://127.0.0.1:9", "x" * 201, "--token", "x"), "TEXT"),
        (("kick", "http://127.0.0.1:9", "--token", "x"), "NICKNAME"),
        (("close", "http://127.0.0.1:9", "--token", "x"), "CODE"),
        (("stop", "http://127.0.0.1:9", "--token", "x", "--in", "3601"), "--in"),
        (
            ("stop", "http://127.0.0.1:9", "--token", "x", "--in", "9", "--cancel"),
            "--in and --cancel exclude one another",
        ),
        (("stop", "http://127.0.0.1:9", "--token", "x", "--in", "soon"), "--in soon must be a whole number"),
        (("bots", "http://127.0.0.1:9", "--count", "1.5"), "--count 1.5 must be a whole number"),
        (("bots", "http://127.0.0.1:9", "--watch", "--browse"), "--watch and --browse"),
        (("bots", "http://a..b:80", "--swarm", "2"), "'a..b' is not a host name: label empty or too long"),
        (("bots", f"http://{'a' * 80}:80"), "is not a host name: label too long"),
        (("bots", "http://127.0.0.1:9", "--json", "/x/y", "--html", "/x/y"), "name two files"),
    ],
)
def test_a_wrong_call_is_one_line_that_names_what_is_wrong_and_code_2(
    call: Main, arguments: tuple[str, ...], saying: str
) -> None:
    code, out, err = call(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("game-server: ")
    assert err.count("\n") == 1
    assert saying in err
    assert not re.search(r"Token|\['|[a-z]_[a-z]|Error|Parameter", err), "of the parser, and not of what was typed"


@pytest.mark.parametrize(
    ("content", "saying"),
    [
        pytest.param(b"port = ", "host.toml", id="not TOML"),
        pytest.param(b"\xff\xfe", "host.toml", id="not UTF-8"),
        pytest.param(b"prot = 8000\n", "prot", id="unknown key"),
        pytest.param(b'tick-rate = "fast"\n', "line 1: tick-rate must be", id="wrong type"),
        pytest.param(b"tick-rate = 0\n", "tick-rate", id="out of range"),
        pytest.param(b"tick-rate = 30.5\n", "30.5", id="a fraction where a whole number is due"),
        pytest.param(b"[host]\nport = 8000\n", "host", id="a table where a value is due"),
    ],
)
def test_a_bad_config_file_is_one_line_and_code_2(call: Main, tmp_path: Path, content: bytes, saying: str) -> None:
    path = tmp_path / "host.toml"
    path.write_bytes(content)
    code, out, err = call("host", "--port", "0", "--config", str(path))
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert saying in err


@pytest.mark.parametrize(
    ("arguments", "saying"),
    [
        (("http://127.0.0.1:9", "--fail-if", "input_ack.p99 > 5"), "did you mean input_ack_ms"),
        (("http://127.0.0.1:9", "--find-limit", "desyncs"), "cut short"),
        (("http://127.0.0.1:9", "--network", "moblie=5%"), "no network is called 'moblie'"),
        (("http://127.0.0.1:9", "--swarm", "1000", "--rate", "10", "--duration", "5"), "take 100 s to come"),
        (("http://127.0.0.1:9", "--scenario", "strom"), "no scenario 'strom'"),
        (("http://127.0.0.1:9", "--scenario", "missing.toml"), "missing.toml"),
        (("http://127.0.0.1:9", "--count", "0"), "sends no clients"),
        (("http://127.0.0.1:9", "--processes", "9"), "--processes 9 is more than there are clients"),
        (("http://127.0.0.1:9", "--spread", "2", "--swarm", "200"), "--spread 2"),
        (("http://127.0.0.1:9", "--find-limit", "desyncs == 0", "--html", "x.html"), "--find-limit"),
        (
            ("http://127.0.0.1:9", "--find-limit", "desyncs == 0", "--swarm", "50", "--most", "40"),
            "--most 40 is less than the 50 clients",
        ),
        (("http://127.0.0.1:9", "--most", "40"), "--most 40 limits a search: it needs --find-limit"),
        (("ftp://127.0.0.1",), "ftp://127.0.0.1"),
        (("http://127.0.0.1:9", "--duration", "-1"), "--duration"),
        (("http://127.0.0.1:9", "--json", "/nonexistent/figures.json"), "/nonexistent/figures.json"),
        (("not-a-url", "--swarm", "5"), "not-a-url"),
        (("not-a-url", "--find-limit", "desyncs == 0"), "not-a-url"),
        (("http://no-such-host.invalid:8000", "--swarm", "5"), "no-such-host.invalid"),
        (("http://no-such-host.invalid:8000", "--find-limit", "desyncs == 0"), "no-such-host.invalid"),
    ],
)
def test_a_load_test_that_cannot_be_run_is_one_line_and_code_2(
    call: Main, arguments: tuple[str, ...], saying: str
) -> None:
    code, out, err = call("bots", *arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert saying in err


def test_the_version_is_that_of_the_package(call: Main) -> None:
    assert call("--version") == (0, f"{game_server.__version__}\n", "")


@pytest.mark.parametrize("arguments", [(), ("--help",), ("-h",)])
def test_the_help_names_every_command_with_a_sentence(call: Main, arguments: tuple[str, ...]) -> None:
    code, out, err = call(*arguments)
    assert (code, err) == (0, "")
    assert "Usage: game-server COMMAND" in out
    for command in COMMANDS:
        assert re.search(rf"│ {command} +[A-Z][^│]+\.", out), command


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_a_command_explains_every_option_and_fits_the_terminal(call: Main, command: str) -> None:
    code, out, err = call(command, "--help")
    assert (code, err) == (0, "")
    assert f"Usage: game-server {command}" in out
    arguments = app_module.app[command].assemble_argument_collection()
    options = [argument.name for argument in arguments if argument.name != "*"]  # which stands for several
    assert options
    for option in options:
        assert re.search(
            rf"^│ [ *]*{option}(?: --[a-z-]+)*(?: [A-Z.|]+)? {{2,}}[A-Z][A-Za-z ][^│\[]{{10,}}", out, re.MULTILINE
        ), option
    assert max(map(len, out.splitlines())) <= 100
    assert not re.search(r"\[default:\s+(\(\)|\"\"|False|None)", out)
    assert not re.search(r"\n[^│\n]{1,60}\n[a-z]", out), "a paragraph that is broken early"


def test_the_help_of_host_lists_apart_what_an_evening_with_friends_takes(call: Main) -> None:
    _, out, _ = call("host", "--help")
    friends, experts = (re.findall(r"^│ (--[a-z-]+)", part, re.MULTILINE) for part in out.split("─ For experts ─"))
    assert friends == [
        *("--name", "--mode", "--option", "--max-players", "--bots", "--bot-skill", "--rounds", "--rotation"),
        *("--private", "--password", "--host", "--port", "--qr", "--config"),
    ]
    assert {"--seed", "--matches", "--tls-cert", "--network", "--trust-proxy"} <= set(experts)


COMPLETE: list[tuple[str, ...]] = [
    ("--help",),
    ("--version",),
    *((*command.split(), "--help") for command in (*COMMANDS, "bots compare")),
    ("host", "--port", "0", "--bots", "0"),
]


@pytest.mark.parametrize("arguments", COMPLETE, ids=" ".join)
def test_a_full_standard_output_is_one_line_and_code_2(
    call: Main, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.delattr(host_module, "print")
    with open("/dev/full", "w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        code, _, err = call(*arguments)
    assert (code, err) == (2, "game-server: cannot write to standard output: No space left on device\n")


@pytest.mark.parametrize("arguments", COMPLETE, ids=" ".join)
def test_a_closed_standard_output_is_one_line_and_code_2(
    call: Main, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    code, _, err = call(*arguments)
    assert (code, err) == (2, "game-server: cannot write to standard output: it is closed\n")


def test_a_reader_that_has_gone_is_no_word_and_code_2(call: Main, monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "w") as gone:
        monkeypatch.setattr(sys, "stdout", gone)
        assert call("host", "--help")[::2] == (2, "")


@pytest.mark.parametrize("stream", ["full", "closed"])
def test_a_reason_that_nobody_can_read_leaves_the_code(
    call: Main, monkeypatch: pytest.MonkeyPatch, stream: str
) -> None:
    with open("/dev/full", "w") as full:
        monkeypatch.setattr(sys, "stderr", full if stream == "full" else None)
        assert call("host", "extra")[0] == 2
