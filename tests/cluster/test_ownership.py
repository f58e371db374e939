"""Ownership on a directory that answers: drawing codes, moving a match, losing one."""

from __future__ import annotations

import itertools

import attrs
import pytest
import trio

from game_server.cluster import Claim, MemoryDirectory, Offer, Ownership, drive, unpack_offer
from game_server.errors import JournalError
from tests.waiting import bounded


@attrs.define
class Matches:
    """What a node was asked to do with its matches."""

    done: list[str] = attrs.field(factory=list)
    takes: bool = True

    def freeze(self, offer: Offer, *, afresh: bool) -> bytes:
        self.done.append(f"freeze {offer.claim.code}{' afresh' if afresh else ''}")
        return b"world"

    def claimed(self, claim: Claim) -> None:
        self.done.append(f"claimed {claim.epoch}")

    def go_on(self, claim: Claim) -> None:
        self.done.append(f"go on {claim.epoch}")

    def moved(self, code: str, to: str, *, afresh: bool) -> None:
        self.done.append(f"moved {code} to {to}{' afresh' if afresh else ''}")

    def fence(self, code: str) -> None:
        self.done.append(f"fence {code}")

    def prepare(self, offer: Offer, blob: bytes) -> None:  # noqa: ARG002
        self.done.append(f"prepare {blob.decode()}")
        if not self.takes:
            raise JournalError("there is no room")

    def discard(self, code: str) -> None:
        self.done.append(f"discard {code}")


def ownership_of(node: str, *, takes: bool = True) -> tuple[Ownership, Matches]:
    matches, numbers = Matches(takes=takes), itertools.count()
    return Ownership(node, matches, lambda: f"{node}{next(numbers)}", trio.current_time, stock=3), matches


@pytest.fixture
def directory(jumping_clock: None) -> MemoryDirectory:  # noqa: ARG001
    return MemoryDirectory()


async def test_new_matches_have_codes_that_are_claimed_in_advance(directory: MemoryDirectory) -> None:
    ownership, _ = ownership_of("a")
    assert ownership.new_match() is None
    assert await drive(ownership.keep(), directory)
    claims = [ownership.new_match() for _ in range(4)]
    assert sorted(claim.code for claim in claims if claim) == ["a0", "a1", "a2"]
    assert claims[3] is None
    assert await directory.owner("a1") == Claim("a1", "a", 1)


@pytest.mark.parametrize("afresh", [False, True])
async def test_a_match_moves_and_its_people_follow(directory: MemoryDirectory, afresh: bool) -> None:
    (here, ours), (there, theirs) = ownership_of("a"), ownership_of("b")
    await drive(here.keep(), directory)
    claim = here.new_match()
    assert claim

    async def hear() -> None:
        async with directory.subscribe() as messages:
            task_started.set()
            _, data = await messages.receive()
            offer = unpack_offer(data)
            assert offer
            assert await drive(there.move_in(offer), directory) is True

    task_started = trio.Event()
    with bounded():
        async with trio.open_nursery() as nursery:
            nursery.start_soon(hear)
            await task_started.wait()
            steps = here.move_out(claim.code, "b", "key", "node-b", afresh=afresh)
            assert await drive(steps, directory) == ""
    how = " afresh" if afresh else ""
    assert ours.done == [f"freeze {claim.code}{how}", f"moved {claim.code} to b{how}"]
    assert theirs.done == ["prepare world", "go on 2"]
    assert there.held == {claim.code: Claim(claim.code, "b", 2)}


async def test_a_match_that_nobody_takes_goes_on_where_it_was(directory: MemoryDirectory) -> None:
    ownership, matches = ownership_of("a")
    await drive(ownership.keep(), directory)
    claim = ownership.new_match()
    assert claim
    with bounded():
        why = await drive(ownership.move_out(claim.code, "b", "key", "node-b"), directory)
    assert why == "b has not answered within 3 s"
    assert matches.done == [f"freeze {claim.code}", "go on 2"]
    assert not ownership.offered


async def test_a_match_that_cannot_go_on_there_comes_back_at_once(directory: MemoryDirectory) -> None:
    (here, ours), (there, theirs) = ownership_of("a"), ownership_of("b", takes=False)
    await drive(here.keep(), directory)
    claim = here.new_match()
    assert claim

    async def hear() -> None:
        async with directory.subscribe() as messages:
            task_started.set()
            offer = unpack_offer((await messages.receive())[1])
            assert offer
            with pytest.raises(JournalError) as refused:
                await drive(there.move_in(offer), directory)
            here.refused(claim.code, str(refused.value))

    task_started = trio.Event()
    with bounded(0.5):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(hear)
            await task_started.wait()
            assert await drive(here.move_out(claim.code, "b", "key", "node-b"), directory) == "there is no room"
    assert ours.done[-1] == "go on 2"
    assert theirs.done == ["prepare world"]


async def test_a_match_that_another_node_has_is_fenced_at_the_next_renewal(directory: MemoryDirectory) -> None:
    ownership, matches = ownership_of("a")
    await drive(ownership.keep(), directory)
    claim = ownership.new_match()
    assert claim
    await directory.transfer(claim, "b")
    await drive(ownership.keep(), directory)
    assert matches.done == [f"fence {claim.code}"]
    assert not ownership.held


async def test_a_newer_claim_of_its_own_is_adopted(directory: MemoryDirectory) -> None:
    ownership, matches = ownership_of("a")
    await drive(ownership.keep(), directory)
    claim = ownership.new_match()
    assert claim
    await directory.claim(claim.code, "a", 1)  # a call whose answer was lost
    await drive(ownership.keep(), directory)
    assert matches.done == ["claimed 3"]


async def test_the_journal_of_a_match_that_moved_is_not_recovered(directory: MemoryDirectory) -> None:
    ownership, _ = ownership_of("a")
    await directory.transfer(await directory.claim("K7RW2P", "a"), "b")
    assert await drive(ownership.recover("K7RW2P", 1), directory) is False
    offer = Offer(Claim("K7RW2P", "a", 1), "b", "key")
    assert await drive(ownership.recover_offered(offer), directory) is False


async def test_a_journal_of_a_renamed_node_waits_for_the_lease_to_lapse(directory: MemoryDirectory) -> None:
    ownership, _ = ownership_of("new-name")
    await directory.claim("K7RW2P", "a")
    began = trio.current_time()
    assert await drive(ownership.recover("K7RW2P", 1), directory) is True
    assert 9.99 < trio.current_time() - began < 11
