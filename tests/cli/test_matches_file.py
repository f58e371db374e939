from __future__ import annotations

from pathlib import Path

import pytest

from game_server.cli.match_choice import MatchChoice
from game_server.cli.matches_file import matches_from_file
from game_server.errors import ConfigError
from game_server.games import GAMES
from game_server.games.arena import Arena
from game_server.lobby.match.match_options import MatchOptions
from game_server.protocol import MAPS, MODES, Spectating
from game_server.simulation import Rules
from tests.authoring.coins import Coins


class Plain(Coins):
    """Without rounds, modes and maps."""

    rounds = None  # type: ignore[assignment]


def matches(folder: Path, content: str, otherwise: MatchChoice = MatchChoice()) -> tuple[MatchOptions, ...]:  # noqa: B008
    path = folder / "matches.toml"
    path.write_text(content, "utf-8")
    return matches_from_file(path, otherwise)


def test_each_table_is_a_match_with_any_option_by_its_name(tmp_path: Path) -> None:
    content = """
        [[match]]

        [[ match ]]  # ours
        name = "Fridäy"
        game = "arena"
        mode = "teams"
        option = "friendly_fire"
        max-players = 8
        bots = 2
        bot-skill = "hard"
        seed = 7
        tick-rate = 60
        rounds = 5
        rotation = "both"
        takeover = true
        spectators = "silent"
        spectator-delay = 10
        private = true
        password = "sesame"
        unrecorded = true
        check-hash = true
    """
    assert matches(tmp_path, content) == (
        MatchOptions("Arena", Arena, bots=4),
        MatchOptions(
            "Fridäy", Arena, tick_rate=60, max_players=8, bots=2, bot_skill="hard", seed=7, hashed=True,
            rules=Rules("teams", {"friendly_fire": True}), rounds=5, private=True, password="sesame", takeover=True,
            spectating=Spectating.SILENT, delay=10, rotation=MAPS | MODES, recorded=False,
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ('rotation = "map"', "the game 'plain' has one map: --rotation map could change nothing"),
        ('rotation = "both"', "the game 'plain' has one map: --rotation both could change nothing"),
        ('rotation = "mode"', "the game 'plain' has one mode: --rotation mode could change nothing"),
        ("rounds = 3", "the game 'plain' has no rounds: a match of it would not end after 3"),
    ],
)
def test_what_a_game_cannot_follow_is_refused_with_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: str, words: str
) -> None:
    monkeypatch.setitem(GAMES, "plain", Plain)  # and taken away again
    with pytest.raises(ConfigError, match=f"matches.toml, line 1: {words}"):
        matches(tmp_path, f'[[match]]\ngame = "plain"\n{option}')


def test_a_game_with_rounds_can_be_asked_for_some(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(GAMES, "coins", Coins)
    [match] = matches(tmp_path, '[[match]]\ngame = "coins"\nrounds = 3')
    assert match.rounds == 3


def test_what_a_table_leaves_open_is_as_the_command_line_says(tmp_path: Path) -> None:
    otherwise = MatchChoice(tick_rate=60, bots=2, takeover=True)
    [match] = matches(tmp_path, "[[match]]\nbots = 3\ntakeover = false", otherwise)
    assert (match.tick_rate, match.bots, match.takeover) == (60, 3, False)


def test_bots_that_nobody_asked_for_leave_small_matches_alone(tmp_path: Path) -> None:
    [match] = matches(tmp_path, "[[match]]\nmax-players = 2")
    assert match.bots == 2


@pytest.mark.parametrize(
    ("table", "saying"),
    [
        ("colour = 1", "line 3: there is no option colour"),
        ("port = 8000", "line 3: there is no option port"),
        ('mode = "chess"', "line 2: the game 'arena' has no mode 'chess'; there is free-for-all, teams"),
        ('game = "chess"', "line 2: no game 'chess'; there is arena"),
        ("bots = 17", "line 2: 17 bots do not fit on 16 seats"),
        ("bots = 2.5", "line 3: bots = 2.5 must be a whole number"),
        ("bots = [1, 2]", "line 3: bots must be a whole number"),
        ('rotation = "all"', "line 3: rotation = all must be one of none, map, mode, both"),
        ("rounds = 101", "line 3: rounds = 101 must be a whole number from 0 to 100"),
        ('private = "maybe"', "line 3: private must be true or false"),
        ("stand-still = true", "line 3: write takeover = true or takeover = false, not stand-still"),
        ("stay = { a = 1 }", "line 3: there is no option stay"),
        ('password = ""', "line 3: password is empty; give it a value, or leave it out"),
        ('password = "a\\u0000"', "line 3: password must be 1 to 64 printable characters"),
    ],
)
def test_what_is_wrong_is_reported_with_file_line_and_key(tmp_path: Path, table: str, saying: str) -> None:
    with pytest.raises(ConfigError) as caught:
        matches(tmp_path, f"[[match]]\n[[match]]\n{table}")
    assert str(caught.value).startswith(f"{tmp_path / 'matches.toml'}, {saying}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "saying"),
    [
        ("", "has no [[match]]"),
        ("[match]\nbots = 1", "line 1: [match] is not a table for a match; write [[match]]"),
        ("[[match]]\n[other]", "line 2: [other] is not a table for a match; write [[match]]"),
        ("match = [1]", "line 1: write each match as a table, under [[match]]"),
        ("bots = 2\n[[match]]", "line 1: bots is not under a [[match]]"),
        ("[[match]", "is not TOML"),
    ],
)
def test_a_file_without_tables_is_refused_by_its_name(tmp_path: Path, content: str, saying: str) -> None:
    with pytest.raises(ConfigError, match=r"matches\.toml") as caught:
        matches(tmp_path, content)
    assert saying in str(caught.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot read the file of matches .*none\.toml: No such file"):
        matches_from_file(tmp_path / "none.toml", MatchChoice())
