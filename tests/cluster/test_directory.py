"""The port of the directory, which every adapter keeps."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import trio

from game_server.cluster import GAP, HISTORY, MAX_BLOB, MAX_SAID, Claim
from game_server.errors import CodeTaken, NodeNameTaken
from tests.cluster.directories import TriedDirectory, in_memory, in_redis, over_a_socket, row_of, summary_of
from tests.waiting import bounded

ADAPTERS = {"local": over_a_socket, "memory": in_memory, "redis": in_redis}


@pytest.fixture(params=sorted(ADAPTERS))
async def tried(request: pytest.FixtureRequest) -> AsyncIterator[TriedDirectory]:
    async with ADAPTERS[request.param]() as tried:
        yield tried


async def test_a_new_match_has_epoch_one_and_an_owner(tried: TriedDirectory) -> None:
    claim = await tried.directory.claim("AAAAAA", "a")
    assert claim == Claim("AAAAAA", "a", 1) == await tried.directory.owner("AAAAAA")
    assert await tried.directory.owner("BBBBBB") is None


@pytest.mark.parametrize("node", ["a", "b"])
async def test_a_new_match_never_gets_a_code_that_somebody_has(tried: TriedDirectory, node: str) -> None:
    await tried.directory.claim("AAAAAA", "a")
    with pytest.raises(CodeTaken, match="AAAAAA is with node a, epoch 1"):
        await tried.directory.claim("AAAAAA", node)


async def test_a_new_match_does_not_get_the_code_of_a_lapsed_claim(tried: TriedDirectory) -> None:
    await tried.directory.claim("AAAAAA", "a")
    await tried.lapse("AAAAAA")
    with pytest.raises(CodeTaken):
        await tried.directory.claim("AAAAAA", "b")


async def test_a_node_that_starts_again_claims_its_match_with_the_next_epoch(tried: TriedDirectory) -> None:
    await tried.directory.claim("AAAAAA", "a")
    assert (await tried.directory.claim("AAAAAA", "a", 0)).epoch == 2
    assert (await tried.directory.claim("AAAAAA", "a", 1)).epoch == 3


async def test_a_journal_gives_the_epoch_where_the_directory_has_forgotten_it(tried: TriedDirectory) -> None:
    assert (await tried.directory.claim("AAAAAA", "a", 7)).epoch == 8


async def test_a_journal_under_another_name_takes_a_match_over_after_its_lease(tried: TriedDirectory) -> None:
    await tried.directory.claim("AAAAAA", "a")
    with pytest.raises(CodeTaken):
        await tried.directory.claim("AAAAAA", "b", 1)
    await tried.lapse("AAAAAA")
    assert await tried.directory.claim("AAAAAA", "b", 1) == Claim("AAAAAA", "b", 2)


async def test_an_old_journal_does_not_take_a_match_from_a_later_owner(tried: TriedDirectory) -> None:
    first = await tried.directory.claim("AAAAAA", "a")
    await tried.directory.transfer(first, "b")
    await tried.lapse("AAAAAA")
    with pytest.raises(CodeTaken):
        await tried.directory.claim("AAAAAA", "a", 1)


async def test_renewal_names_the_claims_that_another_node_has(tried: TriedDirectory) -> None:
    kept, moved = [await tried.directory.claim(code, "a") for code in ("AAAAAA", "BBBBBB")]
    await tried.directory.transfer(moved, "b")
    assert await tried.directory.renew("a", [kept, moved]) == (moved,)
    assert await tried.directory.renew("a", []) == ()


async def test_a_lapsed_claim_can_be_renewed(tried: TriedDirectory) -> None:
    claim = await tried.directory.claim("AAAAAA", "a")
    await tried.lapse("AAAAAA")
    assert await tried.directory.renew("a", [claim]) == ()
    with pytest.raises(CodeTaken):
        await tried.directory.claim("AAAAAA", "b", 1)


async def test_renewal_restores_what_the_directory_has_forgotten(tried: TriedDirectory) -> None:
    claim = await tried.directory.transfer(await tried.directory.claim("AAAAAA", "a"), "b")
    await tried.forget()
    assert await tried.directory.renew("b", [claim]) == ()
    assert await tried.directory.owner("AAAAAA") == claim


async def test_only_the_first_of_two_transfers_of_a_claim_succeeds(tried: TriedDirectory) -> None:
    claim = await tried.directory.claim("AAAAAA", "a")
    assert await tried.directory.transfer(claim, "b") == Claim("AAAAAA", "b", 2)
    with pytest.raises(CodeTaken, match="with node b, epoch 2"):
        await tried.directory.transfer(claim, "a")


async def test_a_claim_that_the_directory_has_forgotten_cannot_be_transferred(tried: TriedDirectory) -> None:
    claim = await tried.directory.claim("AAAAAA", "a")
    await tried.forget()
    with pytest.raises(CodeTaken, match="with nobody"):
        await tried.directory.transfer(claim, "b")


async def test_only_its_owner_releases_a_claim_whose_code_stays_taken(tried: TriedDirectory) -> None:
    claim = await tried.directory.claim("AAAAAA", "a")
    moved = await tried.directory.transfer(claim, "b")
    await tried.directory.release(claim)
    assert await tried.directory.owner("AAAAAA") == moved
    await tried.directory.release(moved)
    assert await tried.directory.owner("AAAAAA") == moved
    with pytest.raises(CodeTaken):
        await tried.directory.claim("AAAAAA", "c")
    assert (await tried.directory.claim("AAAAAA", "c", 2)).epoch == 3  # its lease has lapsed


async def test_nodes_are_listed_by_name_with_what_they_published_last(tried: TriedDirectory) -> None:
    for row in (row_of("b"), row_of("a"), row_of("b", people=9)):
        await tried.directory.publish(row)
    assert await tried.directory.nodes() == (summary_of("a"), summary_of("b", people=9))
    assert await tried.directory.rows(["b", "nobody"]) == (row_of("b", people=9),)
    assert await tried.directory.rows([]) == ()


async def test_two_instances_cannot_have_one_name(tried: TriedDirectory) -> None:
    await tried.directory.publish(row_of("a"))
    with pytest.raises(NodeNameTaken, match="--node-name"):
        await tried.directory.publish(row_of("a", instance="two"))


async def test_a_node_that_withdraws_frees_its_name_and_no_other(tried: TriedDirectory) -> None:
    await tried.directory.publish(row_of("a"))
    await tried.directory.withdraw("a", "two")
    assert len(await tried.directory.rows(["a"])) == 1
    await tried.directory.withdraw("a", "one")
    assert await tried.directory.rows(["a"]) == ()
    await tried.directory.publish(row_of("a", instance="two"))


async def test_what_is_said_reaches_every_subscriber_and_the_history(tried: TriedDirectory) -> None:
    with bounded():
        async with tried.directory.subscribe() as first, tried.directory.subscribe() as second:
            await tried.directory.say("lobby", b"hello")
            await tried.directory.say("to-a", b"\x00\xff")
            for messages in (first, second):
                assert [await messages.receive() for _ in range(2)] == [("lobby", b"hello"), ("to-a", b"\x00\xff")]
    assert await tried.directory.history("lobby") == (b"hello",)
    assert await tried.directory.history("nowhere") == ()


async def test_the_history_keeps_the_latest_messages(tried: TriedDirectory) -> None:
    for number in range(HISTORY + 3):
        await tried.directory.say("lobby", b"%d" % number)
    assert await tried.directory.history("lobby") == tuple(b"%d" % number for number in range(3, HISTORY + 3))


async def test_a_name_is_held_by_one_until_it_is_given_back(tried: TriedDirectory) -> None:
    hold, free = tried.directory.hold, tried.directory.free
    assert await hold("ada", ["ada", "ADA"])
    assert await hold("ada", ["ada", "ADA"])
    assert not await hold("bob", ["bob", "ADA"])
    assert await hold("eve", ["bob"])  # of which nothing was held, then
    await free("bob", ["ada", "ADA"])
    assert not await hold("bob", ["ada"])
    await free("ada", ["ada", "ADA"])
    assert await hold("bob", ["ada", "ADA"])


async def test_a_blob_is_taken_once(tried: TriedDirectory) -> None:
    data = bytes(range(256)) * 4096
    await tried.directory.put("move", data, 5.0)
    assert await tried.directory.take("move") == data
    assert await tried.directory.take("move") is None


async def test_what_is_too_large_is_refused_before_it_is_sent(tried: TriedDirectory) -> None:
    with pytest.raises(ValueError, match="bytes are more than"):
        await tried.directory.put("move", bytes(MAX_BLOB + 1), 5.0)
    with pytest.raises(ValueError, match="bytes are more than"):
        await tried.directory.say("lobby", bytes(MAX_SAID + 1))


async def test_a_slow_subscriber_has_a_gap_and_delays_nobody() -> None:
    with bounded():
        async with in_memory() as tried, tried.directory.subscribe() as messages:
            for number in range(300):
                await tried.directory.say("lobby", b"%d" % number)
            received = [await messages.receive() for _ in range(256)]
            await tried.directory.say("lobby", b"after")
            assert received[-1] == ("lobby", b"255")
            assert [await messages.receive() for _ in range(2)] == [(GAP, b""), ("lobby", b"after")]


async def test_rows_blobs_and_claims_are_forgotten_in_time(autojump_clock: object) -> None:
    assert autojump_clock
    async with in_memory() as tried:
        await tried.directory.publish(row_of("a"))
        await tried.directory.put("move", b"data", 1.0)
        await tried.directory.claim("AAAAAA", "a")
        await tried.directory.hold("ada", ["ada"])
        await trio.sleep(6)
        assert await tried.directory.nodes() == () == await tried.directory.rows(["a"])
        assert await tried.directory.take("move") is None
        await tried.directory.publish(row_of("a", instance="two"))
        await trio.sleep(620)
        assert await tried.directory.hold("bob", ["ada"])
        await tried.directory.claim("AAAAAA", "b")
