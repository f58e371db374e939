"""Bots whose connections break, against scripted peers."""

from __future__ import annotations

from contextlib import suppress
from itertools import pairwise
from typing import Any

import attrs
import pytest
import trio

from game_server.client import Client, Purpose, Target
from game_server.loadtest.metrics.meter import Meter
from game_server.loadtest.players.crowd import Crowd
from game_server.loadtest.players.player import Outcome
from game_server.loadtest.players.reconnecting import FIRST_WAIT, LONGEST_WAIT, BackOff, play_on
from game_server.loadtest.scenario.scenario import Life
from game_server.protocol import Join, RefusalCode, Refused, Resume
from tests.loadtest.impostor import Impostor, Pretend, Script
from tests.loadtest.played import WATCHED, WELCOME, Scribe, snapshot


async def played_on(url: str, seconds: float = 60.0) -> Outcome:
    outcome = Outcome(Client("Bot", "", lambda _welcome: Scribe()))
    await play_on(Target.from_url(url), outcome, trio.current_time() + seconds)
    return outcome


@attrs.define
class Seats:
    """Serves the first connections each with a script of its own, and every later one with the last."""

    scripts: list[Script]
    times: list[float] = attrs.Factory(list)
    requests: list[Any] = attrs.Factory(list)

    async def __call__(self, peer: Impostor) -> None:
        self.times.append(trio.current_time())
        await self.scripts[min(peer.number, len(self.scripts) - 1)](peer)

    async def hang_up(self, peer: Impostor) -> None:
        """Play for a second."""
        self.requests.append((await peer.welcome())[1])
        await trio.sleep(1)

    async def stay(self, peer: Impostor) -> None:
        """Play until cancelled."""
        self.requests.append((await peer.welcome())[1])
        await self.snapshots(peer)

    async def snapshots(self, peer: Impostor) -> None:
        for tick in range(101, 1000):
            await trio.sleep(1)
            await peer.send(snapshot(tick))

    async def other_seat(self, peer: Impostor) -> None:
        self.requests.append((await peer.welcome(attrs.evolve(WELCOME, player=2)))[1])
        await self.snapshots(peer)

    async def too_late(self, peer: Impostor) -> None:
        self.requests.append((await peer.accept())[1])
        await peer.send(Refused(Resume.type, RefusalCode.NO_SUCH_SESSION, "your seat is gone"))
        await peer.read()
        await peer.send(WELCOME, snapshot(100, 1))
        await self.snapshots(peer)


async def no_handshake(peer: Impostor) -> None:
    await peer.stream.receive_some()


async def watched(peer: Impostor) -> None:
    await peer.welcome(WATCHED)
    with suppress(trio.BrokenResourceError):  # it is cut off by the scenario
        await Seats([]).snapshots(peer)


async def say_nothing(_peer: Impostor) -> None:
    await trio.sleep_forever()


def seats(*names: str) -> Seats:
    served = Seats([])
    served.scripts = [no_handshake if name == "no_handshake" else getattr(served, name) for name in names]
    return served


async def test_a_bot_whose_connection_breaks_comes_back_to_its_seat(impostor: Pretend) -> None:
    served = seats("hang_up", "stay")
    outcome = await played_on(await impostor(served))
    assert served.requests == [Join(""), Resume(WELCOME.token)]
    assert (outcome.connected, outcome.failure) == (True, None)
    figures = outcome.client.figures
    assert (figures.lost_links, figures.resumed, figures.lost_seats) == (1, 1, 0)
    assert len(figures.outages) == 1
    assert figures.outages[0] == pytest.approx(served.times[1] - served.times[0] - 1, abs=0.1)


async def test_a_bot_that_gets_another_seat_has_lost_its_own(impostor: Pretend) -> None:
    outcome = await played_on(await impostor(seats("hang_up", "other_seat")))
    assert (outcome.failure, outcome.client.figures.resumed, outcome.client.figures.lost_seats) == (None, 0, 1)


async def test_a_bot_that_comes_too_late_takes_another_seat(impostor: Pretend) -> None:
    outcome = await played_on(await impostor(seats("hang_up", "too_late")))
    assert (outcome.failure, outcome.client.figures.resumed, outcome.client.figures.lost_seats) == (None, 0, 1)


async def test_a_bot_tries_again_until_somebody_answers_and_waits_longer_each_time(impostor: Pretend) -> None:
    served = seats("hang_up", *["no_handshake"] * 4, "stay")
    outcome = await played_on(await impostor(served), 200.0)
    assert outcome.failure is None
    assert (outcome.client.figures.lost_links, outcome.client.figures.resumed) == (1, 1)
    assert len(served.times) == 6
    assert outcome.client.figures.outages[0] == pytest.approx(served.times[5] - served.times[0] - 1, abs=0.1)


async def test_after_a_success_the_back_off_starts_over(impostor: Pretend) -> None:
    served = seats(*["hang_up"] * 6, "stay")
    outcome = await played_on(await impostor(served))
    assert outcome.client.figures.resumed == 6
    assert max(later - earlier for earlier, later in pairwise(served.times)) < 1 + 2 * FIRST_WAIT


