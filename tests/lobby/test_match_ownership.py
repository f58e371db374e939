"""The claims of a node, without a network: codes, the log, and what comes of other nodes."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any, cast

import attrs
import msgpack
import pytest
import trio

from game_server.cluster import Claim, ClaimNote, MemoryDirectory, Offer
from game_server.errors import CodeTaken, DirectoryUnavailable, JournalError, RequestRefused
from game_server.lobby.lobby import Lobby
from game_server.lobby.match.hosted_match import HostedMatch
from game_server.lobby.match.match_options import Opening
from game_server.lobby.match_ownership import MatchOwnership
from game_server.lobby.opened_elsewhere import Opened, OpenedElsewhere
from game_server.protocol import RefusalCode
from tests.live_server import wish
from tests.lobby.people import come
from tests.lobby.test_redirects import Others

HERE, THERE = "berlin-0", "paris-0"


class Away(MemoryDirectory):
    """A directory that may be away."""

    away = False

    async def claim(self, code: str, node: str, journalled: int | None = None) -> Claim:
        if self.away:
            raise DirectoryUnavailable("away")
        return await super().claim(code, node, journalled)

    async def renew(self, node: str, claims: Iterable[Claim]) -> tuple[Claim, ...]:
        if self.away:
            raise DirectoryUnavailable("away")
        return await super().renew(node, claims)


@attrs.define
class Owned:
    """A node that claims its matches."""

    lobby: Lobby
    directory: Away = attrs.Factory(Away)
    others: Others = attrs.Factory(Others)
    changes: list[str] = attrs.Factory(list)
    ownership: MatchOwnership = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.ownership = MatchOwnership(
            HERE, self.directory, self.lobby.hosting, self.others, lambda: self.changes.append("changed")
        )

    def open(self) -> HostedMatch:
        ada = come(self.lobby)
        ada.socket.charged_to = ()
        return self.lobby.hosting.open_for(ada, self.lobby.options.choose(wish(), "Ada", self.lobby.context.words))


@pytest.fixture
async def owned(lobby: Lobby) -> Owned:
    owned = Owned(lobby)
    await owned.ownership.begin()
    return owned


def offered(code: str, node: str = THERE) -> Offer:
    return Offer(Claim(code, node, 3), HERE, "move:key")


async def test_the_log_has_a_line_when_the_directory_goes_and_one_when_it_is_back(
    owned: Owned, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "game_server.lobby")
    owned.open()
    for away in (False, True, True, False, False):
        owned.directory.away = away
        await owned.ownership._keep()
    stock = len(owned.ownership._claims.stock)
    assert stock > 0
    assert [
        (record.levelname, record.getMessage()) for record in caplog.records if "directory" in record.getMessage()
    ] == [
        ("WARNING", f"the directory is gone: matches go on, and {stock} can begin"),
        ("INFO", "the directory is there again: 1 matches are claimed"),
    ]


async def test_a_match_has_a_claimed_code_or_one_that_is_claimed_later_if_it_has_to_begin(owned: Owned) -> None:
    match = owned.open()
    assert await owned.directory.owner(match.id) == Claim(match.id, HERE, 1)
    assert owned.ownership.note_of(match.id) == match.people_journal.claim == ClaimNote(1)
    owned.ownership._claims.stock.clear()
    assert owned.ownership.new_code(needed=False) is None
    code = owned.ownership.new_code(needed=True)
    assert code
    assert owned.ownership.note_of(code) == ClaimNote(0)
    await owned.ownership._keep()
    assert await owned.directory.owner(code) == Claim(code, HERE, 1)
    owned.ownership.ended(code)
    await owned.ownership._keep()
    assert await owned.directory.claim(code, THERE, 1) == Claim(code, THERE, 2), "anybody may have it"


async def test_what_is_said_of_a_match_that_is_not_here_changes_nothing(owned: Owned) -> None:
    with pytest.raises(JournalError, match="it has ended"):
        owned.ownership.freeze(offered("NOSUCH"), afresh=False)
    owned.ownership.claimed(Claim("NOSUCH", HERE, 2))
    owned.ownership.moved("NOSUCH", THERE, afresh=False)
    owned.ownership.fence("NOSUCH")
    owned.ownership.discard("NOSUCH")
    assert owned.changes == []


async def test_a_match_that_is_frozen_stands_still_by_its_offer_until_it_goes_on(owned: Owned) -> None:
    match, offer = owned.open(), offered("", HERE)
    offer = attrs.evolve(offer, claim=Claim(match.id, HERE, 1), to=THERE)
    owned.ownership.freeze(offer, afresh=False)
    assert (match.stands_still, match.people_journal.claim) == (True, ClaimNote(1, offer))
    owned.ownership.go_on(Claim(match.id, HERE, 2))
    assert (match.stands_still, match.people_journal.claim) == (False, ClaimNote(2))
    owned.ownership.claimed(Claim(match.id, HERE, 3))
    assert match.people_journal.claim == ClaimNote(3)


@pytest.mark.parametrize(
    ("end", "logged"),
    [
        ("fence", ["WARNING: match CODE ends here: another node has it"]),
        ("discard", []),
        ("moved", ["INFO: match CODE goes on at paris-0, from tick 0"]),
        ("moved afresh", ["INFO: match CODE begins again at paris-0, by other rules"]),
    ],
)
async def test_a_match_that_is_elsewhere_ends_here(
    owned: Owned, end: str, logged: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    match = owned.open()
    match.join(ada := come(owned.lobby, "Ada"))
    ada.socket.heard()
    caplog.clear()
    caplog.set_level(logging.INFO, "game_server.lobby")
    if end.startswith("moved"):
        owned.ownership.moved(match.id, THERE, afresh=end == "moved afresh")
        assert owned.changes == ["changed"]
        assert owned.others.has(match.id)
        assert owned.lobby.match_index.get(match.id) is None
    else:
        getattr(owned.ownership, end)(match.id)
    assert match.state.over
    await trio.lowlevel.checkpoint()
    assert [getattr(message, "text", None) for message in ada.socket.heard()][-1] == "This match goes on elsewhere."
    lines = [f"{record.levelname}: {record.getMessage()}" for record in caplog.records]
    assert [line.replace(match.id, "CODE") for line in lines] == logged


async def test_a_match_that_cannot_be_packed_goes_on_and_the_log_has_why(
    owned: Owned, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    match = owned.open()

    def fail() -> bytes:
        raise ZeroDivisionError("no world")

    monkeypatch.setattr(match.match, "checkpoint", fail)
    with pytest.raises(JournalError, match="it cannot be packed: ZeroDivisionError"):
        owned.ownership.freeze(offered(match.id), afresh=False)
    assert not match.stands_still
    [record] = caplog.records
    assert (record.getMessage(), bool(record.exc_info)) == (f"match {match.id} cannot be moved", True)


async def test_a_match_of_another_node_is_taken_in_standing_still_unless_its_code_is_here(owned: Owned) -> None:
    match = owned.open()
    packed = owned.ownership.freeze(offered(match.id), afresh=False)
    with pytest.raises(CodeTaken) as taken:
        owned.ownership.prepare(offered(match.id), packed)
    assert (taken.value.node, taken.value.epoch) == (HERE, 3)
    owned.ownership.prepare(offered("OTHER2"), packed)
    came = owned.lobby.match_index.find("OTHER2")
    assert came.stands_still
    assert came.people_journal.claim == ClaimNote(3, offered("OTHER2"))
    assert came.match.world.hash() == match.match.world.hash()
    assert (came.name, came.opening) == (match.name, match.opening)


def spoilt(packed: bytes, place: int, value: Any) -> bytes:
    values = msgpack.unpackb(packed, strict_map_key=False)
    values[place] = value
    again: bytes = msgpack.packb(values)
    return again


@pytest.mark.parametrize(
    ("place", "value", "why"),
    [
        (0, "chess", "there is no game chess"),
        (1, "other", "the rules of toy are of another version"),
        (2, "x", "cannot be read"),
        (5, 7, "."),
        (6, "other", "its world, restored, has another hash"),
        (7, {}, "cannot be read"),
        (None, b"", "what came of it cannot be read"),
        (None, b"\xc1", "what came of it cannot be read"),
        (None, b"\x90", "what came of it cannot be read"),
    ],
)
async def test_what_cannot_go_on_here_is_refused_and_not_listed(
    owned: Owned, place: int | None, value: Any, why: str
) -> None:
    match = owned.open()
    packed = owned.ownership.freeze(offered(match.id), afresh=False)
    blob = value if place is None else spoilt(packed, place, value)
    with pytest.raises(Exception, match=why):
        owned.ownership.prepare(offered("OTHER2"), blob)
    await trio.sleep(0.1)
    assert owned.lobby.match_index.get("OTHER2") is None


async def test_what_begins_again_needs_neither_the_same_rules_nor_the_same_world(owned: Owned) -> None:
    match = owned.open()
    packed = spoilt(owned.ownership.freeze(offered(match.id), afresh=True), 1, "other")
    assert msgpack.unpackb(packed, strict_map_key=False)[5] is None
    owned.ownership.prepare(offered("OTHER2"), packed)
    assert owned.lobby.match_index.find("OTHER2").match.world.tick == 0


class Crowded:
    """Other processes of this machine, which have as many matches as there may be."""

    def count(self, address: str | None) -> Opened:  # noqa: ARG002
        return Opened(64, 4)


async def test_a_match_that_moves_here_is_not_one_more_of_all_but_needs_room_here(owned: Owned) -> None:
    match, index = owned.open(), owned.lobby.match_index
    packed = owned.ownership.freeze(offered(match.id), afresh=False)
    index.others = cast("OpenedElsewhere", Crowded())
    owned.ownership.prepare(offered("OTHER2"), packed)
    index._most = 2
    with pytest.raises(RequestRefused) as refused:
        owned.ownership.prepare(offered("OTHER3"), packed)
    assert (refused.value.code, refused.value.reason) == (
        RefusalCode.TOO_MANY_MATCHES,
        "match limit (2) reached",
    )


@pytest.mark.parametrize(("node", "number"), [(HERE, 7), (THERE, -1)])
async def test_a_match_of_the_host_stays_on_the_machine_that_opens_it_again(
    owned: Owned, node: str, number: int
) -> None:
    own = owned.lobby.hosting._open(owned.lobby.options.default, Opening(number=7))
    packed = owned.ownership.freeze(offered(own.id), afresh=False)
    owned.ownership.prepare(offered("OTHER2", node), packed)
    assert owned.lobby.match_index.find("OTHER2").opening == Opening(number=number)
