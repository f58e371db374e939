"""The chat of the lobbies of all nodes, which is one: lines, whispers, and what was said before."""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Final, TypeAlias

import msgpack
import trio

from game_server.cluster import Directory, NodeCalls
from game_server.errors import DirectoryUnavailable, RequestRefused
from game_server.lobby.text.chat import ChatChannel, Voice
from game_server.protocol import NO_PLAYER, Line, LineKind, Notice, NoticeCode, RefusalCode, encode

_Send: TypeAlias = Callable[[], Awaitable[None]]

LOBBY_CHANNEL: Final = "lobby"
_QUEUE: Final = 64
"""Batches of lines that wait for the directory, of which one comes in half a second, and whispers; what is more is not
shared."""
_WHISPERS_AT_ONCE: Final = 8
"""Whispers on their way at the same time: each may wait two seconds for nodes that do not answer."""
_SEEN: Final = 256
"""Batches that are known not to be new when the history is read again."""
_NOT_FOUND_NOW: Final = encode(
    Notice(
        NoticeCode.NOBODY_CALLED_SO, "That line was not sent: another server that may have that name does not answer."
    )
)


class SharedChat:
    """Passes what is said in one lobby on to those of the other nodes, and back. `run` it once.

    Args:
        chat: of this lobby.
        directory: keeps the history.
        calls: carry lines and whispers.
        others: returns the names of the other nodes.
    """

    def __init__(
        self, chat: ChatChannel, directory: Directory, calls: NodeCalls, others: Callable[[], Iterable[str]]
    ) -> None:
        self._chat = chat
        self._directory = directory
        self._calls = calls
        self._others = others
        self._seen: deque[str] = deque(maxlen=_SEEN)
        self._lines, self._lines_to_say = trio.open_memory_channel[_Send](_QUEUE)
        self._whispers, self._whispers_to_say = trio.open_memory_channel[_Send](_QUEUE)
        self._catching_up = False
        chat.remembered = self._share
        chat.far_whisper = self._whisper
        calls.hear(LOBBY_CHANNEL, self._hear)
        calls.after_gap(self._catch_up)
        calls.answer("has voice", chat.has)
        calls.answer("whisper", self._hear_whisper)

    async def run(self) -> None:
        """Share what is said until cancelled; what cannot be shared in time stays in its own lobby."""
        self._catch_up()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._say_all, self._lines_to_say)  # in their order
            for _ in range(_WHISPERS_AT_ONCE):
                nursery.start_soon(self._say_all, self._whispers_to_say)

    async def _say_all(self, waiting: trio.MemoryReceiveChannel[_Send]) -> None:
        async for send in waiting:
            with suppress(DirectoryUnavailable):  # what was said stays in this lobby; the directory logs its outages
                await send()

    def _share(self, lines: list[Line]) -> None:
        own = [(line.nickname, line.text) for line in lines if line.kind == LineKind.LOBBY]
        if own:
            number = secrets.token_hex(6)
            self._seen.append(number)
            data = msgpack.packb((number, own))
            _later(self._lines, lambda: self._directory.say(LOBBY_CHANNEL, data))

    def _hear(self, data: bytes) -> None:
        try:
            number, lines = msgpack.unpackb(data, use_list=False)
            heard = [Line(LineKind.LOBBY, NO_PLAYER, str(nickname), str(text)) for nickname, text in lines]
        except (ValueError, TypeError, msgpack.UnpackException):
            return
        if number not in self._seen:
            self._seen.append(number)
            self._chat.hear_from_afar(heard)

    def _catch_up(self) -> None:
        if not self._catching_up:
            self._catching_up = _later(self._lines, self._read_history)

    async def _read_history(self) -> None:
        self._catching_up = False
        for data in await self._directory.history(LOBBY_CHANNEL):
            self._hear(data)

    def _whisper(self, voice: Voice, text: str, to: str) -> None:
        async def whisper() -> None:
            answers = await self._calls.ask_all(self._others(), "has voice", to)
            there = sorted(node for node, has in answers.values.items() if has)
            if not there:
                voice.send(_NOT_FOUND_NOW) if answers.silent else voice.notice(NoticeCode.NOBODY_CALLED_SO)
                return
            # To one of them, if several nodes have somebody of that name: a whisper is for one pair of ears.
            try:
                heard = await self._calls.ask(there[0], "whisper", voice.nickname, text, to)
            except (trio.TooSlowError, DirectoryUnavailable):
                voice.send(_NOT_FOUND_NOW)
                return
            except RequestRefused:
                voice.notice(NoticeCode.TOO_MUCH_IS_SAID)
                return
            if heard:
                voice.deliver_line(Line(LineKind.WHISPERED, NO_PLAYER, heard, text))
            else:
                voice.notice(NoticeCode.NOBODY_CALLED_SO)

        if not _later(self._whispers, whisper):
            voice.notice(NoticeCode.TOO_MUCH_IS_SAID)

    def _hear_whisper(self, sender: str, text: str, to: str) -> str:
        """Pass a whisper on; the nickname of who heard it, empty for nobody.

        Raises:
            RequestRefused: too much is said to them.
        """
        heard = self._chat.whisper_from_afar(Line(LineKind.WHISPER, NO_PLAYER, sender, text), to)
        if heard is None:
            raise RequestRefused(RefusalCode.WAIT, "too much is said to them")
        return heard


def _later(queue: trio.MemorySendChannel[_Send], send: _Send) -> bool:
    """Put ``send`` into ``queue``; whether there was room."""
    try:
        queue.send_nowait(send)
    except trio.WouldBlock:
        return False
    return True
