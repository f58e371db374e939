"""Many bots, most of the time against a whole server."""

from __future__ import annotations

from typing import Any

import pytest
import trio
import trio.testing

from game_server.client import Client, Purpose, Target, TickEpochs
from game_server.games import GAMES
from game_server.loadtest.metrics.meter import Meter, Second
from game_server.loadtest.network.model import PRESETS
from game_server.loadtest.players import crowd as module
from game_server.loadtest.players.crowd import Crowd
from game_server.loadtest.players.player import Outcome, play
from game_server.loadtest.scenario.scenario import Life
from game_server.protocol import Browse, EventCode, LeaveReason, Lobby, RefusalCode, Watch
from tests.live_server import OpenServer
from tests.loadtest.impostor import Impostor, Pretend
from tests.loadtest.played import WATCHED, snapshot
from tests.simulation.toy_game import Toy, ToyBrain


def bot(match: str = "") -> Outcome:
    return Outcome(Client("Bot", match, lambda _welcome: ToyBrain(1)))


def target(url: str) -> Target:
    return Target.from_url(url)


def crowd(url: str, count: int, seconds: float, purpose: Purpose = Purpose.PLAY, *, reconnect: bool = False) -> Crowd:
    lives = [Life(number, number / 50, seconds) for number in range(count)]
    return Crowd([target(url)], lives, Meter(), purpose=purpose, reconnect=reconnect)


def told(crowd: Crowd) -> Second:
    """All that it measured."""
    return crowd.meter.cut(0)


async def played(url: str, seconds: float = 5.0, match: str = "") -> Outcome:
    outcome = bot(match)
    await play(target(url), outcome, trio.current_time() + seconds)
    return outcome


async def test_a_bot_plays_to_the_end_and_leaves_of_its_own_accord(open_server: OpenServer) -> None:
    served = await open_server(hashed=True)
    outcome = await played(served.server.url)
    assert (outcome.connected, outcome.failure, outcome.code) == (True, None, None)
    figures = outcome.client.figures
    assert figures.snapshots == pytest.approx(150, abs=5)
    assert (figures.missed_ticks, figures.late_inputs, figures.desyncs) == (0, 0, 0)
    assert len(figures.acks) > 140
    await trio.sleep(0.1)  # the server reads the goodbye at its next tick
    assert served.match.people == 0


async def test_the_others_hear_that_it_left(open_server: OpenServer) -> None:
    served = await open_server()
    ada = await served.join()
    await played(served.server.url, 1.0)
    assert await ada.next_event(EventCode.LEFT) == (EventCode.LEFT, 1, LeaveReason.LEFT)


async def test_a_bot_that_finds_no_seat_says_why_it_was_refused(open_server: OpenServer) -> None:
    served = await open_server(max_players=1)
    await served.join()
    outcome = await played(served.server.url, match=served.match.id)
    assert (outcome.connected, outcome.refusal) == (False, RefusalCode.MATCH_FULL)
    assert outcome.failure is not None
    assert outcome.failure.startswith("refused: ")


async def test_a_bot_whose_server_stops_says_so(open_server: OpenServer, nursery: trio.Nursery) -> None:
    served = await open_server()
    outcome = bot()
    nursery.start_soon(play, target(served.server.url), outcome, trio.current_time() + 60)
    await trio.sleep(2)
    served.stop.set()
    await served.stopped.wait()
    await trio.sleep(1)
    assert (outcome.connected, outcome.failure) == (True, "closed with 1001 the server is stopping")


