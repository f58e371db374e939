"""What is left of matches that are over, and of people who have gone: nothing."""

from __future__ import annotations

import gc
import os
from collections import Counter
from typing import Any, cast

import numpy as np
import pytest
import trio

from game_server.lobby import match_index, opening_limits
from game_server.lobby.client_session import ClientSession as Served_
from game_server.lobby.match.hosted_match import HostedMatch
from game_server.lobby.person import Person
from game_server.lobby.text.chat import ChatChannel, Voice
from game_server.protocol import (
    Admin,
    AdminDeed,
    Answer,
    Browse,
    Chat,
    Input,
    Join,
    Leave,
    Moderate,
    ModerateDeed,
    Queued,
    Spectating,
    Vote,
    Watch,
)
from game_server.simulation import Match, World
from game_server.simulation.replication.table_replicas import TableReplicas
from game_server.transport import Link, SeatedSockets
from tests.live_server import Guest, OpenServer, Served, wish

KINDS = (ChatChannel, HostedMatch, Link, Match, Person, TableReplicas, Served_, Voice, World)
"""Of which one is made for each match or for each person, or more."""

SHAPES: tuple[dict[str, Any], ...] = (
    {"max_players": 2},
    {"max_players": 3, "bots": 3, "takeover": 1},
    {"max_players": 2, "private": 1, "password": "sesame"},
    {"max_players": 2, "spectating": Spectating.ALLOWED, "delay": 1},
    {"max_players": 3, "game": "arena", "mode": "teams", "bots": 2, "spectating": Spectating.SILENT},
    {"max_players": 2, "game": "arena", "mode": "free-for-all", "rounds": 1, "takeover": 1, "bots": 1},
    {"max_players": 4, "game": "arena", "mode": "teams", "options": {"friendly_fire": 1}, "rotation": 3},
    {"max_players": 1, "password": "sesame", "spectating": Spectating.FORBIDDEN},
)


WAYS = ("leave", "quit", "vanish", "resume", "removed")


async def settle(seconds: float = 0.3) -> None:
    """Let what was asked for be done."""
    await trio.sleep(seconds)


async def gather(served: Served, shape: dict[str, Any]) -> tuple[list[Guest], list[Guest]]:
    """Open a match of ``shape`` and fill it: those who play, and those who wait and watch."""
    shape = {"spectating": Spectating.ALLOWED, **shape}
    password = shape.get("password", "")
    host = await served.come("Host")
    code = (await host.enter(wish(**shape))).match.id
    players, others = [host], []
    for number in range(1, shape["max_players"]):
        guest = await served.come(f"Player {number}")
        await guest.enter(Join(code, password))
        players.append(guest)
    for number in range(2):
        waiting = await served.come(f"Waiting {number}")
        assert isinstance(await waiting.ask(Join(code, password, 1)), Queued)
        others.append(waiting)
    if shape["spectating"]:
        for number in range(2):
            watching = await served.come(f"Watching {number}")
            await watching.enter(Watch(code, password))
            others.append(watching)
    browsing = await served.come("Browsing")
    await browsing.say(Browse(1), Chat("hello"))
    for guest in players:
        await guest.say(Input(10_000, 1, 1), Chat("hi"), Vote(1))
    return players, [*others, browsing]


async def scatter(served: Served, players: list[Guest], others: list[Guest], turn: int) -> None:
    """Let everybody go, each in another way, and other ways in each ``turn``."""
    host = players[0]
    ways = (*WAYS, "kick", "ban")
    for number, guest in enumerate(players[1:]):
        way = ways[(turn + number) % len(ways)]
        if way in WAYS:
            await go(served, guest, way)
        else:
            deed = ModerateDeed.KICK if way == "kick" else ModerateDeed.BAN
            await host.say(Moderate(deed, guest.welcome.player))
            await settle()
            await guest.quit()
    for number, guest in enumerate(others):
        await go(served, guest, ("leave", "vanish", "quit")[(turn + number) % 3])
    if turn % 3 == 0:
        await command(served, AdminDeed.CLOSE, host)
        await host.quit()
    else:
        await go(served, host, ("vanish", "leave")[turn % 2])


async def go(served: Served, guest: Guest, way: str) -> None:
    """Go, not to come back, in one of `WAYS`."""
    match way:
        case "leave":
            await guest.say(Leave())
            await settle()
            await guest.quit()
        case "quit":
            await guest.quit()
        case "vanish":
            await guest.vanish()
        case "resume":
            await guest.vanish()
            await settle()
            await (await served.resume(guest.welcome.token, "Back")).quit()
        case "removed":
            await command(served, AdminDeed.KICK, guest)
            await guest.close_code()


