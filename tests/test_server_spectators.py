"""Those who watch, over real sockets in virtual time."""

from __future__ import annotations

import pytest
import trio

from game_server.protocol import (
    NO_PLAYER,
    Chat,
    EventCode,
    Follow,
    Home,
    HomeCode,
    Input,
    Join,
    Leave,
    LineKind,
    Moderate,
    Notice,
    NoticeCode,
    Ping,
    Pong,
    Queued,
    RefusalCode,
    Refused,
    Resync,
    Snapshot,
    Spectating,
    Vote,
    Watch,
    Welcome,
)
from game_server.simulation import Game
from tests.live_server import OpenServer
from tests.simulation.toy_game import RIGHT, Toy


async def test_a_spectator_takes_no_seat_and_sees_every_tick_from_a_keyframe_on(open_server: OpenServer) -> None:
    served = await open_server(max_players=1)
    await served.join("Ada")
    vera = await served.watch("Vera")
    assert (vera.welcome.player, vera.welcome.token) == (NO_PLAYER, "")
    first = await vera.next(Snapshot)
    assert (first.kind, first.own) == (1, b"")
    assert await vera.ticks(20) == list(range(first.tick + 1, first.tick + 21))


async def test_a_spectator_sees_who_comes_and_goes_and_can_talk(open_server: OpenServer) -> None:
    served = await open_server()
    vera, ada = await served.watch("Vera"), await served.join("Ada")
    assert await vera.next_event(EventCode.JOINED) == (EventCode.JOINED, 0, "Ada", 0)
    await vera.say(Chat("hello"))
    line = await ada.next_line()
    assert (line.kind, line.player, line.nickname, line.text) == (LineKind.SPECTATOR, NO_PLAYER, "Vera", "hello")


async def test_one_who_watches_and_waits_leaves_both_at_once(open_server: OpenServer) -> None:
    served = await open_server(max_players=1)
    await served.join("Ada")
    vera = await served.watch("Vera")
    assert isinstance(await vera.ask(Join(served.match.id, "", 1)), Queued)
    await vera.say(Leave())
    assert (await vera.next(Queued)).place == 0
    assert (await vera.next(Home)).code == HomeCode.LEFT
    assert not len(served.match.state.queue)
    assert not served.match.state.watchers


async def test_inputs_of_a_spectator_move_nothing(open_server: OpenServer) -> None:
    served = await open_server()
    await served.join("Ada")
    vera = await served.watch("Vera")
    game: Game = served.match.match.game
    assert isinstance(game, Toy)
    before = game.runners.rows.x[0]
    tick = (await vera.next(Snapshot)).tick
    await vera.say(*(Input(tick + ahead, RIGHT, 0) for ahead in range(20)), Resync(tick))
    assert await vera.ticks(30)
    assert game.runners.rows.x[0] == before


@pytest.mark.parametrize("request_", [Vote(1), Moderate(0, 0), Watch("")])
async def test_what_players_ask_for_is_refused_to_a_spectator(
    open_server: OpenServer, request_: Vote | Moderate | Watch
) -> None:
    served = await open_server()
    answer = await (await served.watch()).ask(request_)
    assert isinstance(answer, Refused)
    assert answer.code == RefusalCode.NOT_ALLOWED


async def test_a_spectator_follows_a_player_who_is_there(open_server: OpenServer) -> None:
    served = await open_server()
    await served.join("Ada")
    vera = await served.watch("Vera")
    await vera.say(Follow(0))
    assert isinstance(await vera.ask(Ping(1)), Pong)
    [watcher] = served.match.state.watchers.values()
    assert watcher.spectator.follow == 0
    answer = await vera.ask(Follow(3))
    assert isinstance(answer, Refused)
    assert answer.code == RefusalCode.NO_SUCH_PLAYER


async def test_a_spectator_takes_the_seat_that_is_free(open_server: OpenServer) -> None:
    served = await open_server()
    vera = await served.watch("Vera")
    await vera.enter(Join(served.match.id))
    assert vera.welcome.player == 0
    assert await vera.ticks(5)
    assert not served.match.state.watchers


async def test_a_spectator_who_waits_watches_on_until_there_is_a_seat(open_server: OpenServer) -> None:
    served = await open_server(max_players=1)
    ada, vera = await served.join("Ada"), await served.watch("Vera")
    assert await vera.ask(Join(served.match.id, "", 1)) == Queued(served.match.id, 1, 1, served.match.name)
    assert await vera.ticks(5)
    await ada.say(Leave())
    assert (await vera.next(Welcome)).player == 0
    assert await vera.ticks(5)


async def test_a_spectator_leaves_or_vanishes_and_nothing_is_kept(open_server: OpenServer) -> None:
    served = await open_server()
    vera, walt = await served.watch("Vera"), await served.watch("Walt")
    await vera.say(Leave())
    assert (await vera.next(Home)).code == HomeCode.LEFT
    await walt.vanish()
    await trio.sleep(1)
    assert not served.match.state.watchers
    assert not served.match.match.spectators


async def test_spectators_are_limited_in_number_and_may_be_forbidden(open_server: OpenServer) -> None:
    served = await open_server(options={"max_spectators": 1})
    await served.watch("Vera")
    answer = await (await served.come()).ask(Watch(served.match.id))
    assert isinstance(answer, Refused)
    assert answer.code == RefusalCode.MATCH_FULL
    closed = await open_server(spectating=Spectating.FORBIDDEN)
    answer = await (await closed.come()).ask(Watch(closed.match.id))
    assert isinstance(answer, Refused)
    assert answer.code == RefusalCode.NO_SPECTATORS


async def test_with_a_delay_everything_is_that_many_seconds_old(open_server: OpenServer) -> None:
    served = await open_server(delay=2)
    await served.join("Ada")
    vera = await served.watch("Vera")
    seen = await vera.ticks(20)
    assert seen == list(range(seen[0], seen[0] + 20))
    assert served.match.match.world.tick - seen[-1] in range(60, 64)


@pytest.mark.parametrize("tick_drain", [True, False])
async def test_who_is_set_to_watching_goes_on_over_the_same_connection_and_back(
    open_server: OpenServer, tick_drain: bool
) -> None:
    served = await open_server(options={"idle_to_watching": 1.0, "tick_drain": tick_drain})
    ada, grace = await served.join("Ada"), await served.join("Grace")
    while True:
        tick = (await ada.next(Snapshot)).tick
        await ada.say(Input(tick + 3, tick // 10 % 2, 0))
        if len(served.match.state.watchers):
            break
    watching = await grace.next(Welcome)
    assert (watching.player, watching.match.id) == (NO_PLAYER, served.match.id)
    assert (await grace.next(Notice)).code == NoticeCode.SET_TO_WATCHING
    assert (await grace.next(Snapshot)).own == b""
    assert isinstance(await grace.ask(Ping(1.0)), Pong)
    await grace.say(Follow(ada.welcome.player))
    seated = await grace.ask(Join(served.match.id))
    assert isinstance(seated, Welcome)
    assert seated.player != NO_PLAYER
    tick = (await grace.next(Snapshot)).tick
    await grace.say(Input(tick + 3, RIGHT, 0))
    while (await grace.next(Snapshot)).ack != tick + 3:
        pass
