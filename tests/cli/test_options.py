"""Every option of every command, by each way in which it can be given. A new option needs a line in `VALUES`."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import attrs
import cyclopts
import pytest

from game_server import cli
from game_server.cli.app import app
from game_server.cli.config import fill
from game_server.cli.match_choice import DEFAULT, MatchChoice
from game_server.cli.matches_file import matches_from_file
from game_server.cli.toml_file import read_toml
from game_server.cli.usage import explain
from game_server.errors import ConfigError
from game_server.options import ServerOptions, listening_address

URL = "http://127.0.0.1:8000"
MATCH: dict[str, Any] = {
    "--name": "Friday, 8 o'clock",
    "--game": "arena",
    "--mode": "teams",
    "--option": ("friendly-fire=yes",),
    "--max-players": 8,
    "--bots": 2,
    "--bot-skill": "hard",
    "--seed": 7,
    "--tick-rate": 60,
    "--rounds": 5,
    "--rotation": "map",
    "--takeover": True,
    "--spectators": "silent",
    "--spectator-delay": 10,
    "--private": True,
    "--password": "open sesame",
    "--unrecorded": True,
    "--check-hash": True,
}
PIN = f"sha256:{'ab' * 32}"
ADMIN: dict[str, Any] = {"URL": URL, "--token": "t" * 16, "--ca": Path("ca.pem"), "--pin": PIN}
VALUES: dict[str, dict[str, Any]] = {
    "host": {
        **MATCH,
        "--matches": Path("some/matches.toml"),
        "--no-match": True,
        "--max-matches": 3,
        "--max-matches-per-address": 0,
        "--max-bots-per-match": 5,
        "--max-bots-per-address": 6,
        "--max-bots": 7,
        "--seat-hold": 2.5,
        "--idle-to-watching": 90.5,
        "--word-filter": Path("words.txt"),
        "--admin-token": "t" * 16,
        "--host": "0.0.0.0",
        "--port": 0,
        "--public-url": "https://play.example",
        "--trust-proxy": ("127.0.0.1", "10.0.0.0/8"),
        "--trust-network": ("192.0.2.0/24",),
        "--origin": ("https://one.example", "https://two.example"),
        "--frame-ancestor": ("https://one.example", "https://two.example"),
        "--qr": False,
        "--tls-cert": Path("cert.pem"),
        "--tls-key": Path("key.pem"),
        "--connections-per-address": 9,
        "--accepts-per-address": 1.5,
        "--handshakes-per-address": 2.5,
        "--requests-per-address": 3.5,
        "--frames-per-address": 4.5,
        "--bytes-per-address": 5.5,
        "--chat-per-address": 6.5,
        "--creations-per-address": 7.5,
        "--guesses-per-address": 8.5,
        "--config": Path("host.toml"),
        "--log-level": "debug",
        "--log-format": "json",
        "--ping-interval": 1.5,
        "--timeout": 4.0,
        "--tick-drain": False,
        "--ring": False,
        "--metrics": False,
        "--metrics-from": ("192.0.2.7",),
        "--data": Path("kept"),
        "--no-data": True,
        "--recordings": False,
        "--data-limit": 12,
        "--keep-matches": True,
        "--drain-timeout": 2.5,
        "--workers": "auto",
        "--redis": "redis://10.0.0.5",
        "--redis-prefix": "games:",
        "--node-name": "berlin",
        "--cluster-key": Path("secret"),
        "--agones": True,
        "--network": "bad",
    },
    "bots": {
        "URL": URL,
        "--count": 3,
        "--swarm": 4,
        "--duration": 1.5,
        "--scenario": "storm",
        "--rate": 2.5,
        "--spread": 2,
        "--processes": 2,
        "--seed": 9,
        "--network": "mobile",
        "--ca": Path("ca.pem"),
        "--pin": PIN,
        "--reconnect": True,
        "--watch": True,
        "--browse": True,
        "--game": "arena",
        "--fail-if": ("gap_ms.p99 > 1", "rtt_ms.p50 > 2"),
        "--find-limit": "gap_ms.p99 < 1",
        "--most": 5,
        "--json": Path("figures.json"),
        "--html": Path("-"),
        "--markdown": True,
    },
    "bots compare": {"BEFORE": Path("a.json"), "AFTER": Path("b.json"), "--markdown": True},
    "data": {"PATH": Path("kept")},
    "new": {"NAME": "chess", "FOLDER": Path("games")},
    "types": {"GAME": "tag", "FILE": Path("game.d.ts")},
    "check": {"GAME": "tag"},
    "dev": {"GAME": "tag", "--bots": 3, "--host": "0.0.0.0", "--port": 0},
    "recordings cut": {
        "RECORDING": "0123456789abcd",
        "FILE": Path("part"),
        "--from": 1.5,
        "--to": 2.5,
        "--data": Path("kept"),
    },
    "recordings export": {
        "RECORDING": "0123456789abcd",
        "FOLDER": Path("site"),
        "--data": Path("kept"),
        "--game": "arena",
    },
    "journal info": {"PATH": Path("kept")},
    "journal verify": {"PATH": Path("kept"), "--against": Path("other"), "--game": "arena"},
    "journal cut": {"PATH": Path("kept"), "TO": Path("part"), "--from": 7, "--to": 8},
    "journal run": {"PATH": Path("kept"), "--until": 7, "--pdb": True, "--game": "arena"},
    "matches": {**ADMIN, "--json": True},
    "say": {**ADMIN, "TEXT": "Hello, you", "--match": "K7RW2P", "--to": "Bob"},
    "kick": {**ADMIN, "NICKNAME": "Bob", "--match": "K7RW2P", "--reason": "Be nice."},
    "ban": {**ADMIN, "NICKNAME": "Bob", "--match": "K7RW2P", "--reason": "Be nice."},
    "close": {**ADMIN, "CODE": "K7RW2P", "--text": "Good night."},
    "move": {**ADMIN, "CODE": "K7RW2P", "--to": "worker-1"},
    "drain": {**ADMIN, "--node": "worker-1", "--by": "end-of-round", "--drain-timeout": 60, "--off": True},
    "restart": {**ADMIN},
    "stop": {**ADMIN, "--in": 60, "--cancel": True, "--text": "Good night."},
}


def commands(of: cyclopts.App, name: str = "") -> Iterator[tuple[str, cyclopts.App]]:
    if of.default_command and name:
        yield name, of
    for command in of:
        if not command.startswith("-"):
            yield from commands(of[command], f"{name} {command}".strip())


COMMANDS = dict(commands(app))
ARGUMENTS = {
    (name, argument.name): argument
    for name, command in COMMANDS.items()
    for argument in command.assemble_argument_collection()
    if argument.name != "*"  # which stands for several
}
OF_HOST = [name for command, name in ARGUMENTS if command == "host"]


@pytest.fixture(autouse=True)
def place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("GAME_SERVER_TOKEN", raising=False)
    monkeypatch.chdir(tmp_path)


def typed(command: str, name: str, value: Any) -> list[str]:
    """How ``value`` is given on the command line."""
    if isinstance(value, bool):
        return [name if value else ARGUMENTS[command, name].negatives[0]]
    values = value if isinstance(value, tuple) else (value,)
    return [word for one in values for word in (name, str(one))]


def in_toml(value: Any) -> str:
    return json.dumps(list(value) if isinstance(value, tuple) else str(value) if isinstance(value, Path) else value)


def call(command: str, words: list[str]) -> dict[str, Any]:
    """What the function of ``command`` would be called with, beside what it has by default."""
    asked = [str(value) for name, value in VALUES[command].items() if not name.startswith("-")]
    _, bound, _ = app.parse_args([*command.split(), *asked, *words], exit_on_error=False, print_error=False)
    given = dict(bound.arguments)
    for several in ("choice", "budgets", "access"):
        given |= attrs.asdict(given.pop(several)) if several in given else {}
    return given


@cache
def by_default(command: str) -> dict[str, Any]:
    """What it would be called with if only what must be given is."""
    return call(command, [])


def arrived(command: str, name: str, words: list[str]) -> Any:
    return call(command, words).get(ARGUMENTS[command, name].field_info.name)


def test_every_option_of_every_command_has_a_line_here() -> None:
    assert {(command, name) for command, values in VALUES.items() for name in values} == set(ARGUMENTS)


@pytest.mark.parametrize(("command", "name"), ARGUMENTS)
def test_an_option_arrives_from_the_command_line(command: str, name: str) -> None:
    value = VALUES[command][name]
    if name == "--config":
        value.touch()
    words = typed(command, name, value) if name.startswith("-") else []
    assert arrived(command, name, words) == value
    if words and name != "--game":  # there is one
        field = ARGUMENTS[command, name].field_info.name
        assert by_default(command).get(field) != value, "it is what it is by default"


@pytest.mark.parametrize(("command", "name"), [key for key, it in ARGUMENTS.items() if it.parameter.env_var])
def test_an_option_arrives_from_the_environment(command: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    [variable] = ARGUMENTS[command, name].parameter.env_var or ()
    monkeypatch.setenv(variable, value := VALUES[command][name])
    assert arrived(command, name, []) == value
    assert arrived(command, name, [name, "another"]) == "another"
    monkeypatch.setenv(variable, "")
    with pytest.raises(ConfigError, match=rf"{variable} in the environment is empty"):
        call(command, [])


@pytest.mark.parametrize("name", [name for name in OF_HOST if name != "--config"])
def test_an_option_of_host_arrives_from_a_file(name: str, tmp_path: Path) -> None:
    file, value = tmp_path / "host.toml", VALUES["host"][name]
    file.write_text(f"# mine\n{name[2:]} = {in_toml(value)}\n")
    assert call("host", ["--config", str(file)]) == call("host", typed("host", name, value)) | {"config": file}


def other_than(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    if isinstance(value, tuple):
        return (*value, "::1")
    return value / "other" if isinstance(value, Path) else f"{value} x"


@pytest.mark.parametrize("name", [name for name in OF_HOST if name != "--config"])
def test_the_command_line_wins_over_a_file(name: str, tmp_path: Path) -> None:
    file, value = tmp_path / "host.toml", VALUES["host"][name]
    file.write_text(f"{name[2:]} = {in_toml(other_than(value))}\n")
    assert arrived("host", name, ["--config", str(file), *typed("host", name, value)]) == value


def test_the_command_line_wins_over_a_file_that_it_names_at_the_end(tmp_path: Path) -> None:
    file = tmp_path / "host.toml"
    file.write_text("port = 1\n")
    assert arrived("host", "--port", ["--port", "2", "--config", str(file)]) == 2


def test_only_switches_that_say_so_have_a_negative_form() -> None:
    negatives = {name: argument.negatives for (_, name), argument in ARGUMENTS.items() if argument.negatives}
    assert negatives == {
        "--takeover": ("--stand-still",),
        **{f"--{name}": (f"--no-{name}",) for name in ("qr", "tick-drain", "ring", "metrics", "recordings")},
    }


def defaults_in(file: Path) -> Iterator[ast.expr]:
    """The defaults of the options in ``file``: of the parameters and fields with a range, a check or a group."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        match node:
            case ast.AsyncFunctionDef(args=ast.arguments(kw_defaults=defaults)):
                yield from filter(None, defaults)
            case ast.AnnAssign(annotation=ast.Subscript(value=ast.Name(id="Annotated")), value=ast.expr() as default):
                yield default


