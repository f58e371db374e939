"""What the tester does before and beside playing, at a whole server of toys."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from game_server.client import Target
from game_server.loadtest import server_probe
from game_server.loadtest.scenario import spread
from game_server.loadtest.scenario.spread import MatchesUnavailable, find_or_open_matches
from game_server.loadtest.server_probe import seats_taken, wait_until_left, why_unreachable
from tests.live_server import OpenServer
from tests.loadtest.impostor import Impostor, Pretend


async def test_matches_are_those_that_have_room_and_new_ones_and_nobody_stays_in_them(open_server: OpenServer) -> None:
    served = await open_server(max_players=4)
    await served.join()
    there = served.match.id
    target = Target.from_url(served.server.url)
    codes = await find_or_open_matches(target, 3, 3, game="toy")
    assert codes[0] == there
    assert len(set(codes)) == 3
    await trio.sleep(0.5)
    assert [(match.id, match.people) for match in served.server.match_index] == [
        (there, 1),
        (codes[1], 0),
        (codes[2], 0),
    ]
    again = await find_or_open_matches(target, 2, 4, game="toy")
    assert there not in again
    assert len(served.server.match_index) == 5


async def test_a_server_that_opens_matches_too_slowly_is_given_up(
    impostor: Pretend, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def silence(peer: Impostor) -> None:
        await peer.accept()
        await trio.sleep_forever()

    monkeypatch.setattr(spread, "LONGEST", 2.0)
    target = Target.from_url(await impostor(silence))
    with pytest.raises(MatchesUnavailable, match="the matches were not open within 2 s"):
        await find_or_open_matches(target, 2, 2)


async def test_people_are_those_of_a_match_or_of_all_that_are_listed(open_server: OpenServer) -> None:
    served = await open_server(max_players=1)
    first, _ = await served.join("Ada"), await served.join("Grace")
    target = Target.from_url(served.server.url)
    assert await seats_taken(target) == 2
    assert await seats_taken(target.to(first.welcome.match.id.lower())) == 1
    assert await seats_taken(target.to("NOSUCH")) is None
    assert await why_unreachable(target) is None


async def test_those_of_an_earlier_run_are_waited_for(open_server: OpenServer, nursery: trio.Nursery) -> None:
    served = await open_server()
    ada = await served.join("Ada")
    target = Target.from_url(served.server.url)
    assert await wait_until_left(target, None) == 0
    assert await wait_until_left(target, 1) == 0

    async def leave() -> None:
        await trio.sleep(2)
        await ada.quit()

    began = trio.current_time()
    nursery.start_soon(leave)
    assert await wait_until_left(target, 0) == 0
    assert 1.99 < trio.current_time() - began < 5


async def test_a_server_is_asked_twice_a_second_whether_they_have_left(
    autojump_clock: trio.testing.MockClock,  # noqa: ARG001
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[float] = []

    async def seats_taken(_: Target) -> int:
        await trio.lowlevel.checkpoint()
        asked.append(trio.current_time())
        assert len(asked) < 100
        return 5

    monkeypatch.setattr(server_probe, "seats_taken", seats_taken)
    assert await wait_until_left(Target.from_url("http://127.0.0.1:9"), 3) == 2
    assert len(asked) == 2 * server_probe.LEAVE_WITHIN
