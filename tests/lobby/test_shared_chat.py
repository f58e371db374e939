"""The chat of the lobbies of several nodes."""

from __future__ import annotations

import msgpack
import pytest
import trio
import trio.testing

from game_server.cluster import MemoryDirectory, NodeCalls
from game_server.errors import DirectoryUnavailable, RequestRefused
from game_server.lobby.shared_chat import LOBBY_CHANNEL, SharedChat
from game_server.lobby.text.chat import ChatChannel, Voice
from game_server.protocol import NO_PLAYER, Line, LineKind, Notice, NoticeCode, RefusalCode, Said, decode_server
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


async def test_a_whisper_that_may_be_for_a_silent_node_is_not_said_to_be_for_nobody(
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


def said(number: str, *texts: str) -> bytes:
    """What another node says in its lobby."""
    packed: bytes = msgpack.packb((number, [("Bob", text) for text in texts]))
    return packed


class Node:
    """A lobby's chat that is shared, and what somebody in it hears."""

    def __init__(self, directory: MemoryDirectory, name: str = "a") -> None:
        self.heard: list[tuple[int, str, str]] = []
        self.notices: list[int] = []
        self.calls = NodeCalls(directory, name)
        self.chat = ChatChannel(LineKind.LOBBY, lambda text: text, trio.current_time)
        self.shared = SharedChat(self.chat, directory, self.calls, lambda: {"b"} - {name})
        self.voice = Voice("Ada", self.take, TokenBucket(99, 99, 0))
        self.chat.enter(self.voice)

    def take(self, data: bytes) -> bool:
        message = decode_server(data)
        if isinstance(message, Said):
            self.heard += [(line.kind, line.nickname, line.text) for line in message.lines]
        elif isinstance(message, Notice):
            self.notices.append(message.code)
        return True

    def news(self) -> list[tuple[int, str, str]]:
        self.chat.flush()
        heard, self.heard = self.heard, []
        return heard


async def begin(nursery: trio.Nursery, directory: MemoryDirectory, name: str = "a") -> Node:
    node = Node(directory, name)
    await nursery.start(node.calls.run)
    nursery.start_soon(node.shared.run)
    await trio.testing.wait_all_tasks_blocked()
    return node


async def test_what_was_said_before_is_heard_once_by_a_node_that_starts_and_after_each_gap(
    nursery: trio.Nursery,
) -> None:
    directory = MemoryDirectory()
    await directory.say(LOBBY_CHANNEL, said("1", "one", "two"))
    node = await begin(nursery, directory)
    assert node.news() == [(LineKind.LOBBY, "Bob", "one"), (LineKind.LOBBY, "Bob", "two")]
    directory.state.say(LOBBY_CHANNEL, said("2", "three"))  # which is not passed on
    for _ in range(3):
        directory.bus.gap()
    await trio.testing.wait_all_tasks_blocked()
    assert node.news() == [(LineKind.LOBBY, "Bob", "three")]
    directory.bus.gap()
    await trio.testing.wait_all_tasks_blocked()
    assert node.news() == []
    nursery.cancel_scope.cancel()


async def test_lines_of_people_in_the_lobby_are_shared_and_come_back_to_nobody(nursery: trio.Nursery) -> None:
    directory = MemoryDirectory()
    here, there = await begin(nursery, directory), await begin(nursery, directory, "b")
    here.chat.say(here.voice, "hello")
    here.chat.announce("to all of this node")
    for _ in range(2):
        await trio.testing.wait_all_tasks_blocked()
        assert there.news() in ([(LineKind.LOBBY, "Ada", "hello")], [])
    assert [text for _, _, text in here.news()] == ["hello", "to all of this node"]
    [kept] = directory.state.history(LOBBY_CHANNEL)
    number, lines = msgpack.unpackb(kept)
    assert (len(bytes.fromhex(number)), lines) == (6, [["Ada", "hello"]]), "no two are alike by chance"
    here.chat.announce("again")
    await trio.testing.wait_all_tasks_blocked()
    assert len(directory.state.history(LOBBY_CHANNEL)) == 1
    nursery.cancel_scope.cancel()


async def test_what_comes_over_the_bus_and_is_no_line_is_ignored(nursery: trio.Nursery) -> None:
    directory = MemoryDirectory()
    node = await begin(nursery, directory)
    for data in (
        b"",
        b"\xc1",
        b"\x07",
        msgpack.packb(("1",)),
        msgpack.packb(("1", [("Bob",)])),
        msgpack.packb(("1", 7)),
    ):
        await directory.say(LOBBY_CHANNEL, data)
    await directory.say(LOBBY_CHANNEL, said("1", "one"))
    await trio.testing.wait_all_tasks_blocked()
    assert node.news() == [(LineKind.LOBBY, "Bob", "one")]
    nursery.cancel_scope.cancel()


class Lossy(MemoryDirectory):
    """A directory that does not answer to the first line."""

    lost = 0

    async def say(self, channel: str, data: bytes) -> None:
        if channel == LOBBY_CHANNEL and not self.lost:
            self.lost += 1
            raise DirectoryUnavailable("gone")
        await super().say(channel, data)


async def test_a_line_that_could_not_be_shared_keeps_no_other_back(nursery: trio.Nursery) -> None:
    directory = Lossy()
    here, there = await begin(nursery, directory), await begin(nursery, directory, "b")
    for text in ("lost", "heard"):
        here.chat.say(here.voice, text)
        here.chat.flush()
        await trio.testing.wait_all_tasks_blocked()
    assert there.news() == [(LineKind.LOBBY, "Ada", "heard")]
    assert [text for _, _, text in here.news()] == ["lost", "heard"]
    nursery.cancel_scope.cancel()


async def test_whispers_beyond_those_that_may_wait_are_not_sent_and_their_writer_learns_so() -> None:
    node = Node(MemoryDirectory())
    for _ in range(66):
        node.chat.far_whisper(node.voice, "psst", "Eve")  # type: ignore[misc]
    assert node.notices == 2 * [NoticeCode.TOO_MUCH_IS_SAID]


@pytest.mark.parametrize("answer", ["gone", "nobody", "too much"])
async def test_a_whisper_that_its_node_does_not_take_is_answered_by_a_notice(
    nursery: trio.Nursery, answer: str
) -> None:
    directory = MemoryDirectory()
    here, there = await begin(nursery, directory), await begin(nursery, directory, "b")
    there.calls.answer("has voice", lambda _: True)

    def whispered(*_: str) -> str:
        if answer == "too much":
            raise RequestRefused(RefusalCode.WAIT, "too much")
        return "" if answer == "nobody" else "Eve"

    there.calls.answer("whisper", whispered)
    here.chat.say(here.voice, "psst", "Eve")
    if answer == "gone":
        ask = here.calls.ask

        async def lost(node: str, kind: str, *arguments: object, within: float = 1.0) -> object:
            if kind == "whisper":
                raise DirectoryUnavailable("gone")
            return await ask(node, kind, *arguments, within=within)

        here.calls.ask = lost  # type: ignore[method-assign]
    await trio.testing.wait_all_tasks_blocked()
    code = NoticeCode.TOO_MUCH_IS_SAID if answer == "too much" else NoticeCode.NOBODY_CALLED_SO
    assert (here.notices, here.news()) == ([code], [])
    nursery.cancel_scope.cancel()
