"""What a process that serves one version of a game makes of its order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from game_server.dev import worker
from game_server.games.cards import Cards
from game_server.games.tag import Tag
from tests.authoring.coins import Coins

ORDER: dict[str, Any] = {"game": "tag", "bots": 2, "host": "127.0.0.1", "port": 4567}


class Crowd(Tag):
    seats = (20, 30)


@pytest.mark.parametrize(
    ("game", "bots", "seats", "seated"),
    [(Tag, 2, 16, 2), (Cards, 3, 6, 3), (Coins, 9, 4, 4), (Tag, 16, 16, 16), (Crowd, 20, 20, 20)],
)
def test_a_match_has_sixteen_seats_or_those_of_the_game_and_some_bots(
    game: Any, bots: int, seats: int, seated: int
) -> None:
    match = worker._options(game, {**ORDER, "bots": bots}).match
    match.check()
    assert (match.game, match.name, match.tick_rate) == (game, game.called(), game.tick_rate)
    assert (match.max_players, match.bots) == (seats, seated)


def test_it_serves_where_it_is_ordered_to_and_nobody_is_sent_to_watch() -> None:
    options = worker._options(Tag, ORDER)
    assert (options.host, options.port) == ("127.0.0.1", 4567)
    assert options.stays.idle_to_watching == 0
    assert not options.metrics


def test_matches_are_handed_over_in_a_file_and_there_are_none_without_one(tmp_path: Path) -> None:
    assert worker._read(tmp_path / "matches") == []
    worker._write(tmp_path / "matches", [b"one", b"two"])
    assert worker._read(tmp_path / "matches") == [b"one", b"two"]


def test_what_browsers_load_has_a_short_digest_that_changes_with_it(tmp_path: Path) -> None:
    class Served(Tag):
        web = tmp_path

    seen = [worker._version(Served), worker._version(Served)]
    (tmp_path / "game.js").write_text("1")
    seen += [worker._version(Served)]
    (tmp_path / "sounds").mkdir()
    (tmp_path / "sounds" / "bang.mp3").write_text("1")
    seen += [worker._version(Served)]
    Served.rules_script += " "
    seen += [worker._version(Served)]
    assert seen[0] == seen[1]
    assert len(set(seen)) == 4
    assert {len(version) for version in seen} == {16}