async def test_a_crowd_joins_one_after_the_other_and_plays_until_its_time_is_over(
    open_server: OpenServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(GAMES, "toy", Toy)
    served = await open_server(max_players=20, hashed=True)
    players = crowd(served.server.url, 12, 3.0)
    await players.run()
    assert trio.current_time() == pytest.approx(players.started + 3.0, abs=0.5)
    assert [outcome.failure for outcome in players.outcomes] == [None] * 12
    assert all(outcome.client.figures.snapshots > 60 for outcome in players.outcomes)
    assert sum(outcome.client.figures.desyncs for outcome in players.outcomes) == 0


async def test_a_crowd_that_is_cancelled_keeps_what_was_measured(
    open_server: OpenServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(GAMES, "toy", Toy)
    served = await open_server(max_players=20)
    players = crowd(served.server.url, 5, 60.0)
    with trio.move_on_after(2):
        await players.run()
    assert [(outcome.connected, outcome.failure) for outcome in players.outcomes] == [(True, None)] * 5
    assert all(outcome.client.figures.snapshots > 30 for outcome in players.outcomes)


# Scripted peers


async def test_a_crowd_of_spectators_watches_and_comes_back(impostor: Pretend) -> None:
    requests = []

    async def serve(peer: Impostor) -> None:
        requests.append((await peer.accept())[1])
        await peer.send(WATCHED, snapshot(100, 1))
        await trio.sleep(1 if peer.number < 3 else 60)

    players = crowd(await impostor(serve), 3, 20.0, Purpose.WATCH, reconnect=True)
    await players.run()
    assert requests == [Watch("")] * 6
    assert [(o.connected, o.failure, o.client.figures.lost_links) for o in players.outcomes] == [(True, None, 1)] * 3


async def test_a_crowd_that_browses_hears_of_the_matches(impostor: Pretend) -> None:
    async def serve(peer: Impostor) -> None:
        assert (await peer.accept())[1] == Browse(1)
        for people in range(10):
            await peer.send(Lobby(0, people, (), ()))
            await trio.sleep(0.5)
        await trio.sleep_forever()

    players = crowd(await impostor(serve), 3, 20.0, Purpose.BROWSE)
    await players.run()
    heard = [(o.connected, o.failure, o.client.figures.lobby_updates) for o in players.outcomes]
    assert heard == [(True, None, 10)] * 3


async def test_a_crowd_does_not_come_back_unless_asked_to(impostor: Pretend) -> None:
    async def serve(peer: Impostor) -> None:
        await peer.accept()
        await peer.send(WATCHED, snapshot(100, 1))
        await trio.sleep(1)

    players = crowd(await impostor(serve), 1, 20.0, Purpose.WATCH)
    await players.run()
    assert [outcome.failure for outcome in players.outcomes] == ["connection lost"]


async def test_who_leaves_early_and_who_is_cut_off_do_so_when_their_lives_say(
    open_server: OpenServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(GAMES, "toy", Toy)
    served = await open_server(hashed=True)
    lives = [Life(0, 0.0, 2.0), Life(1, 1.0, 6.0, [3.0])]
    players = Crowd([target(served.server.url)], lives, Meter())
    await players.run()
    first, second = (outcome.client.figures for outcome in players.outcomes)
    assert first.snapshots == pytest.approx(60, abs=8)
    assert (second.lost_links, second.resumed) == (1, 1)
    measured = told(players)
    assert (measured.counts["connected"], measured.counts["disconnects"], measured.counts["faults"]) == (2, 0, 0)
    assert measured.kinds["closes"] == {}
    assert measured.spreads["outage_ms"].count == 1
    assert measured.spreads["connect_ms"].count == 3


async def test_what_players_measure_goes_to_the_meter_and_each_outcome_is_counted_once(
    open_server: OpenServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(GAMES, "toy", Toy)
    served = await open_server(max_players=2)
    players = crowd(f"{served.server.url}?match={served.match.id}", 3, 3.0)
    await players.run()
    measured = told(players)
    assert (measured.counts["connected"], measured.counts["failed"]) == (2, 1)
    assert measured.kinds["refused"] == {"match_full": 1}
    assert measured.counts["snapshots"] == sum(outcome.client.figures.snapshots for outcome in players.outcomes)
    assert measured.spreads["snapshot_gap_ms"].percentile(50) == pytest.approx(1000 / 30, abs=2)
    assert measured.spreads["snapshots_per_second"].count == 2


async def test_what_players_measure_goes_to_the_meter_while_they_play(
    open_server: OpenServer, nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(GAMES, "toy", Toy)
    served = await open_server(max_players=2)
    players = crowd(f"{served.server.url}?match={served.match.id}", 1, 9.0)
    nursery.start_soon(players.run)
    await trio.sleep(3)
    assert told(players).counts["snapshots"] > 30


async def test_only_of_players_without_a_network_it_is_known_when_ticks_begin(
    autojump_clock: trio.testing.MockClock,  # noqa: ARG001
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known: list[TickEpochs] = []

    async def play_on(_target: Target, outcome: Outcome, *_: object, **__: object) -> None:
        await trio.lowlevel.checkpoint()
        known.append(outcome.client._tick_zeros)

    monkeypatch.setattr(module, "play_on", play_on)
    players = crowd("http://127.0.0.1:9", 2, 1.0)
    players.network_of = lambda number: PRESETS["mobile"] if number else None
    await players.run()
    assert [epochs is players.tick_zeros for epochs in known] == [True, False]


async def test_each_player_has_a_target_a_network_a_seed_and_a_time_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
    autojump_clock: trio.testing.MockClock,  # noqa: ARG001
) -> None:
    begun: list[tuple[Any, ...]] = []

    async def play_on(target: Target, outcome: Outcome, until: float, *arguments: Any, **options: Any) -> None:
        since = [round(time - players.started, 6) for time in (trio.current_time(), outcome.due or 0.0, until)]
        nickname = outcome.client.hello.nickname
        begun.append((*since, target.match, nickname, arguments[0], arguments[1], *arguments[2], options["reconnect"]))
        await trio.sleep_until(until)

    monkeypatch.setattr(module, "play_on", play_on)
    url = target("http://127.0.0.1:9")
    lives = [Life(4, 3.0, 9.0), Life(1, 2.0, 5.0, [103.0]), Life(0, 0.5, 8.0)]
    networks = {1: PRESETS["bad"]}
    players = Crowd([url.to("A"), url.to("B")], lives, Meter(), 70, networks.get, reconnect=True)
    started = trio.current_time() + 1
    await players.run(started)
    cut = started + 103.0
    assert begun == [
        (0.5, 0.5, 8, "A", "Bot 1", None, 70, True),
        (2, 2, 5, "B", "Bot 2", PRESETS["bad"], 71, cut, True),
        (3, 3, 9, "A", "Bot 5", None, 74, True),
    ]
    assert trio.current_time() == pytest.approx(started + 9)
    assert players.meter.cut(0).counts["failed"] == 3


async def test_how_many_are_in_is_reported_twice_a_second(
    monkeypatch: pytest.MonkeyPatch,
    autojump_clock: trio.testing.MockClock,  # noqa: ARG001
) -> None:
    async def play_on(_: Target, outcome: Outcome, until: float, *_arguments: Any, **_options: Any) -> None:
        outcome.client.settled = True
        await trio.sleep_until(until)

    levels: list[tuple[float, float]] = []
    monkeypatch.setattr(module, "play_on", play_on)
    players = crowd("http://127.0.0.1:9", 3, 2.1)
    monkeypatch.setattr(
        players.meter,
        "level",
        lambda _name, value: levels.append((round(trio.current_time() - players.started, 6), value)),
    )
    await players.run()
    assert levels == [(0.5, 3), (1.0, 3), (1.5, 3), (2.0, 3), (2.1, 0)]
