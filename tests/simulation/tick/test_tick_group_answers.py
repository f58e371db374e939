"""Commands at a low tick rate: done and shown at once, between two ticks."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import pytest
import trio

from game_server.journal import Replay
from game_server.journal.records import read
from game_server.protocol import Act, ClientMessage, Events, Ping, Pong, Snapshot, SnapshotDecoder, decode_server
from game_server.simulation import CommandForm, Match, TickGroup, World
from game_server.simulation.tick.tick_group import ANSWER_SECONDS, SLOW_RATE
from tests.journal.journal_process import Kept
from tests.simulation.fake_outlet import FakeOutlet
from tests.simulation.toy_game import Toy
from tests.transport.port import virtual_time

in_no_time = pytest.mark.trio(run=virtual_time)

RATE = 5


class Silent(Toy):
    """A toy without prizes of its own: only commands change anything."""

    prize_every = 10**9
    raises = False

    def command(self, player: int, number: int, values: tuple[int | str, ...]) -> None:
        if self.raises:
            raise ZeroDivisionError
        super().command(player, number, values)


class Uncommanded(Silent):
    """One that takes no commands."""

    commands: tuple[CommandForm, ...] = ()  # type: ignore[misc]


@attrs.define
class Played:
    """A match with two players and a spectator, in a group."""

    match: Match
    outlets: list[FakeOutlet] = attrs.Factory(list)
    ended: list[Exception] = attrs.Factory(list)

    @classmethod
    def of(cls, game: type[Toy] = Silent, rate: int = RATE) -> Played:
        def act(number: int, message: ClientMessage) -> None:
            assert isinstance(message, Act)
            match.command(number, message.number, message.values)

        match = Match(game(World(seed=1, max_players=2, tick_rate=rate)), on_message=act, hashed=True)
        played = cls(match)
        for _ in range(2):
            played.outlets.append(FakeOutlet())
            match.seat(outlet=played.outlets[-1])
        played.outlets.append(FakeOutlet())
        match.watch(played.outlets[-1])
        return played

    async def run(self, group: TickGroup) -> None:
        try:
            await group.drive(self.match)
        except Exception as error:
            self.ended.append(error)


@pytest.fixture
async def begin(nursery: trio.Nursery) -> Callable[..., TickGroup]:
    def begin(*played: Played, rate: int = RATE) -> TickGroup:
        group = TickGroup(rate)
        nursery.start_soon(group.run)
        for one in played:
            nursery.start_soon(one.run, group)
        return group

    return begin


@in_no_time
async def test_a_command_is_answered_at_once_to_everybody_who_sees_it(begin: Callable[..., TickGroup]) -> None:
    played = Played.of()
    begin(played)
    await trio.sleep(10.25 / RATE)
    for outlet in played.outlets:
        outlet.sent.clear()
    played.outlets[0].say(Act(0, (3, "tea")))
    await trio.sleep(1.5 * ANSWER_SECONDS)
    assert played.match.world.tick == 10
    for outlet in played.outlets:
        events, snapshot = outlet.heard()
        assert isinstance(events, Events)
        assert isinstance(snapshot, Snapshot)
        assert (events.tick, [*events.events]) == (10, [(20, "0: tea")])
        assert (snapshot.tick, len(snapshot.tables)) == (10, 1)
    await trio.sleep(3 / RATE)
    assert [type(message) for outlet in played.outlets for message in outlet.heard()] == [Snapshot] * 3


@in_no_time
async def test_clients_have_the_same_as_the_server_however_commands_lie_between_ticks(
    begin: Callable[..., TickGroup],
) -> None:
    played, beside = Played.of(Toy), Played.of(Toy)
    begin(played, beside)
    for wait in (0.01, 0.2, 0.03, 0.11, 0.4, 0.05, 0.07, 0.2, 0.31):
        await trio.sleep(wait)
        played.outlets[0].say(Act(0, (3, "tea")))
    await trio.sleep(1)
    for one in (played, beside):
        for number, outlet in enumerate(one.outlets[:2]):
            decoder = SnapshotDecoder(one.match.replication.schema, number)
            for message in map(decode_server, outlet.sent):
                if isinstance(message, Snapshot):
                    decoder.apply(message)
            assert decoder.view.tables == one.match.replication.rows_everywhere(()) | one.match.replication.rows_around(
                0
            )
    assert isinstance(played.match.game, Toy)
    assert played.match.game.wishes == 9


@in_no_time
async def test_a_journal_plays_commands_again_where_they_were_done(begin: Callable[..., TickGroup]) -> None:
    played = Played.of(Toy)
    journal = Kept(played.match)
    begin(played)
    for wait in (0.01, 0.2, 0.03, 0.11, 0.4, 0.05, 0.07, 0.2, 0.31):
        await trio.sleep(wait)
        played.outlets[0].say(Act(0, (3, "tea")))
    await trio.sleep(1)
    replay = Replay(Toy)
    *_, world = replay.play(read(journal.data), played.match.world.tick)
    assert world.hash() == played.match.world.hash()
    assert isinstance(replay.game, Toy)
    assert (replay.game.wishes, replay.differences) == (9, [])


@in_no_time
async def test_a_command_that_raises_between_two_ticks_ends_its_match_alone(begin: Callable[..., TickGroup]) -> None:
    played, beside = Played.of(), Played.of()
    begin(played, beside)
    await trio.sleep(1.25 / RATE)
    assert isinstance(played.match.game, Silent)
    played.match.game.raises = True
    played.outlets[0].say(Act(0, (3, "tea")))
    await trio.sleep(1)
    assert [type(error) for error in played.ended] == [ZeroDivisionError]
    assert (beside.ended, beside.match.world.tick) == ([], 6)


@in_no_time
@pytest.mark.parametrize(("game", "rate"), [(Uncommanded, RATE), (Silent, 30), (Silent, SLOW_RATE)])
async def test_where_no_command_can_come_or_ticks_are_fast_sockets_are_read_at_ticks_alone(
    begin: Callable[..., TickGroup], game: type[Toy], rate: int
) -> None:
    played = Played.of(game, rate)
    begin(played, rate=rate)
    await trio.sleep(1.1 / rate)
    played.outlets[0].say(Ping(1))
    await trio.sleep(0.8 / rate)
    assert not any(isinstance(message, Pong) for message in played.outlets[0].heard())
    await trio.sleep(0.2 / rate)
    assert any(isinstance(message, Pong) for message in played.outlets[0].heard())
