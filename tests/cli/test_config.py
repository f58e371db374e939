from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import cyclopts
import pytest

from game_server.cli.app import app
from game_server.cli.match_choice import DEFAULT
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
        ("[host]\nport = 8000", "has a table [host]"),
        ("[[match]]\nname = 'Ours'", "has a table [match]"),
        ("port = [1, 2]", "has a list for port"),
        ("no-qr = true", "has no-qr; say qr = true or qr = false"),
        ("stand_still = true", "has stand_still; say takeover = true or takeover = false"),
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
        ("prot = 8000", "prot"),
        ("tick_rat = 30", "tick_rat"),
        ("tick-rate = 30.5", "30.5 is no whole number"),
        ("tick-rate = true", "no whole number"),
        ('tick-rate = "fast"', "fast is no whole number"),
        ("tick-rate = 0", "tick-rate"),
        ('bot-skill = "godlike"', "godlike"),
        ("timeout = 0", "timeout"),
        ("timeout = nan", "timeout"),
        ('config = "other.toml"', "config"),
    ],
)
def test_a_key_or_value_that_is_no_option_is_refused_by_its_name(file: Path, content: str, saying: str) -> None:
    with pytest.raises((cyclopts.CycloptsError, ConfigError)) as caught:
        options_of(file, content)
    assert saying in str(caught.value)