@pytest.mark.parametrize("code", [1000, 4001, 4003, 4009])
async def test_a_close_that_says_so_is_the_end(impostor: Pretend, code: int) -> None:
    async def close(peer: Impostor) -> None:
        await peer.welcome()
        await peer.close(code, "no more")

    served = Seats([close])
    outcome = await played_on(await impostor(served))
    assert len(served.times) == 1
    assert (outcome.code, outcome.failure) == (code, f"closed with {code} no more")


@pytest.mark.parametrize("code", [1001, 1011, 4005, 4006, 4007])
async def test_any_other_close_is_not(impostor: Pretend, code: int) -> None:
    async def close(peer: Impostor) -> None:
        await peer.welcome()
        await peer.close(code, "come again")

    served = seats("stay")
    served.scripts.insert(0, close)
    outcome = await played_on(await impostor(served))
    assert (outcome.failure, outcome.code, outcome.client.figures.resumed) == (None, None, 1)


async def test_a_bot_that_never_got_in_does_not_come_back(impostor: Pretend) -> None:
    served = seats("no_handshake")
    outcome = await played_on(await impostor(served))
    assert len(served.times) == 1
    assert not outcome.connected
    assert outcome.failure is not None


async def test_a_bot_that_was_refused_does_not_come_back(impostor: Pretend) -> None:
    async def refuse(peer: Impostor) -> None:
        await peer.accept()
        await peer.send(Refused(Resume.type, RefusalCode.NO_SUCH_SESSION, "gone"))
        await peer.read()
        await peer.send(Refused(Join.type, RefusalCode.MATCH_FULL, "every seat is taken"))
        await peer.read()

    served = seats("hang_up")
    served.scripts.append(refuse)
    outcome = await played_on(await impostor(served))
    assert len(served.times) == 2
    assert (outcome.refusal, outcome.failure) == (RefusalCode.MATCH_FULL, "refused: every seat is taken")


async def test_whose_connection_breaks_when_there_is_no_time_to_come_back_has_failed(impostor: Pretend) -> None:
    outcome = await played_on(await impostor(seats("hang_up")), 1.05)
    assert (outcome.failure, outcome.client.figures.lost_links) == ("connection lost", 1)


async def test_who_is_not_back_at_the_end_of_its_time_has_been_cut_off_since_it_was_lost(impostor: Pretend) -> None:
    served = Seats([watched, say_nothing])
    life, meter = Life(0, 0.0, 8.0, [3.0]), Meter()
    await Crowd([Target.from_url(await impostor(served))], [life], meter, purpose=Purpose.WATCH).run()
    told = meter.cut(0)
    assert (told.counts["connected"], told.counts["disconnects"], told.counts["resumed"]) == (1, 1, 0)
    assert told.kinds["failures"] == {"lost its connection, and was not back before it was to leave": 1}
    assert told.spreads["outage_ms"].max == pytest.approx(5000, abs=100)


async def test_who_is_out_when_everybody_is_called_off_has_been_cut_off(impostor: Pretend) -> None:
    served = Seats([watched, say_nothing])
    life, meter = Life(0, 0.0, 60.0, [3.0]), Meter()
    players = Crowd([Target.from_url(await impostor(served))], [life], meter, purpose=Purpose.WATCH)
    with trio.move_on_after(5):
        await players.run()
    told = meter.cut(0)
    assert (told.counts["connected"], told.counts["disconnects"]) == (1, 1)
    assert told.spreads["outage_ms"].max == pytest.approx(2000, abs=100)


async def test_a_bot_that_tried_and_is_still_away_at_the_end_has_failed(impostor: Pretend) -> None:
    outcome = await played_on(await impostor(seats("hang_up", "no_handshake")), 30.0)
    assert outcome.failure is not None
    assert (outcome.client.figures.lost_links, outcome.client.figures.resumed) == (1, 0)


def test_waits_double_up_to_the_longest_and_chance_takes_off_half_at_most() -> None:
    back_off = BackOff(1)
    waits = [back_off.wait() for _ in range(8)]
    longest = [min(FIRST_WAIT * 2**n, LONGEST_WAIT) for n in range(8)]
    assert all(most / 2 <= wait <= most for wait, most in zip(waits, longest, strict=True))
    back_off.reset()
    assert back_off.wait() <= FIRST_WAIT


def test_no_two_bots_wait_for_the_same_time() -> None:
    assert len({BackOff(seed).wait() for seed in range(100)}) == 100


def test_waits_are_a_fifth_of_a_second_at_first_and_five_seconds_at_last() -> None:
    all_of = [BackOff(seed) for seed in range(300)]
    longest = [max(back_off.wait() for back_off in all_of) for _ in range(7)]
    assert longest == pytest.approx([0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0], rel=0.01)
    for back_off in all_of:
        back_off.reset()
    assert max(back_off.wait() for back_off in all_of) == pytest.approx(0.2, rel=0.01)
