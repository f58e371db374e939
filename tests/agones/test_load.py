"""What a server reports that it has to do for people."""

from __future__ import annotations

import trio

from game_server.agones import Load
from game_server.protocol import Leave
from tests.live_server import OpenServer, wish


def test_loads_add_up() -> None:
    assert Load.sum([]) == Load()
    assert Load.sum([Load(1, 2, 3, 1), Load(10, 20, 30)]) == Load(11, 22, 33, 1)


def test_of_a_worker_of_another_version_what_is_known_counts() -> None:
    assert Load.read({"matches": 1, "players": 2, "ghosts": 3}) == Load(1, 2)


async def test_a_match_of_the_hosts_own_is_kept_while_somebody_has_a_seat(open_server: OpenServer) -> None:
    served = await open_server(bots=2)
    assert served.server.load() == Load(matches=1, open=1)
    guest = await served.join()
    assert served.server.load() == Load(matches=1, players=1, kept=1, open=1)
    await guest.say(Leave())
    await trio.sleep(1)
    assert served.server.load() == Load(matches=1, open=1)


async def test_a_seat_that_is_held_counts(open_server: OpenServer) -> None:
    served = await open_server()
    await served.join()
    served.hang_up()
    await trio.sleep(1)
    assert served.server.load() == Load(matches=1, players=1, kept=1, open=1)


async def test_a_match_that_somebody_opened_is_kept_for_as_long_as_it_is_open(open_server: OpenServer) -> None:
    served = await open_server()
    guest = await served.come()
    await guest.say(wish())
    await trio.sleep(1)
    await guest.say(Leave())
    await trio.sleep(1)
    assert served.server.load() == Load(matches=2, kept=1, open=1)


async def test_a_server_that_drains_or_stops_opens_no_matches(open_server: OpenServer) -> None:
    served = await open_server()
    hosting = served.server.lobby.hosting
    hosting.draining = True
    assert not served.server.load().open
    hosting.draining, served.server.lobby.stopping = False, True
    assert not served.server.load().open
