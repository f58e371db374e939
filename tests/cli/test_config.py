from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import attrs
import cyclopts
import pytest

from game_server.cli.app import app
from game_server.cli.match_choice import DEFAULT
from game_server.cli.toml_file import read_toml
from game_server.cli.usage import explain
from game_server.errors import ConfigError
from game_server.throttling import BUDGETS


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "host.toml"


def options(*arguments: str) -> dict[str, Any]:
    """What `game-server host` would be called with."""
    _, bound, _ = app.parse_args(["host", *arguments], exit_on_error=False, print_error=False)
    given = dict(bound.arguments)
    for name, default in (("choice", DEFAULT), ("budgets", BUDGETS)):
        chosen = attrs.asdict(given.pop(name, default))
        given |= {name: value for name, value in chosen.items() if value != getattr(default, name)}
    return given


def options_of(file: Path, content: str, *arguments: str) -> dict[str, Any]:
    file.write_text(content, "utf-8")
    given = options("--config", str(file), *arguments)
    assert given.pop("config") == file
    return given


def test_a_file_gives_any_option_by_its_name_without_the_dashes(file: Path) -> None:
    content = """
        name = "Fridäy"
        port = 0
        tick-rate = 60
        max-players = 8
        bot-skill = "hard"
        seed = 7
        timeout = 20
        ping-interval = 2.5
        unrecorded = true
        check-hash = true
        log-format = "json"
        origin = ["https://one.example", "https://two.example"]
        public-url = "https://play.example"
        trust-proxy = ["127.0.0.1", "::1"]
        qr = false
        mode = "teams"
        takeover = true
        seat-hold = 5
        no-match = true
        chat-per-address = 8
        trust-network = ["127.0.0.1", "10.0.0.0/8"]
    """
    assert options_of(file, content) == {
        "name": "Fridäy",
        "port": 0,
        "tick_rate": 60,
        "max_players": 8,
        "bot_skill": "hard",
        "seed": 7,
        "silence": 20.0,
        "ping_interval": 2.5,
        "unrecorded": True,
        "check_hash": True,
        "log_format": "json",
        "origin": ("https://one.example", "https://two.example"),
        "public_url": "https://play.example",
        "trust_proxy": ("127.0.0.1", "::1"),
        "qr": False,
        "mode": "teams",
        "takeover": True,
        "seat_hold": 5.0,
        "no_match": True,
        "chat_per_address": 8.0,
        "trust_network": ("127.0.0.1", "10.0.0.0/8"),
    }


def test_what_the_command_line_says_wins_whatever_the_order(file: Path) -> None:
    file.write_text("bots = 2\ntick-rate = 60\n")
    for arguments in (("--config", str(file), "--bots", "5"), ("--bots", "5", "--config", str(file))):
        given = options(*arguments)
        assert (given["bots"], given["tick_rate"]) == (5, 60)


def test_an_empty_file_changes_nothing(file: Path) -> None:
    assert options_of(file, "") == {}


def test_a_single_origin_needs_no_list(file: Path) -> None:
    assert options_of(file, 'origin = "*"')["origin"] == ("*",)


@pytest.mark.parametrize(
    ("content", "saying"),
    [
        ("port = ", "is not TOML"),
        ("port = 1\nport = 2", "is not TOML"),
        ("[host]\nport = 8000", "host.toml, line 1: options are not in a table; leave out [host]"),
        ("bots = 2\n[[match]]\nname = 'Ours'", "host.toml, line 2: options are not in a table; leave out [[match]]"),
        ("port = [1, 2]", "line 1: port must be a whole number"),
        ("no-qr = true", "write qr = true or qr = false, not no-qr"),
        ("stand-still = true", "write takeover = true or takeover = false, not stand-still"),
        ("prot = 8000", "there is no option prot; did you mean port?"),
        ("tick_rate = 30", "there is no option tick_rate; did you mean tick-rate?"),
        ("a.b = 1", "there is no option a"),
        ("* = 1", "is not TOML"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_what_is_wrong(file: Path, content: str, saying: str) -> None:
    with pytest.raises(ConfigError, match=r"host\.toml") as caught:
        options_of(file, content)
    assert saying in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_cannot_be_read_is_named(file: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot read the config file .*host\.toml: No such file"):
        options("--config", str(file))
    with pytest.raises(ConfigError, match=r"cannot read the config file .*: Is a directory"):
        options("--config", str(file.parent))


@pytest.mark.parametrize(
    ("content", "saying"),
    [
        ("tick-rate = 0", "tick-rate = 0 must be a whole number from 1 to 240"),
        ('bot-skill = "godlike"', "bot-skill = godlike must be one of easy, normal, hard, mixed, fair"),
        ("timeout = 0", "timeout = 0 must be a number above 0 and at most 3600"),
        ("timeout = nan", "timeout = nan must be a number above 0"),
        ('name = "a\\nb"', r"name = 'a\nb' must be 1 to"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_with_file_and_line(file: Path, content: str, saying: str) -> None:
    with pytest.raises(cyclopts.CycloptsError) as caught:
        options_of(file, f"# mine\n{content}")
    assert explain(caught.value).startswith(f"{file}, line 2: {saying}")


def test_a_file_that_names_another_is_refused(file: Path) -> None:
    with pytest.raises(ConfigError, match=r"host\.toml, line 1: a config file cannot name another"):
        options_of(file, 'config = "other.toml"')


def test_every_key_has_the_line_where_it_begins(file: Path) -> None:
    file.write_bytes(
        b"\xef\xbb\xbf# mine\r\nport = 1 # a port = 2\r\norigin = [\r\n  'a', # ]\r\n\r\n]\r\n"
        b"name = '''\r\nbots = 3\r\n'''\r\n[[match]] # ours\r\nbots = 4"
    )
    first, match = read_toml("file", file)
    assert [(entry.key, entry.value, entry.place) for entry in first.entries] == [
        ("port", 1, f"{file}, line 2"),
        ("origin", ["a"], f"{file}, line 3"),
        ("name", "bots = 3\n", f"{file}, line 7"),
    ]
    assert (match.header, match.path, match.place) == ("[[match]]", {"match": [{}]}, f"{file}, line 10")
    assert [(entry.value, entry.place) for entry in match.entries] == [(4, f"{file}, line 11")]


PROJECT = Path(__file__).parents[2]
BLOCKS = [
    block
    for document in (PROJECT / "README.md", *sorted((PROJECT / "docs").rglob("*.md")))
    for block in re.findall(r"```toml\n(.*?)```", document.read_text("utf-8"), re.DOTALL)
    if re.match(r"# \S*(friday|host)\.toml", block)
]


def test_the_documents_show_config_files() -> None:
    assert len(BLOCKS) >= 2


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.partition("\n")[0])
def test_every_key_of_a_config_file_that_the_documents_show_arrives(file: Path, block: str) -> None:
    usual: dict[str, Any] = {"host": "127.0.0.1", "port": 8000}  # which leave no trace
    expected = {
        key.replace("-", "_"): tuple(value) if isinstance(value, list) else value
        for key, value in tomllib.loads(block).items()
    }
    assert usual | expected == usual | options_of(file, block)
