"""The chat of the lobbies of several nodes."""

from __future__ import annotations

import trio
import trio.testing

from game_server.cluster import MemoryDirectory, NodeCalls
from game_server.lobby.shared_chat import SharedChat
from game_server.lobby.text.chat import ChatChannel, Voice
from game_server.protocol import NO_PLAYER, Line, LineKind, Notice, Said, decode_server
from game_server.throttling import TokenBucket

NODES = ("a", "b", "c")


async def test_a_whisper_is_heard_by_one_of_those_who_share_a_name(nursery: trio.Nursery) -> None:
    directory = MemoryDirectory()
    heard: list[tuple[str, str]] = []

    def enter(chat: ChatChannel, nickname: str, node: str) -> Voice:
        def take(data: bytes) -> bool:
            message = decode_server(data)
            assert isinstance(message, Said)
            heard.extend((node, line.text) for line in message.lines if line.kind == LineKind.WHISPER)
            return True

        chat.enter(voice := Voice(nickname, take, TokenBucket(9, 9, 0)))
        return voice

    chats = {}
    for node in NODES:
        chats[node] = chat = ChatChannel(LineKind.LOBBY, lambda text: text, trio.current_time)
        calls = NodeCalls(directory, node)
        shared = SharedChat(chat, directory, calls, lambda node=node: set(NODES) - {node})  # type: ignore[misc]
        await nursery.start(calls.run)
        nursery.start_soon(shared.run)
    ada = enter(chats["a"], "Ada", "a")
    for node in ("b", "c"):
        enter(chats[node], "Eve", node)
    chats["a"].say(ada, "psst", "eve")
    await trio.testing.wait_all_tasks_blocked(0.01)
    assert heard == [("b", "psst")]


async def test_a_whisper_that_may_be_for_a_node_that_does_not_answer_is_not_said_to_be_for_nobody(
    nursery: trio.Nursery,
    autojump_clock: trio.testing.MockClock,  # noqa: ARG001
) -> None:
    heard: list[Notice] = []

    def take(data: bytes) -> bool:
        message = decode_server(data)
        assert isinstance(message, Notice)
        heard.append(message)
        return True

    chat, calls = ChatChannel(LineKind.LOBBY, lambda text: text, trio.current_time), NodeCalls(MemoryDirectory(), "a")
    shared = SharedChat(chat, MemoryDirectory(), calls, lambda: ["frozen"])
    await nursery.start(calls.run)
    nursery.start_soon(shared.run)
    chat.enter(ada := Voice("Ada", take, TokenBucket(9, 9, 0)))
    chat.say(ada, "psst", "eve")
    await trio.sleep(5)
    assert [notice.text for notice in heard] == [
        "That line was not sent: another server that may have that name does not answer."
    ]
    nursery.cancel_scope.cancel()


class SlowDirectory(MemoryDirectory):
    """A directory that is slow at first, so that a second call overtakes the first one."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[bytes] = []
        self.takes = iter((2.0, 1.0, 0.5))

    async def say(self, channel: str, data: bytes) -> None:  # noqa: ARG002
        await trio.sleep(next(self.takes))
        self.said.append(data)


async def test_lines_are_shared_in_their_order_however_long_each_takes(
    nursery: trio.Nursery,
    autojump_clock: trio.testing.MockClock,  # noqa: ARG001
) -> None:
    chat, directory = ChatChannel(LineKind.LOBBY, lambda text: text, trio.current_time), SlowDirectory()
    shared = SharedChat(chat, directory, NodeCalls(directory, "a"), list)
    nursery.start_soon(shared.run)
    texts = ("first", "second", "third")
    for text in texts:
        shared._share([Line(LineKind.LOBBY, NO_PLAYER, "Ada", text)])
    await trio.sleep(6)
    assert [text.encode() in said for text, said in zip(texts, directory.said, strict=True)] == 3 * [True]
    nursery.cancel_scope.cancel()


async def test_no_more_whispers_are_on_their_way_than_may_be(
    nursery: trio.Nursery,
    autojump_clock: trio.testing.MockClock,  # noqa: ARG001
) -> None:
    chat, calls = ChatChannel(LineKind.LOBBY, lambda text: text, trio.current_time), NodeCalls(MemoryDirectory(), "a")
    shared = SharedChat(chat, MemoryDirectory(), calls, lambda: ["frozen"])
    await nursery.start(calls.run)
    nursery.start_soon(shared.run)
    voice = Voice("Ada", lambda _: True, TokenBucket(99, 99, 0))
    for _ in range(20):
        shared._whisper(voice, "psst", "Eve")
    await trio.sleep(0.5)
    assert 1 <= len(calls._waiting) <= 8
    nursery.cancel_scope.cancel()
