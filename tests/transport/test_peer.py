from __future__ import annotations

import pytest
import trio
import trio.testing

from game_server.transport.peer import LAST_WORDS_SECONDS, LINGER_BYTES, Peer


async def test_a_peer_that_takes_nothing_is_stalled_and_torn(autojump_clock: trio.testing.MockClock) -> None:
    ours, _ = trio.testing.lockstep_stream_pair()
    peer = Peer(ours, "peer", slow_timeout=10)
    with pytest.raises(trio.BrokenResourceError):
        await peer.send(b"anything")
    assert peer.stalled
    assert autojump_clock.current_time() == pytest.approx(10)
    with pytest.raises(trio.BrokenResourceError):
        await peer.send(b"more")
    assert autojump_clock.current_time() == pytest.approx(10)


async def test_a_write_cut_short_is_the_last(nursery: trio.Nursery, autojump_clock: trio.testing.MockClock) -> None:
    ours, theirs = trio.testing.lockstep_stream_pair()
    peer = Peer(ours, "peer", slow_timeout=10)
    nursery.start_soon(theirs.receive_some, 3)
    with trio.move_on_after(1):
        await peer.send(b"half a frame")
    assert autojump_clock.current_time() == pytest.approx(1)
    assert peer.torn
    assert not peer.stalled
    with pytest.raises(trio.BrokenResourceError):
        await peer.send(b"another frame")


async def test_lingering_ends_our_side_and_waits_for_the_other() -> None:
    ours, theirs = trio.testing.memory_stream_pair()
    peer = Peer(ours, "peer", slow_timeout=10)
    await theirs.send_all(b"unread")
    await theirs.send_eof()
    await peer.send(b"last words")
    await peer.linger()
    assert await theirs.receive_some() == b"last words"
    assert await theirs.receive_some() == b""


async def test_lingering_has_an_end(autojump_clock: trio.testing.MockClock) -> None:
    ours, theirs = trio.testing.memory_stream_pair()
    peer = Peer(ours, "peer", slow_timeout=10)
    await peer.linger(2)
    assert autojump_clock.current_time() == pytest.approx(2)
    await theirs.send_all(bytes(2 * LINGER_BYTES))
    await peer.linger()


async def test_who_sends_more_than_is_thrown_away_has_a_moment_to_read_our_last_words(
    autojump_clock: trio.testing.MockClock,
) -> None:
    ours, theirs = trio.testing.memory_stream_pair()
    peer = Peer(ours, "peer", slow_timeout=10)
    await theirs.send_all(bytes(LINGER_BYTES))
    await peer.linger()
    assert autojump_clock.current_time() == pytest.approx(LAST_WORDS_SECONDS)
    await theirs.send_all(bytes(LINGER_BYTES))
    await peer.linger(LAST_WORDS_SECONDS / 2)
    assert autojump_clock.current_time() == pytest.approx(1.5 * LAST_WORDS_SECONDS)
