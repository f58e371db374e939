"""Commands in a journal: played again in the tick in which they were done."""

from __future__ import annotations

from game_server.journal import Replay
from game_server.journal.records import COMMANDED, read
from game_server.simulation import Match, World, tick_alone
from tests.journal.journal_process import Kept
from tests.simulation.fake_outlet import FakeOutlet
from tests.simulation.toy_game import Toy


def test_commands_are_done_again_in_their_ticks() -> None:
    match = Match(Toy(World(seed=3, max_players=4, tick_rate=30)), on_message=lambda _number, _message: None)
    journal = Kept(match)
    hashes = []
    match.seat(outlet=FakeOutlet())
    for tick in range(90):
        if tick % 10 == 5:
            match.command(0, 0, [1 + tick % 7, "please"])
        tick_alone(match)
        hashes.append(match.world.hash())
    records = list(read(journal.data))
    assert [record.value[0] for record in records if record.kind == COMMANDED] == [0] * 9
    replay = Replay(Toy)
    assert [world.hash() for world in replay.play(records, 90)] == hashes
    without = Replay(Toy)
    others = [record for record in records if record.kind != COMMANDED]
    assert [world.hash() for world in without.play(others, 90)] != hashes
