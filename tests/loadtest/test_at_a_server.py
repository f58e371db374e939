"""What the tester does before and beside playing, at a whole server of toys."""

from __future__ import annotations

import json
from typing import Any

import attrs
import pytest
import trio
import trio.testing
from wsproto.events import AcceptConnection, BytesMessage, CloseConnection

from game_server.client import HttpError, Target
from game_server.errors import ConfigError
from game_server.loadtest import server_probe
from game_server.loadtest.scenario import spread
from game_server.loadtest.scenario.spread import MatchesUnavailable, find_or_open_matches, seats_each
from game_server.loadtest.server_probe import seats_taken, wait_until_left, why_unreachable
from game_server.protocol import (
    LOCKED,
    PRIVATE,
    SUBPROTOCOL,
    WITH_PASSWORD,
    Browse,
    ClientMessage,
    CloseCode,
    Create,
    GameOffer,
    Hello,
    Home,
    HomeCode,
    Leave,
    Lobby,
    MatchRow,
    RefusalCode,
    Refused,
    Spectating,
    decode_client,
)
from tests.live_server import OpenServer
from tests.loadtest.impostor import Impostor, Pretend
from tests.loadtest.played import WELCOME


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


ROWS = (
    MatchRow("FULL", "", "toy", "", "", 3, 1, 4, 0, 0),
    MatchRow("ROOM1", "", "toy", "", "", 1, 3, 4, 9, PRIVATE),
    MatchRow("SHUT", "", "toy", "", "", 0, 0, 4, 0, LOCKED),
    MatchRow("SECRET", "", "toy", "", "", 0, 0, 4, 0, WITH_PASSWORD),
    MatchRow("ROOM2", "", "toy", "", "", 2, 0, 4, 0, 0),
    MatchRow("ROOM0", "", "toy", "", "", 0, 0, 4, 0, 0),
)
GAMES = tuple(GameOffer(name, name, 1, 16, (), (), 0) for name in ("arena", "toy"))


@attrs.define
class Opening:
    """A server that opens what it is asked for, unless it refuses."""

    rows: tuple[MatchRow, ...] = ROWS
    games: tuple[GameOffer, ...] = GAMES
    refuses: bool = False
    asked: list[ClientMessage] = attrs.Factory(list)

    async def serve(self, peer: Impostor) -> None:
        await peer.read()
        await peer.say(AcceptConnection(subprotocol=SUBPROTOCOL))
        while True:
            for event in await peer.read():
                if isinstance(event, CloseConnection):
                    if event.code != CloseCode.ABNORMAL:
                        await peer.say(event.response())
                    return
                assert isinstance(event, BytesMessage)
                self.asked.append(decode_client(bytes(event.data)))
                await self.answer(peer, self.asked[-1])

    async def answer(self, peer: Impostor, message: ClientMessage) -> None:
        match message:
            case Hello():
                await peer.send(Home(HomeCode.WELCOME, "", "Spreader", self.games))
            case Browse(1):
                await peer.send(Lobby(1, 1, self.rows, ()))
            case Create() if self.refuses:
                await peer.send(Refused(Create.type, RefusalCode.TOO_MANY_MATCHES, "no more"))
            case Create(name=name):
                await peer.send(attrs.evolve(WELCOME, match=WELCOME.match._replace(id=name[-1])))
            case Leave():
                await peer.send(Home(HomeCode.WELCOME, "", "", ()), Home(HomeCode.LEFT, "", "", ()))


@pytest.mark.parametrize(
    ("wanted", "seats", "codes"),
    [
        (1, 2, ("ROOM0",)),
        (3, 2, ("ROOM0", "ROOM1", "ROOM2")),
        (3, 3, ("ROOM0", "ROOM1", "3")),
        (2, 4, ("ROOM0", "2")),
        (4, 1, ("ROOM0", "ROOM1", "ROOM2", "FULL")),
    ],
)
async def test_open_matches_with_enough_seats_are_taken_the_emptiest_first(
    impostor: Pretend, wanted: int, seats: int, codes: tuple[str, ...]
) -> None:
    target = Target.from_url(await impostor(Opening().serve))
    with trio.fail_after(10):
        assert await find_or_open_matches(target, wanted, seats) == codes


@pytest.mark.parametrize(("game", "opened"), [("", "arena"), ("toy", "toy")])
async def test_a_match_that_is_opened_is_plain_listed_and_for_the_clients_alone(
    impostor: Pretend, game: str, opened: str
) -> None:
    opening = Opening(rows=())
    target = Target.from_url(await impostor(opening.serve))
    with trio.fail_after(10):
        assert await find_or_open_matches(target, 2, 5, game) == ("1", "2")
    create = [
        Create(f"Load test {number}", opened, "", 5, 0, 0, 0, "", {}, 0, Spectating.ALLOWED, 0, 0, 1)
        for number in (1, 2)
    ]
    hello = Hello("Spreader", "game-server bots")
    assert opening.asked == [hello, Browse(1), Browse(0), create[0], Leave(), create[1], Leave()]


async def test_a_server_that_opens_no_more_matches_says_why(impostor: Pretend) -> None:
    target = Target.from_url(await impostor(Opening(refuses=True, games=()).serve))
    with pytest.raises(MatchesUnavailable, match=r"^the server refused to open a match: no more$"), trio.fail_after(10):
        await find_or_open_matches(target, 4, 2)


@pytest.mark.parametrize("seats", [64, 65])
def test_a_match_that_is_opened_has_64_seats_at_most(seats: int) -> None:
    if seats == 64:
        assert seats_each(2, 100, 28) == 64
        return
    with pytest.raises(ConfigError, match="--spread 2: 100 and 29 clients need 65 seats in a match; a new one has 64"):
        seats_each(2, 100, 29)


@pytest.mark.parametrize(
    ("listed", "match", "seats"),
    [
        ([{"id": "A", "people": 3}, {"id": "B", "people": 4}], "", 7),
        ([{"id": "A", "people": 3}, {"id": "B", "people": 4}], "b", 4),
        ([], "", 0),
        ([{"id": "A"}], "", None),
        ([{"id": "A", "people": "many"}], "", None),
        ({"status": "ok"}, "", None),
        (7, "", None),
        (HttpError("no"), "", None),
        (OSError("no"), "", None),
        (trio.TooSlowError(), "", None),
    ],
)
async def test_seats_are_counted_where_the_server_is_one_of_ours(
    monkeypatch: pytest.MonkeyPatch, listed: Any, match: str, seats: int | None
) -> None:
    async def get(_: Target, path: str, parse: Any) -> Any:
        assert path == "/api/matches"
        if isinstance(listed, Exception):
            raise listed
        return parse(json.dumps(listed))

    monkeypatch.setattr(server_probe, "http_get", get)
    assert await seats_taken(Target("127.0.0.1", 9, False, match)) == seats
