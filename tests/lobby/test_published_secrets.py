"""What nodes publish of people, addresses and requests: digests that nobody can make or compare without the key."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
import trio

from game_server.cluster import MemoryDirectory, Neighbours, Node, NodeCalls
from game_server.lobby.answered_requests import AnsweredRequests
from game_server.lobby.lobby import Lobby
from game_server.lobby.matchmaking import Matchmaking
from game_server.lobby.opened_elsewhere import OpenedElsewhere
from game_server.lobby.sessions import Sessions
from game_server.lobby.shared_names import SharedNames
from game_server.protocol import Create, Join
from tests.live_server import wish
from tests.lobby.people import FakePerson, come

KEYS = (b"k" * 32, b"q" * 32, b"k" * 64, b"k" * 64 + b"more than a hash takes")


class WatchedDirectory(MemoryDirectory):
    """A directory that shows what it was asked to keep."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[tuple[str, bytes, float]] = []
        self.holders: list[str] = []

    async def put(self, key: str, data: bytes, ttl: float) -> None:
        self.kept.append((key, data, ttl))
        await super().put(key, data, ttl)

    async def hold(self, holder: str, names: Iterable[str]) -> bool:
        self.holders.append(holder)
        return await super().hold(holder, names)


def node(key: bytes) -> Node:
    return Node("berlin-0", 0, 1, key, (), Path(), "berlin", "http://berlin")


def address_of(key: bytes, address: str | None = "192.0.2.1") -> str:
    here = node(key)
    return OpenedElsewhere(Neighbours(MemoryDirectory(), here.name, here.machine), here).digest(address)


def is_digest(text: str, length: int) -> bool:
    return len(bytes.fromhex(text)) == length


@pytest.mark.parametrize("key", KEYS)
def test_an_address_is_published_in_8_bytes_that_another_key_makes_another(key: bytes) -> None:
    assert is_digest(address_of(key), 8)
    assert address_of(key) == address_of(key) != address_of(b"another")
    assert address_of(key, "192.0.2.2") != address_of(key)
    assert address_of(key, None) == ""


async def holder(key: bytes, client: str = "ada") -> str:
    directory = WatchedDirectory()
    names = SharedNames(key, directory, Neighbours(directory, "a", "a"))
    await names.give(FakePerson("Ada", trio.current_time, key=client))
    return directory.holders[0]


@pytest.mark.parametrize("key", KEYS)
async def test_who_holds_a_nickname_is_published_in_16_bytes_that_depend_on_the_key(key: bytes) -> None:
    assert is_digest(await holder(key), 16)
    assert await holder(key) == await holder(key) != await holder(b"another")
    assert await holder(key, "bob") != await holder(key)
    assert await holder(key, "") != await holder(key, ""), "a client without a key is known by nobody"


async def test_who_holds_a_nickname_is_no_digest_of_the_client_for_another_purpose(lobby: Lobby) -> None:
    [(name, *_)] = (await answered(lobby, KEYS[0], Join(""))).kept
    assert await holder(KEYS[0]) not in name


async def answered(lobby: Lobby, key: bytes, request: Join | Create, client: str = "ada") -> WatchedDirectory:
    """The directory after somebody has got a seat by ``request``."""
    directory = WatchedDirectory()
    requests = AnsweredRequests(
        key, directory, NodeCalls(directory, "a"), Neighbours(directory, "a", "a"), lobby.match_index
    )
    ada = come(lobby)
    ada.key, ada.socket.host, ada.socket.charged_to = client, f"10.0.0.{len(lobby.people)}", ()
    asking = Matchmaking(lobby, ada)
    if isinstance(request, Join):
        asking.join(request.match, request.password, wait=False)
    else:
        asking.create(request)
    await requests.note(ada, request)
    return directory


@pytest.mark.parametrize("key", KEYS)
async def test_a_seat_is_remembered_for_a_minute_by_client_and_request(lobby: Lobby, key: bytes) -> None:
    [(name, code, seconds)] = (await answered(lobby, key, Join(""))).kept
    assert (name.partition(":")[0], seconds) == ("asked", 60)
    assert is_digest(name.partition(":")[2], 16)
    assert lobby.match_index.get(code.decode())
    names = [
        (await answered(lobby, *others)).kept[0][0]
        for others in ((key, Join("")), (key, wish()), (key, Join(""), "bob"), (b"another", Join("")))
    ]
    assert [name == other for other in names] == [True, False, False, False]


async def test_nothing_is_remembered_of_a_keyless_client_or_of_a_match_that_was_named(lobby: Lobby) -> None:
    assert (await answered(lobby, KEYS[0], Join(""), "")).kept == []
    match = lobby.hosting.open_for(come(lobby, "Bob"), lobby.options.choose(wish(), "Bob", lobby.context.words))
    assert (await answered(lobby, KEYS[0], Join(match.id))).kept == []


def test_keys_and_serials_of_sessions_are_too_long_to_be_guessed() -> None:
    sessions = Sessions()
    assert len(sessions.key) == 32
    assert is_digest(sessions.open("K7RW2P", 3).serial, 8)
