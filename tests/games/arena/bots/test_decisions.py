"""Recorded matches of bots, played again: each bot decides what it decided, and the rules make the same of it."""

from __future__ import annotations

import pytest

from game_server.games.arena.constants import AIM_STEPS
from game_server.protocol import Command
from tests.vectors.arena_bots import MATCHES, TICK_RATE, recorded, unpacked

ON_PURPOSE = "if on purpose, run tools/make_vectors"
ROUNDED = 1
"""4096ths of a turn by which aims may differ: sin, cos and atan2 of C libraries differ in the last bit."""


def differ(one: Command, other: Command) -> bool:
    turn = abs(one.aim - other.aim)
    return one.buttons != other.buttons or min(turn, AIM_STEPS - turn) > ROUNDED


@pytest.mark.parametrize("name", MATCHES)
def test_bots_decide_in_a_recorded_match_what_they_decided_then(name: str) -> None:
    match, record = MATCHES[name], recorded()[name]
    decisions = [unpacked(runs) for runs in record["decisions"]]
    differences = []

    def replay(tick: int, player: int, command: Command) -> Command:
        was = decisions[player][tick // match.every]
        if differ(command, was):
            differences.append(f"{match.skills[player]} bot {player}, tick {tick}: {command}, not {was}")
        return was

    hashes = match.play(replay)
    seconds = [second for second, (now, was) in enumerate(zip(hashes, record["hashes"], strict=True), 1) if now != was]
    assert not seconds, f"the world is another one from second {seconds[0]} on; {ON_PURPOSE}"
    assert not differences, f"{len(differences)} decisions differ, the first: {differences[0]}; {ON_PURPOSE}"


def test_recorded_matches_are_as_long_as_they_say_and_have_many_different_decisions() -> None:
    for name, match in MATCHES.items():
        record = recorded()[name]
        assert len(record["hashes"]) == match.ticks // TICK_RATE
        for runs in record["decisions"]:
            commands = unpacked(runs)
            assert len(commands) == match.ticks // match.every
            assert len(set(commands)) > len(commands) / 10
