"""The match that plays by itself: how often players come, go, press and ask, and that it is the same every time."""

from __future__ import annotations

from typing import Any

import pytest

from game_server.games.cards import Cards
from game_server.games.tag import Tag
from game_server.simulation import restore
from game_server.testing import play
from game_server.testing.scripted import ScriptedMatch, main
from tests.simulation.toy_game import Toy

TURNS = 1000


def shares(players: int) -> dict[str, float]:
    """How often of all turns, or turns of a player, something happens."""
    match = ScriptedMatch(Toy, players)
    came = went = free = several = turns = pressed = asked = 0
    for _ in range(TURNS):
        before, held = list(match.playing.seated), match.playing.inputs.all.copy()
        match.turn()
        after = match.playing.seated
        if before:
            free += len(before) < players
            came += len(after) > len(before)
            several += len(before) > 1
            went += len(after) < len(before)
        turns += len(after)
        pressed += sum(
            (match.playing.inputs.all[:, player] != held[:, player]).any() for player in after if player in before
        )
        asked += len(match.asked)
    return {"come": came / free, "go": went / max(several, 1), "press": pressed / turns, "ask": asked / turns}


def test_players_come_go_press_and_ask_now_and_then() -> None:
    found = shares(4)
    assert 0.05 < found["come"] < 0.2
    assert 0.003 < found["go"] < 0.03
    assert 0.15 < found["press"] < 0.25
    assert 0.15 < found["ask"] < 0.25


def test_the_first_comes_at_once_and_the_last_does_not_go() -> None:
    match = ScriptedMatch(Toy, 2)
    seen = set()
    for _ in range(TURNS):
        match.turn()
        seen.add(len(match.playing.seated))
    assert seen == {1, 2}


def test_buttons_and_aim_are_any_that_the_wire_lets_through() -> None:
    match = ScriptedMatch(Toy, 4)
    high = [0, 0]
    for _ in range(TURNS):
        match.turn()
        buttons, aim, behind = match.playing.inputs.all.max(axis=1).tolist()
        high = [max(high[0], buttons), max(high[1], aim)]
        assert behind == 0
    assert min(high) > 65_000
    assert max(high) < 65_536


def test_commands_come_with_any_value_that_they_may_have() -> None:
    match = ScriptedMatch(Toy, 4)
    asked: list[tuple[int | str, ...]] = []
    for _ in range(TURNS):
        match.turn()
        asked += [values for _, _, values in match.asked]
    [form] = Toy.commands
    low, high = form.values[0].low, form.values[0].high  # type: ignore[union-attr]
    worths: list[Any] = [worth for worth, _ in asked]
    assert (min(worths), max(worths)) == (low, high)
    lengths = [len(str(why)) for _, why in asked]
    assert min(lengths) == 0
    assert max(lengths) > form.values[1].most / 2  # type: ignore[union-attr]


def test_a_match_has_as_many_seats_as_the_game_needs() -> None:
    class Crowd(Toy):
        seats = (3, 9)

    assert [ScriptedMatch(Crowd, players).playing.world.max_players for players in (1, 3, 5)] == [3, 3, 5]


def test_with_one_seed_two_matches_are_the_same_and_with_another_one_another() -> None:
    def hashes(seed: int) -> list[str]:
        match, after = ScriptedMatch(Cards, 3, seed), []
        for _ in range(40):
            match.turn()
            after.append(match.playing.world.hash())
        return after

    assert hashes(7) == hashes(7) != hashes(8)


def test_another_process_prints_the_hash_of_each_tick_and_a_checkpoint_of_the_last(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main("tag", 3, 5)
    *hashes, last = capsys.readouterr().out.split()
    match = ScriptedMatch(Tag, 3)
    for printed in hashes:
        match.turn()
        assert printed == match.playing.world.hash()
    assert len(hashes) == 5
    assert bytes.fromhex(last) == match.checkpoint()
    copy = play(Tag, players=0, seats=3, seed=7)
    restore(copy.game, bytes.fromhex(last))
    assert copy.world.hash() == hashes[-1]