async def command(served: Served, deed: AdminDeed, guest: Guest) -> None:
    """Have the host of the process do ``deed`` to ``guest``, or to their match."""
    admin = await served.come("Admin")
    asked = Admin(served.server.admin_token, deed, guest.welcome.match.id, guest.welcome.nickname)
    assert isinstance(await admin.ask(asked), Answer)
    await admin.quit()


def left(served: Served) -> dict[str, int]:
    """What there is of each thing that is given back."""
    place = served.server.lobby
    groups = place.hosting._groups._groups
    sockets = [cast(SeatedSockets, one) for one in (*(placed.sockets for placed in groups), place.sockets)]
    readers = [one._reader for one in sockets if one._reader]
    return {
        "matches": len(place.match_index),
        "addresses of matches": len(place.match_index._opened_from),
        "places": len(place.hosting._placements),
        "seats beyond those": sum(placed.seats for placed in groups)
        - sum(placed.seats for placed in place.hosting._placements.values()),
        "matches that tick": sum(len(placed.group._driven) for placed in groups),
        "shapes": sum(len(placed.group._alike) for placed in groups),
        "worlds in replicas": sum(
            len(alike.encoder.replicas) for placed in groups for alike in placed.group._alike.values()
        ),
        "voices in matches": sum(len(match.state.chat._voices) for match in place.match_index),
        "names in matches": sum(
            len(names) for match in place.match_index for names in vars(match.state.roster._names).values()
        ),
        "members": sum(len(match.state.roster) for match in place.match_index),
        "bases": sum(len(placed.group._reserved) for placed in groups),
        "numbers": sum(len(placed.group._of_player) for placed in groups),
        "seats of inputs": sum(len(placed.group._inputs._placed) for placed in groups),
        "sockets": sum(map(len, sockets)),
        "links of players": sum(len(one._links) for one in sockets)
        + sum(int(np.count_nonzero(one._descriptors.values >= 0)) for one in sockets),
        "descriptors of readers": sum(len(one._busy) + len(one._mail) for one in sockets)
        + sum(len(reader._slow) + len(reader._put_off) for reader in readers),
        "players of descriptors": sum(int(np.count_nonzero(reader._players.values >= 0)) for reader in readers),
        "links": len(served.server.links),
        "people": len(place.people),
        "names": sum(len(names) for names in vars(place._names).values()),
        "voices": len(place._voices) + len(place.chat._voices),
        "those who browse": len(place.browsing),
    }


def alive() -> dict[int, str]:
    """The objects of `KINDS`, by their ids."""
    gc.collect()
    return {id(one): type(one).__name__ for one in gc.get_objects() if isinstance(one, KINDS)}


async def live(served: Served, home: str, turn: int) -> None:
    """All that a match of one shape goes through; and somebody comes by in the match ``home`` meanwhile."""
    players, others = await gather(served, SHAPES[turn % len(SHAPES)])
    visitor = await served.join("Visitor", home)
    await visitor.say(Chat("hi"))
    await players[0].ticks(5)
    await go(served, visitor, WAYS[turn % len(WAYS)])
    await scatter(served, players, others, turn)


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


async def test_of_matches_that_are_over_and_of_people_who_have_gone_nothing_is_left(
    open_server: OpenServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(match_index, "EMPTY_FOR", 2.0)
    monkeypatch.setattr(opening_limits, "MATCHES_IN_A_ROW", 100)
    served = await open_server(max_players=9, tick_rate=10, options={"max_matches_per_address": 64, "seat_hold": 1.0})
    resident = await served.join("Resident")
    home = resident.welcome.match.id
    await resident.idle(1)
    before = left(served)
    opened: list[int] = []
    for wave in (range(4), range(4, 8), range(8, 12)):
        alive_before = alive()
        async with trio.open_nursery() as nursery:
            for turn in wave:
                nursery.start_soon(live, served, home, turn)
            nursery.start_soon(resident.idle, 6.0)
        while len(served.streams) > 1:
            await served.streams.pop().aclose()
        await resident.idle(4)  # seats are kept no longer, and matches that are empty have been closed
        assert left(served) == before
        kept = alive()
        assert Counter(kept[one] for one in kept.keys() - alive_before.keys()) == Counter()
        opened.append(descriptors())
    assert opened[1] == opened[2]  # the first wave made the groups, which stay
    await resident.quit()
    await trio.sleep(1)
    nothing = left(served)
    assert (nothing.pop("matches"), nothing.pop("places"), nothing.pop("bases")) == (1, 1, 1)
    assert nothing == dict.fromkeys(nothing, 0)