@pytest.mark.parametrize("name", ["host", "bots", "match_choice"])
def test_a_number_that_is_a_default_stands_in_a_class_of_options_alone(name: str) -> None:
    defaults = list(defaults_in(Path(cli.__path__[0], f"{name}.py")))
    assert len(defaults) > 10
    assert not [
        ast.unparse(one) for one in defaults if isinstance(one, ast.Constant) and type(one.value) in (int, float)
    ]


def test_an_address_to_listen_at_is_taken_in_its_short_form() -> None:
    assert listening_address("[2001:DB8:0::1]") == listening_address("2001:db8::1") == "2001:db8::1"
    assert ServerOptions(DEFAULT.options(), host="[::1]").host == "::1"


@pytest.mark.parametrize("name", MATCH)
def test_an_option_of_a_match_arrives_from_its_table(name: str, tmp_path: Path) -> None:
    file, value = tmp_path / "matches.toml", VALUES["host"][name]
    file.write_text(f"[[match]]\n{name[2:]} = {in_toml(value)}\n")
    expected = attrs.evolve(DEFAULT, **{ARGUMENTS["host", name].field_info.name: value}).options()
    assert matches_from_file(file, DEFAULT) == (expected,)
    if name != "--game":  # there is one
        assert expected != DEFAULT.options(), "it is what it is by default"


