"""What a server gives the transport and the lobby, which options do not name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import pytest

from game_server.games import all_games, web_folder
from game_server.games.arena import Arena
from game_server.lobby import MatchLimits, WordFilter
from game_server.page import rules_script
from game_server.server import Server, Workshop
from game_server.simulation import Game
from game_server.transport import GameFiles, TransportOptions, message_budget
from tests.live_server import toy_options
from tests.simulation.toy_game import Restless, Toy

KEY = b"k" * 32


def transport(**match: Any) -> TransportOptions:
    return Server(toy_options(**match))._transport_options()


@pytest.mark.parametrize(
    ("public_url", "tls", "origins"),
    [
        (None, False, ("https://club.example",)),
        ("http://play.example", False, ("https://club.example", "http://play.example")),
        ("https://play.example", True, ("https://club.example", "https://play.example")),
    ],
)
def test_a_proxy_speaks_tls_if_its_url_says_so_and_pages_from_there_may_connect(
    public_url: str | None, tls: bool, origins: tuple[str, ...]
) -> None:
    made = transport(options={"public_url": public_url, "origins": ("https://club.example",)})
    assert (made.tls_ended_by_proxy, made.origins) == (tls, origins)


def test_a_client_may_send_as_often_as_the_fastest_match_or_game_needs() -> None:
    fastest = max(game.tick_rate for game in all_games().values())
    assert transport(tick_rate=1).message_budget == message_budget(fastest)
    assert transport(tick_rate=240).message_budget == message_budget(240)
    quick = attrs.evolve(toy_options(tick_rate=200).match, name="Quick")
    assert transport(options={"matches": (quick,)}).message_budget == message_budget(200)


def test_the_files_of_each_game_are_served_and_loaded_at_once_if_it_is_open() -> None:
    files = transport(options={"matches": (toy_options(game=Arena).match,)}).games
    assert [one.name for one in files][:2] == ["toy", "arena"]
    assert {one.name for one in files} == {"toy", *all_games()}
    for one in files:
        game: type[Game] = Restless if one.name == "toy" else all_games()[one.name]
        expected = GameFiles(one.name, web_folder(game), {"rules.js": rules_script(game)})
        assert attrs.evolve(one, preloaded=False) == expected
        assert one.preloaded is (one.name in ("toy", "arena"))


def test_the_server_of_an_author_has_its_key_its_answers_and_rules_that_wait() -> None:
    answer = dict[str, str]
    server = Server(toy_options(game=Toy), workshop=Workshop((), KEY, "v7", {"/dev": answer}))
    context = server.lobby.context
    assert (context.sessions.key, context.waits_for_author) == (KEY, True)
    assert server._transport_options().version == "v7"
    assert server._api()["/dev"] is answer
    other = Server(toy_options(game=Toy))
    assert other.lobby.context.sessions.key != KEY
    assert not other.lobby.context.waits_for_author
    assert other._transport_options().version == ""
    assert "/dev" not in other._api()
    assert "kkkk" not in repr(Workshop((), KEY, "v7", {}))


def test_as_many_matches_may_be_configured_as_there_may_be_and_each_is_checked() -> None:
    match = toy_options().match
    Server(attrs.evolve(toy_options(), matches=(match, match), limits=MatchLimits(max_matches=2)))
    with pytest.raises(Exception, match="5 bots do not fit on 4 seats"):
        Server(attrs.evolve(toy_options(), matches=(match, attrs.evolve(match, bots=5))))


def test_without_a_word_filter_every_word_is_shown_and_without_data_nothing_kept() -> None:
    context = Server(toy_options()).lobby.context
    assert isinstance(context.words, WordFilter)
    assert context.words("damn") == "damn"
    assert context.recordings is None


@pytest.mark.parametrize(("recordings", "folder"), [(True, Path("data/recordings")), (False, None)])
def test_recordings_are_in_a_folder_of_the_data_directory(recordings: bool, folder: Path | None) -> None:
    server = Server(toy_options(options={"data": Path("data"), "recordings": recordings, "data_limit": 7}))
    found = server.lobby.context.recordings
    assert (found.folder if found else None) == folder
    assert server._room_for_recordings() == 7


def test_health_has_the_seconds_since_the_start_in_milliseconds(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(toy_options())
    monkeypatch.setattr("game_server.server.time.monotonic", lambda: server._started + 1.234567)
    assert server.health()["uptime"] == 1.235


@pytest.mark.parametrize(
    ("url", "keeps", "stops"), [("", False, True), ("http://x", True, True), ("http://x", False, False)]
)
def test_a_server_that_serves_nobody_or_keeps_its_matches_stops_in_place_of_a_drain(
    url: str, keeps: bool, stops: bool
) -> None:
    server = Server(toy_options(options={"keep_matches": keeps}))
    server.url = url
    server.drain()
    assert (server._stop.is_set(), server._drain.is_set()) == (stops, not stops)
    assert server.retiring is server.lobby.hosting.draining is (not stops)