def test_the_options_of_a_match_are_those_of_its_tables() -> None:
    assert [name[2:].replace("-", "_") for name in MATCH] == [field.name for field in attrs.fields(MatchChoice)]


SAMPLES: dict[str, set[type]] = {
    "true": {bool},
    "7": {int, float},
    "2.5": {float},
    '"easy"': {str, tuple, type(Path())},
    "['a']": {tuple},
    "[7]": set(),
    "[['a']]": set(),
    "{a = 1}": set(),
    "2026-01-01": set(),
}


@pytest.mark.parametrize("name", [name for name in OF_HOST if name != "--config"])
def test_a_value_of_another_type_is_refused_with_file_and_line(name: str, tmp_path: Path) -> None:
    file, kind = tmp_path / "host.toml", type(VALUES["host"][name])
    for sample, fits in SAMPLES.items():
        file.write_text(f"\n# mine\n{name[2:]} = {sample}\n")
        [table] = read_toml("file", file)
        if kind in fits or (name == "--workers" and sample == "7"):  # which takes a word, too
            fill([ARGUMENTS["host", name]], table.entries)
            ARGUMENTS["host", name].tokens.clear()
            continue
        with pytest.raises(ConfigError) as caught:
            fill([ARGUMENTS["host", name]], table.entries)
        assert str(caught.value).startswith(f"{file}, line 3: {name[2:]} "), sample
        assert " must be " in str(caught.value)


@pytest.mark.parametrize(("command", "name"), [key for key, it in ARGUMENTS.items() if it.hint is not bool])
def test_an_empty_value_is_refused_which_a_shell_makes_of_a_variable_not_set(
    command: str, name: str, tmp_path: Path
) -> None:
    if isinstance(VALUES[command][name], bool | int | float):
        refused: Any = cyclopts.CycloptsError, ConfigError
    else:
        refused = ConfigError
    if name.startswith("-"):
        with pytest.raises(refused):
            call(command, [f"{name}="])
        with pytest.raises(refused):
            call(command, [name, ""])
    else:
        words = ["" if it == name else str(value) for it, value in VALUES[command].items() if not it.startswith("-")]
        with pytest.raises(ConfigError, match=f"{name} is empty"):
            app.parse_args([*command.split(), *words], exit_on_error=False, print_error=False)
    if command == "host" and isinstance(VALUES[command][name], str | tuple | Path) and name != "--config":
        file = tmp_path / "host.toml"
        file.write_text(f'{name[2:]} = ""')
        with pytest.raises(ConfigError, match=f"line 1: {name[2:]} is empty"):
            call(command, ["--config", str(file)])
        if name in MATCH:
            file.write_text(f'[[match]]\n{name[2:]} = ""')
            with pytest.raises(ConfigError, match=f"line 2: {name[2:]} is empty"):
                matches_from_file(file, DEFAULT)


NUMBERS = [key for key, it in ARGUMENTS.items() if type(VALUES[key[0]].get(key[1])) in (int, float)]


@pytest.mark.parametrize(("command", "name"), NUMBERS)
def test_what_is_no_such_number_is_refused_and_never_cut_to_one(command: str, name: str) -> None:
    for wrong in ("3.0", "two") if type(VALUES[command][name]) is int else ("nan", "two"):
        with pytest.raises((ConfigError, cyclopts.CycloptsError)) as caught:
            call(command, [name, wrong])
        said = explain(caught.value) if isinstance(caught.value, cyclopts.CycloptsError) else str(caught.value)
        assert said.startswith(f"{name} {wrong} must be a "), wrong
